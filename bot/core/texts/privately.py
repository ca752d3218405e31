"""What is meant for one person of a group, and is said to them in private."""

from dataclasses import replace

from bot.core.page import Page
from bot.core.texts.labels import open_private
from bot.core.texts.markup import paragraphs


def for_one_page(page: Page) -> Page:
    """The answer as it is said in private; its buttons would ask about the private chat."""
    return replace(page, html=paragraphs(page.html, "(of the group in which you asked)"), rows=())


def sent_page() -> Page:
    """In the group, after that."""
    return Page("🔒 I sent you a message in private.")


def not_started_page() -> Page:
    """The bot may not write to somebody who never wrote to it, or has blocked it."""
    return Page(
        paragraphs(
            "🔒 Balances are for your eyes only.",
            "I may not write to you yet. Open a private chat with me, press Start, and ask here "
            "again.",
        ),
        ((open_private(),),),
    )
