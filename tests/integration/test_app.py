"""The application as a whole, in this process: Telegram at its worst, starting and ending."""

import asyncio
import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import app, log
from bot.core.trade.limits import PauseKind
from bot.store import Store
from bot.store.safety import EVERYWHERE
from kraken.clock import SystemClock
from kraken.sim.listing import PAIRS
from tests.stack import (
    FRIEND,
    GROUP,
    OWNER,
    STRANGER,
    clock,
    people,
    running,
    serving_exchange,
    serving_telegram,
    settings_for,
    stack,
)


async def test_a_person_gets_answers_and_a_stranger_does_not(tmp_path: Path) -> None:
    async with stack(tmp_path) as them:
        await them.say(OWNER, "/status")
        await them.sees(OWNER, lambda said: any("KrakenBot" in text for text in said))
        await them.say(FRIEND, "/help")
        await them.sees(FRIEND, lambda said: len(said) == 1)
        await them.say(OWNER, "/price btc", GROUP)
        await them.sees(GROUP, lambda said: any("BTC/USD" in text for text in said))
        await them.say(STRANGER, "/price btc")
        [answer] = await them.sees(STRANGER, lambda said: len(said) == 1)
        assert "This bot is private" in answer
        notice = (await them.until(lambda: them.messages(OWNER), lambda seen: len(seen) == 2))[-1]
        await them.tap(OWNER, notice["message_id"], "Viewer")
        await them.sees(STRANGER, lambda said: len(said) == 2)
        await them.say(STRANGER, "/price btc")
        await them.sees(STRANGER, lambda said: "BTC/USD" in said[-1])


async def test_the_menus_are_set_at_the_start_and_only_where_they_differ(tmp_path: Path) -> None:
    async with serving_telegram(repeat_pause=0.0) as telegram, people(telegram) as them:
        settings = settings_for(telegram, None, tmp_path)
        async with running(settings):
            await them.until(lambda: them.calls("setMyShortDescription"), bool)
        [*_] = menus = await them.calls("setMyCommands")
        assert len(menus) == 5, "the owner has one of their own"
        async with running(settings):
            await them.until(lambda: them.calls("getMyShortDescription"), lambda c: len(c) == 2)
        assert len(await them.calls("setMyCommands")) == 5
        assert len(await them.calls("setMyDescription")) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"error_code": 401, "times": 1},
        {"error_code": 404, "times": 1},
        {"error_code": 403, "times": 1},
        {"error_code": 409, "times": 1},
        {"error_code": 429, "retry_after": 1, "times": 1},
        {"error_code": 400, "times": 2},
        {"error_code": 502, "times": 2},
        {"error_code": "html", "times": 2},
        {"error_code": "reset", "times": 2},
        {"error_code": "reset", "times": 1, "apply": True},
    ],
    ids=lambda fault: f"{fault['error_code']}{'-applied' if 'apply' in fault else ''}",
)
async def test_receiving_goes_on_after_each_fault_and_loses_nothing(
    tmp_path: Path, fault: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.telegram.polling._LONGEST_REST", 0.2)
    async with stack(tmp_path, exchange=False) as them:
        await them.arm(method="getUpdates", **fault)
        for number in range(3):
            await them.say(OWNER, f"/help nothing{number}")
        await them.sees(OWNER, lambda said: len(said) == 3)


@pytest.mark.parametrize(
    "fault",
    [
        {"error_code": 429, "retry_after": 1},
        {"error_code": 500},
        {"error_code": "html"},
        {"error_code": "reset"},
        {"error_code": 401},
        {
            "error_code": 400,
            "description": "Bad Request: can't parse entities: Unclosed start tag",
        },
    ],
    ids=lambda fault: f"{fault['error_code']}",
)
async def test_an_answer_arrives_after_each_fault_in_sending(
    tmp_path: Path, fault: dict[str, object]
) -> None:
    async with stack(tmp_path, exchange=False) as them:
        await them.arm(method="sendMessage", times=1, **fault)
        await them.say(OWNER, "/help")
        await them.sees(OWNER, lambda said: len(said) == 1)


async def test_one_chat_that_is_slowed_down_does_not_hold_up_the_others(tmp_path: Path) -> None:
    async with stack(tmp_path, exchange=False) as them:
        await them.arm(method="sendMessage", error_code=429, retry_after=3, chat_id=OWNER)
        await them.say(OWNER, "/help")
        await them.until(lambda: them.calls("sendMessage"), lambda calls: len(calls) == 1)
        began = asyncio.get_running_loop().time()
        await them.say(FRIEND, "/help")
        await them.sees(FRIEND, lambda said: len(said) == 1)
        assert asyncio.get_running_loop().time() - began < 2.5
        assert await them.messages(OWNER) == []
        await them.sees(OWNER, lambda said: len(said) == 1)


async def test_telegrams_own_limits_are_never_met(tmp_path: Path) -> None:
    async with stack(tmp_path, exchange=False) as them:
        await them.arm(kind="flood_limits")
        for _ in range(7):
            await them.say(OWNER, "/help")
            await them.say(FRIEND, "/help", GROUP)
        await them.sees(OWNER, lambda said: len(said) == 7)
        await them.until(lambda: them.messages(GROUP), lambda seen: len(seen) >= 4)
        answers = [call["answer"]["ok"] for call in await them.calls("sendMessage")]
        assert all(answers)


async def test_who_blocked_the_bot_and_comes_back_is_answered_again(tmp_path: Path) -> None:
    async with stack(tmp_path, exchange=False) as them:
        await them.say(OWNER, "/help")
        await them.sees(OWNER, lambda said: len(said) == 1)
        await them.post("block", user_id=OWNER, chat_id=OWNER, blocked=True)
        await them.post("block", user_id=OWNER, chat_id=OWNER, blocked=False)
        await them.say(OWNER, "/help")
        await them.sees(OWNER, lambda said: len(said) == 2)


async def test_without_kraken_the_bot_starts_and_says_so(tmp_path: Path) -> None:
    async with stack(tmp_path, exchange=False) as them:
        await them.say(OWNER, "/status")
        await them.sees(OWNER, lambda said: "down" in said[-1] if said else False)
        await them.say(OWNER, "/price btc")
        await them.sees(OWNER, lambda said: len(said) == 2)


async def test_a_message_written_while_the_bot_was_away_is_answered_once(tmp_path: Path) -> None:
    async with serving_telegram(repeat_pause=0.0) as telegram, people(telegram) as them:
        settings = settings_for(telegram, None, tmp_path)
        await them.say(OWNER, "/help")
        async with running(settings):
            await them.sees(OWNER, lambda said: len(said) == 1)
        await them.say(OWNER, "/help prices")
        async with running(settings):
            await them.sees(OWNER, lambda said: len(said) == 2)
            await them.say(OWNER, "/help bot")
            await them.sees(OWNER, lambda said: len(said) == 3)


async def test_an_update_that_was_kept_but_not_done_is_done_at_the_next_start(
    tmp_path: Path,
) -> None:
    async with serving_telegram(repeat_pause=0.0) as telegram, people(telegram) as them:
        await them.say(OWNER, "/help")
        [update] = list(await telegram.state.updates.poll(0, 100, 0))
        async with Store(tmp_path, clock().now) as store:
            await store.add_update(update["update_id"], json.dumps(update))
        telegram.state.updates.clear()
        async with running(settings_for(telegram, None, tmp_path)):
            await them.sees(OWNER, lambda said: len(said) == 1)


async def test_a_second_poller_is_told_to_the_owner_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.telegram.polling._CONFLICTS_FOR", timedelta(seconds=0.5))
    async with stack(tmp_path, exchange=False) as them:
        await them.arm(method="getUpdates", error_code=409, times=4)
        await them.say(OWNER, "/help")
        said = await them.sees(OWNER, lambda said: len(said) == 2)
        assert any("Another program uses my token" in text for text in said)


async def test_a_webhook_that_somebody_set_is_removed_and_told_to_the_owner(
    tmp_path: Path,
) -> None:
    async with serving_telegram(repeat_pause=0.0) as telegram, people(telegram) as them:
        url = f"{telegram.url}/bot{telegram.token}/setWebhook"
        async with them.http.post(url, json={"url": "http://127.0.0.1:9/theirs"}) as answer:
            assert answer.status == 200
        async with running(settings_for(telegram, None, tmp_path)):
            await them.sees(OWNER, lambda said: "A webhook was set" in said[0] if said else False)
            await them.say(OWNER, "/help")
            await them.sees(OWNER, lambda said: len(said) == 2)
            await them.say(OWNER, "/resume")
            said = await them.sees(OWNER, lambda said: len(said) == 3)
            assert "another program uses my Telegram token" in said[-1]
        async with Store(tmp_path, clock().now) as store:
            [pause] = (await store.pauses())[EVERYWHERE]
        assert (pause.kind, pause.live_only) == (PauseKind.TOKEN, True)
        async with running(settings_for(telegram, None, tmp_path)):
            await them.say(OWNER, "/resume all")
            await them.sees(OWNER, lambda said: "not paused here" in said[-1])
        async with Store(tmp_path, clock().now) as store:
            assert await store.pauses() == {}


async def test_a_group_that_becomes_a_supergroup_goes_on_there(tmp_path: Path) -> None:
    async with stack(tmp_path, exchange=False) as them:
        await them.say(FRIEND, "/help", GROUP)
        await them.sees(GROUP, lambda said: len(said) == 1)
        moved = await them.post("migrate", chat_id=GROUP)
        new = int(moved["new_chat_id"])
        await them.say(FRIEND, "/help", new)
        await them.sees(new, lambda said: len(said) >= 1)


async def test_it_ends_within_five_seconds_of_being_asked_to(tmp_path: Path) -> None:
    async with serving_exchange(seed=1, pairs=PAIRS[:2]) as market, serving_telegram() as telegram:
        async with people(telegram) as them, running(settings_for(telegram, market, tmp_path)):
            for text in ("/price btc", "/watch btc"):
                await them.say(OWNER, text)
            await them.sees(OWNER, lambda said: len(said) >= 2)
            asked = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - asked < 5


async def test_an_unknown_token_ends_the_start_with_one_line(tmp_path: Path) -> None:
    async with serving_telegram() as telegram:
        settings = settings_for(telegram, None, tmp_path)
        wrong = type(settings)(
            telegram_token="123456:wrong",
            telegram_api=settings.telegram_api,
            kraken_rest=settings.kraken_rest,
            kraken_ws=settings.kraken_ws,
            data=tmp_path,
        )
        with pytest.raises(app.AppFailed, match="does not know this bot token") as failure:
            await app.run(wrong, lambda line: None, asyncio.Event())
        assert "\n" not in str(failure.value)


async def test_the_token_is_never_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
    log.set_up("info")
    try:
        async with stack(tmp_path, exchange=False) as them:
            token = them.telegram.token
            await them.arm(method="sendMessage", error_code=500, times=1)
            await them.arm(method="getUpdates", error_code="reset", times=1)
            await them.say(OWNER, "/help")
            await them.sees(OWNER, lambda said: len(said) == 1)
    finally:
        logging.getLogger().handlers[:] = handlers
        logging.getLogger().setLevel(level)
    written = capfd.readouterr()
    assert "bot.telegram.polling" in written.err
    assert token.split(":")[1] not in written.err + written.out


@pytest.mark.parametrize("seconds", [6, 3600, 10**6])
def test_the_clock_follows_a_machine_that_slept(seconds: int) -> None:
    wall = datetime(2026, 3, 4, tzinfo=UTC)
    clock = SystemClock(lambda: wall, lambda: 0)
    wall += timedelta(seconds=seconds)
    app.follow(clock, wall)
    assert clock.now() == wall


def test_a_clock_that_runs_away_is_followed_each_time_and_told_of_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    wall = datetime(2026, 3, 4, tzinfo=UTC)
    clock = SystemClock(lambda: wall, lambda: 0)
    was_set = False
    for seconds in (6, 6, 6, 0, 6):
        wall += timedelta(seconds=seconds)
        was_set = app.follow(clock, wall, is_news=not was_set)
        assert clock.now() == wall
    assert caplog.text.count("following it") == 2


@pytest.mark.parametrize("seconds", [-5, 0, 5, 59])
def test_small_corrections_of_the_machines_clock_change_nothing(seconds: int) -> None:
    wall = datetime(2026, 3, 4, tzinfo=UTC)
    clock = SystemClock(lambda: wall, lambda: 0)
    app.follow(clock, wall - timedelta(seconds=seconds))
    assert clock.now() == wall


def test_a_clock_that_was_set_back_asks_for_a_new_start() -> None:
    """Standing still instead, the bot would say nothing until the time is caught up."""
    clock = SystemClock()
    with pytest.raises(app.AppFailed, match="set back") as failed:
        app.follow(clock, clock.now() - timedelta(hours=1))
    assert failed.value.code == app.TRY_AGAIN
