"""One order book as the wire shows it: windows of a few best levels, cut from the whole book.

Rules (docs: https://docs.kraken.com/api/docs/guides/spot-ws-book-v2):

* An update carries absolute quantities; quantity 0 deletes a level.
* A level that falls out of the subscribed window is not deleted on the wire: the client cuts its
  own sides to the subscribed depth after every message.
* A level that enters the window because another one left is in the same message.
* The checksum is the CRC-32 of the ten best levels a side, whatever the depth.
"""

import zlib
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Levels = list[tuple[int, int]]
"""Pairs of (price in ticks, quantity in lots)."""

CHECKED = 10
"""Levels a side that the checksum covers."""

_EVERYTHING = 1 << 62
"""A key worse than any price: the window ends nowhere."""


@dataclass(frozen=True, slots=True)
class WindowChange:
    """What a subscriber of one depth is told about one change of the book."""

    depth: int
    bids: Levels
    asks: Levels


class _Side:
    """One side, best first: keys ascend from the best price (bids count downwards)."""

    def __init__(self, sign: int) -> None:
        self._sign = sign
        self._keys: list[int] = []
        self._lots: dict[int, int] = {}
        self._changed: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._keys)

    def replace(self, levels: Iterable[tuple[int, int]], ns: int) -> None:
        """Forget everything; these are the levels now."""
        self._lots = {self._sign * ticks: lots for ticks, lots in levels if lots > 0}
        self._keys = sorted(self._lots)
        self._changed = dict.fromkeys(self._keys, ns)

    def put(self, ticks: int, lots: int, ns: int) -> None:
        """Set one level; 0 lots removes it."""
        key = self._sign * ticks
        known = key in self._lots
        if lots > 0:
            if not known:
                insort(self._keys, key)
            self._lots[key] = lots
            self._changed[key] = ns
        elif known:
            del self._keys[bisect_left(self._keys, key)]
            del self._lots[key]
            del self._changed[key]

    def top(self, count: int) -> Levels:
        """The best ``count`` levels, best first."""
        lots = self._lots
        return [(self._sign * key, lots[key]) for key in self._keys[:count]]

    def changed_ns(self, ticks: int) -> int:
        """When the level at this price changed last."""
        return self._changed[self._sign * ticks]

    def reach(self, depth: int) -> int:
        """The worst key that a window of this depth holds; everything when it is not full."""
        return self._keys[depth - 1] if len(self._keys) >= depth else _EVERYTHING

    def told(self, changes: Sequence[tuple[int, int]], depth: int, before: int) -> Levels:
        """What a window that reached to ``before`` must be told now that the changes are in."""
        after = self.reach(depth)
        told: Levels = []
        touched: set[int] = set()
        for ticks, lots in changes:
            key = self._sign * ticks
            # Beyond the window that is now full, the client cuts by itself, gone or not.
            if key <= after and (lots > 0 or key <= before or key in touched):
                told.append((ticks, lots))
                touched.add(key)
        if after > before:
            entering = self._keys[bisect_right(self._keys, before) : depth]
            told += [(self._sign * key, self._lots[key]) for key in entering if key not in touched]
        return told


class WireBook:
    """The whole book of one pair, and what changes in each window of it."""

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.changed_ns = 0
        self._bids = _Side(-1)
        self._asks = _Side(1)
        self._checksum: int | None = None

    def reset(self, bids: Levels, asks: Levels, ns: int) -> None:
        """Begin again with these levels."""
        self._bids.replace(bids, ns)
        self._asks.replace(asks, ns)
        self.changed_ns = ns
        self._checksum = None

    def apply(
        self, bids: Levels, asks: Levels, ns: int, depths: Iterable[int] = ()
    ) -> list[WindowChange]:
        """Let levels change; say what the windows of these depths must be told, if anything."""
        before = [(depth, self._bids.reach(depth), self._asks.reach(depth)) for depth in depths]
        for ticks, lots in bids:
            self._bids.put(ticks, lots, ns)
        for ticks, lots in asks:
            self._asks.put(ticks, lots, ns)
        self.changed_ns = ns
        self._checksum = None
        changes = (
            WindowChange(
                depth,
                self._bids.told(bids, depth, bid_reach),
                self._asks.told(asks, depth, ask_reach),
            )
            for depth, bid_reach, ask_reach in before
        )
        return [change for change in changes if change.bids or change.asks]

    def top(self, depth: int) -> tuple[Levels, Levels]:
        """The best bids and asks, best first."""
        return self._bids.top(depth), self._asks.top(depth)

    def best(self) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
        """The best bid and the best ask, where there are any."""
        bids, asks = self.top(1)
        return (bids[0] if bids else None), (asks[0] if asks else None)

    def level_changed_ns(self, side: str, ticks: int) -> int:
        """When one level (side ``bids`` or ``asks``) changed last."""
        return (self._bids if side == "bids" else self._asks).changed_ns(ticks)

    @property
    def checksum(self) -> int:
        """CRC-32 over the ten best asks, then the ten best bids; digits without leading zeros."""
        if self._checksum is None:
            bids, asks = self.top(CHECKED)
            text = "".join(f"{ticks}{lots}" for ticks, lots in asks + bids)
            self._checksum = zlib.crc32(text.encode())
        return self._checksum
