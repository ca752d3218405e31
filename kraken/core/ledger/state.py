"""What a ledger must remember, as plain values that survive being written down.

Amounts are written as their exact text, times as ISO-8601: what is restored is what was saved.
"""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from kraken.core.fees import FeeTier
from kraken.core.trading import (
    EXACT,
    LIMITED,
    FeePreference,
    Order,
    OrderStatus,
    PriceOffset,
    SelfTrade,
)
from kraken.core.types import Asset, Level, OrderId, Side, Symbol

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Shortening:
    """A book of that time showed less than was ahead of an order until then."""

    at: datetime
    qty: Decimal


@dataclass(slots=True)
class OpenOrder:
    """An open order, and what its place in the market depends on."""

    order: Order
    """What is told of it; replaced whenever something changes."""
    base: Asset
    quote: Asset
    hold_rate: Decimal
    """The dearest fee rate that its fills may pay."""
    sequence: int
    """Later is behind, at the same price."""
    is_waiting: bool = False
    """Its trigger price has not been reached."""
    distance: PriceOffset | None = None
    """How far the trigger follows the market, for trailing types."""
    limit_offset: PriceOffset | None = None
    """How far the limit is from a trailing trigger."""
    self_trade: SelfTrade = SelfTrade.CANCEL_NEWEST
    ahead: Decimal | None = None
    """Others' quantity before this order at its price; None while that price is out of sight."""
    level_qty: Decimal = ZERO
    """Others' quantity at its price, as last seen."""
    shortened: list[Shortening] = field(default_factory=list)
    """What books took off ``ahead`` lately, the oldest first: a trade that is told after the book
    that it shortened must not do it again."""

    @property
    def visible(self) -> Decimal:
        """What a trade that comes to it can take before it goes to the back."""
        shown = self.order.display_remaining
        return self.order.remaining if shown is None else min(shown, self.order.remaining)

    @property
    def is_resting(self) -> bool:
        """It is in the book, at its limit price."""
        return not self.is_waiting and self.order.type in LIMITED

    def need(self) -> tuple[Asset, Decimal]:
        """What has to be reserved for the rest of it, fee included, with all digits.

        A live market order needs nothing: it ends before anything else can happen.
        """
        order = self.order
        paid_in = self.quote if order.side is Side.BUY else self.base
        if order.type not in LIMITED and not self.is_waiting:
            return paid_in, ZERO
        amount = order.remaining
        if order.side is Side.BUY:
            amount = EXACT.multiply(amount, self._worst_price())
        in_base = order.fee_preference is FeePreference.BASE
        if in_base == (order.side is Side.SELL):
            amount = EXACT.multiply(amount, EXACT.add(Decimal(1), self.hold_rate))
        return paid_in, amount

    def _worst_price(self) -> Decimal:
        order = self.order
        if order.limit_price is not None:
            return order.limit_price
        assert order.trigger is not None, "what has no limit waits for a trigger"
        return order.trigger.price


@dataclass(frozen=True, slots=True)
class Footprint:
    """What this account took from a level that the public book still shows."""

    symbol: Symbol
    side: Side
    """The side of whoever offered: bids are ``BUY``."""
    level: Level


@dataclass(slots=True)
class AccountState:
    """One account, whole."""

    tier: FeeTier
    totals: dict[Asset, Decimal] = field(default_factory=dict)
    orders: dict[OrderId, OpenOrder] = field(default_factory=dict)
    tiers: dict[Symbol, FeeTier] = field(default_factory=dict)
    """Pairs that do not go by ``tier``."""
    max_orders: int = 60
    """Open orders of one pair (docs: Trading rate limits: 60, 80 or 225 by the account's tier)."""
    keeps_footprint: bool = False
    """Remember what was taken, because the book that is given goes on showing it."""
    footprints: list[Footprint] = field(default_factory=list)
    sequence: int = 0

    def total(self, asset: Asset) -> Decimal:
        """Owned, holds included."""
        return self.totals.get(asset, ZERO)

    def held(self, asset: Asset) -> Decimal:
        """Reserved by open orders."""
        held = ZERO
        for order in self.orders.values():
            needs, amount = order.need()
            if needs == asset:
                held = EXACT.add(held, amount)
        return held

    def available(self, asset: Asset) -> Decimal:
        """What a new order may use."""
        return EXACT.subtract(self.total(asset), self.held(asset))

    def tier_for(self, symbol: Symbol) -> FeeTier:
        """What fills of this pair pay."""
        return self.tiers.get(symbol, self.tier)

    def next_sequence(self) -> int:
        """A place behind everybody of this account."""
        self.sequence += 1
        return self.sequence

    def of_pair(self, symbol: Symbol) -> list[OpenOrder]:
        """The open orders of one pair, the oldest first."""
        found = [order for order in self.orders.values() if order.order.symbol == symbol]
        return sorted(found, key=lambda order: order.sequence)


def status_by_fills(order: Order) -> OrderStatus:
    """What an open order is called."""
    return OrderStatus.PARTIALLY_FILLED if order.filled_qty else OrderStatus.NEW


def to_plain(state: AccountState) -> Any:
    """Dictionaries, lists, texts and whole numbers: ready for any kind of storage."""
    return msgspec.to_builtins(state)


def from_plain(plain: object) -> AccountState:
    """What :func:`to_plain` made, as it was.

    Raises:
        msgspec.ValidationError: this was not written by :func:`to_plain`.
    """
    return msgspec.convert(plain, AccountState)
