"""Alerts through the whole product: typed in the chat, reached at the exchange, pushed back."""

import asyncio
from pathlib import Path
from typing import Any

from tests import stack as whole
from tests.stack import OWNER, people, running, serving_exchange, serving_telegram, settings_for


def has(*words: str) -> Any:
    return lambda texts: any(all(word in text for word in words) for text in texts)


async def later(seconds: float) -> None:
    """Virtual time passes."""
    await asyncio.sleep(seconds)


async def test_an_alert_is_set_reached_and_told_with_its_preview(tmp_path: Path) -> None:
    async with whole.stack(tmp_path) as them:
        await them.say(OWNER, '/alert btc +1% buy 50usd note="half?"')
        await them.sees(OWNER, has("#1 BTC/USD >", "Checked on every trade"))
        them.exchange.move("BTC/USD", 618_000)
        texts = await them.sees(OWNER, has("🔔 BTC/USD >", "Traded", "“half?”"), 120)
        assert "away" not in "".join(texts)
        message = next(m for m in await them.messages(OWNER) if "Traded" in m["text"])
        labels = [button["text"] for row in message["buttons"] for button in row]
        assert labels == ["▲ Buy 50usd", "🔁 Again", "💤 1h", "🕯 Chart", "✖ Delete"]
        await them.tap(OWNER, message["message_id"], "▲ Buy 50usd")
        await them.sees(OWNER, has("PAPER", "preview"))
        assert not them.exchange.journal().get("orders"), "a preview, never an order"


async def test_what_happened_while_the_bot_was_away_is_told_as_such(tmp_path: Path) -> None:
    async with (
        serving_telegram(repeat_pause=0.0) as telegram,
        people(telegram) as them,
        serving_exchange(seed=1, pairs=whole.PAIRS[:4]) as market,
    ):
        settings = settings_for(telegram, market, tmp_path)
        async with running(settings):
            await them.say(OWNER, "/alert btc +1%")
            await them.sees(OWNER, has("#1 BTC/USD >"))
            await later(60)
        market.move("BTC/USD", 618_000)
        await later(120)
        market.move("BTC/USD", 600_000)
        await later(120)
        async with running(settings):
            await them.sees(OWNER, has("🔔 BTC/USD >", "while I was away"), 60)
            await later(30)
            texts = [m["text"] for m in await them.messages(OWNER)]
    assert sum("🔔 BTC/USD >" in text and "Traded" in text for text in texts) == 1


async def test_what_an_account_does_is_told_with_the_money_that_it_is_about(
    tmp_path: Path,
) -> None:
    async with whole.stack(tmp_path) as them:
        await them.say(OWNER, "/alert fill big 50usd")
        await them.sees(OWNER, has("🧪 PAPER 🔔 #1 big fill, 50.00 USD"))
        await them.say(OWNER, "/alert usd < 9900")
        await them.sees(OWNER, has("🧪 PAPER 🔔 #2 USD balance < 9,900", "Now 10,000.00 USD"))
        await them.say(OWNER, "/buy 200usd btc market")
        await them.sees(OWNER, has("preview"))
        preview = next(m for m in await them.messages(OWNER) if "preview" in m["text"])
        await them.tap(OWNER, preview["message_id"], preview["buttons"][0][0]["text"])
        texts = await them.sees(
            OWNER,
            lambda texts: (
                has("Bought BTC/USD for")(texts) and has("USD balance", "Now 9,7")(texts)
            ),
            120,
        )
        assert sum("Bought BTC/USD for" in text for text in texts) == 1


async def test_an_alert_comes_with_a_picture_of_its_market(tmp_path: Path) -> None:
    async with whole.stack(tmp_path) as them:
        await them.say(OWNER, "/alert btc +1% chart")
        await them.sees(OWNER, has("#1 BTC/USD >", "ith chart"))
        them.exchange.move("BTC/USD", 618_000)
        await them.sees(OWNER, has("🔔 BTC/USD >", "Traded"), 120)
        sent = await them.calls("sendPhoto")
    assert len(sent) == 1
