"""Who of the users stands where at a price, and how much of what is nobody's stands before them.

Whoever came first trades first. A smaller quantity keeps the place; a larger one, another price
and the next part of an iceberg go to the back (docs: Spot, Amend Order, queue priority).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kraken.core.ledger.state import OpenOrder
from kraken.core.types import Symbol
from kraken.sim.listing import PairSpec
from kraken.sim.private.accounts import Account, Record
from kraken.sim.private.overlay import Place


@dataclass(frozen=True, slots=True)
class Resting:
    """A user's order in the book."""

    owner: str
    account: Account
    record: Record
    order: OpenOrder


Queues = Mapping[Place, list[Resting]]


def queues(accounts: Mapping[str, Account], pair: PairSpec) -> Queues:
    """What users have in the book of a pair, at each place first come first."""
    found: dict[Place, list[Resting]] = {}
    for owner, account in accounts.items():
        for order in account.ledger.state.of_pair(Symbol(pair.symbol)):
            limit = order.order.limit_price
            if order.is_resting and limit is not None:
                place = (order.order.side.value, pair.ticks(limit))
                record = account.records[order.order.order_id]
                found.setdefault(place, []).append(Resting(owner, account, record, order))
    for queue in found.values():
        queue.sort(key=lambda each: each.record.queued_ns)
    return found


def before(pair: PairSpec, users: Sequence[Resting], nobodys: int) -> list[int]:
    """For each in order, how many lots that are nobody's stand before it, of those there are."""
    found: list[int] = []
    told = 0
    for index, user in enumerate(users):
        told = max(told, min(nobodys, _ahead(pair, user, users[:index], nobodys)))
        found.append(told)
    return found


def _ahead(pair: PairSpec, user: Resting, earlier: Iterable[Resting], nobodys: int) -> int:
    if user.order.ahead is None:
        return nobodys
    others = (each.order.order.remaining for each in earlier if each.owner != user.owner)
    return pair.lots(user.order.ahead) - sum(pair.lots(qty) for qty in others)
