"""Stopping, as chats see it: the card after a kill, cancelling and selling in the background."""

import json
import logging
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.audit import Action
from bot.core.numbers import fixed
from bot.core.page import Page
from bot.core.queue import Priority
from bot.core.texts.ending import begun_page, ending_page
from bot.core.texts.labels import badge
from bot.core.texts.markup import paragraphs
from bot.core.texts.safety import (
    Line,
    Open,
    kill_page,
    sell_page,
    sold_page,
    sold_said,
)
from bot.core.texts.take_profits import have_ended
from bot.core.texts.unkept import no_database_page
from bot.core.trade.account_args import Whom
from bot.core.trade.limits import Pause
from bot.core.trade.types import Mode, Ticket
from bot.desk import take_profits
from bot.desk.doors import ChatAccount
from bot.desk.flatten import Sale, Sold, make_plan, sell_all
from bot.desk.kill import Ended, Ending, OpenThings, accounts_of, open_things
from bot.desk.services import Services
from bot.store import StoreUnavailable
from bot.store.safety import EVERYWHERE
from kraken.core.errors import KrakenError

log = logging.getLogger(__name__)

SELL_TICKET = "flatten"
_TICKET_LIFE = timedelta(seconds=60)


async def kill_card(
    services: Services, chat_id: int, took: timedelta, where: int, *, kept: bool
) -> Page:
    """What stands still and what is open."""
    shown = [
        replace(_open(chat, await open_things(chat)), profits=await _count_profits(services, chat))
        for chat in await accounts_of(services, chat_id)
    ]
    return kill_page(took, shown, kept=kept, everywhere=where == EVERYWHERE)


async def count_stops(services: Services, chat_id: int) -> int:
    """The protective stops that cancelling everything would take away, as far as it is known."""
    found = [await open_things(chat) for chat in await accounts_of(services, chat_id)]
    return sum(one.stops for one in found if one is not None)


async def count_profits(services: Services, chat_id: int) -> int:
    """The take-profits that it would end, as far as it is known."""
    chats = await accounts_of(services, chat_id)
    return sum([await _count_profits(services, chat) for chat in chats])


def pauses_here(services: Services, chat_id: int) -> list[Pause]:
    """Every reason why trading stands still there."""
    return services.brakes.pauses_in(chat_id)


def badge_of(chat: ChatAccount) -> str:
    """Whose money it is."""
    return badge(chat.mode)


def first_word(chat: ChatAccount) -> Page:
    """Before the first order was ended."""
    return begun_page(chat.mode)


def start_ending(services: Services, chat: ChatAccount, whom: Whom, message_id: int) -> None:
    """Cancel in the background, and keep the message saying how far it is."""
    services.tasks.start(
        ("ending", chat.chat_id, chat.mode),
        _end(services, chat, whom, _editing(services, chat, message_id)),
    )


async def propose_sale(
    services: Services, chat_id: int, user_id: int, now: datetime
) -> tuple[Page, str]:
    """What would be sold, and the ticket that waits for the word; raises what reading raises."""
    chat = await services.accounts.of(chat_id)
    settings = await services.store.chat_settings(chat_id)
    limits = (await services.safety.limits(chat_id, now)).now
    plan = await make_plan(services, chat, settings, limits)
    page = sell_page([_line(sale) for sale in plan.sales], plan.unsellable, badge(chat.mode))
    if not plan.sales:
        return page, ""
    ticket = Ticket(
        id=secrets.token_hex(16),
        kind=SELL_TICKET,
        chat_id=chat_id,
        user_id=user_id,
        body=json.dumps({"mode": chat.mode.value}),
        created_at=now,
        expires_at=now + _TICKET_LIFE,
    )
    await services.safety.save_ticket(ticket)
    return page, ticket.id


def start_sale(services: Services, chat: ChatAccount, user_id: int, message_id: int) -> None:
    """Cancel everything, then sell, in the background."""
    services.tasks.start(("flatten", chat.chat_id), _sell(services, chat, user_id, message_id))


async def _sell(services: Services, chat: ChatAccount, user_id: int, message_id: int) -> None:
    try:
        await _sell_all(services, chat, user_id, message_id)
    except StoreUnavailable as error:
        log.warning("not everything was sold: %s", error)
        page = no_database_page(maybe_sent=True)
        services.outbox.edit_soon(chat.chat_id, message_id, page)


async def _sell_all(services: Services, chat: ChatAccount, user_id: int, message_id: int) -> None:
    now = services.clock.now()
    await services.safety.note_action(
        Action.FLATTEN,
        now=now,
        actor=user_id,
        chat_id=chat.chat_id,
        detail={"mode": chat.mode.value},
    )
    # Nothing is sold while one of them may sell the same: what this raises ends it here.
    await take_profits.end(services, await take_profits.watched_on(services, chat.id))
    await _end(services, chat, "all", _editing(services, chat, message_id))
    settings = await services.store.chat_settings(chat.chat_id)
    limits = (await services.safety.limits(chat.chat_id, now)).now
    try:
        sold = await sell_all(services, chat, user_id, settings, limits)
    except KrakenError as error:  # before the first sale: what there is could not be read
        log.warning("nothing was sold: %r", error)
        page = sold_page(badge(chat.mode), None)
    else:
        page = sold_page(badge(chat.mode), [_sold_line(one) for one in sold])
    key = f"flatten:{chat.chat_id}:{now.isoformat()}"
    await services.outbox.push(chat.chat_id, page, Priority.KILL, key)


async def _end(
    services: Services, chat: ChatAccount, whom: Whom, say: Callable[[Ended, str], None]
) -> None:
    # First, so that no take-profit sells what its stop was taken away from.
    profits = await _end_profits(services, chat) if whom == "all" else 0
    ended = await Ending(services, chat, whom).run(
        lambda ended: say(ended, have_ended(profits) if ended.is_over else "")
    )
    await services.safety.note_action(
        Action.CANCEL,
        now=services.clock.now(),
        chat_id=chat.chat_id,
        detail={"which": whom, "ended": ended.ended, "mode": chat.mode.value},
    )


async def _end_profits(services: Services, chat: ChatAccount) -> int | None:
    """How many were ended; None: it could not be written down. Orders are ended all the same."""
    try:
        return await take_profits.end(services, await take_profits.watched_on(services, chat.id))
    except StoreUnavailable as error:
        log.warning("take-profits of %s go on: %s", chat.id, error)
        return None


async def _count_profits(services: Services, chat: ChatAccount) -> int:
    """As far as it is known."""
    try:
        return len(await take_profits.watched_on(services, chat.id))
    except StoreUnavailable as error:
        log.warning("which take-profits of %s are watched is not known: %s", chat.id, error)
        return 0


def _editing(
    services: Services, chat: ChatAccount, message_id: int
) -> Callable[[Ended, str], None]:
    def say(ended: Ended, also: str) -> None:
        waited = services.clock.now() - ended.since
        page = ending_page(
            chat.mode, ended.ended, ended.left, waited, ended.refused, over=ended.is_over
        )
        page = replace(page, html=paragraphs(page.html, also))
        services.outbox.edit_soon(chat.chat_id, message_id, page)

    return say


def _open(chat: ChatAccount, things: OpenThings | None) -> Open:
    is_live = chat.mode is Mode.LIVE
    if things is None:
        return Open(is_live, is_known=False)
    is_shared = chat.chat_id < 0
    return Open(is_live, things.entries, things.stops, things.holdings, is_shared)


def _line(sale: Sale) -> Line:
    instrument = sale.instrument
    return Line(
        symbol=instrument.symbol,
        qty=f"{sale.qty.normalize():f} {instrument.base}",
        price=fixed(sale.price, instrument.price_decimals),
        proceeds=f"{fixed(sale.proceeds, 2)} {instrument.quote}",
        slippage=sale.slippage,
    )


def _sold_line(sold: Sold) -> Line:
    standing = sold.standing.value if sold.standing else "none"
    return Line(sold.symbol, "", said=sold_said(sold.wanted, sold.filled, standing))
