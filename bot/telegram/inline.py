"""Inline queries: prices for people who are let in, in any chat they write in.

Rules: what somebody chooses stands where others read it, so nothing of an account is in it; a
stranger is offered the way to the bot and nothing else; a blocked person is not answered; nobody
waits for an answer that comes too late, so there is no word about what failed, either.

https://core.telegram.org/bots/inline
"""

import logging
from collections.abc import Sequence

from telegram import (
    Bot,
    InlineKeyboardMarkup,
    InlineQuery,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
    LinkPreviewOptions,
)
from telegram.constants import ParseMode
from telegram.error import TelegramError

from bot.core.access import Access, Role, allows
from bot.core.inline import Article
from bot.core.texts.inline import NO_PAIR_BUTTON, NO_PRICE_BUTTON, START_BUTTON
from bot.desk.inline import answer, wants_course
from bot.desk.services import Services
from bot.telegram.gate import Gate
from bot.telegram.sender import key
from kraken.core.errors import KrakenError, UnknownInstrument

log = logging.getLogger(__name__)

_CACHED = 3
"""Seconds that Telegram may give the same answer to the same person."""
_START = "hello"
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


class InlineMode:
    """Answers one query after another of each person."""

    def __init__(self, bot: Bot, gate: Gate, services: Services) -> None:
        self._bot = bot
        self._gate = gate
        self._services = services

    async def asked(self, query: InlineQuery) -> None:
        """Somebody typed the bot's name and perhaps more."""
        user = query.from_user
        role = await self._gate.role_anywhere(user.id)
        if role is Role.BLOCKED or user.is_bot or not self._gate.may_ask_inline(user.id):
            return
        if not allows(role, Access.APPROVED):
            await self._say(query, (), START_BUTTON)
            return
        try:
            found = await self._found(query)
        except UnknownInstrument:
            await self._say(query, (), NO_PAIR_BUTTON)
        except KrakenError as error:
            log.info("an inline query gets no price: %r", error)
            await self._say(query, (), NO_PRICE_BUTTON)
        else:
            await self._say(query, found, "" if found else NO_PRICE_BUTTON)

    async def _found(self, query: InlineQuery) -> list[Article]:
        user_id, text = query.from_user.id, query.query
        settings = await self._services.store.chat_settings(user_id)
        with_course = wants_course(text) and self._gate.may_draw(user_id)
        return await answer(self._services, settings, text, with_course=with_course)

    async def _say(self, query: InlineQuery, found: Sequence[Article], button: str) -> None:
        try:
            await self._bot.answer_inline_query(
                query.id,
                [self._result(each) for each in found],
                cache_time=_CACHED,
                is_personal=True,
                button=InlineQueryResultsButton(button, start_parameter=_START)
                if button
                else None,
            )
        except TelegramError as error:
            # Whoever types on has asked anew by then.
            log.info("an inline query is not answered: %s", error)

    def _result(self, article: Article) -> InlineQueryResultArticle:
        rows = [[key(each, "", self._bot) for each in row] for row in article.page.rows]
        return InlineQueryResultArticle(
            article.id,
            article.title,
            InputTextMessageContent(
                article.page.html, parse_mode=ParseMode.HTML, link_preview_options=_NO_PREVIEW
            ),
            reply_markup=InlineKeyboardMarkup(rows),
            description=article.description,
        )
