"""WebSocket v2 frames of the channel of balances (docs: WS v2, Balances).

A snapshot has all totals; an update has one row for each line of the ledger, of which those are
read that nothing else tells: what came in from outside.
"""

from dataclasses import dataclass

import msgspec

from kraken.core.holdings import LedgerEntry
from kraken.core.types import Asset
from kraken.core.wire.envelope import decoder
from kraken.core.wire.numbers import Number, exact, moment

_DEPOSIT = "deposit"


@dataclass(frozen=True, slots=True)
class Balances:
    """Some balances changed, or all of them are told; lists of REST say what orders hold."""

    assets: frozenset[Asset]
    sequence: int | None
    snapshot: bool
    deposits: tuple[LedgerEntry, ...] = ()
    """Those of them that came in from outside."""


class _Row(msgspec.Struct):
    asset: str
    type: str = ""
    ledger_id: str = ""
    ref_id: str = ""
    amount: Number = 0
    fee: Number = 0
    balance: Number = 0
    timestamp: str | None = None


_ROWS = decoder(list[_Row])


def read_balances(data: msgspec.Raw, sequence: int | None, is_snapshot: bool) -> Balances:
    """Read the rows of one message. Raises BadData, or what the decoder raises."""
    rows = _ROWS.decode(data)
    deposits = [] if is_snapshot else [_entry(row) for row in rows if row.type == _DEPOSIT]
    assets = frozenset(Asset(row.asset) for row in rows)
    return Balances(assets, sequence, is_snapshot, tuple(deposits))


def _entry(row: _Row) -> LedgerEntry:
    return LedgerEntry(
        entry_id=row.ledger_id,
        kind=row.type,
        asset=Asset(row.asset),
        amount=exact(row.amount),
        fee=exact(row.fee),
        balance=exact(row.balance),
        at=moment(row.timestamp),
        reference=row.ref_id,
    )
