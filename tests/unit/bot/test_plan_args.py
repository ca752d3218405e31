"""What people say after /dca and /schedule, right and wrong."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import BadArgument
from bot.core.plans.args import PlanAction, read_action, read_dca, read_schedule
from bot.core.plans.types import Missed, order_name
from bot.core.plans.when import cadence_text
from bot.core.slots import next_slots
from bot.core.trade.wish import Amount, AmountKind
from kraken.core.trading import PriceKind, PriceOffset

NOW = datetime(2026, 11, 22, 14, 55, 20, tzinfo=UTC)
"""A Sunday, 15:55 in Berlin."""
ZONE = "Europe/Berlin"


def test_everything_that_can_be_said_of_a_recurring_buy_is_read() -> None:
    args = read_dca(
        "25 eur btc every day 09:00 limit -0.3% wait 2h then market max=70000 "
        "stop after 12 if dip 5% x2 missed once",
        ZONE,
        NOW,
    )
    assert args.amount == Amount(AmountKind.NAMED, Decimal(25), "EUR")
    assert args.pair == "BTC"
    assert args.limit == PriceOffset(Decimal("-0.3"), PriceKind.PERCENT)
    assert (args.wait, args.then_market) == (timedelta(hours=2), True)
    assert (args.highest, args.stop_after) == (Decimal(70000), 12)
    assert (args.dip, args.factor, args.missed) == (Decimal(5), Decimal(2), Missed.ONCE)


@pytest.mark.parametrize(
    ("said", "meant", "first"),
    [
        ("every 1d at 09:00", "every day at 09:00", "2026-11-23T08:00:00+00:00"),
        ("daily 9:30pm", "every day at 21:30", "2026-11-22T20:30:00+00:00"),
        ("every 8:00", "every day at 08:00", "2026-11-23T07:00:00+00:00"),
        ("every 3 days at 09:00", "every 3 days at 09:00", "2026-11-25T08:00:00+00:00"),
        ("every fri 20:00", "every Fri at 20:00", "2026-11-27T19:00:00+00:00"),
        ("every mon and thu 20:00", "every Mon, Thu at 20:00", "2026-11-23T19:00:00+00:00"),
        ("every weekday at 7:30", "every Mon, Tue, Wed, Thu, Fri at 07:30", None),
        ("every 4h", "every 4h", "2026-11-22T18:56:00+00:00"),
        ("every day 09:00 Asia/Tokyo", "every day at 09:00", "2026-11-23T00:00:00+00:00"),
        ("18:00", "once, Sun 22 Nov 18:00 CET", "2026-11-22T17:00:00+00:00"),
        ("08:00", "once, Mon 23 Nov 08:00 CET", "2026-11-23T07:00:00+00:00"),
        ("fri 20:00", "once, Fri 27 Nov 20:00 CET", "2026-11-27T19:00:00+00:00"),
        ("sun 10:00", "once, Sun 29 Nov 10:00 CET", "2026-11-29T09:00:00+00:00"),
        ("tomorrow 8am", "once, Mon 23 Nov 08:00 CET", "2026-11-23T07:00:00+00:00"),
        ("in 2h", "once, Sun 22 Nov 17:55 CET", "2026-11-22T16:55:20+00:00"),
        ("2026-12-01 10:00", "once, Tue 1 Dec 10:00 CET", "2026-12-01T09:00:00+00:00"),
        ("2026-12-01T10:00", "once, Tue 1 Dec 10:00 CET", "2026-12-01T09:00:00+00:00"),
    ],
)
def test_a_time_is_read_and_said_back(said: str, meant: str, first: str | None) -> None:
    when = read_schedule(f"{said} /price btc", ZONE, NOW).when
    assert cadence_text(when.cadence, ZoneInfo(when.zone)) == meant
    (slot,) = next_slots(when.cadence, ZoneInfo(when.zone), NOW, 1)
    assert first is None or slot.at.isoformat() == first


def test_a_digest_may_be_asked_for_in_words() -> None:
    args = read_schedule("every day at 08:00 tell me BTC, ETH and my portfolio", ZONE, NOW)
    assert args.commands == ("/price btc eth", "/portfolio")
    joined = read_schedule("every day at 08:00 /price btc eth + /portfolio", ZONE, NOW)
    assert joined.commands == args.commands


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ("0eur btc every 4h", "amount"),
        ("-5eur btc every 1d", "amount"),
        ("9999999999999eur btc every 1d", "amount"),
        ("25 btc every day 09:00", "amount"),
        ("every day 09:00", "amount"),
        ("25eur every 1d", "pair"),
        ("25eur btc", "time"),
        ("25eur btc every 25:00", "time"),
        ("25eur btc every 1s", "time"),
        ("25eur btc every 9999d", "time"),
        ("25eur btc every day 09:00 Mars/Base", "time zone"),
        ("25eur btc every 1d limit +1%", "limit"),
        ("25eur btc every 1d limit 60000", "limit"),
        ("25eur btc every 1d wait 1h", "wait"),
        ("25eur btc every 1d limit -1% wait 90d", "wait"),
        ("25eur btc every 1d max=0", "highest price"),
        ("25eur btc every 1d stop after 0", "stop after"),
        ("25eur btc every 1d if dip 5%", "dip"),
        ("25eur btc every 1d if dip 5% x99", "dip"),
        ("25eur btc every 1d missed never", "missed"),
        ("25eur btc every 1d soon", "option"),
    ],
)
def test_a_wrong_part_is_named_with_a_command_that_works(said: str, what: str) -> None:
    with pytest.raises(BadArgument) as refused:
        read_dca(said, ZONE, NOW)
    assert refused.value.what == what
    assert read_dca(refused.value.example.removeprefix("/dca "), ZONE, NOW)


@pytest.mark.parametrize(
    "said",
    [
        "2026-02-31 10:00 /price",
        "2026-11-01 10:00 /price",
        "31:00 /price",
        "noon /price",
        "/price btc",
        "18:00",
        "18:00 price btc",
        "18:00 max=5 /buy 25usd btc market",
        "every 1m /price",
    ],
)
def test_an_impossible_schedule_is_refused(said: str) -> None:
    with pytest.raises(BadArgument) as refused:
        read_schedule(said, ZONE, NOW)
    assert read_schedule(refused.value.example.removeprefix("/schedule "), ZONE, NOW)


def test_an_action_needs_the_number_of_a_plan() -> None:
    assert read_action("", "dca") == PlanAction("list")
    assert read_action("pause #3", "dca") == PlanAction("pause", 3)
    assert read_action("25usd btc every 4h", "dca") is None
    with pytest.raises(BadArgument):
        read_action("stop everything", "dca")


@given(st.text(max_size=60))
def test_any_words_end_in_a_plan_or_a_sentence(said: str) -> None:
    for read in (read_dca, read_schedule):
        try:
            read(f"25eur btc every {said}" if read is read_dca else said, ZONE, NOW)  # type: ignore[operator]
        except BadArgument:
            continue


def test_the_name_of_an_order_follows_from_plan_slot_and_attempt() -> None:
    names = {
        order_name(plan, born, slot, attempt)
        for plan in (1, 2)
        for born in (NOW, NOW + timedelta(days=1))
        for slot in ("2026-11-22", "2026-11-23")
        for attempt in (0, 1)
    }
    assert len(names) == 16
    assert order_name(1, NOW, "once", 0) == order_name(1, NOW, "once", 0)
