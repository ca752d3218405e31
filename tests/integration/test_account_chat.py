"""Orders and accounts as a person sees them: the whole bot, practice and a connected key."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests import virtual_time
from tests.stack import OWNER, People, stack
from tests.trader import signature
from tests.virtual_time import VIRTUAL_TIME, passes


@pytest.fixture
def anyio_backend() -> Any:
    return VIRTUAL_TIME


@pytest.fixture
async def them(tmp_path: Path) -> AsyncIterator[People]:
    async with stack(tmp_path / "data") as people:
        yield people


async def asks(them: People, text: str, *words: str, user: int = OWNER) -> dict[str, Any]:
    """Write it, and wait for a new message, or a changed one, with all these words."""
    before = {str(message) for message in await them.messages(user)}
    await them.say(user, text)
    return await sees(them, *words, user=user, before=before)


async def taps(
    them: People, message: dict[str, Any], label: str, *words: str, user: int = OWNER
) -> dict[str, Any]:
    before = {str(each) for each in await them.messages(user)}
    await them.tap(user, message["message_id"], label)
    return await sees(them, *words, user=user, before=before)


async def sees(
    them: People, *words: str, user: int = OWNER, before: set[str] | None = None
) -> dict[str, Any]:
    def found(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [
            each
            for each in messages
            if all(word in each["text"] for word in words) and str(each) not in (before or ())
        ]

    return found(await them.until(lambda: them.messages(user), found, 120))[-1]


def labels(message: dict[str, Any]) -> list[str]:
    return [button["text"] for row in message["buttons"] for button in row]


def below_market(them: People, percent: int) -> str:
    """A whole price so far below the best bid."""
    pair = them.exchange.venue.pairs["BTC/USD"]
    bid, _ = them.exchange.venue.books["BTC/USD"].best()
    assert bid is not None
    return f"{bid[0] * Decimal(pair.tick_size) * (100 - percent) / 100:.0f}"


async def connect_live(them: People) -> dict[str, str]:
    """A key with money, and the chat in live mode."""
    keys = them.exchange.add_user({"balances": {"USD": "100000", "BTC": "1"}})
    await asks(them, f"/connect {keys['api_key']} {keys['api_secret']}", "Connected.")
    await asks(them, "/live", "live")
    await asks(them, "live", "🔴 LIVE")
    return keys


@pytest.mark.parametrize("mode", ["PAPER", "LIVE"])
async def test_an_order_is_listed_changed_and_cancelled(them: People, mode: str) -> None:
    if mode == "LIVE":
        await connect_live(them)
    first, second = below_market(them, 10), below_market(them, 12)
    preview = await asks(them, f"/buy 0.001 btc @ {first}", "preview, 60 s")
    await taps(them, preview, labels(preview)[0], "🟦 Open")
    listed = await asks(them, "/orders", mode, "1 open order", "▲ BTC/USD  lim")
    assert "↗" not in listed["text"]
    card = await taps(them, listed, "1", "Open")
    assert "Change price" in labels(card)
    question = await taps(them, card, "Change price", "the new price?")
    await them.say(OWNER, second, reply_to_message_id=question["message_id"])
    change = await sees(them, "change, valid 60 s", "→")
    await taps(them, change, f"Change it · {mode}", "changed")
    price = f"{int(second):,}.0"
    await asks(them, "/orders", price, "1 open order")
    await asks(them, "/cancel last", "cancelled", "Nothing had been filled.")
    await asks(them, "/orders", "no open orders.")
    await asks(them, "/orders closed", "1 closed order", "cancelled")


@pytest.mark.parametrize("mode", ["PAPER", "LIVE"])
async def test_what_was_bought_is_owned_paid_for_and_exported(them: People, mode: str) -> None:
    if mode == "LIVE":
        await connect_live(them)
    preview = await asks(them, "/buy 0.001 btc market", "preview, 60 s")
    await taps(them, preview, labels(preview)[0], "✅ Filled")
    await asks(them, "/balance", mode, "BTC", "TOTAL")
    await asks(them, "/trades", mode, "1 fill", "▲ BTC/USD", "0.00100000")
    await asks(them, "/fees", mode, "Maker", "Taker", "Paid this month")
    # A person reads; a Starter key's counter has room again meanwhile.
    await passes(20)
    await asks(them, "/pnl today", mode, "Realised", "Net")
    await asks(them, "/portfolio", mode, "BTC")
    await asks(them, "/export trades", mode, "trades, 1 row")
    await asks(them, "/export ledger", mode, "ledger, ")


async def test_an_order_made_elsewhere_is_listed_and_cancelled_with_all(them: People) -> None:
    keys = await connect_live(them)
    await place_elsewhere(them, keys, below_market(them, 10))
    await asks(them, "/orders", "1 open order", "↗ app", "made elsewhere")
    confirm = await asks(them, "/cancelall", "cancel 1 order?", "not made through this bot")
    await taps(them, confirm, "Cancel 1 · LIVE", "cancelled 1 of 1")
    journal = them.exchange.journal()["orders"]
    assert [order["status"] for order in journal] == ["canceled"]  # type: ignore[attr-defined]  # JSON


async def place_elsewhere(them: People, keys: dict[str, str], price: str) -> None:
    """What somebody does with the same key and another program, between two calls of the bot."""
    await asyncio.sleep(0.02)  # a jump in time: nonces have to rise
    nonce = str(virtual_time.unix_nanoseconds() // 1000)
    path, order = "/0/private/AddOrder", {"pair": "XBTUSD", "type": "buy", "ordertype": "limit"}
    body = urlencode({"nonce": nonce, **order, "volume": "0.001", "price": price})
    headers = {
        "API-Key": keys["api_key"],
        "API-Sign": signature(path, nonce, body, keys["api_secret"]),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    url = them.exchange.rest_url + path
    async with them.http.post(url, data=body.encode(), headers=headers) as answer:
        assert (await answer.json(content_type=None))["error"] == []
    await asyncio.sleep(0.02)
