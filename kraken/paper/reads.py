"""What can be asked of a practice account: all of it is in memory."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from kraken.core.fees import FeeTier
from kraken.core.holdings import Balance, LedgerEntry, OwnFees, Position
from kraken.core.practice.rates import OwnVolume, tier_at
from kraken.core.practice.replay import Unchecked
from kraken.core.trading import EXACT, Fill, Order, OrderName
from kraken.core.types import Asset, Symbol
from kraken.paper.practice import Practice
from kraken.paper.venue import PaperVenue

_PERCENT = Decimal(100)


class Reads:
    """The reading half of a practice account.

    What ended is remembered up to the numbers in :mod:`kraken.core.practice.kept`; the whole
    history is with whoever stores the facts.
    """

    def __init__(self, practice: Practice, venue: PaperVenue) -> None:
        self._practice = practice
        self._venue = venue

    async def open_orders(self, *, certain: bool = False) -> list[Order]:
        """All open orders, the oldest first."""
        return self._practice.ledger.orders()

    async def closed_orders(self, since: datetime, most: int = 50, skip: int = 0) -> list[Order]:
        """The newest orders that ended after ``since``, the newest first."""
        ended = reversed(self._practice.kept.ended)
        found = [order for order in ended if order.updated_at and order.updated_at > since]
        return found[skip : skip + most]

    async def order(self, name: OrderName) -> Order | None:
        """One order, open or ended; None if there is none of that name, or not any more."""
        return self._practice.order(name)

    async def fills(self, since: datetime, most: int = 50, skip: int = 0) -> list[Fill]:
        """The newest fills after ``since``, the newest first."""
        found = [fill for fill in reversed(self._practice.kept.fills) if fill.at > since]
        return found[skip : skip + most]

    async def ledger(self, since: datetime, most: int = 50, skip: int = 0) -> list[LedgerEntry]:
        """The newest changes of balances after ``since``, the newest first."""
        entries = reversed(self._practice.kept.entries)
        return [entry for entry in entries if entry.at > since][skip : skip + most]

    async def balances(self) -> dict[Asset, Balance]:
        """What the account owns, and how much of it open orders hold."""
        return self._practice.ledger.balances()

    async def own_fees(self, symbols: Iterable[Symbol]) -> OwnFees:
        """What this account pays in these pairs; the volume never makes it cheaper, so it is 0."""
        tiers = {symbol: self._tier(symbol) for symbol in symbols}
        return OwnFees(
            maker={symbol: EXACT.multiply(t.maker, _PERCENT) for symbol, t in tiers.items()},
            taker={symbol: EXACT.multiply(t.taker, _PERCENT) for symbol, t in tiers.items()},
            volume=Decimal(0),
        )

    async def positions(self) -> list[Position]:
        """None: this is spot."""
        return []

    @property
    def fees(self) -> FeeTier | None:
        """The rates that were given for all pairs; None is the tier of the volume."""
        return self._practice.kept.fees

    @property
    def key_volume(self) -> OwnVolume | None:
        """The volume that decides where no rates were given; None is Kraken's lowest tier."""
        return self._practice.kept.volume

    @property
    def latency(self) -> timedelta:
        """How much later commands meet the market."""
        return self._practice.kept.latency

    @property
    def unchecked(self) -> tuple[Unchecked, ...]:
        """Orders and times for which nobody knows what happened, until they are forgotten."""
        return tuple(self._practice.kept.unchecked)

    def _tier(self, symbol: Symbol) -> FeeTier:
        kept = self._practice.kept
        return kept.fees or tier_at(self._venue.pair(symbol).instrument(), kept.volume)
