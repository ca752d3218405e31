"""Crossed: looks at live orders that the market has passed, and of which nothing was heard.

The stream can lose a report without anybody noticing, and lists are read every few minutes only.
Rules: where the market has traded beyond the price that an order waits for, and the order is as
it was ten seconds later, it is asked for by its name; the question waits for room in the key's
call counter and is repeated every minute while the market stays beyond.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Protocol, runtime_checkable

from bot.core.errors import UserError
from bot.core.trade.limits import STOPS
from bot.core.trade.listing import waits_for
from bot.core.trade.types import AccountId, Mode, PlacedOrder
from bot.desk.doors import Accounts
from bot.desk.services import Keyed, MarketData
from kraken.core.errors import KrakenError
from kraken.core.trading import Order, Reference
from kraken.core.types import OrderId, Side, Symbol

log = logging.getLogger(__name__)

PATIENCE = 10.0
"""Seconds in which a report comes, if it comes at all."""
AGAIN = 60.0


@runtime_checkable
class LooksAgain(Protocol):
    """An account that can ask for one order in its own time."""

    def look_at(self, order_id: OrderId) -> None: ...


class Crossed:
    """``follow`` is told of every change of an order of ours."""

    def __init__(
        self,
        accounts: Accounts,
        market: MarketData,
        tasks: Keyed,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._accounts = accounts
        self._market = market
        self._tasks = tasks
        self._sleep = sleep

    async def follow(self, placed: PlacedOrder) -> None:
        """Something about this order is new: wait anew, or no more."""
        order, intent = placed.order, placed.intent
        key = ("crossed", intent.client_id)
        price = waits_for(order) if order is not None and order.is_open else None
        if order is None or price is None or intent.mode is Mode.PAPER or _is_blind(order):
            self._tasks.stop(key)
        else:
            self._tasks.start(key, self._watch(intent.account, order, price))

    async def _watch(self, account: AccountId, order: Order, price: Decimal) -> None:
        await self._market.ready()
        pause = PATIENCE
        while True:
            await self._until_passed(order.symbol, price, falls=waits_for_fall(order))
            await self._sleep(pause)
            try:
                asked = await self._accounts.by_id(account)
            except (KrakenError, UserError) as error:
                log.info("the account of a passed order is away: %r", error)
                return
            if isinstance(asked, LooksAgain):
                log.info("order %s is looked at: the market has passed it", order.order_id)
                asked.look_at(order.order_id)
            pause = AGAIN

    async def _until_passed(self, symbol: Symbol, price: Decimal, *, falls: bool) -> None:
        async with self._market.ticker(symbol) as watch:
            version = 0
            while True:
                version, ticker = await watch.newer(version)
                if ticker is None:
                    continue
                if ticker.last < price if falls else ticker.last > price:
                    return


def waits_for_fall(order: Order) -> bool:
    """Whether it acts when the price falls: buying cheaper, or a stop that sells."""
    is_stop = order.type in STOPS and order.trigger is not None and not order.trigger.is_fired
    return (order.side is Side.BUY) != is_stop


def _is_blind(order: Order) -> bool:
    """It waits for the index price, which is not followed here."""
    trigger = order.trigger
    is_waiting = trigger is not None and not trigger.is_fired
    return is_waiting and trigger is not None and trigger.reference is Reference.INDEX
