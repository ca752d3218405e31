"""Telegram is down for ten minutes, Kraken for an hour: plans lose nothing, late ones say so."""

from pathlib import Path
from typing import Any

import pytest

from bot import app
from tests.fault_stage import Person, Stage, staged, wait


async def starts(person: Person, text: str) -> None:
    page = await person.asks(text, "Next: ", 30)
    assert page is not None, [each.body.text for each in person.messages()]
    assert await person.press(page, "Start")
    await wait(1)


def said(person: Person, *words: str) -> list[str]:
    """Messages with all of these words, the oldest first."""
    texts = [each.body.text for each in person.messages()]
    return [text for text in texts if all(word in text for word in words)]


async def test_ten_minutes_without_telegram_lose_nothing_and_what_is_late_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = app.run

    async def supervised(*given: Any) -> None:
        """After five minutes without Telegram the process ends, to be started again."""
        while True:
            try:
                return await run(*given)
            except app.AppFailed as error:
                assert error.code == app.TRY_AGAIN
                await wait(5)

    monkeypatch.setattr(app, "run", supervised)
    async with staged(tmp_path, seeds=[1, 2, 3], name="no telegram") as stage:
        await without_telegram(stage)


async def without_telegram(stage: Stage) -> None:
    buyer, reader, other = stage.people
    await starts(buyer, "/dca 25usd btc every 5m")
    await starts(reader, "/schedule every 5m /price btc")
    await starts(other, "/schedule in 2m /buy 25usd btc market")
    await stage.does("faults", {"method": "*", "error_code": 502, "times": 10**6})
    await wait(600)
    assert said(buyer, "DCA #1 ▲") == []
    bought = len(buyer.orders())
    async with stage.http.delete(f"{stage.telegram.url}/sim/faults") as answer:
        assert answer.status == 200
    await wait(90)
    assert bought >= 1, "the exchange was there all the time"
    reports = said(buyer, "DCA #1 ▲")
    assert len(reports) == len(buyer.orders())
    assert [f"run {n}" in text for n, text in enumerate(reports, 1)] == [True] * len(reports)
    assert "late" in reports[0]
    prices = said(reader, "Schedule #1 ·", "BTC/USD")
    assert len(prices) >= 1
    assert "late" in prices[0]
    assert len(other.orders()) == 0, "a preview is no order"
    assert stage.said.records == []


async def test_an_hour_without_kraken_misses_slots_and_tells_each_once(tmp_path: Path) -> None:
    async with staged(tmp_path, seeds=[1, 2, 3], name="no kraken") as stage:
        await without_kraken(stage)


async def without_kraken(stage: Stage) -> None:
    asking, skipping, patient = stage.people
    await starts(asking, "/dca 25usd btc every 40m missed ask")
    await starts(skipping, "/dca 25usd btc every 40m missed skip")
    await starts(patient, "/dca 25usd btc every 55m missed once")
    await wait(60)
    stage.exchange.arm({"kind": "outage", "seconds": 3600})
    await wait(3720)
    assert len(said(asking, "DCA #1 missed", "Nothing was ordered")) == 1
    assert len(said(skipping, "DCA #1 skipped", "Kraken could not be asked")) == 1
    assert len(patient.orders()) == 1, "it was made up for when Kraken was back"
    assert len(said(patient, "DCA #1 ▲", "run 1")) == 1
    for person in stage.people:
        assert len(said(person, "out of reach")) == 1
        assert len(said(person, "Kraken is back")) == 1
    question = await asking.sees("DCA #1 missed", at=None)
    assert await asking.press(question, "Buy now")
    await wait(30)
    assert len(asking.orders()) == 1
    await wait(1200)
    assert [len(person.orders()) for person in stage.people] == [2, 1, 1]
    assert stage.said.records == []
