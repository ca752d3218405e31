"""PrivateRest: the private endpoints of one API key, one method each, and Kraken's clock.

What a failure allows to conclude is told in ``kraken.signed``: commands (the first group) raise
``Rejected``, ``NotSent`` or ``OutcomeUnknown``, reads what public REST raises.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime, timedelta
from statistics import median_low

from kraken.clock import Clock
from kraken.core.errors import HeldBack, InvalidOrder, KrakenError
from kraken.core.holdings import Balance, OwnFees
from kraken.core.trading import Amend, FeePreference, OrderRequest
from kraken.core.types import Asset, ClientOrderId, OrderId, Symbol
from kraken.core.wire import private as wire
from kraken.core.wire import private_ledger as ledger
from kraken.core.wire import private_orders as orders
from kraken.core.wire import private_requests as requests
from kraken.core.wire.names import Names
from kraken.signed import SignedCalls

logger = logging.getLogger(__name__)

HISTORY_COST = 4
"""What a read of a history counts; two by some pages of the documentation, four by others."""

WORTH_A_WARNING = timedelta(seconds=2)
TOO_FAR = timedelta(seconds=5)
"""How wrong a clock may be for orders to be placed."""

MEASURED_EVERY = timedelta(minutes=10)
MEASURED_AGAIN = timedelta(minutes=1)
"""When it could not be measured, or the clocks are too far apart."""


class ServerOffset:
    """How far Kraken's clock is ahead of ours; deadlines are told in Kraken's time.

    One for each process. While the clocks are more than five seconds apart no order is placed:
    something is wrong with this machine, and schedules and prices' ages are wrong with it.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.value = timedelta(0)
        self.measured_at: datetime | None = None

    def check(self) -> None:
        """Raise ``HeldBack`` if the clocks are too far apart to place an order."""
        if abs(self.value) > TOO_FAR:
            seconds = abs(self.value).total_seconds()
            raise HeldBack(f"the clock of this machine is {seconds:.0f} s off Kraken's")

    @property
    def known(self) -> timedelta | None:
        """The same; None before it was measured."""
        return None if self.measured_at is None else self.value

    async def keep(
        self,
        ask: Callable[[], Awaitable[datetime]],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        """Measure now and every few minutes, until cancelled; sooner while something is wrong."""
        while True:
            pause = MEASURED_EVERY
            try:
                await self.measure(ask)
            except KrakenError as error:
                logger.info("Kraken's clock could not be asked for: %s", error)
                pause = MEASURED_AGAIN
            if abs(self.value) > WORTH_A_WARNING:
                seconds = self.value.total_seconds()
                logger.warning("Kraken's clock is %.1f s ahead of this machine's", seconds)
                pause = MEASURED_AGAIN
            await sleep(pause.total_seconds())

    async def measure(self, ask: Callable[[], Awaitable[datetime]], rounds: int = 5) -> timedelta:
        """Ask for Kraken's time some times and take the median, right to about half a second."""
        seen: list[timedelta] = []
        for _ in range(rounds):
            sent = self._clock.now()
            told = await ask()
            middle = sent + (self._clock.now() - sent) / 2
            # Whole seconds are told: on average, half of one has passed already.
            seen.append(told + timedelta(milliseconds=500) - middle)
        self.value = median_low(seen)
        self.measured_at = self._clock.now()
        return self.value


class PrivateRest:
    """One key's private endpoints.

    ``names`` are asked for with each call, because Kraken's list of pairs changes.
    """

    def __init__(
        self,
        calls: SignedCalls,
        *,
        clock: Clock,
        names: Callable[[], Names],
        offset: ServerOffset | None = None,
    ) -> None:
        self._calls = calls
        self._clock = clock
        self._names = names
        self.offset = offset or ServerOffset(clock)

    # -- commands -----------------------------------------------------------------------------

    async def add_order(self, request: OrderRequest) -> OrderId:
        """Place an order; an answer means that Kraken took it, not that it rests or filled."""
        if request.client_id is None or request.deadline is None:
            raise InvalidOrder("without a name and a deadline, an order could not be found again")
        asked = requests.add_order(request, self._names(), self.offset.value)
        return await self._calls.command("AddOrder", asked, wire.added_order, request.deadline)

    async def amend_order(
        self,
        change: Amend,
        *,
        order_id: OrderId | None = None,
        client_id: ClientOrderId | None = None,
    ) -> None:
        """Change an open order, which is named by one of its names."""
        asked = requests.named(order_id, client_id)
        asked |= requests.amend_order(change, self.offset.value)
        await self._calls.command("AmendOrder", asked, wire.amended_order, change.deadline)

    async def cancel_order(
        self, *, order_id: OrderId | None = None, client_id: ClientOrderId | None = None
    ) -> int:
        """End an open order; how many will end."""
        asked = requests.named(order_id, client_id)
        return await self._calls.command("CancelOrder", asked, wire.cancelled)

    async def cancel_all(self) -> int:
        """End every open order of the account; how many will end."""
        return await self._calls.command("CancelAll", {}, wire.cancelled)

    async def cancel_all_after(self, delay: timedelta) -> datetime | None:
        """Arm the dead man's switch; zero switches it off. The time when it will fire."""
        asked = requests.cancel_all_after(delay)
        return await self._calls.command("CancelAllOrdersAfter", asked, wire.cancelled_after)

    # -- the key ------------------------------------------------------------------------------

    @property
    def refusal(self) -> str | None:
        """Why Kraken takes nothing from this key any more; None while it does."""
        return self._calls.refusal

    def wait(self, cost: float) -> timedelta:
        """How long until reads of this cost fit, and leave what is kept for urgent ones."""
        return self._calls.wait(cost)

    def level(self) -> tuple[float, float]:
        """How high the counter of calls is, and how high it may rise."""
        return self._calls.level()

    def limit_to(self, tier: str) -> None:
        """The account turned out to be of this tier."""
        self._calls.limit_to(tier)

    def server_time(self) -> datetime:
        """What Kraken's clock shows now."""
        return self._clock.now() + self.offset.value

    # -- reads; ``urgent`` ones may use up what others leave of the call counter ---------------

    async def open_orders(
        self, client_id: ClientOrderId | None = None, *, urgent: bool = False
    ) -> orders.OrdersPage:
        """All open orders, or those under this name."""
        asked = {} if client_id is None else {"cl_ord_id": str(client_id)}
        names, at = self._names(), self.server_time()
        return await self._calls.read(
            "OpenOrders", asked, lambda body: orders.open_orders(body, names, at), urgent=urgent
        )

    async def closed_orders(
        self,
        client_id: ClientOrderId | None = None,
        *,
        since: datetime | None = None,
        offset: int = 0,
        urgent: bool = False,
    ) -> orders.OrdersPage:
        """50 orders that ended after ``since`` (Kraken's time), newest first."""
        asked = {**requests.page(since, offset), "closetime": "close"}
        if client_id is not None:
            asked["cl_ord_id"] = client_id
        names, at = self._names(), self.server_time()
        return await self._calls.read(
            "ClosedOrders",
            asked,
            lambda body: orders.closed_orders(body, names, at),
            cost=HISTORY_COST,
            urgent=urgent,
        )

    async def query_orders(
        self, order_ids: Iterable[OrderId], *, urgent: bool = False
    ) -> orders.OrdersPage:
        """Up to 50 orders by name, open or not; one that is unknown refuses all."""
        names, at = self._names(), self.server_time()
        return await self._calls.read(
            "QueryOrders",
            {"txid": ",".join(order_ids)},
            lambda body: orders.query_orders(body, names, at),
            urgent=urgent,
        )

    async def trades_history(
        self,
        *,
        since: datetime | None = None,
        offset: int = 0,
        preferences: Mapping[OrderId, FeePreference] | None = None,
        urgent: bool = False,
    ) -> orders.FillsPage:
        """50 fills after ``since`` (Kraken's time), newest first.

        ``preferences`` say which orders pay their fees in base; the answer does not.
        """
        names = self._names()
        return await self._calls.read(
            "TradesHistory",
            requests.page(since, offset),
            lambda body: orders.trades_history(body, names, preferences),
            cost=HISTORY_COST,
            urgent=urgent,
        )

    async def ledgers(
        self, *, since: datetime | None = None, offset: int = 0
    ) -> ledger.LedgerPage:
        """50 changes of balances after ``since`` (Kraken's time), newest first."""
        names = self._names()
        return await self._calls.read(
            "Ledgers",
            requests.page(since, offset),
            lambda body: ledger.ledgers(body, names),
            cost=HISTORY_COST,
        )

    async def check_order(self, request: OrderRequest) -> None:
        """Have Kraken check an order; nothing is placed. Raises what is wrong with it."""
        asked = requests.add_order(request, self._names(), self.offset.value)
        await self._calls.read(
            "AddOrder", {**asked, "validate": "true"}, wire.checked_order, cost=0
        )

    async def balances(self) -> dict[Asset, Balance]:
        """What the account owns, and what open orders hold of it."""
        names = self._names()
        return await self._calls.read("BalanceEx", {}, lambda body: wire.balance_ex(body, names))

    async def fee_rates(self, symbols: Iterable[Symbol]) -> OwnFees:
        """What this account pays in these pairs."""
        names = self._names()
        asked = {"pair": ",".join(names.pair(symbol) for symbol in symbols)}
        return await self._calls.read(
            "TradeVolume", asked, lambda body: wire.trade_volume(body, names)
        )

    async def stream_token(self) -> wire.StreamToken:
        """A token for one connection to the private streams; ask anew for each."""
        return await self._calls.read("GetWebSocketsToken", {}, wire.stream_token, urgent=True)

    async def key_info(self) -> wire.KeyInfo:
        """What this key may do; needs no permission."""
        return await self._calls.read("GetApiKeyInfo", {}, wire.key_info, urgent=True)
