"""The engine: what comes true, once, in order, and the same as a plain list would say.

Tried by hand and found by these tests: a narrower band, none at all, a level that does not count
when it is just reached, levels in another order, a short way that skips the gauges, trades judged
again that were seen, every print believed, none believed without the best prices, ``and`` for
``or``, a window that never slides, steps from the level instead of from the price.
"""

import math
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.core.alerts.engine import Engine
from bot.core.alerts.marks import band
from bot.core.alerts.words import Newest
from tests.alert_cases import TICK, Tape, alert, trade
from tests.fakes import NOON

D = Decimal


def test_a_level_is_told_when_it_is_reached_from_the_other_side() -> None:
    tape = Tape().watch("> 65000", "< 60000")
    assert tape.fired(62000, 64999.9) == []
    [crossing] = tape.trades(65000)
    assert (crossing.alert_id, crossing.value, crossing.goes_up) == (1, D(65000), True)
    assert tape.fired(66000, 64000, 66000) == [], "it was to be told once"
    assert tape.fired(62000, 59000) == [2]


def test_a_jump_over_the_level_and_a_wick_of_one_trade_count() -> None:
    assert Tape().watch("> 65000").fired(64000, 66500) == [1]
    assert Tape().watch("< 60000 every").fired(61000, 59990, 61000) == [1]


def test_a_touch_counts_both_ways() -> None:
    tape = Tape().watch("x 60000 every")
    assert tape.fired(59000, 60000, 60010, 59990) == [1], "it did not leave the level"
    assert tape.fired(60100, 59999) == [1]
    assert tape.fired(59900, 60100) == [1]


def test_what_repeats_needs_to_come_back_by_the_band() -> None:
    tape = Tape().watch("> 65000 every")
    assert tape.fired(64000, 65000) == [1]
    assert tape.fired(64936, 65010, 64935.1, 65020) == []
    assert tape.fired(64935, 65000) == [1]


def test_the_band_is_two_ticks_where_a_tenth_of_a_percent_is_less() -> None:
    assert band(D("0.2"), D("0.01")) == D("0.02")
    assert band(D(60000), D("0.1")) == D(60)


def test_a_sine_around_a_level_is_one_message_and_each_true_return_one_more() -> None:
    tape = Tape().watch("> 60000 every")
    inside = [60000 + round(30 * math.sin(k * math.pi / 2 + 1), 1) for k in range(20_000)]
    crossings = sum((a < 60000) != (b < 60000) for a, b in pairwise(inside))
    assert crossings >= 9_999
    assert tape.fired(59900, *inside) == [1]
    wide = [60000 + round(100 * math.sin(k * math.pi / 10), 1) for k in range(1, 2000)]
    assert len(tape.fired(*wide)) == 99, "each rise after a fall by more than the band"


def test_steps_are_measured_from_what_was_told_last() -> None:
    tape = Tape().watch("step 1000", "step 2%")
    assert tape.fired(60000, 60999, 61000) == [1]
    assert tape.fired(61200) == [2]
    assert tape.fired(60000) == [1]
    assert tape.fired(63000) == [1, 2], "the nearer level first"


def test_a_new_high_has_to_be_beaten_by_the_band() -> None:
    engine = Engine(TICK)
    engine.add(alert("high 30d every", armed=True, base=D(61000)))
    tape = Tape(engine)
    assert tape.fired(60000, 61000, 61010, 61060) == [1]
    assert tape.fired(61070) == [1]


def test_bid_and_ask_have_levels_of_their_own() -> None:
    tape = Tape().watch("< 60000 bid", "> 60100 ask")
    tape.quote("60001", "60099")
    assert [each.alert_id for each in tape.quote("60000", "60099")] == [1]
    assert tape.quote("60150", "60140") == (), "a crossed book says nothing"
    assert [each.alert_id for each in tape.quote("60090", "60100")] == [2]


def test_what_has_seen_a_trade_is_not_judged_by_it_again() -> None:
    engine = Engine(TICK, Newest(10, D(59900), NOON))
    engine.add(alert("> 60000 every", armed=True, seen=13))
    fired = [
        c.alert_id
        for n, p in ((11, 60100), (12, 59000), (13, 60100))
        for c in engine.trade(trade(p, n))
    ]
    assert fired == []
    assert [c.alert_id for c in engine.trade(trade(60100, 14))] == [1]
    progress = engine.progress(1)
    assert progress is not None
    assert (progress.armed, progress.seen) == (False, 14)


def test_what_waits_for_several_things_has_seen_its_trades_too() -> None:
    engine = Engine(TICK, Newest(10, D(59900), NOON))
    engine.add(alert("> 60000 or < 50000", armed=True, seen=13))
    assert [engine.trade(trade(p, n)) for n, p in ((11, 60100), (12, 59000), (13, 60100))] == [
        [],
        [],
        [],
    ]
    assert [c.alert_id for c in engine.trade(trade(60100, 14))] == [1]


def test_a_removed_alert_is_silent() -> None:
    tape = Tape().watch("> 65000", "> 65000")
    tape.fired(64000)
    tape.engine.remove(1)
    assert tape.fired(66000) == [2]


# -- trust


def test_a_single_print_far_from_the_market_wakes_nobody() -> None:
    tape = Tape().watch("> 65000", "< 55000")
    assert tape.fired(60000, 600000, 60001, 1, 60002) == []
    assert tape.fired(64000, 65000) == [1]


def test_a_second_trade_there_confirms_the_first() -> None:
    assert Tape().watch("> 65000").fired(60000, 66000, 66010) == [1]


def test_with_fresh_best_prices_a_trade_is_believed_within_two_percent_of_them() -> None:
    tape = Tape().watch("> 65000")
    tape.fired(60000)
    tape.quote("60000", "60001")
    assert tape.fired(66000, 66010) == [], "two prints that the book knows nothing of"
    assert [each.alert_id for each in tape.quote("65900", "65910")] == [1]


def test_a_doubted_trade_is_forgotten_after_a_while() -> None:
    tape = Tape().watch("> 65000")
    tape.fired(60000)
    tape.quote("60000", "60001")
    tape.fired(66000)
    assert tape.quote("60000", "60001", seconds=30) == []
    assert tape.quote("65900", "65910", seconds=31) == []


# -- the twin


@dataclass
class Twin:
    """One alert, judged in the plainest way: in the order of the levels that a price passes."""

    number: int
    op: str
    level: Decimal
    armed: bool | None = None
    above: bool = False

    def judge(self, price: Decimal) -> tuple[bool, Decimal] | None:
        """Whether it fires; the level that it waited for."""
        away = band(self.level, TICK)
        if self.armed is None:
            true = (price >= self.level) if self.op == ">" else price <= self.level
            self.armed = price != self.level if self.op == "x" else not true
            self.above = price >= self.level
            return None
        up, down = self.level + away, self.level - away
        if self.op == ">":
            waits = [(self.level, 1)] if self.armed else [(down, -1)]
        elif self.op == "<":
            waits = [(self.level, -1)] if self.armed else [(up, 1)]
        elif self.armed:
            waits = [(self.level, -1 if self.above else 1)]
        else:
            waits = [(up, 1), (down, -1)]
        for level, way in waits:
            if price * way >= level * way:
                fires, self.armed, self.above = bool(self.armed), not self.armed, way > 0
                return (True, level) if fires else None
        return None


PRICES = st.integers(min_value=59_700, max_value=60_300)


@given(
    st.lists(st.tuples(st.sampled_from("><x"), PRICES), min_size=1, max_size=25),
    st.lists(PRICES, max_size=60),
)
def test_the_index_says_the_same_as_a_plain_list(
    wishes: list[tuple[str, int]], prices: list[int]
) -> None:
    tape = Tape().watch(*(f"{op} {level} every" for op, level in wishes))
    twins = [Twin(n, op, D(level)) for n, (op, level) in enumerate(wishes, 1)]
    for price in prices:
        fired = []
        for twin in twins:
            found = twin.judge(D(price))
            if found is not None:
                goes_up = twin.above
                level = found[1] if goes_up else -found[1]
                fired.append((not goes_up, level, twin.number))
        assert tape.fired(price) == [number for _, _, number in sorted(fired)]


@given(st.lists(st.tuples(st.sampled_from("><"), PRICES), min_size=1, max_size=20), PRICES, PRICES)
def test_many_loaded_at_once_are_the_same_as_one_after_another(
    wishes: list[tuple[str, int]], first: int, second: int
) -> None:
    alerts = [
        alert(f"{op} {level}", n, armed=(first < level) == (op == ">") and first != level)
        for n, (op, level) in enumerate(wishes, 1)
    ]
    singly, together = Engine(TICK), Engine(TICK)
    for each in alerts:
        singly.add(each)
    together.load(alerts)
    for number, price in enumerate((first, second, first), 1):
        assert singly.trade(trade(price, number)) == together.trade(trade(price, number))
