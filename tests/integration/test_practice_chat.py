"""Practice as a new user meets it: the whole bot, play money, in virtual time, and no way out."""

import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from bot.standin.server import LocalTelegram
from kraken.sim.listing import PAIRS
from kraken.sim.server import Exchange
from tests.account_stage import private_calls
from tests.stack import OWNER, People, people, running, serving_exchange, serving_telegram
from tests.stack import settings_for as settings

BTC = "BTC/USD"


@pytest.fixture
async def exchange() -> AsyncIterator[Exchange]:
    """Whatever a test does here: nothing private was ever asked of it."""
    async with serving_exchange(seed=1, pairs=PAIRS[:4]) as exchange:
        yield exchange
        assert private_calls(exchange) == {}
        assert "GetWebSocketsToken" not in exchange.rest.calls


@pytest.fixture
async def telegram() -> AsyncIterator[LocalTelegram]:
    async with serving_telegram(repeat_pause=0.0) as telegram:
        yield telegram


@pytest.fixture
async def ann(telegram: LocalTelegram) -> AsyncIterator[People]:
    async with people(telegram) as ann:
        yield ann


async def seen(ann: People, *words: str) -> dict[str, Any]:
    """Wait for a message with all these words; the newest."""

    def found(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [each for each in messages if all(word in each["text"] for word in words)]

    messages = await ann.until(lambda: ann.messages(OWNER), found)
    return found(messages)[-1]


async def tap(ann: People, label: str, *words: str) -> None:
    """Press the button on the newest message with these words."""
    message = await seen(ann, *words)
    await ann.tap(OWNER, message["message_id"], label)


def labels(message: dict[str, Any]) -> list[str]:
    return [button["text"] for row in message["buttons"] for button in row]


async def send(ann: People, command: str, *words: str) -> None:
    """Write it, and tap the confirming button of its preview."""
    await ann.say(OWNER, command)
    preview = await seen(ann, "preview, 60 s", *words)
    await ann.tap(OWNER, preview["message_id"], labels(preview)[0])


def below(exchange: Exchange, share: int) -> int:
    """A price in ticks, so many percent of the best bid."""
    bid, _ = exchange.venue.books[BTC].best()
    assert bid is not None
    return int(bid[0] * share // 100)


def as_price(exchange: Exchange, ticks: int) -> str:
    return f"{ticks / 10 ** exchange.venue.pairs[BTC].price_decimals:.0f}"


def percent_in(text: str, word: str) -> float:
    """The percentage in the row of a table."""
    match = re.search(rf"{word} +([+−-]?[0-9.]+) %", text)
    assert match, text
    return float(match[1].replace("−", "-"))


async def test_the_first_order_is_two_taps_after_the_first_word(
    ann: People, telegram: LocalTelegram, exchange: Exchange, tmp_path: Path
) -> None:
    async with running(settings(telegram, exchange, tmp_path)):
        await ann.say(OWNER, "/start")
        welcome = await seen(ann, "I trade on Kraken from this chat.")
        assert "🧪 PAPER with 10,000 USD of play money" in welcome["text"]
        await tap(ann, "▲ Practise a buy", "I trade on Kraken")
        preview = await seen(ann, "preview, 60 s", "BUY  BTC/USD")
        await ann.tap(OWNER, preview["message_id"], labels(preview)[0])
        await seen(ann, "🧪 PAPER ✅ Filled ▲")
        await seen(ann, "🧪 PAPER ▲ BTC/USD filled", "Bought")
        every = [message["text"] for message in await ann.messages(OWNER)]
        assert len(every) <= 4
        await ann.say(OWNER, "/start")
        again = await seen(ann, "🧪 PAPER · ready", "0 open orders")
        assert "9,9" in again["text"], "a fee was paid"


async def test_the_rules_of_a_practice_account_are_its_owners_and_outlive_the_process(
    ann: People, telegram: LocalTelegram, exchange: Exchange, tmp_path: Path
) -> None:
    given = settings(telegram, exchange, tmp_path)
    async with running(given):
        await ann.say(OWNER, "/paper reset 20000 usd btc=0.5")
        await seen(ann, "You own 20,000 USD, 0.5 BTC.")
        await ann.say(OWNER, "/paper fee maker=0.1 taker=0.2")
        await seen(ann, "fees changed", "0.1 % maker, 0.2 % taker")
        await ann.say(OWNER, "/paper latency 150ms")
        await seen(ann, "latency changed", "150 ms later")
        await send(ann, "/buy 0.01 btc market")
        await seen(ann, "✅ Filled ▲ 0.01 BTC")
    async with running(given):
        await ann.say(OWNER, "/paper fee")
        await seen(ann, "PAPER · fees\n", "0.1 % maker, 0.2 % taker")
        await ann.say(OWNER, "/paper latency")
        await seen(ann, "PAPER · latency\n", "150 ms later")
        await ann.say(OWNER, "/balance")
        assert "0.51000000" in (await seen(ann, "TOTAL"))["text"]


async def test_an_open_order_says_why_and_fills_after_a_restart(
    ann: People, telegram: LocalTelegram, exchange: Exchange, tmp_path: Path
) -> None:
    given = settings(telegram, exchange, tmp_path)
    async with running(given):
        await send(ann, "/buy 0.01 btc market")
        await seen(ann, "✅ Filled ▲ 0.01 BTC")
        await send(ann, f"/buy 0.02 btc @ {as_price(exchange, below(exchange, 92))}", "limit")
        await tap(ann, "Why not filled?", "🟦 Open")
        why = await seen(ann, "why not filled?", "The best ask is")
        await ann.tap(OWNER, why["message_id"], "🔄")
        await ann.say(OWNER, "/orders")
        await tap(ann, "Why not filled?", "1 open order")
        await ann.say(OWNER, "/paper reset")
        await seen(ann, "start anew?", "1 open order would end")
    async with running(given):
        exchange.move(BTC, below(exchange, 85))
        await seen(ann, "✅ Filled ▲ 0.02 BTC")


async def test_stats_follow_the_trades_and_begin_anew_with_a_reset(
    ann: People, telegram: LocalTelegram, exchange: Exchange, tmp_path: Path
) -> None:
    async with running(settings(telegram, exchange, tmp_path)):
        await send(ann, "/buy 0.1 btc market")
        await seen(ann, "✅ Filled ▲ 0.1 BTC")
        exchange.move(BTC, below(exchange, 85))
        await ann.say(OWNER, "/paper stats")
        stats = (await seen(ann, "how it goes"))["text"]
        assert "Trades 1" in stats
        assert -15 < percent_in(stats, "Return") < -5
        assert -15 < percent_in(stats, "Max drawdown") < -5
        assert -20 < percent_in(stats, "Holding BTC") < -10
        await ann.say(OWNER, "/paper reset")
        await seen(ann, "You own 10,000 USD.")
        await ann.say(OWNER, "/paper stats")
        fresh = (await ann.until(lambda: ann.messages(OWNER), _has_no_trades))[-1]["text"]
        assert percent_in(fresh, "Return") == 0
        await ann.say(OWNER, "/pnl all")
        assert "Sales 0" in (await seen(ann, "P&L all"))["text"]


def _has_no_trades(messages: list[dict[str, Any]]) -> bool:
    return any("Trades 0" in message["text"] for message in messages)


async def test_a_reset_ends_what_is_open_once_it_is_confirmed(
    ann: People, telegram: LocalTelegram, exchange: Exchange, tmp_path: Path
) -> None:
    async with running(settings(telegram, exchange, tmp_path)):
        low, high = below(exchange, 80), below(exchange, 120)
        bracket = f"sl={as_price(exchange, low)} tp={as_price(exchange, high)}"
        await send(ann, f"/buy 0.01 btc market {bracket}", "SL rests at the practice market")
        await seen(ann, "✅ Filled", "needs the bot")
        await ann.say(OWNER, "/paper reset 5000 usd")
        await seen(ann, "start anew?", "1 open order and 1 take-profit would end")
        await tap(ann, "Start anew", "start anew?")
        await seen(ann, "new play money", "You own 5,000 USD.")
        await seen(ann, "TP is over")
        exchange.move(BTC, high + 1000)
        await ann.say(OWNER, "/balance")
        balance = await seen(ann, "TOTAL")
        assert "5,000.00" in balance["text"]
        assert "BTC" not in balance["text"]
        assert not await _said(ann, lambda text: "does not protect" in text or "Sold" in text)


async def _said(ann: People, condition: Callable[[str], bool]) -> list[str]:
    return [each["text"] for each in await ann.messages(OWNER) if condition(each["text"])]


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("/paper reset 10 nope", "Not an asset: NOPE"),
        ("/paper reset -5 usd", "Not an amount: -5"),
        ("/paper reset 1e9 usd", "Not an amount: 1e9"),
        ("/paper reset 0,5 btc", "Use a dot, not a comma"),
        ("/paper reset 1234567890123 usd", "Too many digits"),
        ("/paper fee mine", "Connect a key first"),
        ("/live", "Live trading needs a Kraken key"),
        ("/paper rest", "Not understood: rest"),
    ],
)
async def test_what_cannot_be_is_said_and_nothing_changes(
    ann: People,
    telegram: LocalTelegram,
    exchange: Exchange,
    tmp_path: Path,
    command: str,
    sentence: str,
) -> None:
    async with running(settings(telegram, exchange, tmp_path)):
        await ann.say(OWNER, command)
        await seen(ann, sentence)
        await ann.say(OWNER, "/balance")
        assert "10,000.00" in (await seen(ann, "TOTAL"))["text"]
