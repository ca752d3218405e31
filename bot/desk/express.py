"""Express: who may send without a preview, and whether this order may go that way.

Nothing here sends: what passes goes through a ticket like any other order, with every check of a
tap, and what does not pass is previewed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from bot.core.errors import AlreadySent, Expired, LimitReached
from bot.core.settings import ChatSettings
from bot.core.trade.caution import reasons_of
from bot.core.trade.express import AT_ONCE, LASTS, Express, Held, why_held
from bot.core.trade.limits import Limit
from bot.core.trade.preview import Preview
from bot.core.trade.types import AccountId, Mode, Ticket
from bot.desk.preview import Fees, value_of
from bot.desk.services import Services
from bot.desk.tickets import RECENT, Person, new_ticket, open_ticket

KIND = "express"
LIFE = timedelta(seconds=120)


class _Body(msgspec.Struct, frozen=True):
    """What a ticket of this kind holds."""

    account: str
    most: Decimal


@dataclass(frozen=True, slots=True)
class Offer:
    """What would be allowed once the word is typed."""

    ticket: str
    mode: Mode
    most: Decimal


@dataclass(frozen=True, slots=True)
class Leave:
    """A way without a preview: express, or practice that asks nothing."""

    express: Express | None = None
    held: Held | None = None
    """Why this order is previewed all the same."""


async def offer(services: Services, chat_id: int, user_id: int, most: Decimal) -> Offer:
    """Make the ticket that waits for the word; nothing is changed yet.

    Raises:
        LimitReached: live, and no order may be so large here.
        NotConnected: the mode is live and there is no key that works.
    """
    chat = await services.accounts.of(chat_id)
    if chat.mode is Mode.LIVE:
        limits = (await services.safety.limits(chat_id, services.clock.now())).now
        if most > limits.order:
            raise LimitReached(Limit.ORDER, f"{limits.order:f}", f"{most:f}")
    body, person = _Body(chat.id, most), Person(chat_id, user_id, 0)
    ticket = new_ticket(services, KIND, body, person, LIFE)
    await services.safety.save_ticket(ticket)
    return Offer(ticket.id, chat.mode, most)


async def begin(services: Services, chat_id: int, user_id: int, ticket_id: str) -> Express:
    """The word was typed: it is on from now on, for an hour.

    Raises:
        AlreadySent, Expired: the ticket cannot be used; nothing was changed.
    """
    now = services.clock.now()
    ticket = await services.safety.claim_ticket(
        ticket_id, chat_id=chat_id, user_id=user_id, now=now
    )
    body = msgspec.json.decode(ticket.body, type=_Body)
    chat = await services.accounts.of(chat_id)
    if chat.id != body.account:
        raise Expired("another account")
    express = Express(chat_id, user_id, AccountId(body.account), body.most, now + LASTS)
    await services.safety.allow_express(express, now)
    return express


async def read(services: Services, chat_id: int, user_id: int) -> Express | None:
    """What this person may send at once now."""
    return await services.safety.express_of(chat_id, user_id, services.clock.now())


async def end(services: Services, chat_id: int, user_id: int) -> bool:
    """Preview everything again; False if it was so already."""
    return await services.safety.end_express(chat_id, user_id, services.clock.now())


async def leave_of(
    services: Services, settings: ChatSettings, preview: Preview, person: Person, *, private: bool
) -> Leave | None:
    """The way that this order could take without a preview; None if there is none."""
    express = await read(services, person.chat_id, person.user_id) if private else None
    if express is None or express.account != preview.account:
        asks = preview.mode is Mode.LIVE or settings.practice_asks
        return None if asks else Leave()
    now = services.clock.now()
    value = await value_of(services, preview)
    recent = await services.records.placed_orders(person.chat_id, mode=preview.mode, most=RECENT)
    most = (await services.safety.limits(person.chat_id, now)).now.order
    if preview.mode is Mode.PAPER:
        most = max(most, value)  # play money has no limits
    reasons = reasons_of(preview, value, recent, most, also_practice=True)
    return Leave(express, why_held(express, preview, value, reasons))


async def ticket_at_once(
    services: Services, preview: Preview, fees: Fees, person: Person, leave: Leave, message: int
) -> Ticket | None:
    """The ticket of an order that nobody taps on, named after the message that asked for it.

    A message that is handled again, because the bot died over it, finds it: None if nothing was
    sent then, so that a preview is the answer.

    Raises:
        AlreadySent: its order went out.
        LimitReached, OrderRefused: as with any ticket.
    """
    name = f"{AT_ONCE}:{person.chat_id}:{message}"
    if await services.records.has_order(name):
        raise AlreadySent
    if await services.records.ticket(name) is not None:
        await services.records.end_ticket(name)
        return None
    until: datetime | None = leave.express.until if leave.express else None
    return await open_ticket(services, preview, person, fees, name=name, express_until=until)
