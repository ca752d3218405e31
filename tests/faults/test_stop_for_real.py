"""The real bot, over sockets, with a database that another process has locked."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.store import FILE_NAME
from tests.stack import OWNER, People, stack
from tests.virtual_time import REAL_TIME


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Another process locks the database in it."""
    return REAL_TIME


async def shown(them: People, words: str) -> dict[str, Any]:
    """The newest message of the bot that says this."""
    await them.sees(OWNER, lambda texts: any(words in text for text in texts), 30)
    found = [message for message in await them.messages(OWNER) if words in message["text"]]
    return found[-1]


WISH = {"balances": {"USD": "10000"}}


async def journal(them: People) -> list[str]:
    """How the orders at the exchange are, as it says itself."""
    rows: Any = them.exchange.journal()["orders"]
    return [row["status"] for row in rows]


async def go_live(them: People) -> None:
    """Connect a key, and type the word."""
    async with them.http.post(f"{them.exchange.rest_url}/sim/users", json=WISH) as answer:
        keys = await answer.json()
    await them.say(OWNER, "/connect")
    await shown(them, "Connect Kraken")
    await them.say(OWNER, f"{keys['api_key']}\n{keys['api_secret']}")
    await shown(them, "Connected")
    await them.say(OWNER, "/live")
    await shown(them, "trade real money here?")
    await them.say(OWNER, "live")
    await shown(them, "real money from here on")


async def test_a_kill_holds_and_cancels_while_another_process_locks_the_database(
    tmp_path: Path,
) -> None:
    async with stack(tmp_path) as them:
        await go_live(them)
        await them.say(OWNER, "/buy 0.001 btc @ 59000")
        preview = await shown(them, "preview")
        [label] = [
            button["text"]
            for row in preview["buttons"]
            for button in row
            if button["text"].startswith("✅")
        ]
        await them.tap(OWNER, preview["message_id"], label)
        await shown(them, "🟦 Open")
        with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as other:
            other.execute("begin immediate")
            await them.say(OWNER, "/kill")
            answer = await shown(them, "I hold this in memory only")
            assert "I cancel at Kraken now" in answer["text"]
            await them.until(lambda: journal(them), lambda found: found == ["canceled"], 30)
            other.execute("rollback")
        await shown(them, "Trading paused here")
        await them.say(OWNER, "/buy 0.001 btc @ 59000")
        await shown(them, "Trading is paused here")
        await them.say(OWNER, "/status")
        await shown(them, "somebody stopped it with /kill")
