"""Button labels and the buttons that more than one topic uses. At most 16 characters each,
or twice as many in a row of its own.
"""

from bot.core.page import PRIVATE_CHAT, Button, Payload, Rows
from bot.core.trade.types import Mode
from bot.core.words import short

LABEL = 16
"""Characters of a label that a phone shows with three buttons in a row."""

LABEL_ALONE = 32
"""Characters of a label that has a row to itself."""

PER_ROW = 3

WHY = "Why not filled?"
"""Under every open practice order."""


def icon(sign: str, word: str, *, plain: bool) -> str:
    """A sign alone where signs are fine, the word where they are read aloud."""
    return word if plain else sign


def with_icon(sign: str, word: str, *, plain: bool) -> str:
    return word if plain else f"{sign} {word}"


def badge(mode: Mode) -> str:
    """Whose money it is about: first on every message about money, read aloud or not."""
    return "🔴 LIVE" if mode is Mode.LIVE else "🧪 PAPER"


def chosen(label: str, now: bool) -> str:
    """The label of a choice, marked when it is the one that is shown."""
    return f"• {label}" if now else label


def run(label: str, command: str, args: str = "") -> Button:
    """A button that does what typing this command does."""
    return Button(short(label, LABEL), "run", {"command": command, "args": args})


def run_in(mode: Mode, label: str, command: str, args: str) -> Button:
    """The same for what was meant in one mode and must not slip into the other."""
    payload: Payload = {"command": command, "args": args, "mode": mode.value}
    return Button(short(label, LABEL), "run", payload)


def run_text(text: str) -> Button:
    """A button that runs a whole command and shows it; a long one needs a row to itself."""
    command, _, args = text.removeprefix("/").partition(" ")
    return Button(short(text, LABEL_ALONE), "run", {"command": command, "args": args})


def open_private(start: str = "hello") -> Button:
    """In a group: opens the private chat with the bot, where ``start`` begins something."""
    return Button("Open private chat", url=f"{PRIVATE_CHAT}{start}")


def in_rows(buttons: tuple[Button, ...], per_row: int = PER_ROW) -> Rows:
    """The buttons in rows of at most so many; one with a long label stands alone."""
    rows: list[tuple[Button, ...]] = []
    for button in buttons:
        last = rows[-1] if rows else ()
        if last and len(last) < per_row and not any(map(_is_long, (*last, button))):
            rows[-1] = (*last, button)
        else:
            rows.append((button,))
    return tuple(rows)


def _is_long(button: Button) -> bool:
    return len(button.label) > LABEL
