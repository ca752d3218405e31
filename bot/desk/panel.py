"""The order panel: its facts, and the row by which a reply finds what it changes."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

import msgspec

from bot.core.errors import AlreadySent, Expired
from bot.core.settings import ChatSettings
from bot.core.texts.panel import PanelFacts
from bot.core.trade.panel import Change, begin, changed
from bot.core.trade.refusals import OrderRefused
from bot.core.trade.request import request_of
from bot.core.trade.types import Ticket, TicketState
from bot.core.trade.wish import OrderWish
from bot.desk.choices import pairs_to_choose
from bot.desk.preview import order_pair, read_situation
from bot.desk.services import Services
from bot.desk.tickets import ORDER, Person, new_ticket, read_body

PANEL = "panel"
CHANGE = "change"
_KEPT = timedelta(days=1)
"""How long a panel can be replied to."""


@dataclass(frozen=True, slots=True)
class PanelBody:
    """What a panel, or a question about one part of an order, is about."""

    wish: OrderWish
    part: str = ""
    """What the question asked for; empty on a panel."""
    ticket: str = ""
    """The ticket of the card that the question belongs to."""


@dataclass(frozen=True, slots=True)
class Replied:
    """A reply that changes an order."""

    wish: OrderWish
    """As it is with the change."""
    panel: int | None = None
    """The panel's message; None if the reply was to a card."""
    ticket: str = ""
    """The ticket that is overtaken."""
    card: int | None = None
    """The message that the overtaken ticket stands on."""


async def read_panel(
    services: Services, settings: ChatSettings, chat_id: int, wish: OrderWish
) -> tuple[OrderWish, PanelFacts]:
    """The wish with its pair's name, and what the panel shows of it."""
    chat = await services.accounts.of(chat_id)
    pair = order_pair(services, settings, wish)
    named = begin(replace(wish, pair=str(pair.symbol)))
    situation = await read_situation(services, settings, chat, pair)
    qty: Decimal | None = None
    limit: Decimal | None = None
    # A panel may stand at an order that does not fit (yet); its preview says what is wrong.
    with suppress(OrderRefused):
        request = request_of(named, situation)
        qty, limit = (request.qty if named.amount is not None else None), request.limit_price
    return named, PanelFacts(situation, qty, limit)


def pairs_of_panel(services: Services, settings: ChatSettings) -> list[str]:
    """Well-known pairs in the chat's currency."""
    return pairs_to_choose(services, settings)


async def keep_panel(services: Services, person: Person, wish: OrderWish) -> None:
    """Note what stands on this message, for whoever replies to it."""
    ticket = new_ticket(services, PANEL, PanelBody(wish), person, _KEPT)
    await services.records.save_ticket(ticket)


async def keep_question(
    services: Services, person: Person, wish: OrderWish, part: str, ticket_id: str
) -> None:
    """Note what a question asked for, for the reply to it."""
    body = PanelBody(wish, part, ticket_id)
    await services.records.save_ticket(new_ticket(services, CHANGE, body, person, _KEPT))


async def reply_to(
    services: Services, chat_id: int, user_id: int, message_id: int, text: str
) -> Replied | None:
    """What a reply to one of our messages changes; None if that message is about no order.

    Raises:
        BadArgument: it was not understood.
    """
    ticket = await services.records.ticket_on(chat_id, message_id)
    if ticket is None or ticket.user_id != user_id:
        return None
    if ticket.kind == ORDER:
        if ticket.state is TicketState.TAKEN:
            return None  # it was sent or put away: what is said to it is about something else
        wish = changed(read_body(ticket).wish, Change("", text))
        return Replied(wish, ticket=ticket.id, card=message_id)
    if ticket.kind not in (PANEL, CHANGE):
        return None
    body = msgspec.json.decode(ticket.body, type=PanelBody)
    wish = changed(body.wish, Change(body.part, text))
    if ticket.kind == PANEL:
        return Replied(wish, panel=message_id)
    card = await services.records.ticket(body.ticket)
    return Replied(wish, ticket=body.ticket, card=card.message_id if card else None)


async def overtake(services: Services, replied: Replied, person: Person) -> bool:
    """The card's order was changed by a reply: its ticket must not be used any more.

    False if it was used, or put away, before: then its message is left as it is.
    """
    if not replied.ticket:
        return False
    services.tasks.stop(("ticket", replied.ticket))
    try:
        await services.records.claim_ticket(
            replied.ticket,
            chat_id=person.chat_id,
            user_id=person.user_id,
            now=services.clock.now(),
        )
    except (AlreadySent, Expired):
        return False
    return True


def wish_of(ticket: Ticket) -> OrderWish:
    """The order that a card is about."""
    return read_body(ticket).wish
