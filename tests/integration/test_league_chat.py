"""A league of two in the whole bot: private ledgers, standings, a restart, a result."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.core.access import Role
from bot.standin.server import LocalTelegram
from bot.store import Store
from kraken.sim.listing import PAIRS
from kraken.sim.server import Exchange
from tests.account_stage import private_calls
from tests.stack import (
    FRIEND,
    GROUP,
    OWNER,
    People,
    clock,
    people,
    running,
    serving_exchange,
    serving_telegram,
    settings_for,
)
from tests.virtual_time import passes

BTC = "BTC/USD"
LASTS = 600
"""Seconds of the shortest league."""


@pytest.fixture
async def exchange() -> AsyncIterator[Exchange]:
    async with serving_exchange(seed=1, pairs=PAIRS[:4]) as exchange:
        yield exchange
        assert private_calls(exchange) == {}


@pytest.fixture
async def telegram() -> AsyncIterator[LocalTelegram]:
    async with serving_telegram(repeat_pause=0.0) as telegram:
        yield telegram


@pytest.fixture
async def them(telegram: LocalTelegram, tmp_path: Path) -> AsyncIterator[People]:
    async with Store(tmp_path, clock().now) as store:
        await store.approve(FRIEND, Role.TRADER, "Friend")
        await store.open_group(GROUP, "Desk")
    async with people(telegram) as them:
        yield them


async def seen(them: People, chat: int, *words: str) -> dict[str, Any]:
    """Wait for a message with all these words; the newest."""

    def found(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [each for each in messages if all(word in each["text"] for word in words)]

    return found(await them.until(lambda: them.messages(chat), found))[-1]


async def tap(them: People, user: int, label: str, *words: str, chat: int = 0) -> None:
    where = chat or user
    message = await seen(them, where, *words)
    await them.tap(user, message["message_id"], label, where)


async def enter(them: People, user: int) -> None:
    """Join in the group and trade in private."""
    await tap(them, user, "Join", "it begins", chat=GROUP)
    await seen(them, GROUP, f"· {user} member")
    await them.say(user, "/league")
    await tap(them, user, "Trade in Desk", "your leagues")
    await seen(them, user, "you trade in the league now")


async def buy(them: People, user: int, command: str) -> None:
    await them.say(user, command)
    preview = await seen(them, user, "🏆 LEAGUE · preview, 60 s")
    assert preview["buttons"][0][0]["text"].endswith("· LEAGUE")
    await them.tap(user, preview["message_id"], preview["buttons"][0][0]["text"])


def moved(exchange: Exchange, share: int) -> int:
    bid, _ = exchange.venue.books[BTC].best()
    assert bid is not None
    return int(bid[0] * share // 100)


async def test_a_league_of_two_over_a_restart(
    them: People, telegram: LocalTelegram, exchange: Exchange, tmp_path: Path
) -> None:
    given = settings_for(telegram, exchange, tmp_path)
    async with running(given):
        await them.say(OWNER, "/league start 10m 5000 usd", GROUP)
        for user in (OWNER, FRIEND):
            await enter(them, user)
        await buy(them, OWNER, "/buy 0.05 btc market")
        await seen(them, OWNER, "✅ Filled ▲ 0.05 BTC", "🏆 LEAGUE: it counts there")
        await them.say(OWNER, "/paper")
        await seen(them, OWNER, "You trade in Desk here.")
        bid = f"{moved(exchange, 50) / 10:.0f}"
        await buy(them, FRIEND, f"/buy 0.05 btc @ {bid}")
        await seen(them, FRIEND, "🟦 Open")
        await them.say(OWNER, "/paper reset")
        await seen(them, OWNER, "the same for everybody")
    async with running(given):
        exchange.move(BTC, moved(exchange, 110))
        await passes(1)
        await them.say(FRIEND, "/league", GROUP)
        table = (await seen(them, GROUP, "left", "1 trade"))["text"]
        assert table.index("1 trade") < table.index("0 trades")
        await them.say(OWNER, "/league start", GROUP)
        await seen(them, GROUP, "one runs here already")
        await passes(LASTS)
        result = (await seen(them, GROUP, "it is over", "wins."))["text"]
        assert "1 trade" in result
        await seen(them, FRIEND, "⚪ Cancelled")
        await them.say(FRIEND, "/balance")
        assert "10,000.00" in (await seen(them, FRIEND, "TOTAL"))["text"]
        said = [message["text"] for message in await them.messages(GROUP)]
    assert sum("it is over" in text for text in said) == 1
    assert not any(bid in text or "0.05" in text for text in said), "orders stay private"


async def test_what_cannot_be_done_with_a_league_is_said(
    them: People, telegram: LocalTelegram, exchange: Exchange, tmp_path: Path
) -> None:
    async with running(settings_for(telegram, exchange, tmp_path)):
        await them.say(OWNER, "/league", GROUP)
        await seen(them, GROUP, "none runs here")
        await them.say(OWNER, "/league leave", GROUP)
        await seen(them, GROUP, "It is over, or you do not play in it.")
        await them.say(OWNER, "/league start 7d 5 nope", GROUP)
        await seen(them, GROUP, "Nothing can be bought with NOPE")
        await them.say(OWNER, "/league")
        await seen(them, OWNER, "you play in none")
        await them.say(OWNER, "/league start 7d", GROUP)
        await seen(them, GROUP, "it begins")
        await them.say(FRIEND, "/league leave", GROUP)
        await seen(them, GROUP, "You do not play in this league.")
        await them.say(FRIEND, "/league stop", GROUP)
        await seen(them, GROUP, "ends it early")
        await them.say(OWNER, "/league stop", GROUP)
        await seen(them, GROUP, "it is over", "Nobody played.")
