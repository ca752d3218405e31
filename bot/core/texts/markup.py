"""Telegram's HTML, with every value escaped, and tables that fit a phone."""

import html
from collections.abc import Iterable

from bot.core.words import short, visible

WIDTH = 32
"""Columns of a table on a narrow phone."""

FIRST_LINE = 40
"""Characters of a first line: a notification shows no more."""


def esc(value: object, limit: int = 64) -> str:
    """A value from outside as harmless text: visible, short, escaped."""
    return html.escape(short(str(value), limit), quote=True)


def bold(value: object) -> str:
    return f"<b>{esc(value)}</b>"


def code(value: object, limit: int = 64) -> str:
    """What a person may want to copy; numbers in it are not grouped."""
    return f"<code>{esc(value, limit)}</code>"


def table(lines: Iterable[str]) -> str:
    """Lines of a table as they stand; at most ``WIDTH`` columns each."""
    text = "\n".join(visible(line).rstrip() for line in lines)
    return f"<pre>{html.escape(text, quote=True)}</pre>"


def ends(left: str, right: str, width: int = WIDTH) -> str:
    """One line with something at both ends; at least one blank between them."""
    return left + right.rjust(max(width - len(left), len(right) + 1))


def paragraphs(*parts: str) -> str:
    """Non-empty parts, one line each."""
    return "\n".join(part for part in parts if part)
