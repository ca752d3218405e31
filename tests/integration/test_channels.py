"""A channel as a feed: closed trades and alerts of one chat, sizes only where they are shown."""

from pathlib import Path
from typing import Any

from tests.stack import FRIEND, GROUP, OWNER, STRANGER, People, stack
from tests.virtual_time import passes

CHANNEL, OTHER = -1005, -1006


async def say(them: People, text: str, user: int = OWNER) -> dict[str, Any]:
    await them.say(user, text)
    await passes(4)
    return (await them.messages(user))[-1]


async def switch(them: People, message: dict[str, Any], label: str, user: int = OWNER) -> str:
    await them.tap(user, message["message_id"], label)
    await passes(2)
    shown = {each["message_id"]: each["text"] for each in await them.messages(user)}
    return str(shown[message["message_id"]])


async def buy(them: People) -> None:
    """A market order that is filled."""
    card = await say(them, "/buy 0.001 btc market")
    label = next(row[0]["text"] for row in card["buttons"] if row[0]["text"].startswith("✅"))
    await them.tap(OWNER, card["message_id"], label)
    await passes(8)


async def posts(them: People, channel: int = CHANNEL) -> list[dict[str, Any]]:
    return await them.messages(channel)


async def test_a_channel_reads_what_its_owner_chose_and_no_sizes_before_that(
    tmp_path: Path,
) -> None:
    async with stack(tmp_path / "data") as them:
        assert "You have no channel" in (await say(them, "/feed"))["text"]
        await them.post("chats", chat_id=CHANNEL, type="channel", title="News", members=[OWNER])
        await passes(2)
        assert "I may post in your channel now" in (await them.messages(OWNER))[-1]["text"]
        await buy(them)
        assert await posts(them) == [], "nothing was chosen yet"

        page = await say(them, "/feed")
        assert "News: trades off, alerts off, sizes off" in page["text"]
        assert "trades on, alerts off, sizes off" in await switch(them, page, "Trades: off")
        await buy(them)
        [post] = await posts(them)
        assert post["text"].startswith("🧪 PAPER ▲ bought BTC/USD @ ")
        assert "0.001" not in post["text"]
        await switch(them, page, "Sizes: off")
        await buy(them)
        assert "bought 0.001 BTC @" in (await posts(them))[-1]["text"]

        await switch(them, page, "Alerts: off")
        await say(them, "/alert btc +1%")
        them.exchange.move("BTC/USD", 618_000)
        await passes(120)
        alert = (await posts(them))[-1]
        assert "🔔 BTC/USD >" in alert["text"]
        assert alert["buttons"] == [], "it is read, not answered"
        await switch(them, page, "Trades: on")
        count = len(await posts(them))
        await buy(them)
        assert len(await posts(them)) == count


async def test_a_channel_is_its_owners_and_a_strangers_is_none(tmp_path: Path) -> None:
    async with stack(tmp_path / "data") as them:
        for channel, user in ((CHANNEL, FRIEND), (OTHER, STRANGER)):
            await them.post("chats", chat_id=channel, type="channel", title="News", members=[user])
        await passes(2)
        assert "You have no channel" in (await say(them, "/feed"))["text"]
        page = await say(them, "/feed", FRIEND)
        assert "News: trades off" in page["text"]
        await switch(them, page, "Trades: off", FRIEND)
        await buy(them)
        assert await posts(them) == [], "another person's trades"
        assert await posts(them, OTHER) == []
        assert "the bot posts, and people read" in await refused(them)


async def test_a_channel_reads_nothing_more_of_a_group_that_its_owner_has_no_say_in(
    tmp_path: Path,
) -> None:
    async with stack(tmp_path / "data") as them:
        await them.post("chats", chat_id=CHANNEL, type="channel", title="News", members=[FRIEND])
        await passes(2)
        await in_group(them, f"/role {FRIEND} owner")
        page = await in_group(them, "/feed", FRIEND)
        await them.tap(FRIEND, page["message_id"], "Trades: off", GROUP)
        await passes(2)
        for role, count in (("owner", 1), ("trader", 1), ("none", 1), ("owner", 2)):
            await in_group(them, f"/role {FRIEND} {role}")
            card = await in_group(them, "/buy 0.001 btc market")
            await them.tap(OWNER, card["message_id"], card["buttons"][0][0]["text"], GROUP)
            await passes(12)
            assert len(await posts(them)) == count, role


async def in_group(them: People, text: str, user: int = OWNER) -> dict[str, Any]:
    await them.say(user, text, GROUP)
    await passes(4)
    return (await them.messages(GROUP))[-1]


async def refused(them: People) -> str:
    """Writing in a channel."""
    wish = {"user_id": FRIEND, "chat_id": CHANNEL, "text": "hello"}
    async with them.http.post(f"{them.telegram.url}/sim/message", json=wish) as answer:
        assert answer.status == 400
        return str((await answer.json())["error"])
