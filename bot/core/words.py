"""What people type, made harmless: the first thing that happens to any text from outside.

Control, bidirectional-override and zero-width characters are taken out, because they can make an
echo read differently from what it is; what is echoed is short.
"""

import unicodedata

LONGEST = 256
"""Characters of a command that are read; a longer one is refused, not cut."""

_INVISIBLE = {
    "\u00ad",  # soft hyphen
    "\u034f",  # combining grapheme joiner
    "\u061c",  # Arabic letter mark
    "\u115f",
    "\u1160",  # Hangul fillers
    "\u3164",
    "\uffa0",
}


def visible(text: str) -> str:
    """The text without characters that cannot be seen; any white space becomes a blank."""
    kept = []
    for char in text:
        if char.isspace():
            kept.append(" ")
        elif unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn"} or char in _INVISIBLE:
            continue
        else:
            kept.append(char)
    return "".join(kept)


def columns(text: str) -> int:
    """Columns on a screen with letters of one width: wide signs take two."""
    return sum(map(_width, text))


def _width(char: str) -> int:
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def short(text: str, limit: int = 32) -> str:
    """The visible text in one line of at most ``limit`` columns."""
    line = " ".join(visible(text[: limit * 8]).split())
    if columns(line) <= limit:
        return line
    room, kept = limit - 1, 0
    for width in map(_width, line):
        room -= width
        if room < 0:
            break
        kept += 1
    return line[:kept].rstrip() + "…"
