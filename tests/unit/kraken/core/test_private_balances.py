"""Updates of balances: what moved, and what came in from outside."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from kraken.account import DepositCame
from kraken.core.errors import BadData
from kraken.core.holdings import LedgerEntry
from kraken.core.private_session import BalancesMoved, PrivateSession
from kraken.core.types import Asset
from kraken.core.wire.private_ws import decode
from kraken.live.facts import Facts
from tests.fakes import NOON

ROW = {
    "ledger_id": "L4V4DT-XXXXX-XXXXXX",
    "ref_id": "FTQcuak-XXXXX",
    "timestamp": "2026-03-04T12:00:01.526524Z",
    "type": "deposit",
    "asset": "EUR",
    "asset_class": "currency",
    "category": "deposit",
    "wallet_type": "spot",
    "wallet_id": "main",
    "amount": 500.2500,
    "fee": 0.2500,
    "balance": 618.0677,
}
CAME = LedgerEntry(
    entry_id="L4V4DT-XXXXX-XXXXXX",
    kind="deposit",
    asset=Asset("EUR"),
    amount=Decimal("500.25"),
    fee=Decimal("0.25"),
    balance=Decimal("618.0677"),
    at=datetime(2026, 3, 4, 12, 0, 1, 526524, tzinfo=UTC),
    reference="FTQcuak-XXXXX",
)


def frame(rows: list[dict[str, Any]], kind: str = "update", sequence: int = 2) -> str:
    return json.dumps({"channel": "balances", "type": kind, "data": rows, "sequence": sequence})


def test_a_deposit_is_read_exactly_and_a_trade_is_a_move_only() -> None:
    told: Any = decode(frame([ROW, {**ROW, "type": "trade", "asset": "BTC"}]))
    assert told.deposits == (CAME,)
    assert told.assets == {"EUR", "BTC"}


def test_a_snapshot_tells_of_no_deposit() -> None:
    told: Any = decode(frame([{"asset": "EUR", "type": "deposit", "balance": 5}], "snapshot", 1))
    assert (told.snapshot, told.deposits) == (True, ())


def test_a_deposit_without_a_time_is_unreadable_and_not_passed_over() -> None:
    with pytest.raises(BadData):
        decode(frame([{**ROW, "timestamp": None}]))


def test_the_session_passes_it_on() -> None:
    session = PrivateSession()
    session.use("token")
    session.connected(NOON)
    session.receive(frame([], "snapshot", 1), NOON)
    assert BalancesMoved((CAME,)) in session.receive(frame([ROW]), NOON)


def test_it_is_told_as_a_fact_and_stays_the_next_one_until_it_is_taken() -> None:
    facts = Facts((), lambda: NOON)
    facts.learn_deposits([CAME])
    assert facts.next_event == DepositCame(CAME)
    facts.told()
    assert facts.next_event is None
