"""What protective stops hold, where it is wanted for a sale; and letting go of it."""

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
from kraken.core.types import Side

_FEW = 5
"""Stops that one button ends; whoever has more looks at them first."""


async def with_stops(services: Services, chat: ChatAccount, error: OrderRefused) -> OrderRefused:
    """The same refusal, and where stops of this pair hold what was to be sold, which they are."""
    if error.why not in (Refusal.FUNDS, Refusal.NOTHING_FREE) or error.wish.side is Side.BUY:
        return error
    try:
        found = await patiently(services, chat.account.open_orders)
    except KrakenError:
        return error  # what was wrong is known without them
    pair = error.instrument
    stops = [each for each in found if each.symbol == pair.symbol and is_protective(each)]
    if not stops:
        return error
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
