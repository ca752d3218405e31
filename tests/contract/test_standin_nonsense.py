"""Nonsense in any parameter is refused in the caller's shape and never breaks the server."""

import itertools
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from yarl import URL

from bot.standin.api import METHODS
from bot.standin.control import ACTS
from tests.local_telegram import Rig, rigged

BUTTON = {"text": "a", "callback_data": "x", "style": "danger", "copy_text": {"text": "x"}}
MARKUP = {"inline_keyboard": [[BUTTON]]}
ENTITY = {"type": "bold", "offset": 0, "length": 1}
TEXT = {"text": "x", "parse_mode": "", "entities": [ENTITY], "reply_markup": MARKUP}
MEDIA = {"caption": "x", "parse_mode": "", "caption_entities": [ENTITY], "reply_markup": MARKUP}
REPLY = {"message_id": 1, "allow_sending_without_reply": True}
SCOPE = {"type": "chat_member", "chat_id": -100, "user_id": 1}
ARTICLE = {
    "type": "article",
    "id": "1",
    "title": "x",
    "input_message_content": {"message_text": "x", "parse_mode": "", "entities": [ENTITY]},
    "reply_markup": MARKUP,
}
INLINE = {"results": [ARTICLE], "button": {"text": "x", "start_parameter": "y"}, "cache_time": 1}
# Calls with everything in them; one parameter at a time becomes nonsense.
CALLS: dict[str, dict[str, Any]] = {
    "sendMessage": {**TEXT, "reply_parameters": REPLY, "reply_to_message_id": 1},
    "sendPhoto": {"photo": "x", **MEDIA},
    "sendDocument": {"document": "x", **MEDIA},
    "editMessageText": {"message_id": 2, **TEXT},
    "editMessageCaption": {"message_id": 2, **MEDIA},
    "editMessageMedia": {"message_id": 2, "media": {"type": "photo", "media": "x"}},
    "editMessageReplyMarkup": {"message_id": 2, "reply_markup": MARKUP},
    "deleteMessage": {"message_id": 2},
    "deleteMessages": {"message_ids": [2]},
    "setMyCommands": {
        "commands": [{"command": "a", "description": "b"}],
        "scope": SCOPE,
        "language_code": "de",
    },
    "setMessageReaction": {"message_id": 1, "reaction": [{"type": "emoji", "emoji": "👍"}]},
    "setChatMenuButton": {"menu_button": {"type": "commands"}},
    "answerCallbackQuery": {"callback_query_id": "1", "text": "x", "show_alert": True},
    "getUpdates": {"offset": 1, "limit": 1, "allowed_updates": ["message"]},
    "setWebhook": {"url": "", "secret_token": "x", "max_connections": 1},
    "getChatMember": {"user_id": 1},
    "pinChatMessage": {"message_id": 2},
    "getFile": {"file_id": "x"},
    "answerInlineQuery": {"inline_query_id": "1", **INLINE},
}
MESSAGE_NAMES = ("message_id", "reply_to_message_id")
DEEDS: dict[str, dict[str, Any]] = {
    "message": {"text": "x", "reply_to_message_id": 1, "forward": {"type": "user"}, "date": 1},
    "tap": {"message_id": 2, "data": "x", "text": "a", "resend": False},
    "chats": {"type": "group", "title": "x", "members": [1]},
    "delete": {"message_ids": [1]},
    "block": {"blocked": True},
    "kick": {"status": "member"},
    "migrate": {"new_chat_id": -7},
    "member": {"member": True, "user_name": "x"},
    "topic": {"name": "x", "message_thread_id": 1, "closed": True, "deleted": False},
    "deactivate": {"deactivated": False},
    "inline": {"query": "x", "offset": ""},
    "choose": {"inline_query_id": "1", "result_id": "1"},
}

NONSENSE: list[Any] = [
    None,
    True,
    -1,
    10**20,
    1.5,
    "",
    "x",
    "[[]]",
    "{",
    "attach://a",
    "\ud800",
    "x" * 5000,
    [],
    [None],
    [[]],
    {},
    {"a": []},
]


def places(base: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every branch and leaf."""
    keys = base if isinstance(base, dict) else range(len(base)) if isinstance(base, list) else ()
    for key in keys:
        yield (*way, key)
        yield from places(base[key], (*way, key))


def spoiled(base: Any, way: tuple[Any, ...], value: Any) -> Any:
    """The same structure with one place replaced."""
    if not way:
        return value
    copy = dict(base) if isinstance(base, dict) else list(base)
    copy[way[0]] = spoiled(base[way[0]], way[1:], value)
    return copy


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with rigged() as rig:
        yield rig


@pytest.mark.parametrize("method", sorted(CALLS))
async def test_nonsense_from_a_bot_is_refused(rig: Rig, method: str) -> None:
    await rig.does("message", user_id=1, chat_id=1, text="x")
    base = {"chat_id": 1, **CALLS[method]}
    for way, value in itertools.product(places(base), NONSENSE):
        await rig.raw("sendMessage", chat_id=1, text="x", reply_markup=MARKUP)
        if method == "answerInlineQuery":
            base |= await asked_inline(rig)
        status, answer = await rig.raw(method, **spoiled(base, way, value))
        assert status in (200, 400, 403), (way, value, answer)
        assert answer["ok"] is (status == 200)


async def asked_inline(rig: Rig) -> dict[str, str]:
    """A query that waits for its answer: without one, nothing of an answer is looked at."""
    rig.telegram.state.questions.clear()
    told = await rig.does("inline", user_id=1, query="btc")
    return {"inline_query_id": told["inline_query_id"]}


@pytest.mark.parametrize("deed", sorted(DEEDS))
async def test_nonsense_from_a_person_is_refused(rig: Rig, deed: str) -> None:
    for way, value in itertools.product(places({"user_id": 1, **DEEDS[deed]}), NONSENSE):
        await rig.does("reset")
        _, sent = await rig.raw("sendMessage", chat_id=1, text="x", reply_markup=MARKUP)
        shown = {n: sent["result"]["message_id"] for n in MESSAGE_NAMES if n in DEEDS[deed]}
        body = spoiled({"user_id": 1, **DEEDS[deed], **shown}, way, value)
        for chat_id in (1, -100):
            whole = {"chat_id": chat_id, **body}
            async with rig.http.post(f"{rig.telegram.url}/sim/{deed}", json=whole) as told:
                assert told.status in (200, 400), (way, value, await told.text())
    await rig.sees("state")
    await rig.sees("chat?chat_id=1")


def test_every_act_and_most_methods_are_tried() -> None:
    assert set(DEEDS) == set(ACTS)
    assert {name.lower() for name in CALLS} <= set(METHODS)


@pytest.mark.parametrize(
    "body",
    [
        "[" * 100_000,
        '{"user_id": 1, "text": "x", "date": Infinity}',
        '{"user_id": 1, "text": "x", "date": 1e300}',
        '{"user_id": 1%s, "text": "x"}' % ("0" * 5000),
    ],
)
async def test_a_body_that_no_json_writer_makes_is_refused(rig: Rig, body: str) -> None:
    as_json = {"Content-Type": "application/json"}
    methods = f"{rig.telegram.url}/bot{rig.telegram.token}/sendMessage"
    for url in (f"{rig.telegram.url}/sim/message", methods):
        async with rig.http.post(url, data=body, headers=as_json) as told:
            assert told.status == 400, await told.text()


@pytest.mark.parametrize("url", ["http://[::1", "gopher://[", "//"])
async def test_a_webhook_without_an_address_is_refused(rig: Rig, url: str) -> None:
    status, answer = await rig.raw("setWebhook", url=url)
    assert (status, answer["ok"]) == (400, False)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "[::1"},
        {"Host": "evil.example@127.0.0.1"},
        {"Origin": "http://[::1"},
        {"Origin": "http://"},
        {"Origin": ""},
    ],
)
async def test_a_host_or_origin_that_is_no_address_is_a_stranger(
    rig: Rig, headers: dict[str, str]
) -> None:
    async with rig.http.get(f"{rig.telegram.url}/sim/state", headers=headers) as told:
        assert told.status == 403


@pytest.mark.parametrize(
    "name", ["x" * 300 + ".js", "a%ff.js", "x%00.js", "..%2fserver.py", ".js"]
)
async def test_a_page_file_that_is_none_is_not_found(rig: Rig, name: str) -> None:
    url = URL(f"{rig.telegram.url}/page/{name}", encoded=True)
    async with rig.http.get(url) as told:
        assert told.status == 404
