"""Tickets of orders: what was previewed, frozen, waiting for one tap of one person.

Rules: a ticket holds the order to the last digit; it lives for a minute and is used once; at the
tap the market is read again, and an order that would come out differently is shown anew instead
of sent; where two people are asked for, the first tap only proposes, and the tap of another
trader is judged as the first was; the order is committed in the transaction that takes its
ticket, by whoever places it.
"""

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from bot.core.errors import (
    AlreadySent,
    Expired,
    LimitReached,
    NotConnected,
    Unsettled,
)
from bot.core.settings import ChatSettings
from bot.core.texts.preview import expired_page, unanswered_page
from bot.core.trade.caution import Caution, Reason, reasons_of
from bot.core.trade.limits import CHAT, PROTECTION, Limit, needs_second, protects
from bot.core.trade.preview import Preview, has_moved, priced
from bot.core.trade.refusals import OrderRefused, Refusal
from bot.core.trade.types import AccountId, Intent, Mode, Ticket, TicketState
from bot.core.trade.wish import OrderWish
from bot.desk.doors import ChatAccount
from bot.desk.forbidding import check_allowed
from bot.desk.outcomes import (
    Doubted,
    Misfit,
    Outcome,
    Overdue,
    Proposed,
    Refused,
    Renewal,
    Renewed,
    Sent,
    Waits,
)
from bot.desk.preview import Fees, make_preview, read_situation, value_of
from bot.desk.services import Services
from kraken.core.trading import OrderRequest
from kraken.core.types import ClientOrderId

ORDER = "order"
SECOND = "second"
"""An order that its author has confirmed and another trader has to let go."""
VALID = timedelta(seconds=60)
VALID_FOR_SECOND = timedelta(minutes=5)
DEADLINE = timedelta(seconds=5)
"""After it the engine matches nothing of the order, however late it arrives."""
RECENT = 20
"""The chat's last orders, which a usual size is told from."""


@dataclass(frozen=True, slots=True)
class OrderBody:
    """What a ticket of an order holds."""

    wish: OrderWish
    request: OrderRequest
    account: AccountId
    mode: Mode
    worst: Decimal
    """The worst price as it was shown."""
    maker: Decimal
    taker: Decimal
    protection: Decimal
    acknowledged: tuple[Caution, ...] = ()
    """What was asked twice already and is confirmed with this ticket."""
    express_until: datetime | None = None
    """Nobody was shown a preview: express allowed it until then."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts, where, on which message."""

    chat_id: int
    user_id: int
    message_id: int


async def open_ticket(
    services: Services,
    preview: Preview,
    person: Person,
    fees: Fees,
    acknowledged: Sequence[Caution] = (),
    *,
    name: str = "",
    express_until: datetime | None = None,
) -> Ticket:
    """A ticket for exactly this order; 0 as message: it is noted when there is one.

    ``name`` is for an order that goes out at once, so that one message makes one order.

    Raises:
        LimitReached: a pause or a limit forbids it; there is no ticket.
        OrderRefused: live, and nobody can tell what it is worth.
    """
    value = await value_of(services, preview)
    await check_allowed(services, preview, intent_of(preview, value, person))
    body = OrderBody(
        wish=preview.wish,
        request=preview.request,
        account=preview.account,
        mode=preview.mode,
        worst=preview.worst,
        maker=fees.maker,
        taker=fees.taker,
        protection=preview.protection,
        acknowledged=tuple(acknowledged),
        express_until=express_until,
    )
    ticket = new_ticket(services, ORDER, body, person, VALID)
    ticket = replace(ticket, id=name or ticket.id)
    await services.records.save_ticket(ticket)
    if person.message_id:
        watch_expiry(services, ticket, person.message_id, preview.wish)
    return ticket


def new_ticket(
    services: Services, kind: str, body: object, person: Person, valid: timedelta
) -> Ticket:
    """A ticket with 128 random bits for a name; it is not kept yet."""
    now = services.clock.now()
    return Ticket(
        id=secrets.token_hex(16),
        kind=kind,
        chat_id=person.chat_id,
        user_id=person.user_id,
        body=msgspec.json.encode(body).decode(),
        created_at=now,
        expires_at=now + valid,
        message_id=person.message_id or None,
    )


async def place_on(services: Services, ticket: Ticket, message_id: int, wish: OrderWish) -> None:
    """The ticket's card was sent: note where it stands, and edit it when the minute is over."""
    await services.records.place_ticket(ticket.id, message_id)
    watch_expiry(services, ticket, message_id, wish)


async def resume(services: Services) -> None:
    """Take up the cards of an earlier run that nobody used: they end when their minute is over."""
    for kind in (ORDER, SECOND):
        for ticket in await services.records.open_tickets(kind):
            if ticket.message_id is not None:
                watch_expiry(services, ticket, ticket.message_id, read_body(ticket).wish)


def watch_expiry(services: Services, ticket: Ticket, message_id: int, wish: OrderWish) -> None:
    """Edit the card once when its ticket was not used in time."""

    async def expire() -> None:
        left = ticket.expires_at - services.clock.now()
        await services.sleep(max(left.total_seconds(), 0.0))
        now = await services.records.ticket(ticket.id)
        if now is not None and now.state is not TicketState.TAKEN:
            page = unanswered_page(wish) if ticket.kind == SECOND else expired_page(wish)
            await services.outbox.edit_live(ticket.chat_id, message_id, page)
            await services.records.end_ticket(ticket.id)

    services.tasks.start(("ticket", ticket.id), expire())


def read_body(ticket: Ticket) -> OrderBody:
    """What the ticket of an order holds."""
    return msgspec.json.decode(ticket.body, type=OrderBody)


async def drop(services: Services, ticket_id: str, person: Person) -> OrderWish | Refused:
    """Put a card away: its ticket can never be used; the wish that it was for."""
    ticket = await services.records.ticket(ticket_id)
    if ticket is None:
        return Refused.FINISHED
    if ticket.user_id != person.user_id and ticket.kind != SECOND:
        return Refused.NOT_YOURS
    if ticket.state is TicketState.TAKEN:
        return Refused.FINISHED
    await _take(services, ticket)
    return read_body(ticket).wish


async def confirm(services: Services, ticket_id: str, person: Person) -> Outcome:
    """The one tap: send the order if it is still what was shown.

    Where two people are asked for, this is the tap of the first, or of the second.
    """
    ticket = await services.records.ticket(ticket_id)
    refused = _refusal(ticket, person)
    if ticket is None or refused is not None:
        return refused or Refused.FINISHED
    body = read_body(ticket)
    if ticket.state is TicketState.VOID or ticket.expires_at <= services.clock.now():
        services.tasks.stop(("ticket", ticket.id))
        return Overdue(body.wish, ticket.kind)
    try:
        return await _confirm(services, ticket, body, person)
    except AlreadySent:
        return Refused.FINISHED
    except Expired:
        return Overdue(body.wish, ticket.kind)
    except (OrderRefused, LimitReached, NotConnected, Unsettled) as error:
        if isinstance(error, OrderRefused) and error.why is Refusal.WAIT:
            wait = timedelta(seconds=int(str(error.values["seconds"])))
            return Waits(body.wish, body.mode, ticket.id, wait)
        await _take(services, ticket)
        return Misfit(error, body.wish, body.mode)


def _refusal(ticket: Ticket | None, person: Person) -> Refused | None:
    if ticket is None or ticket.kind not in (ORDER, SECOND) or ticket.chat_id != person.chat_id:
        return Refused.FINISHED
    if ticket.kind == SECOND and ticket.user_id == person.user_id:
        return Refused.YOUR_OWN
    if ticket.kind == ORDER and ticket.user_id != person.user_id:
        return Refused.NOT_YOURS
    on_other_message = ticket.message_id not in (None, person.message_id)
    if on_other_message or ticket.state is TicketState.TAKEN:
        return Refused.FINISHED
    return None


async def _confirm(services: Services, ticket: Ticket, body: OrderBody, tapper: Person) -> Outcome:
    person = replace(tapper, user_id=ticket.user_id)  # whose order it is, whoever taps
    settings = await services.store.chat_settings(person.chat_id)
    chat = await services.accounts.of(person.chat_id)
    if (chat.id, settings.protection) != (body.account, body.protection):
        return await _renew(services, ticket, body, person, Renewal.CHANGED)
    preview = await _as_it_is_now(services, settings, chat, body)
    if has_moved(body.worst, preview.worst, settings.renew):
        return await _renew(services, ticket, body, person, Renewal.MOVED)
    value = await value_of(services, preview)
    await check_allowed(services, preview, intent_of(preview, value, person))
    recent = await services.records.placed_orders(person.chat_id, mode=preview.mode, most=RECENT)
    limits = await services.safety.limits(person.chat_id, services.clock.now())
    reasons = reasons_of(preview, value, recent, limits.now.order)
    if new := tuple(each for each in reasons if each.caution not in body.acknowledged):
        return await _doubt(services, ticket, body, person, preview, new)
    intent = replace(intent_of(preview, value, person), express_until=body.express_until)
    if ticket.kind == SECOND:
        intent = replace(intent, approved_by=tapper.user_id)
    elif needs_second(limits.now, intent):
        return await _propose(services, ticket, body, preview, limits.now.second)
    services.tasks.stop(("ticket", ticket.id))
    deadline = services.clock.now() + DEADLINE
    name = ClientOrderId(str(uuid.uuid4()))
    request = replace(body.request, client_id=name, deadline=deadline)
    placed = await services.trading.place(replace(intent, request=request), ticket.id)
    return Sent(placed)


async def _propose(
    services: Services, ticket: Ticket, body: OrderBody, preview: Preview, above: Decimal
) -> Outcome:
    """Its author has confirmed it: the same order waits for another trader, on the same card."""
    if ticket.chat_id > 0:
        raise LimitReached(Limit.SECOND, str(above), f"{above:f}")
    await _claim(services, ticket)
    author = Person(ticket.chat_id, ticket.user_id, ticket.message_id or 0)
    waiting = new_ticket(services, SECOND, body, author, VALID_FOR_SECOND)
    await services.records.save_ticket(waiting)
    watch_expiry(services, waiting, author.message_id, body.wish)
    return Proposed(preview, waiting, above)


async def _as_it_is_now(
    services: Services, settings: ChatSettings, chat: ChatAccount, body: OrderBody
) -> Preview:
    """The frozen order at the prices of now; nothing but the market is asked."""
    pair = services.market.instrument(str(body.request.symbol))
    fees = Fees(body.maker, body.taker)
    situation = await read_situation(services, settings, chat, pair, fees)
    return priced(body.request, body.wish, situation)


async def _renew(
    services: Services, ticket: Ticket, body: OrderBody, person: Person, why: Renewal
) -> Outcome:
    await _claim(services, ticket)
    settings = await services.store.chat_settings(person.chat_id)
    chat = await services.accounts.of(person.chat_id)
    preview, fees = await make_preview(services, settings, chat, body.wish)
    new = await open_ticket(services, preview, person, fees)
    return Renewed(why, preview, new, body.worst)


async def _doubt(
    services: Services,
    ticket: Ticket,
    body: OrderBody,
    person: Person,
    preview: Preview,
    reasons: tuple[Reason, ...],
) -> Outcome:
    await _claim(services, ticket)
    acknowledged = (*body.acknowledged, *(reason.caution for reason in reasons))
    fees = Fees(body.maker, body.taker)
    frozen = replace(preview, worst=body.worst)  # what may move is counted from the first card
    new = await open_ticket(services, frozen, person, fees, acknowledged)
    return Doubted(preview, reasons, new)


async def _claim(services: Services, ticket: Ticket) -> None:
    """Take the ticket before a newer one is made, so that a second tap makes no third.

    Raises:
        AlreadySent: another tap was first.
    """
    services.tasks.stop(("ticket", ticket.id))
    await services.records.claim_ticket(
        ticket.id,
        chat_id=ticket.chat_id,
        user_id=ticket.user_id,
        now=services.clock.now(),
    )


async def _take(services: Services, ticket: Ticket) -> None:
    """The same where it does not matter whether it could be used any more."""
    try:
        await _claim(services, ticket)
    except (AlreadySent, Expired):
        return


def intent_of(preview: Preview, value: Decimal, person: Person) -> Intent:
    """The order as limits judge it; its name and its deadline come when it is sent."""
    market = min(preview.last, preview.best)
    return Intent(
        account=preview.account,
        mode=preview.mode,
        chat_id=person.chat_id,
        user_id=person.user_id,
        request=preview.request,
        value=value,
        source=PROTECTION if protects(preview.request, market) else CHAT,
        card=person.message_id,
        take_profit=preview.wish.take_profit,
        note=preview.wish.note,
    )
