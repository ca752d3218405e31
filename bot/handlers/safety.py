"""/kill, /resume, /deadman and their buttons."""

from bot.core.access import Access, allows
from bot.core.errors import NotAllowed
from bot.core.page import Page
from bot.core.texts.safety import (
    WORD,
    all_begun_page,
    all_sure_page,
    deadman_page,
    deadman_set_page,
    deadman_sure_page,
    resume_page,
    resumed_page,
    selling_page,
)
from bot.core.trade.account_args import Whom
from bot.core.trade.deadman import read_deadman, seconds_of
from bot.core.trade.limits import PauseKind
from bot.desk import deadman as deadmen
from bot.desk import stopping
from bot.desk.kill import accounts_of
from bot.handlers.ask import Ask
from bot.store.safety import EVERYWHERE

_ALL = "all"


async def kill(ask: Ask) -> None:
    """Stop new orders first, look around afterwards."""
    if ask.args.strip().lower() == WORD and await _typed(ask):
        return
    where = ask.chat_id
    if ask.args.strip().lower() == _ALL:
        if not allows(ask.role, Access.OWNER, ask.chat_kind):
            raise NotAllowed(Access.OWNER, "/kill all")
        where = EVERYWHERE
    began = ask.now
    kept = await ask.services.brakes.pause(where, PauseKind.KILL, by=ask.user_id)
    took = ask.services.clock.now() - began
    await ask.reply(await stopping.kill_card(ask.services, ask.chat_id, took, where, kept=kept))


async def tap_kill(ask: Ask) -> None:
    """The same by a button."""
    await ask.services.brakes.pause(ask.chat_id, PauseKind.KILL, by=ask.user_id)
    await ask.reply(await _card(ask))


async def back(ask: Ask) -> None:
    """The card again, as things are now, in place of the question."""
    await ask.edit(await _card(ask))


async def _card(ask: Ask) -> Page:
    took = ask.services.clock.now() - ask.now
    kept = ask.services.brakes.is_kept
    return await stopping.kill_card(ask.services, ask.chat_id, took, ask.chat_id, kept=kept)


async def cancel_entries(ask: Ask) -> None:
    """At once: ending entries is the safe direction."""
    await _end(ask, "entries")


async def cancel_all(ask: Ask) -> None:
    """Asks once, because protection goes away."""
    if not ask.payload.get("sure"):
        stops = await stopping.count_stops(ask.services, ask.chat_id)
        profits = await stopping.count_profits(ask.services, ask.chat_id)
        await ask.edit(all_sure_page(stops, profits))
        return
    await _end(ask, "all")
    await ask.edit(all_begun_page())


async def sell(ask: Ask) -> None:
    """The list, and the word to type."""
    page, ticket = await stopping.propose_sale(ask.services, ask.chat_id, ask.user_id, ask.now)
    message = await ask.reply(page)
    if ticket:
        await ask.services.safety.place_ticket(ticket, message)


async def typed_sell(ask: Ask, ticket: str) -> None:
    """The word was typed."""
    await ask.services.safety.claim_ticket(
        ticket, chat_id=ask.chat_id, user_id=ask.user_id, now=ask.now
    )
    chat = await ask.services.accounts.of(ask.chat_id)
    message = await ask.reply(selling_page(stopping.badge_of(chat)))
    stopping.start_sale(ask.services, chat, ask.user_id, message)


async def resume(ask: Ask) -> None:
    """Why it stands still; one confirmation."""
    where = await _where_to_resume(ask)
    pauses = stopping.pauses_here(ask.services, where)
    await ask.reply(resume_page(pauses, ask.now))


async def tap_resume(ask: Ask) -> None:
    """The button, and the confirmation."""
    if not ask.payload.get("sure"):
        await ask.edit(resume_page(stopping.pauses_here(ask.services, ask.chat_id), ask.now))
        return
    await ask.edit(await _resumed(ask))


async def _typed(ask: Ask) -> bool:
    """In a group only commands are heard: ``/kill sell`` is the typed word."""
    if not allows(ask.role, Access.CHAT_OWNER, ask.chat_kind):
        return False
    ticket = await ask.services.safety.typed_ticket(
        ask.chat_id, ask.user_id, stopping.SELL_TICKET, ask.now
    )
    if ticket:
        await typed_sell(ask, ticket)
    return bool(ticket)


async def _resumed(ask: Ask) -> Page:
    await ask.services.brakes.resume(ask.chat_id, by=ask.user_id)
    return resumed_page(ask.services.brakes.pause_of(ask.chat_id))


async def _where_to_resume(ask: Ask) -> int:
    if ask.args.strip().lower() != _ALL:
        return ask.chat_id
    if not allows(ask.role, Access.OWNER, ask.chat_kind):
        raise NotAllowed(Access.OWNER, "/resume all")
    await ask.services.brakes.resume(EVERYWHERE, by=ask.user_id)
    return ask.chat_id


async def deadman(ask: Ask) -> None:
    """How it is; on after the warning, off at once."""
    wish = read_deadman(ask.args)
    if wish.shows:
        await ask.reply(deadman_page(await deadmen.delay_of(ask.services, ask.chat_id)))
    elif wish.delay is None:
        await deadmen.turn_off(ask.services, ask.chat_id, ask.user_id)
        await ask.reply(deadman_set_page(None))
    else:
        await ask.services.accounts.of(ask.chat_id)
        await ask.reply(deadman_sure_page(wish.delay))


async def tap_deadman(ask: Ask) -> None:
    """The warning was read."""
    delay = seconds_of(ask.payload)
    await deadmen.turn_on(ask.services, ask.chat_id, ask.user_id, delay)
    await ask.edit(deadman_set_page(delay))


async def _end(ask: Ask, whom: Whom) -> None:
    for chat in await accounts_of(ask.services, ask.chat_id):
        message = await ask.reply(stopping.first_word(chat))
        stopping.start_ending(ask.services, chat, whom, message)
