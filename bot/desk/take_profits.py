"""Take-profits that the bot watches, as a person ends them.

Rules: what has ended is written down before anything else, so that nothing brings it back; an
order that such a take-profit has sent already stays an order like every other one.
"""

from collections.abc import Iterable
from dataclasses import replace

from bot.core.trade.exits import Exit, ExitState
from bot.core.trade.types import AccountId, PlacedOrder
from bot.desk.doors import ChatAccount
from bot.desk.services import Services
from kraken.core.trading import Order
from kraken.core.types import ClientOrderId


async def watched_on(services: Services, account: AccountId, symbol: str = "") -> list[Exit]:
    """Those of this account that are not over, of one pair or of all."""
    found = []
    for each in await services.records.waiting_exits():
        placed = await services.records.placed_order(each.client_id)
        if placed is None or placed.intent.account != account:
            continue
        if symbol in ("", placed.intent.request.symbol):
            found.append(each)
    return found


async def end(services: Services, exits: Iterable[Exit]) -> int:
    """Watch for these no more, say so on their cards, and return how many they were.

    Raises:
        StoreUnavailable: those that are not written down yet go on.
    """
    return await end_of(services, [each.client_id for each in exits])


async def end_of(services: Services, orders: Iterable[ClientOrderId]) -> int:
    """The same for the take-profits of these orders."""
    count = 0
    for client_id in orders:
        watched = await services.records.exit_of(client_id)
        if watched is None or watched.state is ExitState.ENDED:
            continue
        await services.records.note_exit(replace(watched, state=ExitState.ENDED))
        services.tasks.stop(("exit", client_id))
        await services.trading.show(client_id)
        count += 1
    return count


async def goes_with(services: Services, placed: PlacedOrder) -> bool:
    """Whether a take-profit of this order is watched, which the end of its stop would end."""
    watched = await services.records.exit_of(placed.intent.client_id)
    return watched is not None and watched.state is not ExitState.ENDED


async def belongs_to(services: Services, chat: ChatAccount, stop: Order) -> bool:
    """The same for a stop as the exchange tells it: one of ours, or what a fill of ours placed."""
    placed = await maker_of(services, chat, stop)
    return placed is not None and await goes_with(services, placed)


async def maker_of(services: Services, chat: ChatAccount, stop: Order) -> PlacedOrder | None:
    """The order of ours that this stop is, or that placed it; None if it was made elsewhere."""
    records = services.records
    placed = await records.placed_by_order_id(chat.id, stop.order_id)
    if placed is None and stop.parent is not None:
        placed = await records.placed_by_order_id(chat.id, stop.parent)
    return placed
