"""/candles as picture, table and file, with gaps, and long rows in the background."""

import asyncio
import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.charts import ChartFailed
from bot.core.args import BeyondHistory
from bot.core.settings import ChatSettings
from bot.handlers import TAPS
from kraken.core.errors import Busy
from kraken.core.types import Interval
from tests.chat_talk import say, tap
from tests.fake_bot import Chat
from tests.fakes import NOON
from tests.market_values import candle, course
from tests.page_rules import check_plain, tables_of, words_of


@pytest.fixture
def chat() -> Iterator[Chat]:
    chat = Chat()
    yield chat
    chat.tasks.close()


def hours(*closes: str) -> list:
    """One candle an hour, the last one running; an empty word is an hour without a trade."""
    row = []
    for back, close in zip(range(len(closes) - 1, -1, -1), closes, strict=True):
        begin = NOON - timedelta(hours=back)
        last = row[-1].close if row else Decimal(1)
        row.append(
            candle("BTC/USD", Interval.H1, begin, close or str(last), count=9 if close else 0)
        )
    return row


async def test_a_chart_says_in_words_what_it_shows(chat: Chat) -> None:
    chat.market.candle_row = hours("59900.0", "59914.2", "59884.0", "60010.3", "60050.0")
    page = await say(chat, "/candles btc 5")
    assert page.photo == b"\x89PNG picture"
    assert words_of(page).split("\n") == [
        "BTC/USD 1h closed 60,010.3 +0.21 %",
        "Open since 12:00: 60,050.0",
        "▁▂▁▇█",
        "min 59,884.0 · max 60,050.0",
    ]
    assert [[button.label for button in row] for row in page.rows] == [
        ["15m", "• 1h"],
        ["4h", "1d"],
        ["+EMA", "+RSI", "🔄"],
    ]
    (chart,) = chat.charts.drawn
    assert (chart.symbol, chart.interval, chart.price_decimals) == ("BTC/USD", "1h", 1)
    assert chart.change_24h == Decimal("1.84")


async def test_buttons_turn_the_picture_in_place(chat: Chat) -> None:
    page = await say(chat, "/candles btc")
    page = await tap(chat, page, "4h")
    page = await tap(chat, page, "+EMA")
    assert "EMA 20 and 50" in words_of(page)
    page = await tap(chat, page, "🔄")
    page = await tap(chat, page, "+RSI")
    assert "EMA 20 and 50, RSI 14" in words_of(page)
    page = await tap(chat, page, "−EMA")
    page = await tap(chat, page, "−RSI")
    charts = chat.charts.drawn
    assert [chart.interval for chart in charts] == ["1h", *["4h"] * 6]
    assert [chart.ema for chart in charts] == [(), (), *[(20, 50)] * 3, (), ()]
    assert [chart.rsi for chart in charts] == [0, 0, 0, 0, 14, 14, 0]
    assert [chart.shown for chart in charts] == [60] * 7
    assert len(charts[2].candles) == 210, "averages are warmed up before the first candle shown"
    assert len(chat.messages) == 1


async def test_a_table_is_newest_first_and_marks_the_open_candle(chat: Chat) -> None:
    chat.market.candle_row = hours("59914.2", "59884.0", "", "60010.3", "60050.0")
    page = await say(chat, "/candles btc 1h 5 text")
    assert page.photo is None
    assert tables_of(page) == [
        [
            "BTC/USD 1h       close      Δ%",
            "12:00 open    60,050.0   +0.07",
            "11:00         60,010.3   +0.21",
            "10:00        no trades",
            "09:00         59,884.0   −0.05",
            "08:00         59,914.2    0.00",
        ]
    ]
    assert "1 without a trade, left empty." in words_of(page)


async def test_a_file_has_every_candle_and_invents_no_price(chat: Chat) -> None:
    chat.market.candle_row = hours("59914.2", "", "60010.3")
    page = await say(chat, "/candles btc 1h 5 csv")
    assert page.filename == "BTC-USD_1h.csv"
    assert page.document is not None
    rows = list(csv.DictReader(io.StringIO(page.document.decode())))
    assert [row["begin_utc"] for row in rows] == [
        "2026-03-04T10:00:00Z",
        "2026-03-04T11:00:00Z",
        "2026-03-04T12:00:00Z",
    ]
    assert [row["close"] for row in rows] == ["59914.2", "", "60010.3"]
    assert [row["state"] for row in rows] == ["closed", "closed", "open"]


async def test_a_chart_that_cannot_be_drawn_is_still_answered_in_words(chat: Chat) -> None:
    chat.charts.error = ChartFailed("worker died")
    page = await say(chat, "/candles btc")
    assert page.photo is None
    assert "could not be drawn" in words_of(page)
    assert "BTC/USD 1h closed" in words_of(page)
    chat.charts.error = None
    (button,) = page.buttons()
    await TAPS[button.verb].handler(chat.ask(payload=button.payload, message_id=100))
    assert chat.last.photo, "and is drawn anew in a message of its own"
    chat.charts.error = ChartFailed("worker died")
    drawn = max(chat.messages)
    await tap(chat, chat.last, "4h")
    assert chat.messages[drawn].photo, "a picture is never edited away"
    assert chat.last.photo is None


async def test_a_pair_without_a_single_trade_says_so(chat: Chat) -> None:
    chat.market.candle_row = hours("", "", "")
    for text in ("/candles btc", "/candles btc text", "/candles btc csv"):
        page = await say(chat, text)
        assert words_of(page)
    assert "No trades in this time." in words_of(await say(chat, "/candles btc"))
    chat.market.candle_row = []
    for text in ("/candles btc", "/candles btc text", "/candles btc csv"):
        assert words_of(await say(chat, text))


async def test_more_than_kraken_keeps_is_collected_in_the_background(chat: Chat) -> None:
    page = await say(chat, "/candles btc 1m 1440 csv")
    assert words_of(page).startswith("BTC/USD: collecting candles, 0 %")
    progress_id = max(chat.messages)
    chat.market.progress = [721, 800, 900, 1080, 1080]
    chat.market.on_progress = lambda: chat.clock.advance(2)
    await chat.tasks.run_all()
    told = [words_of(page).split("\n")[0] for at, page in chat.edits if at == progress_id]
    assert told == [
        "BTC/USD: collecting candles, 11 %",
        "BTC/USD: collecting candles, 50 %",
        "BTC/USD: 1440 candles collected.",
    ]
    assert chat.last.document is not None
    assert len(chat.last.document.splitlines()) == 1441


async def test_a_failure_in_the_background_is_told(chat: Chat) -> None:
    await say(chat, "/candles btc 1m 1440")
    chat.market.errors["history"] = Busy("EService:Busy")
    await chat.tasks.run_all()
    assert words_of(chat.last).startswith("Kraken is too busy to answer.")


async def test_collecting_that_is_ended_before_its_time_says_so(chat: Chat) -> None:
    await say(chat, "/candles btc 1m 1440 csv")
    progress_id = max(chat.messages)
    begun = asyncio.Event()
    chat.market.on_progress = begun.set
    chat.market.gate = asyncio.Event()
    (work,) = chat.tasks.started.values()
    chat.tasks.started.clear()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(work)
        await begun.wait()
        task.cancel()
    page = chat.messages[progress_id]
    assert words_of(page).startswith("BTC/USD: stopped collecting.")
    assert page.buttons()[0].label == "/candles BTC/USD 1m 1440 csv"


async def test_fewer_candles_than_asked_for_are_counted(chat: Chat) -> None:
    chat.market.candle_row = course("BTC/USD", Interval.W1, 30)
    page = await say(chat, "/candles btc 1w 200")
    assert "Only 30 of 200: Kraken has no more." in words_of(page)


async def test_years_of_candles_are_not_promised(chat: Chat) -> None:
    with pytest.raises(BeyondHistory) as caught:
        await say(chat, "/candles btc 1d 4000")
    assert caught.value.most == 722


async def test_a_long_table_is_cut_and_says_so(chat: Chat) -> None:
    page = await say(chat, "/candles btc 1h 200 text")
    (lines,) = tables_of(page)
    assert len(lines) == 91
    assert "The newest 90 of 200." in words_of(page)
    assert lines[13].startswith("00:00 ")
    assert lines[14].startswith("3 Mar 23:00 ")


async def test_candles_are_told_in_the_zone_of_the_chat_but_days_are_kraken_s(chat: Chat) -> None:
    chat.store.settings[1] = ChatSettings(time_zone="Asia/Tokyo")
    (lines,) = tables_of(await say(chat, "/candles btc 1h 5 text"))
    assert lines[1].startswith("21:00 open")
    (lines,) = tables_of(await say(chat, "/candles btc 1d 5 text"))
    assert lines[1].startswith("4 Mar open")
    await say(chat, "/candles btc")
    assert chat.charts.drawn[-1].zone == "Asia/Tokyo"


async def test_plain_text_has_no_table_of_candles(chat: Chat) -> None:
    chat.store.settings[1] = ChatSettings(plain_text=True)
    page = await say(chat, "/candles btc 1h 5 text")
    check_plain(page)
    assert "11:00: 60,011.0" in words_of(page)


async def test_every_width_of_price_fits_the_table(chat: Chat) -> None:
    for symbol, price in (("DOGE/USD", "0.2012345"), ("SHIB/USD", "0.00001234")):
        for interval in ("1h", "1d"):
            kind = Interval.H1 if interval == "1h" else Interval.D1
            row = [
                replace(each, close=Decimal(price), open=Decimal(price))
                for each in course(symbol, kind, 40)
            ]
            chat.market.candle_row = row
            await say(chat, f"/candles {symbol} {interval} 40 text")
