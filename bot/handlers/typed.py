"""Words that are typed to confirm something that a tap must not do."""

from collections.abc import Awaitable, Callable, Mapping

from bot.core.access import Access, allows
from bot.core.texts import express as express_texts
from bot.core.texts import modes as mode_texts
from bot.core.texts import safety as safety_texts
from bot.core.words import visible
from bot.desk.express import KIND as EXPRESS_TICKET
from bot.desk.modes import LIVE_TICKET
from bot.desk.stopping import SELL_TICKET
from bot.handlers import express, modes, safety
from bot.handlers.ask import Ask
from bot.handlers.command import Handler

Confirmed = Callable[[Ask, str], Awaitable[None]]

WORDS: Mapping[str, tuple[str, str, Confirmed]] = {
    mode_texts.WORD: (LIVE_TICKET, "/live", modes.typed_live),
    express_texts.WORD: (EXPRESS_TICKET, "/express", express.typed_express),
    safety_texts.WORD: (SELL_TICKET, "/kill", safety.typed_sell),
}
"""The word, the kind of ticket that waits for it, what makes one, and what is done."""


def before(free_text: Handler) -> Handler:
    """Free text, unless it is a word that a ticket of this person waits for."""

    async def hear(ask: Ask) -> None:
        word = visible(ask.text).strip().lower()
        may = allows(ask.role, Access.CHAT_OWNER, ask.chat_kind) and not ask.forwarded
        if word not in WORDS or not may:
            await free_text(ask)
            return
        kind, command, confirmed = WORDS[word]
        ticket = await ask.services.safety.typed_ticket(ask.chat_id, ask.user_id, kind, ask.now)
        if ticket:
            await confirmed(ask, ticket)
        else:
            await ask.reply(safety_texts.late_word_page(word, command))

    return hear
