"""Button labels and the buttons that more than one topic uses. At most 16 characters each."""

from bot.core.page import Button, Rows
from bot.core.words import short

LABEL = 16
"""Characters of a label that a phone shows with three buttons in a row."""

PER_ROW = 3


def icon(sign: str, word: str, *, plain: bool) -> str:
    """A sign alone where signs are fine, the word where they are read aloud."""
    return word if plain else sign


def with_icon(sign: str, word: str, *, plain: bool) -> str:
    return word if plain else f"{sign} {word}"


def run(label: str, command: str, args: str = "") -> Button:
    """A button that does what typing this command does."""
    return Button(short(label, LABEL), "run", {"command": command, "args": args})


def run_text(text: str) -> Button:
    """A button that runs a whole command; its label is the command, or what follows its name."""
    command, _, args = text.removeprefix("/").partition(" ")
    return run(text if len(text) <= LABEL else args, command, args)


def in_rows(buttons: tuple[Button, ...], per_row: int = PER_ROW) -> Rows:
    """The buttons in rows of at most so many."""
    return tuple(buttons[i : i + per_row] for i in range(0, len(buttons), per_row))
