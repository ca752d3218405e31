"""Topics of a group: answers stay where they were asked for, and pushes come to the bound one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.stack import FRIEND, GROUP, OWNER, People, stack
from tests.virtual_time import passes

FORUM = -1001


@asynccontextmanager
async def forum(folder: Path) -> AsyncIterator[tuple[People, int, int]]:
    """An open group with two topics, in which the owner trades practice money."""
    async with stack(folder / "data") as them:
        await them.post(
            "chats", chat_id=FORUM, type="supergroup", title="Desk", members=[OWNER, FRIEND]
        )
        desk = await them.post("topic", chat_id=FORUM, name="Desk")
        news = await them.post("topic", chat_id=FORUM, name="News")
        await passes(2)
        yield them, int(desk["message_thread_id"]), int(news["message_thread_id"])


async def say(them: People, text: str, topic: int | None) -> dict[str, Any]:
    await them.say(OWNER, text, FORUM, message_thread_id=topic)
    await passes(3)
    return (await them.messages(FORUM))[-1]


async def resting(them: People, topic: int | None) -> dict[str, Any]:
    """Buy below the market; the card that is open."""
    card = await say(them, "/buy 0.001 btc @ -5%", topic)
    label = next(row[0]["text"] for row in card["buttons"] if row[0]["text"].startswith("✅"))
    await them.tap(OWNER, card["message_id"], label, FORUM)
    await passes(3)
    return card


async def filled(them: People, topic: int | None) -> dict[str, Any]:
    """Buy at the market and return what is told of its end."""
    card = await say(them, "/buy 0.001 btc market", topic)
    label = next(row[0]["text"] for row in card["buttons"] if row[0]["text"].startswith("✅"))
    before = len(await them.messages(FORUM))
    await them.tap(OWNER, card["message_id"], label, FORUM)
    await passes(30)
    told = (await them.messages(FORUM))[before:]
    return next(each for each in told if "illed" in each["text"] or "ought" in each["text"])


async def test_answers_stay_in_their_topic_and_fills_and_alerts_come_to_the_bound_one(
    tmp_path: Path,
) -> None:
    async with forum(tmp_path) as (them, desk, news):
        assert (await say(them, "/price btc", desk))["topic"] == "Desk"
        assert (await say(them, "/price btc", None))["topic"] is None
        assert (await say(them, "/prise", desk))["topic"] != "News"
        assert (await filled(them, desk))["topic"] == "Desk", "where its card is"

        assert "to this topic" in (await say(them, "/here fills", news))["text"]
        assert "to this topic" in (await say(them, "/here alerts", desk))["text"]
        shown = (await say(them, "/here", news))["text"]
        assert "What becomes of orders: this topic." in shown
        assert "Alerts: another topic." in shown
        assert (await filled(them, desk))["topic"] == "News"
        await say(them, "/alert btc +1%", None)
        them.exchange.move("BTC/USD", 618_000)
        await passes(120)
        alert = next(m for m in await them.messages(FORUM) if "🔔 BTC/USD >" in m["text"])
        assert alert["topic"] == "Desk"


async def test_a_topic_that_is_closed_or_gone_is_said_once_and_nothing_is_lost(
    tmp_path: Path,
) -> None:
    async with forum(tmp_path) as (them, desk, news):
        await say(them, "/here fills", news)
        await them.post("topic", chat_id=FORUM, message_thread_id=news, closed=True)
        told = await filled(them, desk)
        assert told["topic"] is None
        assert "The topic for this is closed or gone" in told["text"]
        told = await filled(them, desk)
        assert told["topic"] == "Desk", "nothing is bound any more"
        assert "closed or gone" not in told["text"], "it is said once"

        await say(them, "/here fills", desk)
        card = await resting(them, desk)
        await them.post("topic", chat_id=FORUM, message_thread_id=desk, closed=True)
        await them.say(OWNER, "/cancelall", FORUM)
        await passes(3)
        asked = (await them.messages(FORUM))[-1]
        await them.tap(OWNER, asked["message_id"], asked["buttons"][0][0]["text"], FORUM)
        await passes(5)
        told = [each for each in await them.messages(FORUM) if "closed or gone" in each["text"]]
        assert len(told) == 2
        assert told[-1]["topic"] is None, "its card lies in the closed topic"
        assert card["topic"] == "Desk"

        await them.post("topic", chat_id=FORUM, message_thread_id=desk, closed=False)
        await say(them, "/here fills", desk)
        await them.post("topic", chat_id=FORUM, message_thread_id=desk, deleted=True)
        told = await filled(them, None)
        assert told["topic"] is None
        assert "closed or gone" in told["text"]


async def test_a_group_without_topics_and_a_private_chat_are_told_how_it_is(
    tmp_path: Path,
) -> None:
    async with stack(tmp_path / "data") as them:
        await them.say(OWNER, "/here")
        await passes(2)
        assert "Topics are for groups." in (await them.messages(OWNER))[-1]["text"]
        await them.say(OWNER, "/here fills", GROUP)
        await passes(3)
        assert "to the general topic" in (await them.messages(GROUP))[-1]["text"]
