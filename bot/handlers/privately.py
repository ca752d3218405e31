"""Answers about balances: in a group they go to the one who asked, in private.

Telegram can show a message to one member of a group only, but does not promise that it arrives,
and it cannot be answered to or found again: a private message does and can.
"""

from bot.core.page import Page
from bot.core.texts.privately import for_one_page, not_started_page, sent_page
from bot.handlers.ask import Ask


async def answer(ask: Ask, page: Page) -> None:
    """Say it where only this person reads it."""
    if ask.chat_kind == "private":
        await ask.reply(page)
    elif await ask.whisper(for_one_page(page)):
        await ask.reply(sent_page())
    else:
        await ask.reply(not_started_page())


async def turn(ask: Ask, page: Page) -> None:
    """The same for a button; in private it stands in the same message."""
    if ask.chat_kind == "private":
        await ask.edit(page)
    else:
        await answer(ask, page)
