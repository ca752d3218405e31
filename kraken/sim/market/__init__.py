"""A seeded market: values, order flow, books, trades and two years of past, moved by ``tick``.

``world`` is the door. Everything is exact integers: prices in ticks, quantities in lots, times in
nanoseconds. It knows nothing of Kraken's wire; a recorded book can take the place of one pair's.
"""
