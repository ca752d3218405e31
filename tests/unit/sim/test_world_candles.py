"""Candles, trades and statistics of the simulated market tell one story, past and present."""

from collections.abc import Iterable
from itertools import pairwise

import pytest

from kraken.sim.listing import PAIRS
from kraken.sim.market.types import MINUTE, SECOND, merge
from kraken.sim.market.world import INTERVALS, CandleRow, TradePrint, World
from tests.simulated import moved

START = 1_780_012_345_678_901_234
SYMBOLS = ("BTC/USD", "ETH/EUR", "SOL/BTC")
FEW = tuple(pair for pair in PAIRS if pair.symbol in (*SYMBOLS, "BTC/EUR", "ETH/USD", "EUR/USD"))
PARTS = {5: 1, 15: 5, 30: 15, 60: 30, 240: 60, 1440: 240, 10080: 1440, 21600: 1440}


def world(seed: int = 1) -> World:
    return World(seed=seed, start_ns=START, pairs=FEW)


def lived(seed: int = 1) -> World:
    """A market that has traded across two minutes."""
    market = world(seed)
    for second in range(1, 100):
        market.tick(START + second * SECOND)
    return market


def rebuilt(trades: Iterable[TradePrint], minutes: int) -> dict[int, CandleRow]:
    """Candles made of trades, by begin: the rule that a client stitches by."""
    buckets: dict[int, list[TradePrint]] = {}
    for trade in trades:
        second = trade.ns // SECOND
        buckets.setdefault(second - second % (minutes * 60), []).append(trade)
    rows = {}
    for begin, inside in buckets.items():
        prices = [trade.ticks for trade in inside]
        volume = sum(trade.lots for trade in inside)
        value = sum(trade.ticks * trade.lots for trade in inside)
        rows[begin] = CandleRow(
            begin, prices[0], max(prices), min(prices), prices[-1], value, volume, len(inside)
        )
    return rows


def without_value(row: CandleRow) -> tuple[int, ...]:
    return row.begin_s, row.open, row.high, row.low, row.close, row.volume_lots, row.count


@pytest.mark.parametrize("minutes", INTERVALS)
@pytest.mark.parametrize("symbol", SYMBOLS)
def test_candles_are_contiguous_and_end_with_the_running_one(symbol: str, minutes: int) -> None:
    market = lived()
    rows = market.candles(symbol, minutes)
    assert len(rows) == min(721, len(rows))
    assert len(rows) == 721 or minutes > 1440
    assert rows[-1].begin_s <= market.now_ns // SECOND < rows[-1].begin_s + minutes * 60
    assert rows[-1] == market.running_candle(symbol, minutes)
    for earlier, later in pairwise(rows):
        assert later.begin_s - earlier.begin_s == minutes * 60
        assert later.begin_s % (minutes * 60) == 0
    for row in rows:
        assert row.low <= min(row.open, row.close) <= max(row.open, row.close) <= row.high
        assert row.low > 0


@pytest.mark.parametrize("minutes", PARTS)
@pytest.mark.parametrize("symbol", SYMBOLS)
def test_a_candle_is_the_sum_of_its_shorter_ones(symbol: str, minutes: int) -> None:
    market = lived()
    parts = market.candles(symbol, PARTS[minutes])
    checked = traded = same = 0
    for row in market.candles(symbol, minutes):
        end = row.begin_s + minutes * 60
        inside = [part for part in parts if row.begin_s <= part.begin_s < end]
        if not inside or parts[0].begin_s > row.begin_s:
            continue
        whole = merge(row.begin_s, inside)
        assert without_value(whole) == without_value(row)
        if row.count:
            assert abs(whole.vwap_ticks - row.vwap_ticks) <= max(1, (row.high - row.low) * 0.5)
            same += abs(whole.vwap_ticks - row.vwap_ticks) < 0.5
            traded += 1
        checked += 1
    assert checked > 40
    assert same >= 0.85 * traded


def test_an_hour_is_the_sum_of_its_sixty_minutes() -> None:
    for symbol in SYMBOLS:
        market = world()
        minutes = market.candles(symbol, 1)
        hour = market.candles(symbol, 60)[-3]
        inside = [m for m in minutes if hour.begin_s <= m.begin_s < hour.begin_s + 3600]
        assert len(inside) == 60
        assert without_value(merge(hour.begin_s, inside)) == without_value(hour)


def test_an_empty_minute_repeats_the_close_before_it() -> None:
    rows = world().candles("SOL/BTC", 1)
    empty = [(before, row) for before, row in pairwise(rows) if not row.count]
    assert len(empty) > 50
    for before, row in empty:
        assert row.open == row.high == row.low == row.close == before.close
        assert (row.volume_lots, row.value, row.vwap_ticks) == (0, 0, 0)


def test_the_average_price_lies_within_the_candle() -> None:
    market = lived()
    for symbol in SYMBOLS:
        for minutes in INTERVALS:
            for row in market.candles(symbol, minutes):
                if row.count:
                    assert row.low - 1 <= row.vwap_ticks <= row.high + 1


def trades_between(market: World, symbol: str, begin_s: int, end_s: int) -> list[TradePrint]:
    found: list[TradePrint] = []
    since = begin_s * SECOND - 1
    while page := market.trades_since(symbol, since, 1000):
        found += page
        since = page[-1].ns
        if since >= end_s * SECOND:
            break
    return [trade for trade in found if trade.ns < end_s * SECOND]


@pytest.mark.parametrize(
    ("symbol", "minutes", "back"),
    [
        ("BTC/USD", 1, 600),
        ("BTC/USD", 60, 400),
        ("ETH/EUR", 5, 700),
        ("SOL/BTC", 1, 700),
        ("SOL/BTC", 1440, 500),
    ],
)
def test_trades_of_the_past_rebuild_its_candles(symbol: str, minutes: int, back: int) -> None:
    market = world()
    told = market.candles(symbol, minutes)[-back:][:5]
    end_s = told[-1].begin_s + minutes * 60
    made = rebuilt(trades_between(market, symbol, told[0].begin_s, end_s), minutes)
    assert set(made) == {row.begin_s for row in told if row.count}
    for row in told:
        if row.count:
            assert without_value(made[row.begin_s]) == without_value(row)
            apart = abs(made[row.begin_s].vwap_ticks - row.vwap_ticks)
            assert apart <= max(1, (row.high - row.low) * 0.4)


def test_trades_since_the_start_rebuild_live_candles_exactly() -> None:
    market = lived()
    for symbol in SYMBOLS:
        opened = START // MINUTE * MINUTE
        made = rebuilt(market.trades_since(symbol, opened - 1, 10_000), 1)
        for row in market.candles(symbol, 1)[-3:]:
            if row.begin_s * SECOND >= opened and row.count:
                assert made[row.begin_s] == row


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_pages_of_trades_join_without_gap_from_the_past_into_the_present(symbol: str) -> None:
    market = lived()
    since = START - 2 * 3600 * SECOND
    ids: list[int] = []
    times: list[int] = []
    while page := market.trades_since(symbol, since, 300):
        ids += [trade.trade_id for trade in page]
        times += [trade.ns for trade in page]
        since = page[-1].ns
    assert ids == list(range(ids[0], ids[0] + len(ids)))
    assert times == sorted(times)
    assert market.last_trades(symbol, 1)[0].trade_id == ids[-1]


def test_the_last_trades_reach_back_before_the_start() -> None:
    for symbol in SYMBOLS:
        market = world()
        trades = market.last_trades(symbol, 50)
        assert len(trades) == 50
        assert trades[-1].ns < START
        market.tick(START + 30 * SECOND)
        later = market.last_trades(symbol, 50)
        assert len(later) == 50
        assert [t.trade_id for t in later] == list(
            range(later[0].trade_id, later[0].trade_id + 50)
        )


def test_the_past_begins_two_years_ago_and_not_before() -> None:
    market = world()
    first = market.trades_since("BTC/USD", 0, 10)
    assert len(first) == 10
    assert 730 < (START - first[0].ns) / SECOND / 86_400 < 733


def test_answers_do_not_depend_on_the_order_of_questions() -> None:
    first, second = world(), world()
    asked = [("ETH/EUR", 1440), ("ETH/EUR", 1), ("BTC/USD", 5), ("SOL/BTC", 60)]
    answers = {question: first.candles(*question) for question in asked}
    second.trades_since("SOL/BTC", START - 10**16, 100)
    for question in reversed(asked):
        assert second.candles(*question) == answers[question]


def test_candles_continue_at_the_live_price() -> None:
    market = lived()
    for symbol in SYMBOLS:
        rows = market.candles(symbol, 1)
        bids, _ = market.book(symbol)
        assert abs(rows[-1].close / bids[0][0] - 1) < 0.004
        steps = [abs(later.open / before.close - 1) for before, later in pairwise(rows)]
        assert max(steps) < 0.01


def test_only_later_candles_are_given_when_some_are_known() -> None:
    market = lived()
    rows = market.candles("BTC/USD", 5)
    assert market.candles("BTC/USD", 5, rows[-4].begin_s) == rows[-3:]
    assert market.candles("BTC/USD", 5, rows[-4].begin_s + 1) == rows[-3:]
    assert market.candles("BTC/USD", 5, 0) == rows


def test_an_interval_that_kraken_does_not_serve_is_refused() -> None:
    with pytest.raises(KeyError):
        world().candles("BTC/USD", 7)


def test_statistics_are_sums_of_candles_and_trades() -> None:
    market = lived()
    for symbol in SYMBOLS:
        stats = market.stats(symbol)
        now_s = market.now_ns // SECOND
        minute = now_s - now_s % 60
        trades = market.trades_since(symbol, (minute - 86_340) * SECOND - 1, 10**9)
        assert stats.day.volume_lots == sum(trade.lots for trade in trades)
        assert stats.day.count == len(trades)
        assert stats.day.high == max(trade.ticks for trade in trades)
        assert stats.day.low == min(trade.ticks for trade in trades)
        assert stats.last == trades[-1]
        assert stats.change_ticks == trades[-1].ticks - trades[0].ticks
        today = [t for t in trades if t.ns // SECOND >= now_s - now_s % 86_400]
        assert stats.today.volume_lots == sum(trade.lots for trade in today)
        assert stats.today.open == today[0].ticks


def test_statistics_follow_every_trade() -> None:
    market = lived()
    before = market.stats("BTC/USD")
    top = before.day.high + 1000
    moved(market, "BTC/USD", top)
    after = market.stats("BTC/USD")
    assert after.last.ticks == after.day.high == after.today.high == top
    assert after.day.volume_lots > before.day.volume_lots


def test_a_long_silence_of_the_market_is_told_as_empty_candles() -> None:
    market = lived()
    market.tick(market.now_ns + 3600 * SECOND)
    for symbol in SYMBOLS:
        rows = market.candles(symbol, 1)[-60:]
        assert [row.begin_s for row in rows] == list(
            range(rows[0].begin_s, rows[0].begin_s + 3600, 60)
        )
        assert sum(row.count for row in rows) > 10


def test_a_leap_of_two_days_keeps_candles_whole() -> None:
    market = world()
    market.tick(START + 2 * 86_400 * SECOND)
    hours = market.candles("BTC/USD", 60)
    minutes = market.candles("BTC/USD", 1)
    assert len(hours) == len(minutes) == 721
    hour = hours[-3]
    inside = [m for m in minutes if hour.begin_s <= m.begin_s < hour.begin_s + 3600]
    assert without_value(merge(hour.begin_s, inside)) == without_value(hour)
