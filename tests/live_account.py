"""A live account on the simulated exchange, in virtual time, with everything that it told."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any, TypeVar

import aiohttp

from kraken.account import (
    AccountEvent,
    AccountReady,
    FillHappened,
    OrderUpdated,
)
from kraken.connections import Connections
from kraken.core.trading import Fill, OrderRequest
from kraken.live import LiveAccount
from kraken.private_rest import PrivateRest
from kraken.sim.server import Exchange
from tests.passing_time import PassingTime, hop
from tests.private_caller import Caller, caller, client

E = TypeVar("E")


class Living:
    """One key with its account; the exchange's journal is what it is compared with."""

    def __init__(
        self,
        exchange: Exchange,
        caller: Caller,
        time: PassingTime,
        http: aiohttp.ClientSession,
        **options: Any,
    ) -> None:
        self.exchange = exchange
        self.caller = caller
        self.time = time
        self.connections = Connections(time, sleep=time.sleep)
        self.told: list[AccountEvent] = []
        self.refuse: Callable[[AccountEvent], None] = lambda event: None
        """Raises where the listener is to fail."""
        self._http = http
        self._options = options
        self.rest: PrivateRest
        self.account: LiveAccount
        self.restart()

    def restart(self, **changes: Any) -> None:
        """A new process: nothing is known but what is given."""
        options = {**self._options, **changes}
        tier = options.pop("tier", "pro")
        _, self.rest = client(self._http, self.caller, clock=self.time, tier=tier)
        self.account = LiveAccount(
            self.rest,
            http=self._http,
            ws_url=options.pop("ws_url", self.exchange.ws_url),
            clock=self.time,
            connections=self.connections,
            tier=tier,
            random=lambda: 0.5,
            sleep=self.time.sleep,
            liveness=60,
            **options,
        )

    async def listen(self, event: AccountEvent) -> None:
        self.refuse(event)
        self.told.append(event)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Follow the account; begins when it is ready."""
        async with asyncio.TaskGroup() as group:
            task = group.create_task(self.account.run(self.listen))
            try:
                already = len(self.of(AccountReady))
                await self.time.until(lambda: len(self.of(AccountReady)) > already)
                yield
            finally:
                task.cancel()

    async def while_time_passes(self, asked: Awaitable[E], seconds: float = 600) -> E:
        """Wait for something that needs time; fails when it needs more than that."""
        results: list[E] = []
        failures: list[Exception] = []

        async def ask() -> None:
            try:
                results.append(await asked)
            except Exception as error:  # noqa: BLE001 - raised below, without the group
                failures.append(error)

        async with asyncio.TaskGroup() as group:
            task = group.create_task(ask())
            try:
                await self.time.until(lambda: results or failures, seconds)
            except AssertionError as error:
                failures.append(error)
            task.cancel()
        if failures:
            raise failures[0]
        return results[0]

    def of(self, kind: type[E]) -> list[E]:
        """What was told of one kind, in order."""
        return [event for event in self.told if isinstance(event, kind)]

    def order(self, price: str | None = "50000", **terms: Any) -> OrderRequest:
        return self.caller.order(price, **terms)

    def fills(self) -> list[Fill]:
        return [event.fill for event in self.of(FillHappened)]

    def journal_fills(self) -> list[dict[str, Any]]:
        rows: Any = self.exchange.journal()["fills"]
        return [row for row in rows if row["api_key"] == self.caller.credentials.api_key]

    def journal_orders(self) -> list[dict[str, Any]]:
        return self.caller.journal()

    def agrees(self) -> bool:
        """Whether what was told is what the journal says, to the last digit."""
        return self.told_fills() == self.true_fills() and self.told_orders() == self.true_orders()

    def told_fills(self) -> list[tuple[Any, ...]]:
        """Each told fill, as often as it was told."""
        return sorted(
            (
                *(fill.exec_id, fill.order_id, fill.client_id, fill.symbol, fill.side.value),
                *(fill.price, fill.qty, fill.cost, fill.fee, fill.fee_asset),
            )
            for fill in self.fills()
        )

    def true_fills(self) -> list[tuple[Any, ...]]:
        clients = {row["order_id"]: row["cl_ord_id"] for row in self.journal_orders()}
        return sorted(
            (
                *(row["exec_id"], row["order_id"], clients[row["order_id"]], row["symbol"]),
                *(row["side"], Decimal(row["price"]), Decimal(row["qty"]), Decimal(row["cost"])),
                *(Decimal(row["fee"]), row["fee_asset"]),
            )
            for row in self.journal_fills()
        )

    def told_orders(self) -> dict[str, tuple[Any, ...]]:
        """Each order as it was told last."""
        newest = {event.order.order_id: event.order for event in self.of(OrderUpdated)}
        return {
            order.order_id: (
                *(order.client_id, order.status.value, order.qty, order.filled_qty),
                *(order.booked_qty, order.filled_cost, order.fee),
            )
            for order in newest.values()
        }

    def true_orders(self) -> dict[str, tuple[Any, ...]]:
        return {
            row["order_id"]: (
                *(row["cl_ord_id"], row["status"], Decimal(row["qty"])),
                *(Decimal(row["filled_qty"]), Decimal(row["filled_qty"])),
                *(Decimal(row["cost"]), Decimal(row["fee"])),
            )
            for row in self.journal_orders()
        }


@asynccontextmanager
async def living(exchange: Exchange, **options: Any) -> AsyncIterator[Living]:
    """Somebody with money, a key and a live account that does not run yet."""
    user = options.pop("user", {"tier": options.get("tier", "pro")})
    async with caller(exchange, **user) as made, aiohttp.ClientSession() as http:
        time = PassingTime(exchange)
        made.clock = time  # type: ignore[assignment]  # the same questions, virtual time
        made.offset._clock = time
        yield Living(exchange, made, time, http, **options)
        await hop()
