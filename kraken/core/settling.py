"""What became of an order whose answer did not come: found, absent, or not known yet.

Rules:

* A round looks in three places for our name of the order: open orders, ended orders, trades. An
  order that is found anywhere is found; nothing speaks against it.
* A place that could not be asked, or whose answer could not be read whole, says nothing. An error
  is never evidence.
* The engine matches nothing after the order's deadline, and what it did is on the lists a minute
  later. So only a round that began a minute after the deadline, and found all three places empty,
  is a proof that nothing was placed; and two such rounds are asked for.
* There is no end by counting failures: it is looked for as long as it takes.

Kraken's check of client order ids is no help: it knows open orders only, and a market order is
closed at once (docs: Client Order Id). That is why nothing is ever sent a second time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kraken.core.trading import Report

MARGIN = timedelta(seconds=60)
"""How long after the deadline Kraken's lists may still be behind."""

PROOFS = 2
"""Complete empty rounds that prove an absence."""

BETWEEN_PROOFS = timedelta(seconds=10)

DELAYS = tuple(timedelta(seconds=seconds) for seconds in (1, 2, 4, 8, 16, 30, 60))
"""From one round to the next; the last one is repeated."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one look at all three places told; None for a place that told nothing for sure."""

    began_at: datetime
    open: Sequence[Report] | None
    closed: Sequence[Report] | None
    trades: Sequence[Report] | None
    """Orders of fills that belong to no order we know of, and have our name."""

    @property
    def reports(self) -> tuple[Report, ...]:
        """Everything that was found."""
        places = (self.open, self.closed, self.trades)
        return tuple(report for place in places for report in place or ())

    @property
    def is_empty(self) -> bool:
        """All three places answered, and none of them knows the order."""
        return all(
            place is not None and not place for place in (self.open, self.closed, self.trades)
        )


@dataclass(frozen=True, slots=True)
class Found:
    """It was placed; these reports say how it is, the ones of the first round first."""

    reports: tuple[Report, ...]


@dataclass(frozen=True, slots=True)
class KeepLooking:
    """Nothing is known yet."""

    next_at: datetime
    """When to look again."""


@dataclass(frozen=True, slots=True)
class Absent:
    """It was never placed and never will be: that is proven."""


Verdict = Found | KeepLooking | Absent


def verdict(deadline: datetime, rounds: Sequence[Round], now: datetime) -> Verdict:
    """What all rounds so far, oldest first, say of an order with this deadline."""
    reports = tuple(report for each in rounds for report in each.reports)
    if reports:
        return Found(reports)
    proven_from = deadline + MARGIN
    proofs = {each.began_at for each in rounds if each.is_empty and each.began_at >= proven_from}
    if len(proofs) >= PROOFS:
        return Absent()
    return KeepLooking(_next(proven_from, rounds, now))


def _next(proven_from: datetime, rounds: Sequence[Round], now: datetime) -> datetime:
    if not rounds:
        return now
    usual = now + DELAYS[min(len(rounds), len(DELAYS)) - 1]
    if now < proven_from:
        return min(usual, proven_from)
    return now + BETWEEN_PROOFS if rounds[-1].is_empty else usual
