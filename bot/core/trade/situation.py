"""Everything that decides what an order would come to: the market, the account, the rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, ROUND_UP, Context, Decimal

from bot.core.trade.types import AccountId, Mode
from kraken.core.holdings import Balance
from kraken.core.trading import EXACT
from kraken.core.types import Asset, BookView, Instrument, Side, SystemState, Ticker

PROTECTION = Decimal("0.5")
"""Percent beyond the best price that a protected market order may cost."""
REPRICED = Decimal("0.5")
"""Percent that the worst price may move between preview and tap."""
DEEP = 100
"""Levels of a book that an order is measured against."""

_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Situation:
    """One pair and one account at one instant."""

    instrument: Instrument
    mode: Mode
    account: AccountId
    ticker: Ticker | None
    book: BookView | None
    """None: no verified one is there; the ticker's best prices stand in for it."""
    age: timedelta
    """How old the prices may be."""
    maker: Decimal
    """Own fees as shares of the cost: 0.0025."""
    taker: Decimal
    now: datetime
    balances: Mapping[Asset, Balance] | None = field(default=None, repr=False)
    """None: not asked for, because they were when the order was previewed."""
    system: SystemState = SystemState.ONLINE
    protection: Decimal = PROTECTION
    waits: timedelta = timedelta()
    """How long the exchange wants to see no order of this account in this pair."""

    def best(self, side: Side) -> Decimal | None:
        """The best price to take for whoever acts on this side."""
        if self.book is not None:
            levels = self.book.asks if side is Side.BUY else self.book.bids
            if levels:
                return levels[0].price
        if self.ticker is None:
            return None
        return self.ticker.ask if side is Side.BUY else self.ticker.bid

    def own(self, side: Side) -> Decimal | None:
        """The best price that rests on this side."""
        return self.best(Side.SELL if side is Side.BUY else Side.BUY)

    @property
    def last(self) -> Decimal | None:
        """The last trade."""
        return self.ticker.last if self.ticker else None

    def free(self, asset: Asset) -> Decimal:
        """What may be used of an asset."""
        balance = (self.balances or {}).get(asset)
        return balance.available if balance else Decimal(0)


def share(percent: Decimal) -> Decimal:
    """0.5 percent as 0.005."""
    return EXACT.divide(percent, Decimal(100))


def away(price: Decimal, percent: Decimal) -> Decimal:
    """The price so many percent above, or below if negative, with all its digits."""
    return EXACT.multiply(price, EXACT.add(Decimal(1), share(percent)))


def distance(price: Decimal, reference: Decimal) -> Decimal:
    """How far a price is from another, in percent with its sign."""
    return EXACT.multiply(EXACT.divide(EXACT.subtract(price, reference), reference), Decimal(100))


def typable(value: Decimal, *, up: bool = False) -> Decimal:
    """The nearest number that a person may type: twelve digits, no zeros at the end."""
    context = Context(prec=_DIGITS, rounding=ROUND_UP if up else ROUND_DOWN)
    text = f"{context.plus(value):f}"
    return Decimal(text.rstrip("0").rstrip(".") if "." in text else text)
