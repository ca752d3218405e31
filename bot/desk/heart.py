"""The heart of trading, put together: accounts, what they tell, and what is ordered.

Start: what a former life left open is being found out before anything else is asked of an
account; then the accounts are listened to.
"""

import asyncio
from collections.abc import Awaitable, Callable

from bot.core.trade.types import PlacedOrder
from bot.desk.accounts import Accounts, Makers
from bot.desk.crossed import Crossed
from bot.desk.doors import Brakes, Keyring
from bot.desk.exits import Exits
from bot.desk.facts import Facts
from bot.desk.services import Keyed, MarketData
from bot.desk.telling import Telling
from bot.desk.trading import Trading
from bot.desk.values import Values
from bot.outbox import Outbox
from bot.store import Store
from kraken.clock import Clock


class Heart:
    """The parts, in the order in which they need each other."""

    def __init__(
        self,
        *,
        store: Store,
        market: MarketData,
        outbox: Outbox,
        makers: Makers,
        keyring: Keyring,
        tasks: Keyed,
        brakes: Brakes,
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.telling = Telling(store, store, market, outbox, clock)
        self.accounts = Accounts(store, makers, keyring, tasks, market.ready, sleep=sleep)
        self.trading = Trading(
            store, self.accounts, self.telling, tasks, brakes, clock, sleep=sleep
        )
        self.values = Values(market)
        self.exits = Exits(
            store,
            self.accounts,
            self.trading,
            self.telling,
            market,
            self.values,
            tasks,
            brakes,
            clock,
            sleep=sleep,
        )
        self.crossed = Crossed(self.accounts, market, tasks, sleep=sleep)
        self.facts = Facts(
            self.telling, self.accounts, store, tasks, follow=self._follow, sleep=sleep
        )
        self.accounts.on_event(self.facts.hear)

    async def _follow(self, placed: PlacedOrder) -> None:
        await self.exits.follow(placed)
        await self.crossed.follow(placed)

    async def start(self) -> None:
        """Find out what was left open, and listen."""
        await self.trading.start()
        await self.accounts.start()
        await self.exits.start()
