"""What is said while nothing can be written down: the disk is full, or the database is held."""

from bot.core.page import Page
from bot.core.texts.errors import NOTHING, what_was_sent
from bot.core.texts.markup import paragraphs

_WORKS = "/kill and /cancelall work all the same."


def no_database_page(*, maybe_sent: bool, is_full: bool = False) -> Page:
    """Nothing can be written down, so nothing is begun."""
    return Page(
        paragraphs(
            f"⚠ {_what(is_full=is_full)}",
            f"{what_was_sent(maybe_sent=maybe_sent)} {_WORKS}",
        )
    )


def refused_page(*, is_full: bool) -> Page:
    """A message that could not even be taken in; it is not taken up later either."""
    return Page(
        paragraphs(
            f"⚠ {_what(is_full=is_full)}",
            f"{NOTHING} I do not come back to it: send it again later. {_WORKS}",
        )
    )


def refused_toast(*, is_full: bool) -> str:
    """The same of a tap, in the two hundred characters that a tap's answer has."""
    return f"{NOTHING} {_what(is_full=is_full)} Press again later. {_WORKS}"


def _what(*, is_full: bool) -> str:
    return "The disk of my server is full." if is_full else "My database does not answer now."
