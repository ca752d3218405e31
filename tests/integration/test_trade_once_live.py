"""One tap, one order, in the exchange's own journal: with a key, live, over real sockets."""

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp

from tests.stack import OWNER, People, stack


async def asks(them: People, text: str, words: str) -> dict[str, Any]:
    """Write it; the newest message with these words that was not there before."""
    before = {str(each) for each in await them.messages(OWNER)}

    def fresh(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [each for each in messages if words in each["text"] and str(each) not in before]

    await them.say(OWNER, text)
    return fresh(await them.until(lambda: them.messages(OWNER), fresh))[-1]


async def go_live(them: People) -> str:
    """A key with money, in live mode; what the journal calls it."""
    keys = them.exchange.add_user({"balances": {"USD": "100000", "BTC": "1"}})
    await asks(them, f"/connect {keys['api_key']} {keys['api_secret']}", "Connected.")
    await asks(them, "/live", "live")
    await asks(them, "live", "🔴 LIVE")
    return keys["api_key"]


def below_market(them: People, percent: int) -> str:
    pair = them.exchange.venue.pairs["BTC/USD"]
    bid, _ = them.exchange.venue.books["BTC/USD"].best()
    assert bid is not None
    return f"{bid[0] * Decimal(pair.tick_size) * (100 - percent) / 100:.0f}"


def journal(them: People, key: str) -> list[dict[str, Any]]:
    return [row for row in them.exchange.journal()["orders"] if row["api_key"] == key]  # type: ignore[attr-defined]  # JSON


async def press(them: People, card: int, label: str, *, resend: bool) -> None:
    """A press as a person's client sends it; on a card without buttons it goes nowhere."""
    wish = {"user_id": OWNER, "chat_id": OWNER, "message_id": card, "text": label}
    if resend:
        wish["resend"] = True
    url = f"{them.telegram.url}/sim/tap"
    async with aiohttp.ClientSession() as http, http.post(url, json=wish) as answer:
        await answer.read()


async def heard_again(them: People) -> None:
    """Whatever waited in the chat's lane is worked on; fifty presses may fill it."""
    count = len(await them.messages(OWNER))

    async def answers() -> list[str]:
        await them.say(OWNER, "/price btc")
        return [message["text"] for message in (await them.messages(OWNER))[count:]]

    await them.until(answers, lambda seen: any("As of" in text for text in seen))


async def test_fifty_presses_and_their_repetitions_are_one_order_in_the_journal(
    tmp_path: Path,
) -> None:
    async with stack(tmp_path / "data") as them:
        key = await go_live(them)
        preview = await asks(them, f"/buy 0.001 btc @ {below_market(them, 10)}", "preview, 60 s")
        card, label = preview["message_id"], "✅ Buy 0.001 BTC · LIVE"
        async with asyncio.TaskGroup() as group:
            for _ in range(50):
                group.create_task(press(them, card, label, resend=False))
        for _ in range(5):
            await press(them, card, label, resend=True)
        await them.sees(OWNER, lambda seen: any("🟦 Open" in text for text in seen))
        await heard_again(them)
        (order,) = journal(them, key)
        assert (order["symbol"], Decimal(order["qty"])) == ("BTC/USD", Decimal("0.001"))


async def test_nothing_but_the_tap_reaches_the_exchange(tmp_path: Path) -> None:
    async with stack(tmp_path / "data") as them:
        key = await go_live(them)
        price = below_market(them, 10)
        preview = await asks(them, f"/buy 0.001 btc @ {price}", "preview, 60 s")
        checked = await asks(them, f"/buy 0.001 btc @ {price} check", "checked, not sent")
        assert "Kraken would take this order." in checked["text"]
        await asks(them, "/buy", "▲ BUY")
        await them.tap(OWNER, preview["message_id"], "✖ Cancel")
        await them.sees(OWNER, lambda seen: any("✖ Cancelled" in text for text in seen))
        assert journal(them, key) == []
