"""Texts: what stands on the phone, letter by letter, and that hostile values stay harmless."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.core.ladder import BookQuestion, make_ladder
from bot.core.live import Stop
from bot.core.quotes import Quote
from bot.core.settings import ChatSettings
from bot.core.texts.admin import errors_page
from bot.core.texts.book import book_page
from bot.core.texts.commands import CATALOGUE
from bot.core.texts.gate import busy_page
from bot.core.texts.help import (
    command_page,
    help_page,
    no_such_help_page,
    topic_page,
    unknown_command_page,
)
from bot.core.texts.prices import amount, price_of, price_page, ticker_page
from bot.core.texts.status import Status, TradeStatus, report_page, status_page
from bot.core.texts.watch import stopped_watch_page, watch_page
from bot.core.trade.limits import Limits
from bot.core.trade.types import Mode, Usage
from bot.core.words import columns
from kraken.core.limiter import Load
from kraken.core.types import Asset, InstrumentStatus, Symbol, SystemState
from tests.fakes import NOON
from tests.market_values import BTC_ASKS, BTC_BIDS, PAIRS, book, instrument, ticker
from tests.page_rules import check_page, check_plain, tables_of, words_of

PLAIN = ChatSettings(plain_text=True)
USUAL = ChatSettings()
BERLIN = ChatSettings(time_zone="Europe/Berlin", grouping=False)
BTC_EUR = instrument("BTC/EUR", 1)
FRESH = timedelta()


def btc_quote(age: timedelta = FRESH) -> Quote:
    told = ticker(
        "BTC/EUR",
        "60010.3",
        high=Decimal("60480.0"),
        low=Decimal("58410.1"),
        change=Decimal("1084.2"),
    )
    return Quote(BTC_EUR, told, age)


def eth_quote(age: timedelta = FRESH) -> Quote:
    told = ticker("ETH/EUR", "2951.20", change_pct=Decimal("-0.1"))
    return Quote(instrument("ETH/EUR", 2), told, age)


# -- prices


def test_the_card_of_a_ticker() -> None:
    page = ticker_page(btc_quote(), USUAL, NOON)
    assert tables_of(page) == [
        [
            "BTC/EUR            60,010.3",
            "24h   +1.84 %      +1,084.2",
            "High               60,480.0",
            "Low                58,410.1",
            "Bid      60,010.2 × 0.421",
            "Ask      60,010.3 × 1.310",
            "Spread   0.1  (0.000 %)",
            "Volume   1,204 BTC",
        ]
    ]
    assert words_of(page).split("\n")[-1] == "As of 12:00:00 UTC"
    assert [[button.label for button in row] for row in page.rows] == [
        ["🔄", "📖 Book", "🕯 Chart"],
        ["▲ Buy", "▼ Sell", "📌 Watch"],
        ["🔔 Alert"],
    ]


def test_a_price_says_its_age_after_five_seconds() -> None:
    assert "old" not in words_of(ticker_page(btc_quote(timedelta(seconds=5)), USUAL, NOON))
    page = ticker_page(btc_quote(timedelta(seconds=14)), USUAL, NOON)
    assert "price 14 s old ⚠" in words_of(page)
    page = price_page([btc_quote(timedelta(seconds=14))], USUAL, NOON)
    assert "price 14 s old ⚠" in words_of(page)


def test_prices_stand_in_columns_with_their_points_aligned() -> None:
    page = price_page([btc_quote(), eth_quote()], USUAL, NOON)
    assert tables_of(page) == [["BTC/EUR   60,010.3    +1.84 %", "ETH/EUR    2,951.20   −0.10 %"]]


def test_a_price_too_wide_for_its_column_takes_a_line_of_its_own() -> None:
    long = Quote(instrument("LONGNAME/USDT", 10), ticker("BTC/USD", "12345678.1"), FRESH)
    page = price_page([btc_quote(), long], USUAL, NOON)
    check_page(page)
    assert "12,345,678.1000000000 +1.84 %" in words_of(page)


def test_a_market_that_does_not_take_everything_says_so() -> None:
    narrow = replace(BTC_EUR, status=InstrumentStatus.POST_ONLY)
    quote = replace(btc_quote(), instrument=narrow)
    assert "⚠ BTC/EUR is post-only now" in words_of(ticker_page(quote, USUAL, NOON))
    assert "⚠ BTC/EUR is post-only now" in words_of(price_page([quote], USUAL, NOON))


def test_a_pair_without_a_price_is_not_given_one() -> None:
    quote = Quote(BTC_EUR, None, FRESH)
    assert "no price yet" in words_of(ticker_page(quote, USUAL, NOON))
    assert "no price yet" in words_of(price_page([quote, btc_quote()], USUAL, NOON))


@pytest.mark.parametrize(
    ("value", "text"),
    [("0.421", "0.421"), ("1.31", "1.310"), ("0.00000123", "0.000001"), ("12345.678", "12,346")],
)
def test_an_amount_never_reads_as_zero(value: str, text: str) -> None:
    assert amount(Decimal(value), USUAL) == text


# -- the watch


def test_the_table_of_a_watch() -> None:
    closes = [Decimal(value) for value in (1, 2, 2, 3, 5, 6, 5, 8)]
    ends = NOON + timedelta(minutes=30)
    page = watch_page([btc_quote(), eth_quote()], closes, USUAL, timedelta(seconds=5), ends)
    assert tables_of(page) == [
        ["📌 BTC/EUR 60,010.3  ▲ +1.84 %", "▁▂▂▃▅▆▅█  1h", "ETH/EUR    2,951.20  −0.10 %"]
    ]
    assert words_of(page).endswith("24 h change, every 5 s until 12:30 UTC")


def test_a_stopped_watch_says_so_and_can_go_on() -> None:
    payload = {"pairs": "BTC/EUR", "every": 5, "lasts": 1800}
    lasted = timedelta(minutes=30)
    page = stopped_watch_page([btc_quote()], [], USUAL, Stop.TIME, lasted, payload, NOON)
    assert words_of(page).endswith("Stopped after 30 min.")
    (button,) = page.buttons()
    assert (button.label, button.verb, dict(button.payload)) == ("▶ Go on", "watch_go_on", payload)


@given(
    price=st.decimals(min_value="0.0000000001", max_value=10**9, places=10),
    change=st.decimals(min_value=-100, max_value="999.99", places=2),
    pair=st.sampled_from(PAIRS),
    old=st.booleans(),
)
def test_every_price_fits_a_phone(price: Decimal, change: Decimal, pair, old: bool) -> None:
    assume(len(price_of(price, pair, USUAL)) <= 12)  # Kraken has none longer
    told = ticker(pair.symbol, str(price), change_pct=change, change=price)
    quote = Quote(pair, told, timedelta(days=3, hours=4) if old else FRESH)
    every, ends = timedelta(seconds=5), NOON
    for settings in (USUAL, PLAIN):
        pages = (
            ticker_page(quote, settings, NOON),
            price_page([quote, btc_quote()], settings, NOON),
            watch_page([quote, btc_quote(), quote], [price], settings, every, ends),
        )
        for page in pages:
            check_page(page)
            if settings.plain_text:
                check_plain(page)


# -- status and help


STATUS = Status(
    version="1.4.0",
    uptime=timedelta(days=3, hours=4),
    system=SystemState.ONLINE,
    clock_offset=timedelta(seconds=0.1),
    connected=True,
    frame_age=timedelta(seconds=0.2),
    streams=3,
    checksum_failures=0,
    unverified=(),
    telegram_age=timedelta(seconds=1.1),
    queue=0,
    watches=1,
    alerts=7,
    plans=2,
)
NOTHING_KNOWN = replace(
    STATUS,
    system=SystemState.UNKNOWN,
    clock_offset=None,
    connected=None,
    frame_age=None,
    streams=None,
    checksum_failures=None,
    telegram_age=None,
    queue=None,
)


def test_the_table_of_the_status() -> None:
    assert tables_of(status_page(STATUS, USUAL, NOON)) == [
        [
            "KrakenBot 1.4.0    up 3 d 4 h",
            "Kraken       online   clock 0.1s",
            "Market WS    ok       0.2s ago",
            "Streams      3        bad sums 0",
            "Telegram     ok       1.1s ago",
            "Queue        0 waiting",
            "Alerts       7        plans 2",
            "Watching     1",
        ]
    ]


def test_the_status_of_a_live_chat_tells_how_near_kraken_s_limits_are() -> None:
    trade = TradeStatus(
        mode=Mode.LIVE,
        pause=None,
        limits=Limits(),
        usage=Usage(),
        is_current=True,
        key_tail="a1B2",
        key_expires=NOON + timedelta(days=61),
        load=Load(calls=3.2, calls_most=20, orders=12, orders_most=125),
    )
    (lines,) = tables_of(status_page(replace(STATUS, trade=trade), USUAL, NOON))
    assert lines[-5:] == [
        "Mode         LIVE",
        "Account      ok",
        "REST limit   3 / 20",
        "Orders limit 12 / 125",
        "Key          …a1B2    61d left",
    ]


def test_what_is_not_known_is_a_dash_and_never_ok() -> None:
    (lines,) = tables_of(status_page(NOTHING_KNOWN, USUAL, NOON))
    for line in lines[1:6]:
        assert "–" in line
        assert "ok" not in line
        assert "online" not in line


@pytest.mark.parametrize("state", SystemState)
@pytest.mark.parametrize("settings", [USUAL, PLAIN])
def test_a_kraken_that_is_not_fully_there_stands_in_the_first_line(
    state: SystemState, settings: ChatSettings
) -> None:
    page = status_page(replace(STATUS, system=state), settings, NOON)
    check_page(page)
    warned = words_of(page).split("\n")[0].startswith("⚠ Kraken")
    assert warned is (state not in {SystemState.ONLINE, SystemState.UNKNOWN})


def test_the_report_names_no_chat_and_fits() -> None:
    check_page(report_page(STATUS))
    assert "version 1.4.0" in words_of(report_page(STATUS))


def test_only_what_works_is_offered() -> None:
    said = words_of(help_page(USUAL))
    for entry in CATALOGUE:
        assert f"/{entry.name}" in said
    for missing in ("/webhook", "/positions"):
        assert missing not in said


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.name)
def test_every_command_has_help_with_examples_that_are_buttons(entry) -> None:
    page = command_page(entry, USUAL)
    check_page(page)
    assert len(entry.summary) <= 40
    assert entry.summary[0].isupper()
    run = [button for button in page.buttons() if button.verb == "run"]
    told = [f"/{b.payload['command']} {b.payload['args']}".rstrip() for b in run]
    assert tuple(told) == entry.examples
    assert len({button.label for button in run}) == len(run)


# -- hostile values

HOSTILE = ["<b>&_*[", "</pre><a href='x'>", '"><script>', "\u202eevil\u200b", "`'\"\\", "💣" * 40]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_stay_harmless_in_every_text(text: str) -> None:
    name = "".join(char for char in text if char != "💣")[:6]  # no pair is named in wide signs
    odd = replace(BTC_EUR, symbol=Symbol(f"{name}/X"), base=Asset(name))
    quote = Quote(odd, replace(ticker("BTC/USD"), symbol=odd.symbol), timedelta(seconds=9))
    view = book("BTC/USD", BTC_BIDS, BTC_ASKS)
    pages = [
        price_page([quote], USUAL, NOON),
        ticker_page(quote, PLAIN, NOON),
        book_page(make_ladder(view, BookQuestion(odd, 5), verified=True), PLAIN),
        unknown_command_page(text, ["book"], text),
        no_such_help_page(text, [], USUAL),
        status_page(replace(STATUS, unverified=(text,)), USUAL, NOON),
    ]
    for page in pages:
        check_html(page)


def check_html(page) -> None:
    for forbidden in ("<a ", "<script", "<b>&_"):
        assert forbidden not in page.html
    check_page(replace(page, html=page.html, rows=()))


def test_what_is_left_out_is_quoted_in_a_few_harmless_words() -> None:
    page = busy_page("/book <b>btc</b> " + "x" * 4000)
    check_page(page)
    assert "I left out “/book &lt;b&gt;btc&lt;/b&gt; xxx" in page.html
    assert len(words_of(page)) < 200
    assert "I left out a message or a tap" in words_of(busy_page(""))


def test_ten_errors_of_any_length_stand_on_one_page() -> None:
    for char in ("x", "<", "é", "📌"):
        check_page(errors_page([(NOON, char * 4000)] * 10, USUAL.zone))


def test_topics_list_their_commands() -> None:
    for topic in ("prices", "bot"):
        check_page(topic_page(topic, USUAL))
    assert columns("📌a") == 3
