"""Faults on demand, the list of calls, and who may talk to the local Telegram at all."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from telegram.error import (
    BadRequest,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.standin.server import LocalTelegram
from tests.impatient import ask_and_go
from tests.local_telegram import PATIENCE, Rig, rigged


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with rigged() as rig:
        yield rig


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (400, BadRequest),
        (401, InvalidToken),
        (403, Forbidden),
        (404, InvalidToken),
        (409, Conflict),
        (500, NetworkError),
        ("5xx", NetworkError),
        ("reset", NetworkError),
        ("html", NetworkError),
    ],
)
async def test_a_fault_is_met_as_often_as_armed(
    rig: Rig, code: int | str, error: type[TelegramError]
) -> None:
    armed = await rig.does("faults", method="sendMessage", error_code=code, times=2)
    assert armed["faults"][0]["times"] == 2
    for _ in range(2):
        with pytest.raises(error):
            await rig.bot.send_message(1, "x")
    await rig.bot.get_me()
    await rig.bot.send_message(1, "y")
    assert [message["text"] for message in await rig.chat()] == ["y"]


async def test_429_says_when_to_come_back(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    fault = {"method": "sendMessage", "error_code": 429, "retry_after": 3}
    await rig.does("faults", **fault, times=2)
    with pytest.raises(RetryAfter) as refusal:
        await rig.bot.send_message(1, "x")
    assert refusal.value.retry_after == timedelta(seconds=3)
    address = f"{rig.telegram.api_root}/bot{rig.telegram.token}/sendMessage"
    async with rig.http.post(address, json={"chat_id": 1, "text": "x"}) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (429, "3")


async def test_silence_runs_into_the_callers_timeout(rig: Rig) -> None:
    await rig.does("faults", error_code="timeout")
    with pytest.raises(TimedOut):
        await rig.bot.send_message(1, "x", read_timeout=0.05)


async def test_a_lost_answer_hides_that_the_message_was_sent(rig: Rig) -> None:
    await rig.does("faults", method="sendMessage", error_code="reset", apply=True)
    with pytest.raises(NetworkError):
        await rig.bot.send_message(1, "x")
    assert [message["text"] for message in await rig.chat()] == ["x"]


async def test_a_slow_answer_is_still_the_answer(rig: Rig) -> None:
    await rig.does("faults", method="getMe", error_code="slow", seconds=0.01)
    assert (await rig.bot.get_me()).username == "kraken_local_bot"


async def test_faults_are_listed_and_disarmed(rig: Rig) -> None:
    await rig.does("faults", method="getMe", error_code=400, times=9)
    await rig.does("faults", kind="flood_limits")
    listed = await rig.sees("faults")
    assert listed["flood_limits"] is True
    assert {"429", "5xx", "timeout", "reset", "flood_limits"} <= set(listed["kinds"])
    async with rig.http.delete(f"{rig.telegram.url}/sim/faults") as answer:
        assert (await answer.json())["faults"] == []
    assert (await rig.bot.get_me()).is_bot


async def test_calls_are_listed_without_the_token(rig: Rig) -> None:
    token = rig.telegram.token
    await rig.bot.send_message(1, f"my token is {token}")
    await rig.bot.send_document(1, b"abc", filename="a.txt")
    await rig.raw("sendMessage", chat_id=99, text="x")
    text = json.dumps(await rig.sees("calls"))
    assert token not in text
    sent, refused = (await rig.sees("calls?method=sendmessage"))["calls"]
    assert sent["parameters"]["chat_id"] == "1"
    assert (sent["status"], sent["answer"]["ok"]) == (200, True)
    assert (refused["status"], refused["answer"]["description"]) == (
        400,
        "Bad Request: chat not found",
    )
    (document,) = (await rig.sees(f"calls?after={sent['number']}&method=sendDocument"))["calls"]
    assert document["parameters"]["document"] == {"file": "a.txt", "size": 3}


async def test_an_unknown_method_is_told(rig: Rig) -> None:
    status, body = await rig.raw("sendMoney")
    assert (status, body["description"]) == (404, "Not Found: method not found")


async def test_a_page_of_another_origin_cannot_drive_the_chat(rig: Rig) -> None:
    url = f"{rig.telegram.url}/sim/message"
    body = json.dumps({"user_id": 1, "chat_id": 1, "text": "/buy"})
    as_json = {"Content-Type": "application/json"}
    own = {"Origin": rig.telegram.url, "Sec-Fetch-Site": "same-origin"}
    for headers, status in (
        ({"Content-Type": "text/plain"}, 400),
        ({**as_json, "Origin": "https://evil.example"}, 403),
        ({**as_json, "Origin": "null"}, 403),
        ({**as_json, "Sec-Fetch-Site": "cross-site"}, 403),
        ({**as_json, "Host": "evil.example"}, 403),
        ({**as_json, **own}, 200),
        (as_json, 200),
    ):
        async with rig.http.post(url, data=body, headers=headers) as answer:
            assert answer.status == status, headers
            assert "Access-Control-Allow-Origin" not in answer.headers
    async with rig.http.get(rig.telegram.url, headers={"Host": "evil.example"}) as answer:
        assert answer.status == 403
    visit = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    async with rig.http.get(rig.telegram.url, headers=visit) as answer:
        assert answer.status == 200


async def test_the_page_comes_with_its_policy_and_nothing_beside_it(rig: Rig) -> None:
    async with rig.http.get(rig.telegram.url) as answer:
        assert (answer.status, answer.content_type) == (200, "text/html")
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert answer.headers["Cache-Control"] == "no-store"
    for path in ("page/../server.py", "page/..%2Fserver.py", "page/%2e%2e", "page/none.js", "x"):
        url = aiohttp.client.URL(f"{rig.telegram.url}/{path}", encoded=True)
        async with rig.http.get(url) as answer:
            assert answer.status == 404, path


async def test_the_page_hears_messages_edits_toasts_and_the_rest(rig: Rig) -> None:
    async with asyncio.timeout(PATIENCE):
        async with rig.http.get(f"{rig.telegram.url}/sim/events") as answer:
            assert answer.content_type == "text/event-stream"
            assert (await answer.content.readline()).startswith(b"retry:")
            sent = await rig.bot.send_message(1, "one")
            await sent.edit_text("two")
            await rig.bot.send_chat_action(1, "typing")
            await sent.pin()
            await sent.delete()
            events: list[dict[str, Any]] = []
            last = b""
            while len(events) < 7:
                line = await answer.content.readline()
                if line.startswith(b"id: "):
                    last = line.removeprefix(b"id: ").strip()
                if line.startswith(b"data: "):
                    events.append(json.loads(line.removeprefix(b"data: ")))
    kinds = ["message", "message", "action", "message", "pinned", "pinned", "deleted"]
    assert [event["type"] for event in events] == kinds
    assert [event["message"]["edited"] for event in events[:2]] == [False, True]
    await rig.says("later")
    headers = {"Last-Event-ID": last.decode()}
    async with rig.http.get(f"{rig.telegram.url}/sim/events", headers=headers) as answer:
        pieces = [await answer.content.readline() for _ in range(4)]
    assert b'"later"' in pieces[3]


async def test_closing_ends_polls_and_pages_at_once() -> None:
    async with rigged() as rig, asyncio.timeout(PATIENCE), asyncio.TaskGroup() as tasks:
        page = await rig.http.get(f"{rig.telegram.url}/sim/events")
        poll = tasks.create_task(rig.raw("getUpdates", timeout=50))
        await rig.telegram.state.updates.polling.wait()
        await rig.telegram.close()
        status, body = await poll
        assert (status, body["result"]) == (200, [])
        assert b"data" not in await page.read()


async def test_a_port_in_use_is_an_error_at_the_start() -> None:
    async with LocalTelegram.serving() as first:
        port = int(first.url.rpartition(":")[2])
        with pytest.raises(OSError, match="in use"):
            await LocalTelegram(port=port).start()


def test_a_token_looks_like_telegrams() -> None:
    number, _, secret = LocalTelegram().token.partition(":")
    assert number.isdecimal()
    assert len(secret) == 35
    assert LocalTelegram().token != LocalTelegram().token


async def test_a_page_that_goes_before_it_is_answered_leaves_no_error_behind(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    await ask_and_go(rig.telegram.url, "/sim/events")
    await rig.sees("state")
    assert [each for each in caplog.records if each.levelname == "ERROR"] == []
