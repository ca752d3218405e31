"""The words of an account: what it owns, what changed it, and what trading costs it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from kraken.core.trading import EXACT
from kraken.core.types import Asset, Side, Symbol


@dataclass(frozen=True, slots=True)
class Balance:
    """What one account owns of one asset."""

    total: Decimal
    held: Decimal = Decimal(0)
    """Reserved by open orders."""

    @property
    def available(self) -> Decimal:
        """What a new order may use."""
        return EXACT.subtract(self.total, self.held)


@dataclass(frozen=True, slots=True)
class OwnFees:
    """What one account pays, in percent of the cost, and the volume that decided it."""

    maker: Mapping[Symbol, Decimal]
    taker: Mapping[Symbol, Decimal]
    volume: Decimal
    """Traded in 30 days, in US dollars."""


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One change of one balance (docs: REST, Ledgers)."""

    entry_id: str
    kind: str
    """The exchange's word: ``trade``, ``deposit``, ``withdrawal``, ``transfer``, ``staking``."""
    asset: Asset
    amount: Decimal
    """What came in, or went out if negative; the fee is not in it."""
    fee: Decimal
    balance: Decimal
    """After this change."""
    at: datetime
    reference: str
    """What it belongs to: the ``exec_id`` of a trade."""


@dataclass(frozen=True, slots=True)
class Position:
    """An open contract position; spot accounts have none."""

    symbol: Symbol
    side: Side
    qty: Decimal
    entry_price: Decimal
    mark_price: Decimal | None = None
    liquidation_price: Decimal | None = None
    unrealised: Decimal | None = None
    """Profit or loss at the mark price, in quote."""
