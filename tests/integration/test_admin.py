"""What only the owner of the bot asks for, over the whole product."""

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bot import log
from bot.cli.backup import restore
from tests.stack import FRIEND, GROUP, MASTER_KEY, OWNER, People, stack
from tests.virtual_time import passes


async def say(them: People, text: str, user: int = OWNER, where: int = OWNER) -> dict[str, Any]:
    await them.say(user, text, where)
    await passes(3)
    return (await them.messages(where))[-1]


async def test_the_owner_sees_version_and_errors_and_speaks_to_everybody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = log.Kept()
    monkeypatch.setattr(log, "_kept", kept)
    async with stack(tmp_path / "data", exchange=False) as them:
        assert "kraken-bot 0.1.0" in (await say(them, "/version"))["text"]
        assert "No error since I was started." in (await say(them, "/errors"))["text"]
        kept.handle(logging.makeLogRecord({"name": "bot.x", "msg": "#E7Q2: it broke"}))
        assert "bot.x: #E7Q2: it broke" in (await say(them, "/errors"))["text"]
        await say(them, "/start", FRIEND, FRIEND)

        assert "What shall I say?" in (await say(them, "/broadcast"))["text"]
        shown = await say(them, "/broadcast Back in <b>ten</b> minutes")
        assert "Back in <b>ten</b> minutes" in shown["text"]
        assert "Nothing was sent yet." in shown["text"]
        for _ in range(2):
            await them.tap(OWNER, shown["message_id"], "Send to 3 chats")
        await passes(5)
        for chat in (OWNER, FRIEND, GROUP):
            said = [m for m in await them.messages(chat) if "From the owner" in m["text"]]
            assert len(said) == 1, chat
            assert "Back in <b>ten</b> minutes" in said[0]["text"]
        assert "1: said something to 3 chats" in (await say(them, "/audit"))["text"]
        refused = await say(them, "/broadcast hello", FRIEND, FRIEND)
        assert "the owner of this bot only" in refused["text"]
        menus = await them.calls("setMyCommands")
        owners = next(
            call for call in menus if call["parameters"].get("scope", {}).get("type") == "chat"
        )
        names = {command["command"] for command in owners["parameters"]["commands"]}
        assert {"users", "errors", "backup", "buy"} <= names


async def test_a_sealed_backup_is_put_back_with_the_master_key_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    async with stack(data, exchange=False) as them:
        assert "0 stored keys are sealed with it" in (await say(them, "/rotate"))["text"]
        for name in ("backup", "errors", "users", "rotate", "broadcast hello"):
            refused = await say(them, f"/{name}", OWNER, GROUP)
            assert f"/{name.split()[0]} is for private chats only" in refused["text"]
        sent = await say(them, "/backup")
        assert "sealed with the master key" in sent["text"]
        async with them.http.get(f"{them.telegram.url}{sent['document']['url']}") as answer:
            content = await answer.read()
        assert b"SQLite" not in content
        log_of_acts = (await say(them, "/audit"))["text"]
        assert "1: made a backup" in log_of_acts
        assert "1: sealed anew: 0 keys" in log_of_acts, "it says who wanted it"
    file = tmp_path / "copy.sealed"
    file.write_bytes(content)
    monkeypatch.setenv("KRAKEN_BOT_DATA", str(data))
    monkeypatch.delenv("KRAKEN_BOT_MASTER_KEY", raising=False)
    without = CliRunner().invoke(restore, [str(file)], standalone_mode=False)
    assert without.exception is not None
    assert "is sealed" in str(without.exception)
    monkeypatch.setenv("KRAKEN_BOT_MASTER_KEY", MASTER_KEY[::-1])
    wrong = CliRunner().invoke(restore, [str(file)], standalone_mode=False)
    assert wrong.exception is not None
    monkeypatch.setenv("KRAKEN_BOT_MASTER_KEY", MASTER_KEY)
    right = await asyncio.to_thread(
        CliRunner().invoke, restore, [str(file)], standalone_mode=False
    )
    assert right.exception is None
    assert "Restored (generation 2)" in right.output


def test_errors_are_kept_without_secrets_and_only_the_last() -> None:
    secret = "canary-secret-of-the-errors"
    log.redaction.register(secret)
    kept = log.Kept(most=2)
    logger = logging.Logger("test")
    logger.addHandler(kept)
    logger.warning("no error")
    for number in range(3):
        logger.error("%s: it broke with %s", number, secret)
    said = [text for _, text in kept.errors]
    assert [text[:7] for text in said] == ["test: 1", "test: 2"]
    assert not any(secret in text for text in said)
