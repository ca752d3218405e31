"""What an account owns, as it is told: in trade, held by orders, earning, and what it is worth.

Rules: what earns is apart, because no order can use it; an asset without a price is told as such
and is not in the total; what is worth less than one unit of the currency is folded together.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce

from bot.core.trade.moves import is_earning
from bot.core.trade.profit import Lot, worth
from bot.core.trade.types import Mode
from kraken.core.fees import FeeTier
from kraken.core.holdings import Balance
from kraken.core.trading import EXACT
from kraken.core.types import Asset

SMALL = Decimal(1)
"""In the chat's currency; below it an asset is folded."""


@dataclass(frozen=True, slots=True)
class Holding:
    """One asset."""

    asset: Asset
    total: Decimal
    held: Decimal
    """Reserved by open orders."""
    value: Decimal | None
    """None: no pair leads to the currency."""

    @property
    def is_earning(self) -> bool:
        return is_earning(self.asset)


@dataclass(frozen=True, slots=True)
class Holdings:
    """All of one account, the most valuable first."""

    mode: Mode
    currency: str
    trading: Sequence[Holding]
    small: Sequence[Holding]
    """Folded into one line; empty when everything was asked for."""
    earning: Sequence[Holding]

    @property
    def everything(self) -> list[Holding]:
        return [*self.trading, *self.small, *self.earning]

    @property
    def total(self) -> Decimal:
        """Of everything with a price."""
        return value_of(self.everything)

    @property
    def unpriced(self) -> list[Holding]:
        return [each for each in self.everything if each.value is None]


@dataclass(frozen=True, slots=True)
class Position:
    """One asset with what it cost, its earning part included."""

    asset: Asset
    qty: Decimal
    value: Decimal | None
    average: Decimal | None
    """Cost of one, of the part whose cost is known; None where none is."""
    unrealised: Decimal | None
    share: Decimal | None
    """Percent of the whole account."""


@dataclass(frozen=True, slots=True)
class FeeReport:
    """What trading costs this account."""

    mode: Mode
    currency: str
    symbol: str
    volume: Decimal
    """Of 30 days, in US dollars."""
    maker: Decimal | None
    """In percent; None where the exchange did not say it."""
    taker: Decimal | None
    next_tier: FeeTier | None
    month: Decimal
    """Paid since the first of the month, in the currency."""
    saved: Decimal
    """What the taker fees of the month would have been less as maker."""
    unpriced: int
    """Fees of the month whose worth is not known."""


def make_holdings(
    mode: Mode,
    currency: str,
    balances: Mapping[Asset, Balance],
    values: Mapping[Asset, Decimal | None],
    *,
    everything: bool,
) -> Holdings:
    """Sort what is owned; what is zero is left out, but for the currency itself."""
    found = [
        Holding(asset, each.total, each.held, values.get(asset))
        for asset, each in balances.items()
        if each.total or asset == currency
    ]
    found.sort(key=lambda each: (each.asset != currency, -(each.value or 0), each.asset))
    trading = [each for each in found if not each.is_earning]
    small = [] if everything else [each for each in trading if _is_small(each, currency)]
    if len(small) < 2:
        small = []
    return Holdings(
        mode,
        currency,
        [each for each in trading if each not in small],
        small,
        [each for each in found if each.is_earning],
    )


def value_of(holdings: Sequence[Holding]) -> Decimal:
    """The worth of those that have one."""
    return _sum(each.value for each in holdings if each.value is not None)


def position(
    asset: Asset, qty: Decimal, value: Decimal | None, lots: Sequence[Lot], whole: Decimal
) -> Position:
    """One asset against its lots; ``whole`` is the worth of the account."""
    known = [lot for lot in lots if lot.cost is not None]
    held = _sum(lot.qty for lot in known)
    cost = _sum(lot.cost or Decimal(0) for lot in known)
    average = EXACT.divide(cost, held) if held else None
    price = EXACT.divide(value, qty) if value is not None and qty else None
    gain = EXACT.subtract(worth(held, price), cost) if price is not None and held else None
    share = (
        EXACT.divide(EXACT.multiply(value, Decimal(100)), whole)
        if value is not None and whole
        else None
    )
    return Position(asset, qty, value, average, gain, share)


def _is_small(each: Holding, currency: str) -> bool:
    return each.value is not None and each.value < SMALL and each.asset != currency


def _sum(values: Iterable[Decimal]) -> Decimal:
    return reduce(EXACT.add, values, Decimal(0))
