"""A seeded stream of book frames as a busy BTC/USD pair sends them.

A whole market of some 1,500 levels a side is kept; frames tell of the best ``depth`` of them, with
Kraken's habits: quantities absolute, zero for a deletion, the level that enters the window told in
the same message, the one that leaves it not told at all, the right checksum.
"""

import random
from bisect import bisect_left
from collections.abc import Iterator
from zlib import crc32

SYMBOL = "BTC/USD"
LEVELS = 1_500
MIDDLE = 641_200  # ticks of 0.1


class _Half:
    """One side: prices in ticks, negated for bids, so that the best is always the smallest."""

    def __init__(self, rng: random.Random, sign: int) -> None:
        self.sign = sign
        self.prices = [sign * MIDDLE + (1 if sign > 0 else 0)]
        while len(self.prices) < LEVELS:
            self.prices.append(self.prices[-1] + 1 + int(rng.expovariate(0.4)))
        self.lots = {price: _lots(rng) for price in self.prices}

    def entry(self, price: int) -> str:
        ticks, lots = self.sign * price, self.lots.get(price, 0)
        return f'{{"price":{ticks // 10}.{ticks % 10},"qty":{lots // 10**8}.{lots % 10**8:08d}}}'

    def best_text(self) -> str:
        return "".join(f"{self.sign * p}{self.lots[p]}" for p in self.prices[:10])


def _lots(rng: random.Random) -> int:
    """Mostly small quantities, some round, some large."""
    if rng.random() < 0.15:
        return rng.choice((1, 5, 10, 25, 100)) * 10**6
    return max(1, int(rng.lognormvariate(16.5, 2.0)))


def frames(updates: int, depth: int, seed: int = 1) -> Iterator[str]:
    """A snapshot, then so many updates of 1 to 8 changes each."""
    rng = random.Random(seed)
    bids, asks = _Half(rng, -1), _Half(rng, 1)
    yield _frame(
        "snapshot",
        [bids.entry(price) for price in bids.prices[:depth]],
        [asks.entry(price) for price in asks.prices[:depth]],
        (bids, asks),
        0,
    )
    for number in range(1, updates + 1):
        told: dict[int, list[str]] = {-1: [], 1: []}
        count = rng.randint(1, 8)
        while len(told[1]) + len(told[-1]) < count:
            half, other = (bids, asks) if rng.random() < 0.5 else (asks, bids)
            told[half.sign] += _change(rng, half, other, depth)
        yield _frame("update", told[-1], told[1], (bids, asks), number)


def _change(rng: random.Random, half: _Half, other: _Half, depth: int) -> list[str]:
    """Change one level, most often near the touch; return what the window's owner is told."""
    index = min(int(rng.expovariate(0.35 if depth == 10 else 0.15)), depth - 1)
    kind = rng.random()
    if kind < 0.2 and len(half.prices) > LEVELS - 100:
        gone = half.prices.pop(index)
        del half.lots[gone]
        return [half.entry(gone), half.entry(half.prices[depth - 1])]
    if kind < 0.4:
        price = half.prices[index] - 1
        # Never across the other side's best price.
        if price not in half.lots and price > -other.prices[0]:
            half.prices.insert(bisect_left(half.prices, price), price)
            half.lots[price] = _lots(rng)
            return [half.entry(price)]
    price = half.prices[index]
    half.lots[price] = _lots(rng)
    return [half.entry(price)]


def _frame(
    kind: str, bids: list[str], asks: list[str], halves: tuple[_Half, _Half], number: int
) -> str:
    checksum = crc32((halves[1].best_text() + halves[0].best_text()).encode())
    return (
        f'{{"channel":"book","type":"{kind}","data":[{{"symbol":"{SYMBOL}",'
        f'"bids":[{",".join(bids)}],"asks":[{",".join(asks)}],"checksum":{checksum},'
        f'"timestamp":"2026-11-08T10:{number // 6000 % 60:02d}:{number // 100 % 60:02d}.'
        f'{number % 100 * 10_000 + 123:06d}Z"}}]}}'
    )
