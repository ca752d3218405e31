"""Private REST's ledger: every change of every balance (docs: REST, Get Ledgers Info).

A row that cannot be read does not hide the others; ``unread`` names it.
"""

from dataclasses import dataclass

import msgspec

from kraken.core.errors import BadData
from kraken.core.holdings import LedgerEntry
from kraken.core.wire.envelope import decoder, read
from kraken.core.wire.names import Names
from kraken.core.wire.numbers import Number, exact, from_seconds


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """Some entries, the newest first."""

    entries: tuple[LedgerEntry, ...]
    unread: tuple[str, ...] = ()
    count: int | None = None
    """How many there are on all pages, where Kraken counts them."""


class _Entry(msgspec.Struct):
    refid: str
    time: Number
    type: str
    asset: str
    amount: Number
    fee: Number
    balance: Number


class _Ledger(msgspec.Struct):
    ledger: dict[str, msgspec.Raw]
    count: int | None = None


_ENTRY = decoder(_Entry)
_LEDGER = decoder(_Ledger)


def ledgers(body: bytes | str, names: Names) -> LedgerPage:
    """Ledgers: a page of 50, the newest first."""

    def page(told: _Ledger) -> LedgerPage:
        made: list[LedgerEntry] = []
        unread: list[str] = []
        for name, raw in told.ledger.items():
            try:
                made.append(_entry(name, _ENTRY.decode(raw), names))
            except (ValueError, RecursionError, BadData):
                unread.append(name)
        return LedgerPage(tuple(made), tuple(unread), told.count)

    return read(body, _LEDGER, page)


def _entry(name: str, row: _Entry, names: Names) -> LedgerEntry:
    return LedgerEntry(
        entry_id=name,
        kind=row.type,
        asset=names.asset(row.asset),
        amount=exact(row.amount),
        fee=exact(row.fee),
        balance=exact(row.balance),
        at=from_seconds(row.time),
        reference=row.refid,
    )
