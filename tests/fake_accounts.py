"""An account without an exchange, and the desk's accounts over it."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from bot.core.errors import NotConnected
from bot.core.trade.types import AccountId, Mode
from bot.desk.doors import ChatAccount
from kraken.account import Account, AccountEvent, Listener
from kraken.clock import Clock
from kraken.core.errors import InvalidOrder, Rejected
from kraken.core.fees import FeeTier
from kraken.core.holdings import Balance, LedgerEntry, OwnFees, Position
from kraken.core.practice.rates import OwnVolume
from kraken.core.practice.replay import Unchecked
from kraken.core.practice.why import WhyNot
from kraken.core.trading import Amend, Fill, Order, OrderName, OrderRequest, OrderStatus
from kraken.core.types import Asset, ClientOrderId, OrderId, Symbol


class FakeAccount:
    """Every order rests until a test changes it; ``answers`` says what goes wrong."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.orders: dict[OrderId, Order] = {}
        self.sent: list[OrderRequest] = []
        self.answers: dict[str, list[Exception]] = {}
        """By command: errors to raise instead of answering, one for each of the next calls."""
        self.asked: Counter[str] = Counter()
        """How often each command and read was asked."""
        self.own: dict[Asset, Balance] = {
            Asset("USD"): Balance(Decimal(10000)),
            Asset("BTC"): Balance(Decimal(1)),
        }
        self.filled: list[Fill] = []
        self.entries: list[LedgerEntry] = []
        self.maker, self.taker = Decimal("0.25"), Decimal("0.40")
        self.volume = Decimal(0)

    async def place(self, request: OrderRequest) -> Order:
        self.sent.append(request)
        self._fail("place")
        return self.add(request)

    async def settle(self, client_id: ClientOrderId, deadline: datetime) -> Order:
        self._fail("settle")
        order = await self.order(OrderName(client_id=client_id))
        if order is None:
            raise Rejected("proven absent")
        return order

    async def amend(self, name: OrderName, change: Amend) -> Order:
        self._fail("amend")
        order = self._open(name)
        amended = replace(
            order,
            qty=change.qty or order.qty,
            limit_price=change.limit_price or order.limit_price,
            is_amended=True,
        )
        self.orders[order.order_id] = amended
        return amended

    async def cancel(self, name: OrderName) -> None:
        self._fail("cancel")
        order = self._open(name)
        self.end(order.order_id, OrderStatus.CANCELED, "User requested")

    async def cancel_all(self) -> int:
        self._fail("cancel_all")
        found = await self.open_orders()
        for order in found:
            self.end(order.order_id, OrderStatus.CANCELED, "User requested")
        return len(found)

    async def cancel_all_after(self, delay: timedelta) -> None:
        self._fail("cancel_all_after")

    async def check(self, request: OrderRequest) -> None:
        self._fail("check")

    async def open_orders(self, *, certain: bool = False) -> list[Order]:
        self._fail("open_orders")
        return [order for order in self.orders.values() if order.is_open]

    async def closed_orders(self, since: datetime, most: int = 50, skip: int = 0) -> list[Order]:
        self._fail("closed_orders")
        found = [order for order in self.orders.values() if not order.is_open][::-1]
        return found[skip : skip + most]

    async def order(self, name: OrderName) -> Order | None:
        self._fail("order")
        return next((each for each in self.orders.values() if _is_named(each, name)), None)

    async def fills(self, since: datetime, most: int = 50, skip: int = 0) -> list[Fill]:
        self._fail("fills")
        return [fill for fill in reversed(self.filled) if fill.at > since][skip : skip + most]

    async def ledger(self, since: datetime, most: int = 50, skip: int = 0) -> list[LedgerEntry]:
        self._fail("ledger")
        found = [entry for entry in reversed(self.entries) if entry.at > since]
        return found[skip : skip + most]

    async def balances(self) -> dict[Asset, Balance]:
        self._fail("balances")
        return dict(self.own)

    async def own_fees(self, symbols: Iterable[Symbol]) -> OwnFees:
        self._fail("own_fees")
        pairs = list(symbols)
        return OwnFees(
            dict.fromkeys(pairs, self.maker), dict.fromkeys(pairs, self.taker), self.volume
        )

    async def positions(self) -> list[Position]:
        return []

    async def run(self, on_event: Listener) -> None:
        return

    # -- what a test does

    def add(self, request: OrderRequest, *, parent: OrderId | None = None) -> Order:
        """An open order, as if it had been placed."""
        now = self._clock.now()
        order = Order(
            order_id=OrderId(f"OFAKE-{len(self.orders):05}-000000"),
            symbol=request.symbol,
            side=request.side,
            type=request.type,
            qty=request.qty or Decimal("0.001"),
            status=OrderStatus.NEW,
            client_id=request.client_id,
            limit_price=request.limit_price,
            time_in_force=request.time_in_force,
            post_only=request.post_only,
            close=request.close,
            parent=parent,
            created_at=now,
            updated_at=now,
        )
        self.orders[order.order_id] = order
        return order

    def end(self, order_id: OrderId, status: OrderStatus, reason: str = "") -> Order:
        """Let an order end."""
        ended = replace(
            self.orders[order_id], status=status, reason=reason, updated_at=self._clock.now()
        )
        self.orders[order_id] = ended
        return ended

    def _open(self, name: OrderName) -> Order:
        for order in self.orders.values():
            if order.is_open and _is_named(order, name):
                return order
        raise InvalidOrder("EOrder:Unknown order")

    def _fail(self, command: str) -> None:
        self.asked[command] += 1
        waiting = self.answers.get(command)
        if waiting:
            raise waiting.pop(0)


class FakePractice(FakeAccount):
    """Also takes what only practice can, and notes it."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.told: list[object] = []
        self.fees: FeeTier | None = None
        self.key_volume: OwnVolume | None = None
        self.unchecked: tuple[Unchecked, ...] = ()
        self.latency = timedelta()

    async def reset(self, balances: Mapping[Asset, Decimal]) -> None:
        self.told.append(dict(balances))

    async def set_fees(self, fees: FeeTier | None, volume: OwnVolume | None = None) -> None:
        self.told.append(fees if volume is None else volume)
        self.fees, self.key_volume = fees, volume

    async def set_latency(self, latency: timedelta) -> None:
        self.told.append(latency)
        self.latency = latency

    def why(self, name: OrderName) -> WhyNot | None:
        """Each open order waits behind the same size; an order of no known id does not."""
        for order in self.orders.values():
            if order.is_open and _is_named(order, name):
                since = self._clock.now()
                best = Decimal("60012.5")
                return WhyNot(order, Decimal("60020.5"), best, since, Decimal("0.84"), None, None)
        return None


class FakeAccounts:
    """One account in each mode for every chat; live only where a test says so."""

    def __init__(self, clock: Clock) -> None:
        self.modes: dict[int, Mode] = {}
        self.paper = FakePractice(clock)
        self.live: FakeAccount | None = None
        self.current = True
        self.renewed: list[int] = []
        self.listeners: list[Callable[[AccountId, AccountEvent], None]] = []

    async def mode(self, chat_id: int) -> Mode:
        return self.modes.get(chat_id, Mode.PAPER)

    async def of(self, chat_id: int, mode: Mode | None = None) -> ChatAccount:
        mode = mode or await self.mode(chat_id)
        if mode is Mode.PAPER:
            return ChatAccount(AccountId(f"paper:{chat_id}"), mode, chat_id, self.paper)
        if self.live is None:
            raise NotConnected
        return ChatAccount(AccountId("live:key"), mode, chat_id, self.live)

    async def by_id(self, account: AccountId) -> Account:
        if account.startswith("paper:"):
            return self.paper
        if self.live is None:
            raise NotConnected
        return self.live

    async def renew(self, chat_id: int) -> None:
        self.renewed.append(chat_id)

    def is_current(self, account: AccountId) -> bool:
        return self.current

    def at_hand(self, chat_id: int) -> list[ChatAccount]:
        return []

    def listen(self, listener: Callable[[AccountId, AccountEvent], None]) -> None:
        self.listeners.append(listener)

    def tell(self, account: str, event: AccountEvent) -> None:
        """What an account tells, once it is kept."""
        for listener in self.listeners:
            listener(AccountId(account), event)

    async def home(self, account: AccountId) -> int | None:
        return 1

    async def chats(self, account: AccountId) -> list[int]:
        return [1]


def _is_named(order: Order, name: OrderName) -> bool:
    if name.order_id is not None:
        return order.order_id == name.order_id
    return order.client_id is not None and order.client_id == name.client_id
