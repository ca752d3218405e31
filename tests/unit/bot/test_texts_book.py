"""The order book as it stands on the phone, for any book at all."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.ladder import BookQuestion, make_ladder
from bot.core.live import Stop
from bot.core.settings import ChatSettings
from bot.core.texts.book import book_page, live_book_page, resyncing_page, stopped_book_page
from kraken.core.types import Level, Side
from tests.fakes import NOON
from tests.market_values import BTC_ASKS, BTC_BIDS, PAIRS, book, instrument, levels
from tests.page_rules import check_page, check_plain, tables_of, words_of

PLAIN = ChatSettings(plain_text=True)
USUAL = ChatSettings()
BERLIN = ChatSettings(time_zone="Europe/Berlin", grouping=False)
BTC_EUR = instrument("BTC/EUR", 1)


def ladder(rows: int = 5, step: str = "", depth: int = 100, verified: bool = True):
    question = BookQuestion(BTC_EUR, rows, Decimal(step) if step else None)
    view = book("BTC/EUR", BTC_BIDS, BTC_ASKS, NOON + timedelta(minutes=4, seconds=31), depth)
    return make_ladder(view, question, verified=verified)


def test_the_table_of_a_book() -> None:
    page = book_page(ladder(), USUAL)
    assert tables_of(page) == [
        [
            "BTC/EUR 12:04:31 UTC",
            "                  size        Σ",
            "60,014.9        0.2500     3.11",
            "60,013.0        0.8800     2.86",
            "60,012.5        0.4210     1.98",
            "60,011.2        0.2500     1.56",
            "60,010.3        1.3100     1.31",
            "--- spread 0.1 (0.000 %) ------",
            "60,010.2        0.4210     0.42",
            "60,009.7        1.0000     1.42",
            "60,008.0        0.1500     1.57",
            "60,007.7        0.9000     2.47",
            "60,005.1        2.0000     4.47",
        ]
    ]
    assert (
        "Buy\u00a01\u00a0BTC\u00a0≈\u00a060,010.3 · 10 BTC: more than the book shows"
        in words_of(page)
    )
    assert [[button.label for button in row] for row in page.rows] == [
        ["🔄", "10", "25"],
        ["Group 1", "Group 10", "Group 100"],
        ["📌 Live"],
    ]


def test_the_cost_of_a_larger_trade_names_its_slippage() -> None:
    asks = levels("60010.3 1.31", "60040.0 30")
    view = book("BTC/EUR", BTC_BIDS, asks)
    deep = make_ladder(view, BookQuestion(BTC_EUR, 5), verified=True)
    # 10 = (1.31 x 60010.3 + 8.69 x 60040) / 10
    said = words_of(book_page(deep, USUAL)).replace("\u00a0", " ")
    assert "Buy 1 BTC ≈ 60,010.3 · 10 BTC ≈ 60,036.1 (+0.04 %)" in said


def test_a_book_that_is_thin_on_one_side_tells_the_cost_of_what_both_sides_hold() -> None:
    view = book("BTC/EUR", levels("60010.2 25"), levels("60010.3 4.6"), depth=10)
    said = words_of(book_page(make_ladder(view, BookQuestion(BTC_EUR, 5), verified=True), USUAL))
    assert "Buy 1 BTC ≈ 60,010.3 · 10 BTC: more than" in said.replace("\u00a0", " ")
    assert "Sell 1 BTC ≈ 60,010.2 · 10 BTC ≈ 60,010.2" in said.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("step", "prices"),
    [(None, ["60,013.0", "60,009.7"]), (Decimal(5), ["60,015.0", "60,005.0"])],
)
def test_own_orders_are_marked_where_they_rest(step: Decimal | None, prices: list[str]) -> None:
    own = [
        (Side.SELL, Decimal("60013.0")),
        (Side.BUY, Decimal("60009.7")),
        (Side.SELL, Decimal("60008.0")),  # a price of the other side
    ]
    view = book("BTC/EUR", BTC_BIDS, BTC_ASKS)
    page = book_page(
        make_ladder(view, BookQuestion(BTC_EUR, 5, step), verified=True, own=own), USUAL
    )
    (lines,) = tables_of(page)
    assert [line.split()[0] for line in lines if line.endswith("◂")] == prices
    assert "◂ your order" in words_of(page)
    said = words_of(
        book_page(make_ladder(view, BookQuestion(BTC_EUR, 5), verified=True, own=own), PLAIN)
    )
    assert said.count(", yours") == 2


def test_a_grouped_book_rounds_bids_down_and_asks_up() -> None:
    (lines,) = tables_of(book_page(ladder(step="5"), USUAL))
    assert lines[1:] == [
        "                  size        Σ",
        "60,015.0        3.1110     3.11",
        "--- spread 0.1 (0.000 %) ------",
        "60,010.0        0.4210     0.42",
        "60,005.0        4.0500     4.47",
    ]
    (lines,) = tables_of(book_page(ladder(step="5", depth=5), USUAL))
    assert "60,005.0" not in "\n".join(lines), "the book may go on below its fifth level"


def test_the_time_of_a_book_is_in_the_zone_of_the_chat() -> None:
    (lines,) = tables_of(book_page(ladder(), BERLIN))
    assert lines[0].startswith("BTC/EUR 13:04:31 CET")
    assert lines[2].startswith("60014.9 ")


def test_an_unverified_book_carries_a_warning() -> None:
    assert "Not verified" in words_of(book_page(ladder(verified=False), USUAL))
    assert "Not verified" not in words_of(book_page(ladder(), USUAL))


def test_a_level_that_rest_rounded_to_nothing_is_left_out() -> None:
    view = book("BTC/EUR", levels("60010.2 0.000", "60009.7 1.000"), BTC_ASKS)
    page = book_page(make_ladder(view, BookQuestion(BTC_EUR, 5), verified=False), USUAL)
    assert "60,010.2" not in words_of(page)
    assert "60,009.7" in words_of(page)


def test_a_book_away_shows_no_number_but_the_seconds() -> None:
    page = resyncing_page(BookQuestion(BTC_EUR, 10), timedelta(seconds=3.4), USUAL)
    assert words_of(page).startswith("BTC/EUR: Book is re-syncing (3 s)")
    check_page(page)


def test_an_empty_side_is_said_and_not_invented() -> None:
    view = book("BTC/EUR", (), BTC_ASKS[:1])
    page = book_page(make_ladder(view, BookQuestion(BTC_EUR, 5), verified=True), USUAL)
    check_page(page)
    assert "no orders" in words_of(page)
    assert "no spread" in words_of(page)


@pytest.mark.parametrize(
    ("min_qty", "decimals"), [("0.00005", 2), ("0.002", 2), ("0.02", 1), ("20", 0), ("1E-8", 2)]
)
def test_the_sums_of_a_pair_keep_their_digits_whatever_size_comes_first(
    min_qty: str, decimals: int
) -> None:
    pair = replace(BTC_EUR, min_qty=Decimal(min_qty))
    for first in ("0.00000015", "0.0015", "0.01", "1.31", "25.5", "130"):
        asks = levels(f"60010.3 {first}", "60011.2 0.25", "60012.5 30")
        view = book("BTC/EUR", BTC_BIDS, asks)
        page = book_page(make_ladder(view, BookQuestion(pair, 3), verified=True), USUAL)
        (lines,) = tables_of(page)
        sums = [line.split()[-1] for line in lines[2:5]]
        digits = {len(each.partition(".")[2]) for each in sums}
        assert digits == {decimals}, sums


SIZES = st.decimals(min_value="0.00000001", max_value=10**9, places=8)


@given(
    sizes=st.lists(SIZES, min_size=2, max_size=12),
    pair=st.sampled_from(PAIRS),
    magnitude=st.integers(min_value=0, max_value=7),
    grouping=st.booleans(),
    is_own=st.booleans(),
)
def test_every_book_fits_a_phone_and_no_size_reads_as_zero(
    sizes: list[Decimal], pair, magnitude: int, grouping: bool, is_own: bool
) -> None:
    top = pair.tick_size * 10**magnitude * 100
    half = len(sizes) // 2
    bids = [Level(top - pair.tick_size * i, size) for i, size in enumerate(sizes[:half])]
    asks = [Level(top + pair.tick_size * (i + 1), size) for i, size in enumerate(sizes[half:])]
    view = book(pair.symbol, bids, asks)
    settings = ChatSettings(grouping=grouping, time_zone="Asia/Kathmandu")
    own = [(Side.BUY, level.price) for level in bids] + [(Side.SELL, each.price) for each in asks]
    question, marked = BookQuestion(pair, 25), own if is_own else []
    page = book_page(make_ladder(view, question, verified=True, own=marked), settings)
    check_page(page)
    (lines,) = tables_of(page)
    assert sum(line.endswith("◂") for line in lines) == len(marked)
    rows = [line.removesuffix("◂").split() for line in lines[1:] if not line.startswith("---")]
    for row in (row for row in rows if len(row) == 3 and row[0][0].isdigit()):
        assert Decimal(row[1].replace(",", "").lstrip("<")) > 0
        assert Decimal(row[2].replace(",", "").lstrip("<")) > 0
    check_plain(book_page(make_ladder(view, question, verified=True, own=marked), PLAIN))


def test_a_live_book_says_until_when_and_a_stopped_one_why() -> None:
    page = live_book_page(ladder(), USUAL, NOON + timedelta(minutes=15))
    assert words_of(page).endswith("📌 Live until 12:15 UTC")
    question = BookQuestion(BTC_EUR, 5)
    for stop in Stop:
        page = stopped_book_page(ladder(), question, USUAL, stop, timedelta(minutes=15))
        check_page(page)
        assert [button.label for button in page.buttons()] == ["▶ Go on"]
    page = stopped_book_page(None, question, USUAL, Stop.TIME, timedelta(minutes=15))
    assert words_of(page) == "BTC/EUR book\nStopped after 15 min."
