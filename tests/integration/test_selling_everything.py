"""Sell everything, over the whole bot: what is told is what the exchange wrote down."""

from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.stack import OWNER, People, stack
from tests.virtual_time import passes


async def say(them: People, text: str, seconds: float = 5) -> None:
    await them.say(OWNER, text)
    await passes(seconds)


async def tap(them: People, label: str) -> None:
    """Press the newest button whose label begins so."""
    for message in reversed(await them.messages(OWNER)):
        for row in message["buttons"]:
            for button in row:
                if button["text"].startswith(label):
                    await them.tap(OWNER, message["message_id"], button["text"])
                    await passes(5)
                    return
    raise AssertionError(f"no button {label}")


async def test_everything_is_cancelled_then_sold_and_told_as_it_was(tmp_path: Path) -> None:
    async with stack(tmp_path / "data") as them:
        user = {"balances": {"USD": "1000", "BTC": "0.01", "ETH": "0.02"}, "tier": "pro"}
        made = them.exchange.add_user(user)
        await say(them, f"/connect {made['api_key']} {made['api_secret']}")
        await say(them, "/live")
        await say(them, "live")
        for order in ("/buy 0.001 btc @ -2%", "/sell 0.001 btc @ +2%", "/sell 0.001 btc stop=-5%"):
            await say(them, order)
            await tap(them, "✅")
        await say(them, "/kill")
        await tap(them, "Sell everything")
        await say(them, "sell", 30)

        orders: Any = them.exchange.journal()["orders"]
        earlier, sales = orders[:3], orders[3:]
        assert [order["status"] for order in earlier] == ["canceled"] * 3
        assert {(order["side"], order["type"], order["time_in_force"]) for order in sales} == {
            ("sell", "limit", "IOC")
        }
        wanted = {order["symbol"]: Decimal(order["qty"]) for order in sales}
        assert wanted == {"BTC/USD": Decimal("0.01"), "ETH/USD": Decimal("0.02")}, "all was free"
        texts = [message["text"] for message in await them.messages(OWNER)]
        told = next(text for text in reversed(texts) if "0.02" in text and "0.01" in text)
        for order in sales:
            assert Decimal(order["filled_qty"]) == Decimal(order["qty"])
            assert order["symbol"] in told
        placed = them.exchange.rest.calls["AddOrder"]
        assert placed == 3 + len(sales)
