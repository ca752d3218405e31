"""How practice went: a pure function of fills, what is owned, and prices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal as D
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from bot.core.practice_stats import Performance, Stats, change, make_stats
from bot.core.trade.equity import EquityPoint
from kraken.core.trading import EXACT, Fill, Liquidity
from kraken.core.types import Asset, ExecId, OrderId, Side, Symbol
from tests.fakes import NOON

BTC, USD = Asset("BTC"), Asset("USD")
MONEY = D(10_000)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Story:
    """Prices hour by hour, and a trade in some of the hours."""

    prices: Sequence[D]
    trades: Sequence[D | None]
    """Bought, or sold if negative, at the price of its hour."""

    @property
    def instants(self) -> list[datetime]:
        return [NOON + HOUR * number for number in range(len(self.prices))]

    def price(self, asset: Asset, at: datetime) -> D | None:
        return D(1) if asset == USD else self.prices[int((at - NOON) / HOUR)]

    def fills(self) -> list[Fill]:
        found = []
        for number, qty in enumerate(self.trades):
            if qty:
                found.append(self._fill(number, qty))
        return found

    def _fill(self, number: int, qty: D) -> Fill:
        price = self.prices[number]
        cost = EXACT.multiply(abs(qty), price)
        return Fill(
            exec_id=ExecId(f"T{number}"),
            order_id=OrderId(f"O{number}"),
            symbol=Symbol("BTC/USD"),
            side=Side.BUY if qty > 0 else Side.SELL,
            price=price,
            qty=abs(qty),
            cost=cost,
            liquidity=Liquidity.TAKER,
            fee=EXACT.multiply(cost, D("0.004")),
            fee_asset=USD,
            at=NOON + HOUR * number,
        )

    def owned(self) -> dict[Asset, D]:
        money, coins = MONEY, D(0)
        for fill in self.fills():
            sign = 1 if fill.side is Side.BUY else -1
            coins = EXACT.add(coins, fill.qty * sign)
            money = EXACT.subtract(EXACT.subtract(money, fill.cost * sign), fill.fee)
        return {USD: money, BTC: coins}

    def stats(self, fills: Sequence[Fill] | None = None) -> Stats:
        given_ = self.fills() if fills is None else fills
        return make_stats(NOON, self.owned(), given_, self.instants, self.price, BTC)


PRICES = st.lists(st.integers(100, 90_000).map(lambda cents: D(cents) / 100), min_size=2)


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """Never sells what was not bought."""
    prices = draw(PRICES)
    held, trades = D(0), list[D | None]()
    for number in range(len(prices)):
        kind = draw(st.sampled_from(["none", "buy", "sell"])) if number else "none"
        qty: D | None = None
        if kind == "buy":
            qty = D(draw(st.integers(1, 500))) / 100
        elif kind == "sell" and held:
            qty = -(held * draw(st.integers(1, 4)) / 4)
        held += qty or 0
        trades.append(qty)
    return Story(prices, trades)


@given(stories())
def test_what_was_gained_is_what_was_realised_less_fees_and_what_is_open(story: Story) -> None:
    stats = story.stats()
    owned = story.owned()
    worth = EXACT.add(owned[USD], EXACT.multiply(owned[BTC], story.prices[-1]))
    assert stats.performance.start == MONEY, "money that was given is no profit"
    assert stats.performance.end == worth
    assert stats.performance.gained == change(MONEY, worth)
    assert stats.trades == len(story.fills())
    assert 0 <= stats.won <= stats.closed <= stats.trades
    assert stats.fees == sum((fill.fee for fill in story.fills()), D(0))


@given(stories(), st.randoms(use_true_random=False))
def test_the_order_in_which_fills_are_given_does_not_matter(story: Story, dice: Random) -> None:
    fills = story.fills()
    dice.shuffle(fills)
    assert story.stats(fills) == story.stats()


@given(stories())
def test_a_drawdown_is_never_negative_and_never_less_than_the_fall_from_the_start(
    story: Story,
) -> None:
    found = story.stats().performance
    fall = change(found.start, min(point.value for point in found.points))
    assert fall is not None
    assert found.drawdown >= max(D(0), -fall)


@given(PRICES)
def test_without_a_trade_only_holding_earns(prices: list[D]) -> None:
    stats = Story(prices, [None] * len(prices)).stats()
    assert stats.performance.gained == 0
    assert stats.performance.drawdown == 0
    assert stats.held == change(prices[0], prices[-1])


def test_a_drawdown_is_the_deepest_fall_from_a_high_before_it() -> None:
    values = (100, 150, 120, 160, 80, 200, 190)
    points = [EquityPoint(NOON + HOUR * n, D(value)) for n, value in enumerate(values)]
    found = Performance(points, ())
    assert found.drawdown == D(50)
    assert found.gained == D(90)


def test_from_nothing_there_is_no_return() -> None:
    points = [EquityPoint(NOON, D(0)), EquityPoint(NOON + HOUR, D(5))]
    assert Performance(points, ()).gained is None


def test_what_has_no_price_is_named_instead_of_counted() -> None:
    story = Story([D(100), D(110)], [None, None])
    owned = story.owned() | {Asset("ODD"): D(7)}

    def price(asset: Asset, at: datetime) -> D | None:
        return None if asset == "ODD" else story.price(asset, at)

    stats = make_stats(NOON, owned, [], story.instants, price, Asset("ODD"))
    assert stats.performance.unpriced == ("ODD",)
    assert stats.performance.end == MONEY
    assert stats.held is None
