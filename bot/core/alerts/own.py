"""Own: what alerts about an account or the bot itself make of what is known now.

Rules: a balance, a profit, a silence or the end of a key is told when it passes its bound, and
again only after it has come back by 0.1 % of it; what is true when nothing was decided yet is no
news; fills, old orders and deposits happen once each, and each is judged once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from bot.core.alerts.words import Condition, Op, Progress
from kraken.core.holdings import LedgerEntry
from kraken.core.trading import EXACT, Fill, Order

_BACK = Decimal("0.001")
_SAME = timedelta(milliseconds=1)
"""The stream and the lists of an account write the same instant with different digits."""
SPANS = ("day", "week", "month")


@dataclass(frozen=True, slots=True)
class KeptFill:
    """One fill as it is kept: under which number, and what its order had filled before it."""

    number: int
    fill: Fill
    before: Decimal
    """In quote."""


def is_past(condition: Condition, value: Decimal) -> bool:
    """Whether a number stands where somebody wants to be told of it."""
    return value > condition.value if condition.op is Op.ABOVE else value < condition.value


def judged(condition: Condition, progress: Progress, value: Decimal) -> tuple[Progress, bool]:
    """How it stands after this number, and whether that is a crossing."""
    if is_past(condition, value):
        return replace(progress, armed=False), progress.armed is True
    if progress.armed is None:
        return replace(progress, armed=True), False
    back = EXACT.multiply(abs(condition.value), _BACK)
    above = condition.op is Op.ABOVE
    bound = EXACT.subtract(condition.value, back) if above else EXACT.add(condition.value, back)
    has_come_back = value <= bound if above else value >= bound
    return (replace(progress, armed=True) if has_come_back else progress), False


def crosses(least: Decimal, before: Decimal, after: Decimal) -> bool:
    """Whether an order has come to so much with its newest fill."""
    return before < least <= after


def grown_old(
    condition: Condition, orders: Sequence[Order], since: datetime, now: datetime
) -> list[Order]:
    """The open orders that have come to this age since then."""
    age = timedelta(seconds=condition.seconds)
    return [
        order
        for order in orders
        if order.is_open and order.created_at is not None and since < order.created_at + age <= now
    ]


def arrived(entries: Sequence[LedgerEntry], progress: Progress) -> list[LedgerEntry]:
    """The deposits that were not judged yet, the oldest first, each once."""
    assert progress.since is not None, "set with the alert"
    found = {
        entry.entry_id: entry
        for entry in entries
        if entry.kind == "deposit" and entry.amount > 0 and entry.at > progress.since - _SAME
    }
    new = [entry for entry in found.values() if entry.entry_id not in progress.last]
    return sorted(new, key=lambda entry: entry.at)


def after_deposits(progress: Progress, new: Sequence[LedgerEntry]) -> Progress:
    """How far it is judged with these."""
    assert progress.since is not None, "set with the alert"
    newest = max((entry.at for entry in new), default=progress.since)
    last = tuple(entry.entry_id for entry in new if entry.at > newest - _SAME)
    if newest - progress.since < _SAME:
        last = (*progress.last, *last)
    return replace(progress, armed=True, since=newest, last=last)


def begin_of(span: str, now: datetime) -> datetime:
    """When the day, week or month of this instant began, in UTC."""
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if span == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if span == "month" else day
