"""What open orders hold where it is wanted, stops first; and letting go of those."""

from collections.abc import Sequence
from decimal import Decimal

from bot.core.errors import Expired
from bot.core.trade.listing import is_protective, protected
from bot.core.trade.refusals import OrderRefused, Refusal
from bot.core.trade.types import Mode
from bot.desk import orders, take_profits
from bot.desk.doors import ChatAccount
from bot.desk.patience import patiently
from bot.desk.services import Services
from kraken.core.errors import KrakenError
from kraken.core.trading import Order
from kraken.core.types import Asset, Side

_FEW = 5
"""Stops that one button ends; whoever has more looks at them first."""


async def with_holders(services: Services, chat: ChatAccount, error: OrderRefused) -> OrderRefused:
    """The same refusal, and which orders hold what is missing.

    Stops of this pair come first, where it was to be sold.
    """
    if error.why not in (Refusal.FUNDS, Refusal.NOTHING_FREE):
        return error
    try:
        found = await patiently(services, chat.account.open_orders)
    except KrakenError:
        return error  # what was wrong is known without them
    pair = error.instrument
    if error.wish.side is Side.BUY:
        return await _with_orders(services, chat, error, found)
    stops = [each for each in found if each.symbol == pair.symbol and is_protective(each)]
    if not stops:
        return await _with_orders(services, chat, error, found)
    values: dict[str, Decimal | str] = {
        **error.values,
        "held": protected(stops)[pair.base],
        "count": Decimal(len(stops)),
        "mode": chat.mode.value,
    }
    watched = [await take_profits.belongs_to(services, chat, stop) for stop in stops]
    values["profits"] = Decimal(sum(watched))
    if len(stops) <= _FEW:
        values["stops"] = " ".join(each.order_id for each in stops)
    return OrderRefused(error.why, error.wish, pair, values, error.repairs)


async def _with_orders(
    services: Services, chat: ChatAccount, error: OrderRefused, found: Sequence[Order]
) -> OrderRefused:
    """How much of the missing asset open orders hold, and which one if it is only one."""
    asset = Asset(str(error.values["asset"]))
    holders = [each for each in found if _holds(each) == asset]
    try:
        balance = (await patiently(services, chat.account.balances)).get(asset)
    except KrakenError:
        return error
    if not holders or balance is None or not balance.held:
        return error
    values: dict[str, Decimal | str] = {
        **error.values,
        "by_orders": balance.held,
        "holders": Decimal(len(holders)),
        "holder": holders[0].order_id if len(holders) == 1 else "",
    }
    return OrderRefused(error.why, error.wish, error.instrument, values, error.repairs)


def _holds(order: Order) -> Asset:
    """What an open order has set aside."""
    base, _, quote = order.symbol.partition("/")
    return Asset(quote if order.side is Side.BUY else base)


async def let_go(
    services: Services, chat_id: int, mode: Mode, names: Sequence[str]
) -> tuple[ChatAccount, list[Order], int]:
    """End these stops and the take-profits that belong to them.

    Returns the account, how the stops are now, and how many take-profits were ended.

    Raises:
        Expired: none of them is open any more on the account that the chat has; nothing ended.
        KrakenError: as ``orders.cancel``; what was ended until then stays so.
        StoreUnavailable: as ``take_profits.end``; the stops are in place.
    """
    chat = await services.accounts.of(chat_id, mode)
    known = {each.order_id: each for each in await patiently(services, chat.account.open_orders)}
    stops = [stop for name, stop in known.items() if name in names]
    if not stops:
        raise Expired("stop")
    count = 0
    for stop in stops:
        placed = await take_profits.maker_of(services, chat, stop)
        if placed is not None:  # first, so that it does not sell what the stop lets go of
            count += await take_profits.end_of(services, [placed.intent.client_id])
    return chat, [await orders.cancel(services, chat, stop) for stop in stops], count
