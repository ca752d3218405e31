"""Orders: lists of them, one of them, and their end."""

import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.core.errors import NotConnected
from bot.core.settings import ChatSettings
from bot.core.trade.account_args import OrdersArgs
from bot.core.trade.exits import ExitState, take_price
from bot.core.trade.listing import (
    PER_PAGE,
    BotPart,
    OrderList,
    OrderRow,
    distance,
    is_protective,
    named,
    newest_first,
    page_of,
    wanted,
)
from bot.core.trade.types import Mode, PlacedOrder
from bot.desk.doors import ChatAccount
from bot.desk.parts import left_parts
from bot.desk.patience import patiently
from bot.desk.prices import find_pair, read_quotes
from bot.desk.services import Services
from kraken.core.errors import AuthError, KrakenError, NotSent, OutcomeUnknown
from kraken.core.trading import Order, OrderName
from kraken.core.types import ClientOrderId, Instrument, OrderId, Symbol

log = logging.getLogger(__name__)

CLOSED_FOR = timedelta(days=30)
CLOSED_MOST = 100
"""Ended orders of a list; the file has all."""

_LOOKS = (0.2, 0.5, 1.0, 2.0)
"""Seconds between two looks at an order that is being cancelled."""
_TRIES = 3


async def read_list(
    services: Services, chat: ChatAccount, args: OrdersArgs, settings: ChatSettings
) -> OrderList:
    """One page of the orders that were asked for.

    Raises:
        UnknownInstrument: there is no such pair.
        KrakenError: the orders could not be read.
    """
    pair = find_pair(services, settings, args.pair) if args.pair else None
    symbol = pair.symbol if pair else ""
    orders = [o for o in await _read(services, chat, args) if wanted(o, args.which, symbol)]
    shown, page, pages = page_of(newest_first(orders), args.page)
    parts = await _bot_parts(services, chat, symbol) if args.which != "closed" else []
    return OrderList(
        mode=chat.mode,
        which=args.which,
        pair=symbol,
        rows=await rows_of(services, chat, shown),
        total=len(orders),
        page=page,
        pages=pages,
        by_bot=parts,
        in_other_mode=await _open_elsewhere(services, chat),
    )


async def rows_of(
    services: Services, chat: ChatAccount, orders: Sequence[Order]
) -> list[OrderRow]:
    """Each with its distance to the market, and whether it is ours."""
    pairs = instruments_of(services)
    known = {
        pairs[each.symbol].symbol: pairs[each.symbol] for each in orders if each.symbol in pairs
    }
    open_pairs = [known[s] for s in {each.symbol for each in orders if each.is_open} if s in known]
    quotes = await read_quotes(services, open_pairs)
    last = {each.instrument.symbol: each.ticker.last for each in quotes if each.ticker}
    return [
        OrderRow(
            order=order,
            instrument=known.get(order.symbol),
            distance=distance(order, last.get(order.symbol)),
            is_ours=await placed_of(services, chat, order) is not None,
        )
        for order in orders
    ]


async def row_of(services: Services, chat: ChatAccount, order: Order) -> OrderRow:
    """One order as a list shows it."""
    (row,) = await rows_of(services, chat, [order])
    return row


async def placed_of(services: Services, chat: ChatAccount, order: Order) -> PlacedOrder | None:
    """Our record of it; None if it was made elsewhere."""
    if order.client_id is not None:
        placed = await services.records.placed_order(order.client_id)
        if placed is not None:
            return placed
    return await services.records.placed_by_order_id(chat.id, order.order_id)


def instruments_of(services: Services) -> Mapping[Symbol, Instrument]:
    """Every pair that is known; none while Kraken was not reached."""
    try:
        return {pair.symbol: pair for pair in services.market.instruments()}
    except NotSent:
        return {}


async def find_orders(services: Services, chat: ChatAccount, name: str) -> list[Order]:
    """The orders that a person may mean: ``last`` is the newest open one.

    Raises:
        KrakenError: the orders could not be read.
    """
    found = newest_first(await patiently(services, chat.account.open_orders))
    if name == "last":
        return found[:1]
    if matching := named(found, name):
        return matching
    placed = await services.records.placed_order(ClientOrderId(name))
    if placed is not None and placed.intent.account == chat.id:
        return [placed.order] if placed.order is not None else []
    order = await order_by_id(services, chat, name.upper())
    return [order] if order is not None else []


async def is_unclear(services: Services, name: str) -> bool:
    """Whether this is an order of ours of which it is not known yet that it exists."""
    placed = await services.records.placed_order(ClientOrderId(name))
    return placed is not None and placed.standing.is_open_question


async def account_of(services: Services, chat_id: int, order_id: str) -> ChatAccount:
    """The account that an order is of: the chat's own, or its other one.

    A card outlives a switch of the mode, and what is tapped or answered there is about its order.
    """
    own = await services.accounts.of(chat_id)
    other = Mode.PAPER if own.mode is Mode.LIVE else Mode.LIVE
    try:
        there = await services.accounts.of(chat_id, other)
    except NotConnected:
        return own
    known = await services.records.placed_by_order_id(there.id, order_id)
    return own if known is None else there


async def order_by_id(services: Services, chat: ChatAccount, order_id: str) -> Order | None:
    """One order, open or ended."""
    name = OrderName(order_id=OrderId(order_id))
    return await patiently(services, lambda: chat.account.order(name))


async def order_of_reply(services: Services, chat: ChatAccount, message_id: int | None) -> str:
    """The id of the order that a message is about; empty if it is about none."""
    if message_id is None:
        return ""
    placed = await services.past.placed_of_card(chat.chat_id, message_id)
    if placed is not None:
        order = placed.order
        return order.order_id if order is not None else str(placed.intent.client_id)
    topic = await services.past.topic_of(chat.chat_id, message_id)
    if topic is None:
        return ""
    return str(topic[1].get("order", ""))


async def cancel(services: Services, chat: ChatAccount, order: Order) -> Order:
    """Ask for its end until there is an answer, and return how it is then.

    Asking twice does no harm. What is returned may still be open: then its end is on its way.

    Raises:
        Rejected: the exchange knows no such order, or does not accept the key.
        NotSent: nothing left this machine; the order is as it was.
        OutcomeUnknown: there was no answer; it may end, and asking again does no harm.
    """
    name = OrderName(order_id=order.order_id)
    for number in range(_TRIES):
        try:
            found = await services.trading.cancel(chat, name)
            return await _ended(services, chat, found or order)
        except OutcomeUnknown:
            if number + 1 == _TRIES:
                raise
            log.info("no answer about the end of %s, asking again", order.order_id)
            await services.sleep(_LOOKS[number])
    raise OutcomeUnknown


async def _ended(services: Services, chat: ChatAccount, order: Order) -> Order:
    """Look a few times, because an end is told a moment after it was asked for.

    Of our own orders our records are told by themselves; the exchange is asked about others, and
    seldom, because each question counts against a limit.
    """
    for number, pause in enumerate(_LOOKS):
        if not order.is_open:
            break
        await services.sleep(pause)
        placed = await placed_of(services, chat, order)
        if placed is not None and placed.order is not None:
            order = placed.order if placed.order.order_id == order.order_id else order
        elif number % 2:
            order = await _looked_up(chat, order)
    return order


async def _looked_up(chat: ChatAccount, order: Order) -> Order:
    try:
        return await chat.account.order(OrderName(order_id=order.order_id)) or order
    except AuthError:
        raise
    except KrakenError as error:
        log.info("the end of %s is not known yet: %r", order.order_id, error)
        return order


def needs_consent(order: Order) -> bool:
    """A protective stop is not taken away by one tap."""
    return is_protective(order)


async def _read(services: Services, chat: ChatAccount, args: OrdersArgs) -> list[Order]:
    found: list[Order] = []
    if args.which != "closed":
        found += await patiently(services, chat.account.open_orders)
    if args.which in ("closed", "all"):
        since = services.clock.now() - CLOSED_FOR
        most = CLOSED_MOST if args.page > 1 or args.pair else PER_PAGE * 8
        found += await patiently(services, lambda: chat.account.closed_orders(since, most))
    return list({order.order_id: order for order in reversed(found)}.values())


async def _open_elsewhere(services: Services, chat: ChatAccount) -> int:
    """Orders of this chat that are open in its other mode, as far as they were told."""
    other = Mode.PAPER if chat.mode is Mode.LIVE else Mode.LIVE
    placed = await services.records.placed_orders(chat.chat_id, mode=other)
    return sum(each.order is not None and each.order.is_open for each in placed)


async def _bot_parts(services: Services, chat: ChatAccount, symbol: str) -> list[BotPart]:
    """Take-profits that are being watched on this account, and what is left of orders in parts."""
    pairs = instruments_of(services)
    parts = await left_parts(services, chat, symbol, pairs)
    for each in await services.records.waiting_exits():
        placed = await services.records.placed_order(each.client_id)
        if placed is None or placed.intent.account != chat.id or each.state is ExitState.ENDED:
            continue
        request = placed.intent.request
        if symbol and request.symbol != symbol:
            continue
        instrument = pairs.get(request.symbol)
        price = take_price(placed.intent, placed.order, instrument) if instrument else None
        qty = placed.order.qty if placed.order else request.qty
        if qty is not None:
            parts.append(
                BotPart(
                    each.client_id,
                    request.symbol,
                    request.side,
                    qty,
                    price,
                    instrument,
                    placed.intent.take_profit,
                )
            )
    return parts
