"""Amending: a change is planned, kept under a ticket, and sent once by its tap."""

import secrets
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec

from bot.core.audit import Action
from bot.core.errors import Expired
from bot.core.settings import ChatSettings
from bot.core.trade.amend_args import AmendArgs
from bot.core.trade.change import Plan, from_fields, plan, priced, sent_fields
from bot.core.trade.repeat import bracket_words
from bot.core.trade.types import Mode, Ticket
from bot.desk.doors import ChatAccount
from bot.desk.forbidding import allowed_change
from bot.desk.noting import note
from bot.desk.orders import instruments_of
from bot.desk.patience import patiently
from bot.desk.prices import read_quotes
from bot.desk.services import Services
from bot.desk.trading import LIFE_OF_A_REQUEST
from bot.store import StoreUnavailable
from kraken.core.errors import AuthError, NotSent, Rejected
from kraken.core.trading import TRAILING, TRIGGERED, Order, OrderName, OrderType
from kraken.core.types import Instrument

KIND = "amend"
LIFE = timedelta(seconds=60)


class _Body(msgspec.Struct, frozen=True):
    """What a ticket of this kind holds."""

    account: str
    mode: Mode
    order: Order
    """As it was when the change was shown."""
    after: Order
    change: dict[str, str]


async def plan_change(
    services: Services, order: Order, args: AmendArgs, settings: ChatSettings
) -> tuple[Plan, Instrument] | None:
    """The change as it would be; None if the pair is not listed any more.

    Raises:
        BadArgument: it does not fit the order or its pair.
        NotSent: it counts from a price, and none is known.
    """
    instrument = instruments_of(services).get(order.symbol)
    if instrument is None:
        return None
    (quote,) = await read_quotes(services, [instrument])
    last = quote.ticker.last if quote.ticker else None
    if args.asked is not None or args.asked_stop is not None:
        if quote.ticker is None:
            raise NotSent("no price is known to count from")
        args = priced(args, order, instrument, quote.ticker)
    return plan(order, args, instrument, last, services.clock.now()), instrument


async def keep(services: Services, chat: ChatAccount, user_id: int, made: Plan) -> str:
    """Write the change down under a ticket, and return its id.

    Raises:
        LimitReached: a pause or a limit forbids it; there is no ticket.
        NotSent: live, and nobody can tell what it is worth.
    """
    now = services.clock.now()
    await allowed_change(services, chat, user_id, made.order, made.after, made.change)
    body = _Body(chat.id, chat.mode, made.order, made.after, sent_fields(made.change))
    ticket = Ticket(
        id=secrets.token_hex(16),
        kind=KIND,
        chat_id=chat.chat_id,
        user_id=user_id,
        body=msgspec.json.encode(body).decode(),
        created_at=now,
        expires_at=now + LIFE,
    )
    await services.records.save_ticket(ticket)
    return ticket.id


async def send(
    services: Services, chat_id: int, user_id: int, ticket_id: str
) -> tuple[Order, ChatAccount, Rejected | None]:
    """Take the ticket and send its change, once; the order as it is then, and a refusal.

    An order that ended meanwhile is returned as it ended: nothing of it was changed.

    Raises:
        AlreadySent, Expired: the ticket is used up; nothing was sent.
        LimitReached: a pause or a limit forbids it; nothing was sent.
        AuthError, NotSent, OutcomeUnknown: what ``Account.amend`` says.
        Rejected: it was refused, and the order is not known any more.
    """
    ticket = await services.records.ticket(ticket_id)
    if ticket is None or ticket.kind != KIND:
        raise Expired("ticket")
    body: Any = msgspec.json.decode(ticket.body, type=_Body)
    chat = await services.accounts.of(chat_id, body.mode)
    if chat.id != body.account:
        raise Expired("another account")
    asked = from_fields(body.change, services.clock.now())
    judged = await allowed_change(services, chat, user_id, body.order, body.after, asked)
    now = services.clock.now()
    await services.safety.commit_change(ticket_id, judged, now)
    order_id = body.order.order_id
    await note(services, chat, user_id, Action.AMEND, order_id)
    change = replace(asked, deadline=now + LIFE_OF_A_REQUEST)
    name = OrderName(order_id=order_id)
    try:
        return await services.trading.amend(chat, name, change), chat, None
    except (Rejected, NotSent) as error:
        with suppress(StoreUnavailable):  # then it counts too much, until the order ends
            await services.safety.drop_change(judged)
        if isinstance(error, AuthError | NotSent):
            raise
        order = await patiently(services, lambda: chat.account.order(name))
        if order is None:
            raise
        return order, chat, error if order.is_open else None


async def command_for(services: Services, chat: ChatAccount, made: Plan, args: AmendArgs) -> str:
    """The command that previews the order as it would be, with what is to end it again."""
    placed = await services.records.placed_by_order_id(chat.id, made.order.order_id)
    take_profit = placed.intent.take_profit if placed is not None else None
    return " ".join([*_order_words(made, args), *bracket_words(made.order.close, take_profit)])


def _order_words(made: Plan, args: AmendArgs) -> list[str]:
    order = made.order
    after = made.after
    left = f"{after.remaining.normalize():f}"
    words = [f"/{order.side.value}", left, order.symbol]
    if after.limit_price is not None and order.type not in TRAILING:
        words += ["@", f"{after.limit_price.normalize():f}"]
    words += _trigger_words(after, args)
    if after.post_only:
        words.append("post")
    if order.type is OrderType.MARKET:
        words.append("market")
    return words


def _trigger_words(order: Order, args: AmendArgs) -> list[str]:
    if args.trail:
        return [f"trail={args.trail}"]
    if order.type not in TRIGGERED or order.trigger is None or order.trigger.is_fired:
        return []
    word = "take" if order.type.value.startswith("take-profit") else "stop"
    if order.type in TRAILING:
        word = "stop"
    return [f"{word}={order.trigger.price.normalize():f}"]
