"""The picture that comes with an alert: with the message, and never in its way."""

import asyncio
from decimal import Decimal

import pytest

from bot.charts import ChartFailed
from bot.core.alerts.words import Alert
from bot.core.page import Page
from bot.core.settings import ChatSettings
from bot.core.texts.alerts_told import with_picture
from bot.core.texts.delivery import LONGEST_CAPTION
from bot.desk.alerts_picture import picture_of
from tests.alert_cases import alert
from tests.alert_stage import Machine
from tests.fake_bot import FakeCharts, FakeMarket
from tests.virtual_time import passes

PICTURE = b"\x89PNG"


async def begun() -> Machine:
    machine = Machine()
    machine.market.trade(60000)
    return machine


async def test_a_picture_comes_with_the_words_and_survives_a_restart() -> None:
    machine = await begun()

    async def draw(found: Alert, settings: ChatSettings) -> bytes:
        return PICTURE

    machine.draw = draw
    async with machine.process():
        await machine.set("> 60500 chart")
        machine.telegram.is_down = True
        machine.market.trade(60600)
        await machine.settle()
        machine.telegram.is_down = False
    async with machine.process():
        await machine.settle()
    assert ["> 60,500.0" in text for text in machine.telegram.texts()] == [True]
    assert machine.telegram.pictures == [PICTURE]


@pytest.mark.parametrize("fault", ["fails", "hangs", "none"])
async def test_without_a_picture_the_words_come_all_the_same(fault: str) -> None:
    machine = await begun()

    async def draw(found: Alert, settings: ChatSettings) -> bytes | None:
        if fault == "fails":
            raise ChartFailed("broken")
        if fault == "hangs":
            await asyncio.Event().wait()
        return None

    machine.draw = draw
    async with machine.process():
        await machine.set("> 60500 chart")
        machine.market.trade(60600)
        await machine.settle(6)
    assert len(machine.telegram.texts()) == 1
    assert machine.telegram.pictures == [None]


async def test_who_waits_for_a_picture_holds_up_nobody_else() -> None:
    machine = await begun()

    async def draw(found: Alert, settings: ChatSettings) -> bytes:
        await passes(4)
        return PICTURE

    machine.draw = draw
    async with machine.process():
        await machine.set("> 60500 chart", chat_id=1)
        await machine.set("> 60500", chat_id=2)
        machine.market.trade(60600)
        await machine.settle(0.5)
        assert [len(machine.telegram.texts(chat)) for chat in (1, 2)] == [0, 1]
        await machine.settle(5)
        assert len(machine.telegram.texts(1)) == 1


def test_words_that_do_not_fit_under_a_picture_come_without_it() -> None:
    late_and_twice = len("\n⏱ 23 h 59 min late (maybe sent twice)")
    most = LONGEST_CAPTION - late_and_twice
    assert with_picture(Page("x" * 900), PICTURE).photo == PICTURE
    assert with_picture(Page("<b>" + "x" * (most + 1) + "</b>"), PICTURE).photo is None
    assert with_picture(Page("x"), None) == Page("x")


async def test_the_picture_is_of_the_alerts_own_candles() -> None:
    market, charts = FakeMarket(), FakeCharts()
    draw = picture_of(market, charts)
    assert await draw(alert("rsi14 4h < 30 and close 1h > 5"), ChatSettings()) is not None
    assert await draw(alert("> 65000"), ChatSettings(time_zone="Europe/Berlin")) is not None
    assert [(drawn.interval, drawn.zone) for drawn in charts.drawn] == [
        ("4h", "UTC"),
        ("15m", "Europe/Berlin"),
    ]
    assert [[each.price for each in drawn.prices] for drawn in charts.drawn] == [
        [],
        [Decimal(65000)],
    ]
    market.candle_row = []
    assert await draw(alert("> 65000"), ChatSettings()) is None
