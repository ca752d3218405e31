"""/paper and /live."""

from bot.core.texts.modes import (
    WORD,
    already_live_page,
    first_limits_page,
    live_now_page,
    live_page,
    no_key_page,
    paper_page,
    reads_only_page,
    total_text,
)
from bot.core.trade.types import Mode
from bot.desk import modes
from bot.handlers.ask import Ask


async def paper(ask: Ask) -> None:
    """Practise, at once."""
    services = ask.services
    if await services.accounts.mode(ask.chat_id) is Mode.PAPER:
        await ask.reply(paper_page(was_live=False, still_open=0))
        return
    left = await modes.to_paper(services, ask.chat_id, ask.user_id, ask.now)
    await ask.reply(paper_page(was_live=True, still_open=left))


async def live(ask: Ask) -> None:
    """What changes, and the word to type."""
    services = ask.services
    if await services.accounts.mode(ask.chat_id) is Mode.LIVE:
        await ask.reply(already_live_page())
        return
    if ask.args.strip().lower() == WORD:  # in a group only commands are heard
        ticket = await services.safety.typed_ticket(
            ask.chat_id, ask.user_id, modes.LIVE_TICKET, ask.now
        )
        if ticket:
            await typed_live(ask, ticket)
            return
    offer = await modes.offer_live(services, ask.chat_id, ask.user_id, ask.now)
    if offer is None:
        in_group = ask.chat_kind == "group"
        await ask.reply(no_key_page(in_group=in_group))
        return
    if isinstance(offer, modes.ReadsOnly):
        in_group = ask.chat_kind == "group"
        await ask.reply(reads_only_page(offer.tail, offer.missing, in_group=in_group))
        return
    page = live_page(
        tail=offer.tail,
        total=total_text(offer.total, offer.currency),
        limits=offer.limits,
        is_first=offer.is_first,
        life=modes.LIFE,
        in_group=ask.chat_kind == "group",
    )
    await services.safety.place_ticket(offer.ticket, await ask.reply(page))


async def typed_live(ask: Ask, ticket: str) -> None:
    """The word was typed."""
    limits = await modes.go_live(ask.services, ask.chat_id, ask.user_id, ticket, ask.now)
    await ask.reply(live_now_page(limits))


async def first_limits(ask: Ask) -> None:
    """The suggestion is taken."""
    await modes.take_first_limits(ask.services, ask.chat_id, ask.user_id, ask.now)
    await ask.reply(first_limits_page())
