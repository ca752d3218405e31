"""Somebody is blocked: nobody trades with their key, what is open is named, and it can go."""

from pathlib import Path
from typing import Any

from tests.stack import FRIEND, GROUP, OWNER, People, stack
from tests.virtual_time import passes


async def say(them: People, text: str, user: int, where: int) -> dict[str, Any]:
    await them.say(user, text, where)
    await passes(3)
    return (await them.messages(where))[-1]


async def test_a_blocked_persons_key_trades_no_more_and_the_owner_destroys_it(
    tmp_path: Path,
) -> None:
    async with stack(tmp_path / "data") as them:
        made = them.exchange.add_user({"balances": {"USD": "10000"}, "tier": "pro"})
        await say(them, f"/role {FRIEND} owner", OWNER, GROUP)
        await say(them, f"/connect {made['api_key']} {made['api_secret']}", FRIEND, FRIEND)
        await say(them, f"/lend {GROUP} max=50usd", FRIEND, FRIEND)
        await say(them, "/live", FRIEND, GROUP)
        await say(them, "/live live", FRIEND, GROUP)
        card = await say(them, "/buy 0.0005 btc @ -1%", OWNER, GROUP)
        label = next(row[0]["text"] for row in card["buttons"] if row[0]["text"][0] == "✅")
        await them.tap(OWNER, card["message_id"], label, GROUP)
        await passes(4)

        told = await say(them, f"/block {FRIEND}", OWNER, OWNER)
        assert "is not used any more: it stays sealed" in told["text"]
        assert f"It was lent to {GROUP}" in told["text"]
        assert "These stay open at Kraken" in told["text"]
        assert "BUY 0.0005 BTC/USD O" in told["text"]
        assert "PAPER" in (await say(them, "/buy 0.0005 btc @ -1%", OWNER, GROUP))["text"]
        assert them.exchange.rest.calls.get("AddOrder", 0) == 1
        assert them.exchange.rest.calls.get("CancelOrder", 0) == 0

        await them.tap(OWNER, told["message_id"], "Destroy that key")
        await passes(3)
        shown = {each["message_id"]: each["text"] for each in await them.messages(OWNER)}
        assert "The key is destroyed." in shown[told["message_id"]]
        log = (await say(them, "/audit", OWNER, OWNER))["text"]
        destroyed = next(line for line in log.split("\n") if "was destroyed" in line)
        assert f" {OWNER}: the key" in destroyed, "whose doing it was"

        told = await say(them, f"/block {FRIEND}", OWNER, OWNER)
        assert "They have no key here." in told["text"]


async def test_the_key_of_somebody_who_is_let_in_is_theirs(tmp_path: Path) -> None:
    async with stack(tmp_path / "data") as them:
        user = {"balances": {"USD": "100"}, "tier": "pro"}
        made = them.exchange.add_user(user)
        await say(them, f"/connect {made['api_key']} {made['api_secret']}", FRIEND, FRIEND)
        blocked = await say(them, f"/block {FRIEND}", OWNER, OWNER)
        assert "Nothing of theirs is open at Kraken." in blocked["text"]
        await say(them, f"/approve {FRIEND}", OWNER, OWNER)
        await them.tap(OWNER, blocked["message_id"], "Destroy that key")
        await passes(3)
        shown = {each["message_id"]: each["text"] for each in await them.messages(OWNER)}
        assert "They are let in again." in shown[blocked["message_id"]]
        assert "key" in (await say(them, "/connect status", FRIEND, FRIEND))["text"].lower()
