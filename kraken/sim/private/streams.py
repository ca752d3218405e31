"""Who follows which account, and how its messages reach them: sequences, snapshots, faults.

Each subscription counts its messages for itself, from 1 on its snapshot; who counts along sees
when one is missing (docs: WS v2, Executions, ``sequence``).
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from kraken.core.ledger.words import Canceled, Completed, Expired, Filled, Opened
from kraken.sim.faults import Faults
from kraken.sim.private import messages
from kraken.sim.private.accounts import Account, Happened, Record, Row
from kraken.sim.private.counters import HUNDREDTHS
from kraken.sim.private.overlay import price_of
from kraken.sim.venue import Venue
from kraken.sim.wire.ws_connection import Connection

TRADES_SHOWN = 50
"""Fills in a snapshot."""

_BRIEF = (Opened, Filled, Completed, Canceled, Expired)
"""What subscribers hear who asked not to hear of every status."""


@dataclass(eq=False, slots=True)
class Subscription:
    """One connection that follows one channel of one account."""

    channel: str
    account: Account
    connection: Connection
    token: str
    options: dict[str, Any]
    sequence: int = 0
    delayed: list[str] = field(default_factory=list)
    """Messages that a fault sends after the next one."""

    def send(self, kind: str, rows: list[messages.Report]) -> None:
        """The next message."""
        self.connection.send(self.text(kind, rows))
        self.let_go()

    def text(self, kind: str, rows: list[messages.Report]) -> str:
        """The next message, as it would be sent."""
        self.sequence += 1
        return messages.message(self.channel, kind, rows, self.sequence)

    def let_go(self) -> None:
        """Send what was delayed."""
        delayed, self.delayed = self.delayed, []
        for text in delayed:
            self.connection.send(text)


class Streams:
    """Every private subscription."""

    def __init__(self, venue: Venue, faults: Faults) -> None:
        self._venue = venue
        self._faults = faults
        self._followers: dict[Subscription, Any] = {}
        self._payees: dict[Subscription, Any] = {}

    def begin(self, subscription: Subscription) -> None:
        """Send the snapshot, then whatever happens."""
        account = subscription.account
        if subscription.channel == "executions":
            self._snapshot_executions(subscription)

            def follow(happened: Happened) -> None:
                self._tell_execution(subscription, happened)
        else:
            if subscription.options.get("snapshot", True):
                rows = messages.balances(account, self._venue.asset_by_name)
                subscription.send("snapshot", rows)

            def pay(row: Row) -> None:
                told = messages.balance_row(row, self._venue.asset_by_name)
                subscription.send("update", [told])

            def follow(happened: Happened) -> None:
                for row in happened.rows:
                    pay(row)

            account.payees[pay] = None
            self._payees[subscription] = pay
        self._followers[subscription] = follow
        account.followers[follow] = None

    def end(self, subscription: Subscription) -> None:
        """Tell it nothing any more; it may have ended already."""
        follow = self._followers.pop(subscription, None)
        if follow is not None:
            subscription.account.followers.pop(follow, None)
        pay = self._payees.pop(subscription, None)
        if pay is not None:
            subscription.account.payees.pop(pay, None)

    def _snapshot_executions(self, subscription: Subscription) -> None:
        account, options = subscription.account, subscription.options
        rows = []
        if options.get("snap_orders", options.get("snapshot", True)):
            rows += [
                messages.open_order(record, self._rate(record))
                for record in account.open_records()
            ]
        if options.get("snap_trades", options.get("snapshot_trades", False)):
            newest = list(account.fills.values())[-TRADES_SHOWN:]
            for fill in reversed(newest):
                record = account.records[fill.order_id]
                rows.append(messages.past_trade(record, fill, self._rate(record)))
        subscription.send("snapshot", rows)

    def _rate(self, record: Record) -> Decimal:
        """What a unit of the quote asset is worth in US dollars."""
        quote = record.pair.quote
        pair = self._venue.pairs.get(f"{quote}/USD")
        if quote == "USD" or pair is None:
            return Decimal(1)
        return price_of(pair, self._venue.market.last_trades(pair.symbol, 1)[-1].ticks)

    def _tell_execution(self, subscription: Subscription, happened: Happened) -> None:
        is_brief = subscription.options.get("order_status") is False
        if is_brief and not isinstance(happened.event, _BRIEF):
            return
        row = messages.report(happened, self._rate(happened.record), is_first=is_brief)
        if subscription.options.get("ratecounter"):
            symbol = happened.record.pair.symbol
            hundredths = subscription.account.counter(symbol).value(happened.at_ns)
            row["ratecount"] = messages.Raw(f"{Decimal(hundredths) / HUNDREDTHS:.2f}")
        self._send_execution(subscription, row)

    def _send_execution(self, subscription: Subscription, row: messages.Report) -> None:
        fault = self._faults.take_at("executions", exec_type=row["exec_type"])
        kind = "" if fault is None else fault.kind
        if kind == "unnoticed_loss":
            return
        if kind == "sequence_gap":
            subscription.sequence += 1
        if kind == "lost_execution":
            subscription.text("update", [row])
        elif kind == "reordered_executions":
            subscription.delayed.append(subscription.text("update", [row]))
        else:
            subscription.send("update", [row])
        if kind == "duplicate_execution":
            subscription.send("update", [row])
