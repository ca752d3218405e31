"""/connect with the real bot, the local Telegram and the simulated exchange."""

import json
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from bot import log as logs
from bot.core.keys import without_keys_inside
from bot.desk.connect import read_key_info
from bot.desk.keys import ReadingCalls
from bot.store import Store
from kraken.core.errors import Rejected
from kraken.core.types import Credentials
from kraken.core.wire.private import cancelled
from kraken.sim.listing import PAIRS
from kraken.sim.private.keys import NEEDS, TRADING
from kraken.sim.server import Exchange
from tests.fakes_keys import API_KEY, API_SECRET
from tests.stack import (
    FRIEND,
    GROUP,
    MASTER_KEY,
    OWNER,
    People,
    clock,
    people,
    running,
    serving_telegram,
    settings_for,
    stack,
)

NOTHING = "Nothing was stored."


@pytest.fixture
async def them(tmp_path: Path) -> AsyncIterator[People]:
    async with stack(tmp_path / "data") as people:
        yield people


async def says(them: People, text: str, words: str, user: int = OWNER, **more: Any) -> Any:
    """Somebody writes; the newest answer that has these words."""
    count = len(await them.messages(more.get("chat", user)))
    await them.say(user, text, **more)
    return await answer(them, words, count, more.get("chat", user))


async def answer(them: People, words: str, after: int, chat: int = OWNER) -> Any:
    def is_there(seen: list[Any]) -> bool:
        return any(words in message["text"] for message in seen[after:])

    seen = await them.until(lambda: them.messages(chat), is_there)
    return next(message for message in reversed(seen) if words in message["text"])


async def typed_by(them: People, user: int, chat: int | None = None) -> list[str]:
    """What is left of what this person wrote, as the chat shows it."""
    url = f"{them.telegram.url}/sim/chat?chat_id={chat or user}"
    async with them.http.get(url) as reply:
        shown = await reply.json()
    return [message["text"] for message in shown["messages"] if not message["from_bot"]]


def key(them: People, *permissions: str) -> tuple[str, str]:
    made = them.exchange.add_user({"permissions": list(permissions or TRADING)})
    return made["api_key"], made["api_secret"]


async def connect(them: People, user: int = OWNER) -> tuple[str, str]:
    api_key, secret = key(them)
    await says(them, f"/connect {api_key} {secret}", "Connected.", user)
    return api_key, secret


async def test_no_secret_is_left_anywhere_after_the_guided_way(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """Key, private key, bot token, master key, session token: planted, and looked for."""
    caplog.set_level(logging.DEBUG)
    folder = tmp_path / "data"
    async with stack(folder) as them:
        api_key, secret = key(them)
        first = await says(them, "/connect main", "Connect Kraken (1/3)")
        await them.tap(OWNER, first["message_id"], "I have my key ›")
        ask = await answer(them, "Send the API key", 1)
        ask = await says(
            them, api_key, "Now the private key", reply_to_message_id=ask["message_id"]
        )
        done = await says(them, secret, "Connected.", reply_to_message_id=ask["message_id"])
        assert "You are still in 🧪 PAPER" in done["text"]
        assert "✅ Cannot withdraw" in done["text"]
        await says(them, "/connect status", "✅ In use")
        token = await session_token(them, api_key)
        assert await typed_by(them, OWNER) == ["/connect main", "/connect status"]
        calls = json.dumps(
            [
                call
                for call in (await everything(them))
                if call["method"] != "getUpdates"  # Telegram's own copy of what was typed
            ]
        )
        seen = json.dumps(await them.messages(OWNER))
        running = on_disk(folder)
        bot_token = them.telegram.token
    printed = capsys.readouterr()
    log_text = "\n".join(logs.redaction.clean(record) for record in lines(caplog))
    for secret_text in (api_key, secret, MASTER_KEY, bot_token, token):
        assert secret_text.encode() not in running + on_disk(folder), "on disk"
        assert secret_text not in log_text, "in the log"
        assert secret_text not in printed.out + printed.err, "printed"
        assert secret_text not in seen, "in the chat"
        if secret_text != bot_token:
            assert secret_text not in calls, "said to Telegram"


async def everything(them: People) -> list[dict[str, Any]]:
    async with them.http.get(f"{them.telegram.url}/sim/calls") as reply:
        return list((await reply.json())["calls"])


async def session_token(them: People, api_key: str) -> str:
    """The token with which the bot opened this key's private streams."""
    private = them.exchange.private

    async def made() -> list[str]:
        return [
            text for text, token in private.tokens._tokens.items() if token.key.api_key == api_key
        ]

    return str((await them.until(made, bool))[0])


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    formatter = logging.Formatter()
    return [formatter.format(record) for record in caplog.records]


def on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())


async def test_the_key_comes_first_in_two_lines_or_swapped_and_is_understood(
    them: People,
) -> None:
    api_key, secret = key(them)
    await says(them, f"/connect {secret}\n{api_key}", "Connected.")
    api_key, secret = key(them)
    await says(them, "/connect", "Connect Kraken (1/3)")
    await says(them, secret, "Now the API key")
    done = await says(them, api_key, "Connected.")
    assert "The earlier key" in done["text"]
    assert api_key[-4:] in done["text"]


async def test_a_key_that_may_withdraw_is_refused_and_nothing_is_stored(them: People) -> None:
    api_key, secret = key(them, *TRADING, "withdraw-funds", "earn-funds")
    said = (await says(them, f"/connect {api_key} {secret}", NOTHING))["text"]
    assert "This key can withdraw money. I don’t accept such keys." in said
    assert "❌ It may: Earn" in said
    await says(them, "/connect status", "No key is connected here.")


@pytest.mark.parametrize("extra", ["add-funds", "earn-funds", "export-data"])
async def test_a_key_that_may_more_than_trading_needs_is_refused(them: People, extra: str) -> None:
    api_key, secret = key(them, *TRADING, extra)
    said = (await says(them, f"/connect {api_key} {secret}", NOTHING))["text"]
    assert "This key may do more than I accept." in said


async def test_a_key_that_lacks_a_right_is_checked_again_without_being_typed_again(
    them: People,
) -> None:
    without_stream = [name for name in TRADING if name != "create-ws-token"]
    api_key, secret = key(them, *without_stream)
    told = await says(them, f"/connect {api_key} {secret}", NOTHING)
    assert "Missing: Access WebSockets API" in told["text"]
    assert [b["text"] for b in told["buttons"][0]] == ["Check again", "Use read-only"]
    them.exchange.private.door.keys[api_key].permissions.add("create-ws-token")
    await them.tap(OWNER, told["message_id"], "Check again")
    await answer(them, "Connected.", 0)


async def test_a_key_that_only_reads_is_taken_as_such(them: People) -> None:
    api_key, secret = key(them, "query-funds", "query-open-trades", "query-closed-trades")
    told = await says(them, f"/connect {api_key} {secret}", NOTHING)
    await them.tap(OWNER, told["message_id"], "Use read-only")
    await answer(them, "Connected, to read only.", 0)


async def test_nothing_is_ordered_with_a_key_that_was_connected_to_read_only() -> None:
    """Also where Kraken would let it: the signer sends reads only."""
    async with Exchange.serving(live=False, pairs=PAIRS[:1]) as exchange, ClientSession() as http:
        made = exchange.add_user({})
        calls = ReadingCalls(
            http,
            exchange.rest_url,
            Credentials(made["api_key"], made["api_secret"]),
            clock=clock(),
            nonces=Nonces(),
        )
        assert (await read_key_info(calls)).permissions
        with pytest.raises(Rejected, match="read only"):
            await calls.command("CancelAll", {}, cancelled)
        requests = exchange.stats()["requests"]
        assert requests == {"GetApiKeyInfo": 1}


class Nonces:
    async def nonce_mark(self) -> int:
        return 0

    async def raise_nonce_mark(self, mark: int) -> None:
        return


async def test_each_refusal_of_kraken_has_its_own_words(them: People) -> None:
    api_key, secret = key(them)
    other_key, other_secret = key(them)
    said = await says(them, f"/connect {api_key[::-1]} {secret}", "does not know this key")
    assert [b["text"] for b in said["buttons"][0]] == ["Check again"]
    await says(them, f"/connect {api_key} {other_secret}", "does not belong to this API key")
    await arm(them, kind="temporary_lockout", times=1)
    said = await says(them, f"/connect {other_key} {other_secret}", "for about 15 min")
    assert said["buttons"] == []
    for _ in range(2):
        await arm(them, kind="invalid_nonce", times=1)
    await arm(them, kind="invalid_nonce", times=2)
    await says(them, f"/connect {api_key} {secret}", "nonce is ahead of the clock")


async def arm(them: People, **fault: Any) -> None:
    async with them.http.post(f"{them.exchange.url}/sim/faults", json=fault) as reply:
        assert reply.status == 200, await reply.text()


async def test_one_key_cannot_be_in_two_chats(them: People) -> None:
    api_key, secret = await connect(them)
    said = await says(
        them, f"/connect {api_key} {secret}", "connected in another chat", user=FRIEND
    )
    assert NOTHING in said["text"]


async def test_in_a_group_a_key_is_deleted_and_not_taken(them: People) -> None:
    api_key, secret = key(them)
    said = await says(them, f"/connect {api_key} {secret}", "only in private", chat=GROUP)
    assert NOTHING in said["text"]
    # Here the bot is no administrator, so that it cannot delete what others wrote.
    assert "Delete your message yourself now." in said["text"]
    assert "Everybody here may have seen that key" in said["text"]
    await says(them, "/connect status", "No key is connected here.")


async def test_the_bot_says_when_it_could_not_delete_the_message(them: People) -> None:
    api_key, secret = key(them)
    await them.arm(method="deleteMessage", error_code=400, times=2)
    await says(them, f"/connect {api_key} {secret}", "Delete it yourself now.")
    await answer(them, "Connected.", 0)


async def test_a_key_that_nobody_asked_for_is_deleted_and_forgotten(them: People) -> None:
    api_key, secret = key(them)
    said = await says(them, f"{api_key} {secret}", "looks like a Kraken key")
    assert "I deleted your message." in said["text"]
    assert await typed_by(them, OWNER) == []
    await says(them, "/connect status", "No key is connected here.")


async def test_a_forwarded_key_is_deleted_and_not_taken(them: People) -> None:
    api_key, secret = key(them)
    forward = {"name": "Eve"}
    await says(them, f"/connect {api_key} {secret}", "new messages only", forward=forward)
    assert await typed_by(them, OWNER) == []


async def test_what_is_no_key_is_asked_for_again(them: People) -> None:
    first = await says(them, "/connect", "Connect Kraken (1/3)")
    await them.tap(OWNER, first["message_id"], "I have my key ›")
    ask = await answer(them, "Send the API key", 1)
    said = await says(them, "abc", "not a whole key", reply_to_message_id=ask["message_id"])
    assert "It has 3 characters" in said["text"]


async def test_disconnecting_takes_the_word_and_destroys_the_key(
    them: People, tmp_path: Path
) -> None:
    await connect(them)
    said = await says(them, "/disconnect", "Type disconnect within 2 minutes")
    assert "No order is open at Kraken." in said["text"]
    await them.say(OWNER, "no")
    await them.say(OWNER, "disconnect", forward="Somebody")
    await says(them, "/connect status", "✅ In use")
    await says(them, "Disconnect", "Disconnected. You are in 🧪 PAPER.")
    await says(them, "/connect status", "No key is connected here.")
    await says(them, "/disconnect", "No key is connected here.")


async def test_nobody_else_ends_it_with_the_word(them: People) -> None:
    await connect(them)
    await says(them, "/disconnect", "Type disconnect")
    await them.say(FRIEND, "disconnect")
    await them.sees(FRIEND, bool)
    await says(them, "/connect status", "✅ In use")


async def test_a_key_that_came_before_a_crash_is_asked_for_again(tmp_path: Path) -> None:
    """The process died between keeping the update and using it: only a stub was kept."""
    folder = tmp_path / "data"
    async with stack(folder) as them:
        number = await them.say(OWNER, "hello")
        await them.sees(OWNER, bool)
    update = {
        "update_id": 900,
        "message": {
            "message_id": number,
            "date": 1_800_000_000,
            "chat": {"id": OWNER, "type": "private", "first_name": "You"},
            "from": {"id": OWNER, "is_bot": False, "first_name": "You"},
            "text": f"/connect {API_KEY} {API_SECRET}",
        },
    }
    async with Store(folder, clock().now) as store:
        await store.add_update(900, json.dumps(without_keys_inside(update)))
    async with stack(folder) as them:
        said = await them.sees(OWNER, bool)
        assert "I was restarted in the middle." in said[0]
        assert "Send it again." in said[0]


async def test_a_key_that_is_deleted_at_kraken_is_told_and_used_no_more(them: People) -> None:
    await connect(them)
    await arm(them, kind="key_revoked")
    await arm(them, kind="drop_connection")
    await answer(them, "Kraken refuses your key", 0)
    for _ in range(20):
        said = await says(them, "/connect status", "Kraken key")
        if "❌ Kraken refuses it" in said["text"]:
            break
    assert "❌ Kraken refuses it" in said["text"]
    words = ("no longer accepts", "Kraken refuses your key")
    heard = [text for text in await texts(them) if any(word in text for word in words)]
    assert len(heard) == 1, "once, however many parts of the bot found out"
    calls = them.exchange.stats()
    await says(them, "/status", "Kraken")
    assert private_calls(them.exchange.stats()) == private_calls(calls)


async def texts(them: People) -> list[str]:
    return [message["text"] for message in await them.messages(OWNER)]


def private_calls(stats: dict[str, Any]) -> int:
    return sum(count for name, count in stats["requests"].items() if name in NEEDS)


async def test_without_a_master_key_no_key_is_taken_and_the_way_out_is_told(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "data"
    async with serving_telegram(repeat_pause=0.0) as telegram, people(telegram) as them:
        settings = replace(settings_for(telegram, None, folder), master_keys=())
        async with running(settings):
            said = await says(them, "/connect", "I cannot keep keys yet.")
            assert "KRAKEN_BOT_MASTER_KEY_FILE" in said["text"]
            await says(them, f"/connect {API_KEY} {API_SECRET}", "I cannot keep keys yet.")
            assert await typed_by(them, OWNER) == ["/connect"]
    assert API_SECRET.encode() not in on_disk(folder)
