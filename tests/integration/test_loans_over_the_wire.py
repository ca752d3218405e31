"""A group that trades on somebody's key: within the maximum, and not a moment longer than lent."""

from pathlib import Path
from typing import Any

from tests.stack import GROUP, OWNER, People, stack
from tests.virtual_time import passes


async def say(them: People, text: str, where: int = GROUP) -> str:
    await them.say(OWNER, text, where)
    await passes(4)
    return str((await them.messages(where))[-1]["text"])


async def tap(them: People, message: dict[str, Any]) -> str:
    """Press the button that confirms; what the card says then."""
    labels = [button["text"] for row in message["buttons"] for button in row]
    label = next(each for each in labels if each.startswith("✅"))
    await them.tap(OWNER, message["message_id"], label, GROUP)
    await passes(4)
    shown = {each["message_id"]: each["text"] for each in await them.messages(GROUP)}
    return str(shown[message["message_id"]])


def placed(them: People) -> int:
    return them.exchange.rest.calls.get("AddOrder", 0)


async def test_a_group_trades_on_a_lent_key_until_it_is_taken_back(tmp_path: Path) -> None:
    async with stack(tmp_path / "data") as them:
        user = {"balances": {"USD": "10000", "BTC": "0.5"}, "tier": "pro"}
        made = them.exchange.add_user(user)
        await say(them, f"/connect {made['api_key']} {made['api_secret']}", OWNER)
        await say(them, f"/lend {GROUP} max=50usd", OWNER)
        await say(them, "/live")
        assert "real money from here on" in await say(them, "/live live")

        assert "0.0005" in await say(them, "/buy 0.0005 btc @ -1%")
        assert "Open" in await tap(them, (await them.messages(GROUP))[-1])
        assert placed(them) == 1
        assert "50 USD" in await say(them, "/buy 0.0015 btc @ -1%")

        await say(them, "/buy 0.0006 btc @ -1%")
        card = (await them.messages(GROUP))[-1]
        await say(them, "/unlend", OWNER)
        await tap(them, card)
        assert placed(them) == 1, "it was taken back between the card and the tap"
        assert "needs a Kraken key" in await say(them, "/live")
        assert "PAPER" in await say(them, "/buy 0.0006 btc @ -1%")
