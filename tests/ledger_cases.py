"""A small exchange for ledgers: one pair, short books, names that count up, what to ask for."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from kraken.core.fees import FeeTier
from kraken.core.ledger.ledger import Ledger, Outcome
from kraken.core.ledger.state import AccountState
from kraken.core.ledger.words import LedgerEvent, MarketView, Refusal
from kraken.core.trading import OrderRequest, OrderType
from kraken.core.types import (
    Asset,
    ClientOrderId,
    ExecId,
    Instrument,
    Level,
    OrderId,
    Side,
    Symbol,
    Trade,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
BTC, USD = Asset("BTC"), Asset("USD")
PAIR = Symbol("BTC/USD")
INSTRUMENT = Instrument(
    symbol=PAIR,
    base=BTC,
    quote=USD,
    tick_size=Decimal("0.5"),
    lot_size=Decimal("0.01"),
    price_decimals=1,
    qty_decimals=2,
    cost_decimals=2,
    min_qty=Decimal("0.05"),
    min_cost=Decimal("0.5"),
)
CENT = Decimal("0.01")
"""The smallest quantity and the smallest amount of money here."""
TIER = FeeTier(maker=Decimal("0.0025"), taker=Decimal("0.004"))


@dataclass
class Names:
    """Ids that count up."""

    orders: int = 0
    fills: int = 0
    trades: int = 5000

    def order_id(self) -> OrderId:
        self.orders += 1
        return OrderId(f"O{self.orders}")

    def exec_id(self) -> ExecId:
        self.fills += 1
        return ExecId(f"T{self.fills}")

    def trade_id(self, symbol: Symbol) -> int:
        self.trades += 1
        return self.trades


def levels(*rows: tuple[str, str]) -> tuple[Level, ...]:
    """Levels from (price, quantity)."""
    return tuple(Level(Decimal(price), Decimal(qty)) for price, qty in rows)


def view(
    bids: Sequence[tuple[str, str]] = (("99", "2"), ("98", "3")),
    asks: Sequence[tuple[str, str]] = (("101", "2"), ("102", "3")),
    last: str | None = "100",
    index: str | None = None,
) -> MarketView:
    """A market around 100 in which nobody else is seen."""
    return MarketView(
        INSTRUMENT,
        levels(*bids),
        levels(*asks),
        None if last is None else Decimal(last),
        None if index is None else Decimal(index),
    )


def trade(price: str, qty: str, side: Side = Side.SELL, at: datetime = NOON) -> Trade:
    """A public trade; ``side`` is the taker's."""
    return Trade(PAIR, 1, side, Decimal(price), Decimal(qty), "market", at)


def order(
    side: Side,
    qty: str | None,
    price: str | None = None,
    type: OrderType | None = None,
    **more: object,
) -> OrderRequest:
    """A request: market without a price, limit with one, unless a type is named."""
    if type is None:
        type = OrderType.MARKET if price is None else OrderType.LIMIT
    request = OrderRequest(
        PAIR,
        side,
        type,
        None if qty is None else Decimal(qty),
        limit_price=None if price is None else Decimal(price),
    )
    return replace(request, **more)  # type: ignore[arg-type]  # whatever the test names


@dataclass
class Desk:
    """A ledger with a market, a clock and names: short words for tests."""

    usd: str = "1000"
    btc: str = "10"
    tier: FeeTier = TIER
    keeps_footprint: bool = False
    ledger: Ledger = field(init=False)
    names: Names = field(default_factory=Names)
    market: MarketView = field(default_factory=view)
    now: datetime = NOON

    def __post_init__(self) -> None:
        totals = {USD: Decimal(self.usd), BTC: Decimal(self.btc)}
        state = AccountState(self.tier, totals, keeps_footprint=self.keeps_footprint)
        self.ledger = Ledger(state)

    def ask(self, request: OrderRequest) -> Outcome:
        return self.ledger.place(request, self.market, self.now, self.names)

    def place(self, request: OrderRequest) -> list[LedgerEvent]:
        outcome = self.ask(request)
        assert not isinstance(outcome, Refusal), outcome
        return outcome

    def refuse(self, request: OrderRequest) -> Refusal:
        before = self.ledger.to_state()
        outcome = self.ask(request)
        assert isinstance(outcome, Refusal), outcome
        assert self.ledger.to_state() == before
        assert self.ledger.check(request, self.market, self.now) == outcome
        return outcome

    def trade(self, price: str, qty: str, side: Side = Side.SELL) -> list[LedgerEvent]:
        self.market = replace(self.market, last=Decimal(price))
        return self.ledger.on_trade(
            trade(price, qty, side, self.now), self.market, self.now, self.names
        )

    def book(self, market: MarketView) -> list[LedgerEvent]:
        self.market = market
        return self.ledger.on_book(market, self.now, self.names)

    def later(self, seconds: float) -> list[LedgerEvent]:
        self.now += timedelta(seconds=seconds)
        return self.ledger.expire(self.now)

    def money(self, asset: Asset = USD) -> tuple[Decimal, Decimal]:
        """Total and held."""
        balance = self.ledger.balances()[asset]
        return balance.total, balance.held


def words(events: Sequence[LedgerEvent]) -> list[str]:
    """The names of what happened."""
    return [type(event).__name__ for event in events]


def named(name: str) -> ClientOrderId:
    return ClientOrderId(name)
