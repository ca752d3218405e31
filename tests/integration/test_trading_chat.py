"""Trading as a person sees it: the whole bot, practice money, the simulated market."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.standin.server import LocalTelegram
from kraken.sim.listing import PAIRS
from kraken.sim.server import Exchange
from tests.stack import (
    OWNER,
    People,
    people,
    running,
    serving_exchange,
    serving_telegram,
    settings_for,
)


@pytest.fixture
async def exchange() -> AsyncIterator[Exchange]:
    async with serving_exchange(seed=1, pairs=PAIRS[:4]) as exchange:
        yield exchange


@pytest.fixture
async def telegram() -> AsyncIterator[LocalTelegram]:
    async with serving_telegram(repeat_pause=0.0) as telegram:
        yield telegram


@pytest.fixture
async def ann(telegram: LocalTelegram) -> AsyncIterator[People]:
    async with people(telegram) as ann:
        yield ann


async def card(ann: People, *words: str) -> dict[str, Any]:
    """Wait for a message with all these words."""

    def found(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [each for each in messages if all(word in each["text"] for word in words)]

    messages = await ann.until(lambda: ann.messages(OWNER), found)
    return found(messages)[-1]


def labels(message: dict[str, Any]) -> list[str]:
    return [button["text"] for row in message["buttons"] for button in row]


async def send(ann: People, command: str, *words: str) -> dict[str, Any]:
    """Write it, and tap the confirming button of its preview."""
    await ann.say(OWNER, command)
    preview = await card(ann, "preview, 60 s", *words)
    await ann.tap(OWNER, preview["message_id"], labels(preview)[0])
    return preview


async def cheap(exchange: Exchange, share: int = 92) -> str:
    """A price somewhat below the market."""
    pair = exchange.venue.pairs["BTC/USD"]
    bid, _ = exchange.venue.books["BTC/USD"].best()
    assert bid is not None
    return f"{bid[0] * share // 100 / 10**pair.price_decimals:.0f}"


async def test_an_order_from_the_first_word_to_the_last(
    ann: People, telegram: LocalTelegram, exchange: Exchange, tmp_path: Path
) -> None:
    async with running(settings_for(telegram, exchange, tmp_path)):
        await send(ann, "/buy 0.01 btc market")
        filled = await card(ann, "🧪 PAPER ✅ Filled ▲ 0.01 BTC")
        assert "Sell 50 %" in labels(filled)
        push = await card(ann, "Bought 0.01 BTC")
        assert push["reply_to"] == filled["message_id"]
        await send(ann, f"/buy 0.01 btc @ {await cheap(exchange)}", "limit")
        resting = await card(ann, "🟦 Open")
        await ann.tap(OWNER, resting["message_id"], "Cancel")
        await card(ann, "⚪ Cancelled")
        await card(ann, "Nothing filled")
        await ann.tap(OWNER, filled["message_id"], "Sell 50 %")
        await card(ann, "preview, 60 s", "SELL")


async def test_a_resting_order_fills_after_a_restart(
    ann: People, telegram: LocalTelegram, exchange: Exchange, tmp_path: Path
) -> None:
    settings = settings_for(telegram, exchange, tmp_path)
    async with running(settings):
        await send(ann, f"/buy 0.01 btc @ {await cheap(exchange)}")
        await card(ann, "🟦 Open")
    async with running(settings):
        # The practice account follows its order again before the price comes to it.
        await ann.until(lambda: ann.messages(OWNER), lambda messages: len(messages) >= 1)
        exchange.move("BTC/USD", int(int(await cheap(exchange, 85)) * 10))
        await card(ann, "✅ Filled")
        pushes = [each for each in await ann.messages(OWNER) if "Bought" in each["text"]]
        assert len(pushes) == 1


async def test_a_bracket_in_the_chat(
    ann: People, telegram: LocalTelegram, exchange: Exchange, tmp_path: Path
) -> None:
    async with running(settings_for(telegram, exchange, tmp_path)):
        low, high = await cheap(exchange, 80), await cheap(exchange, 120)
        await send(ann, f"/buy 0.01 btc market sl={low} tp={high}")
        shown = await card(ann, "✅ Filled", "rests at the practice market", "needs the bot")
        exchange.move("BTC/USD", int(int(high) * 10) + 100)
        await card(ann, "Sold 0.01 BTC")
        ended = await card(ann, "TP is over")
        assert ended["message_id"] == shown["message_id"]


async def test_a_holding_is_protected(
    ann: People, telegram: LocalTelegram, exchange: Exchange, tmp_path: Path
) -> None:
    async with running(settings_for(telegram, exchange, tmp_path)):
        await send(ann, "/buy 0.01 btc market")
        await card(ann, "✅ Filled")
        await send(ann, f"/protect btc sl={await cheap(exchange, 80)} tp=+20%", "SELL")
        waits = await card(ann, "🟦 Waits ▼", "🤖 TP")
        await ann.tap(OWNER, waits["message_id"], "Cancel")
        question = await card(ann, "Cancel this stop?")
        await ann.tap(OWNER, question["message_id"], "Cancel the stop")
        await card(ann, "⚪ Cancelled")
