"""Which owners of resting and waiting orders of one pair are touched by a trade or a book.

There may be thousands of orders, and nearly nothing happens to them: each trade costs a few
bisections here and each book a look at the levels that it shows, and only owners with an order
that is touched are visited.

    order                is touched by trades             and by books
    resting buy          at or below its limit            whose best ask is at or below it
    resting sell         at or above its limit            whose best bid is at or above it
    waiting              at or beyond its trigger         -
    trailing             that also, and by better peaks   -

A resting order is also touched by a book that shows less at its price than what was ahead of it.

What a trade does to an order is known only when its owner has looked. Until then the owner is
touched by every trade: where it stood, a stop may rest by now.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar

from kraken.core.ledger.state import ZERO, OpenOrder
from kraken.core.ledger.triggers import is_upward
from kraken.core.ledger.words import MarketView
from kraken.core.trading import OrderType
from kraken.core.types import Side

Owner = TypeVar("Owner", bound=Hashable)

Mark = tuple[Decimal, int, int]
"""A key, 1 if it must be passed and not only reached, and a number of its own."""


class _Ladder:
    """Marks by price. ``sign`` is 1 where rising prices touch them, -1 where falling ones do."""

    def __init__(self, sign: int) -> None:
        self._sign = sign
        self._marks: list[Mark] = []

    def put(self, price: Decimal, number: int, *, beyond: bool = False) -> Mark:
        mark = (self._key(price), int(beyond), number)
        insort(self._marks, mark)
        return mark

    def drop(self, mark: Mark) -> None:
        del self._marks[bisect_left(self._marks, mark)]

    def touched(self, price: Decimal) -> list[Mark]:
        """Marks that the price reaches, or passes where they ask for it."""
        return self._marks[: bisect_left(self._marks, (self._key(price), 1, 0))]

    def until(self, worst: Decimal | None) -> list[Mark]:
        """Marks at this price and better ones for whoever comes; None for all."""
        if worst is None:
            return self._marks
        return self._marks[: bisect_right(self._marks, (self._key(worst), 2, 0))]

    def _key(self, price: Decimal) -> Decimal:
        # Not a minus sign: that rounds to the digits of whatever context there is.
        return price if self._sign > 0 else price.copy_negate()


@dataclass(frozen=True, slots=True)
class _Place(Generic[Owner]):
    """One mark's order, as far as books can touch it."""

    owner: Owner
    price: Decimal
    ahead: Decimal | None = None
    level_qty: Decimal = ZERO
    is_iceberg: bool = False

    def is_moved_by(self, qty: Decimal) -> bool:
        """The book shows that much at its price, and that is news."""
        if self.ahead is None or qty < self.ahead:
            return True
        # The next part of an iceberg goes behind what is there then.
        return self.is_iceberg and qty != self.level_qty


Marks = list[tuple[_Ladder, Mark]]
"""Where the marks of one owner are."""


class PriceIndex(Generic[Owner]):
    """The orders of one pair, of all who take part."""

    def __init__(self) -> None:
        self._resting = {Side.BUY: _Ladder(-1), Side.SELL: _Ladder(1)}
        self._falls, self._rises = _Ladder(-1), _Ladder(1)
        self._places: dict[int, _Place[Owner]] = {}
        self._of: dict[Owner, Marks] = {}
        self._busy: dict[Owner, None] = {}
        self._number = 0

    def __len__(self) -> int:
        """How many owners take part."""
        return len(self._of)

    def owners(self) -> list[Owner]:
        """All who take part."""
        return list(self._of)

    def put(self, owner: Owner, orders: Iterable[OpenOrder]) -> None:
        """These are the owner's orders of this pair now."""
        self.drop(owner)
        marks: Marks = []
        for order in orders:
            self._mark(marks, owner, order)
        if marks:
            self._of[owner] = marks

    def drop(self, owner: Owner) -> None:
        """The owner takes no part any more."""
        self._busy.pop(owner, None)
        for ladder, mark in self._of.pop(owner, ()):
            ladder.drop(mark)
            del self._places[mark[2]]

    def by_trade(self, price: Decimal) -> dict[Owner, None]:
        """Who is touched by a trade at this price; in an order that is always the same."""
        found: list[Mark] = []
        for ladder in (*self._resting.values(), self._falls, self._rises):
            found += ladder.touched(price)
        return self._busy | self._owners(found)

    def expect(self, owners: Iterable[Owner]) -> None:
        """These were told of a trade: they see every other one until they are put again."""
        self._busy |= dict.fromkeys(owners)

    def by_book(self, view: MarketView) -> dict[Owner, None]:
        """Who is touched by this book."""
        found: list[Mark] = []
        for side, own, others in (
            (Side.BUY, view.bids, view.asks),
            (Side.SELL, view.asks, view.bids),
        ):
            ladder = self._resting[side]
            if others:
                found += ladder.touched(others[0].price)
            if not own and not view.is_whole:
                continue
            marks = ladder.until(None if view.is_whole else own[-1].price)
            shown = {level.price: level.qty for level in own} if marks else {}
            for mark in marks:
                place = self._places[mark[2]]
                if place.is_moved_by(shown.get(place.price, ZERO)):
                    found.append(mark)
        return self._owners(found)

    def _owners(self, marks: list[Mark]) -> dict[Owner, None]:
        numbers = sorted(mark[2] for mark in marks)
        return dict.fromkeys(self._places[number].owner for number in numbers)

    def _mark(self, marks: Marks, owner: Owner, order: OpenOrder) -> None:
        told = order.order
        if order.is_resting:
            assert told.limit_price is not None, "only limit orders rest"
            iceberg = told.type is OrderType.ICEBERG
            place = _Place(owner, told.limit_price, order.ahead, order.level_qty, iceberg)
            self._put(marks, self._resting[told.side], place)
            return
        trigger = told.trigger
        assert trigger is not None, "what does not rest waits"
        upward = is_upward(told.type, told.side)
        here, there = (self._rises, self._falls) if upward else (self._falls, self._rises)
        self._put(marks, here, _Place(owner, trigger.price))
        if trigger.peak is not None:
            self._put(marks, there, _Place(owner, trigger.peak), beyond=True)

    def _put(
        self, marks: Marks, ladder: _Ladder, place: _Place[Owner], *, beyond: bool = False
    ) -> None:
        self._number += 1
        self._places[self._number] = place
        marks.append((ladder, ladder.put(place.price, self._number, beyond=beyond)))
