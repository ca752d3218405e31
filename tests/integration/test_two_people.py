"""Two people for one order: what the second tap may do, whose it may be, and that it is one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bot.core.texts.gate import NOT_ALLOWED, PRIVATE
from tests.stack import FRIEND, GROUP, OWNER, People, stack
from tests.virtual_time import passes

THIRD = 3


async def say(them: People, text: str, user: int = OWNER, where: int = GROUP, **more: Any) -> str:
    await them.say(user, text, where, **more)
    await passes(3)
    return str((await them.messages(where))[-1]["text"])


def placed(them: People) -> int:
    return them.exchange.rest.calls.get("AddOrder", 0)


async def card(them: People) -> dict[str, Any]:
    return (await them.messages(GROUP))[-1]


def confirming(message: dict[str, Any]) -> str:
    labels = [button["text"] for row in message["buttons"] for button in row]
    return next(str(each) for each in labels if each.startswith("✅"))


async def tap(them: People, user: int, message: dict[str, Any], label: str = "") -> str:
    """Press the button that confirms; what the card says then."""
    await them.tap(user, message["message_id"], label or confirming(message), GROUP)
    await passes(3)
    return await text_of(them, message)


async def text_of(them: People, message: dict[str, Any]) -> str:
    """What this message says now."""
    shown = {each["message_id"]: each["text"] for each in await them.messages(GROUP)}
    return str(shown[message["message_id"]])


async def toasts(them: People) -> list[str]:
    async with them.http.get(f"{them.telegram.url}/sim/chat?chat_id={GROUP}") as answer:
        return [str(toast["text"]) for toast in (await answer.json())["toasts"] if toast["text"]]


@asynccontextmanager
async def two_traders(folder: Path) -> AsyncIterator[People]:
    """A live group with the owner and a trader, in which 10 dollars need both."""
    async with stack(folder / "data") as them:
        user = {"balances": {"USD": "10000", "BTC": "0.5"}, "tier": "pro"}
        made = them.exchange.add_user(user)
        await say(them, f"/connect {made['api_key']} {made['api_secret']}", OWNER, OWNER)
        await say(them, f"/lend {GROUP}", OWNER, OWNER)
        await say(them, f"/role {FRIEND} trader")
        await say(them, "/live")
        await say(them, "/live live")
        assert "Counts now: above 10 USD" in await say(them, "/settings limits second 10")
        yield them


async def proposed(them: People, author: int = FRIEND, words: str = "") -> dict[str, Any]:
    """An order that its author has confirmed."""
    await say(them, words or "/buy 0.0005 btc @ -1%", author)
    text = await tap(them, author, await card(them))
    assert "second tap needed" in text, text
    return await card(them)


async def test_an_order_above_the_line_needs_a_second_trader_and_is_told_to_the_log(
    tmp_path: Path,
) -> None:
    async with two_traders(tmp_path) as them:
        waiting = await proposed(them)
        assert placed(them) == 0
        assert f"User {FRIEND} wants to send this" in waiting["text"]
        assert "second tap needed" in await tap(them, FRIEND, waiting), "not the author's"
        assert (await toasts(them))[-1].startswith("You asked for this order")
        assert placed(them) == 0

        shown = await tap(them, OWNER, waiting)
        assert "Open" in shown
        assert f"Asked for by {FRIEND}, let go by {OWNER}" in shown
        assert placed(them) == 1
        log = await say(them, "/audit 3")
        assert f"two traders: {FRIEND} and {OWNER}" in log

        await say(them, "/buy 0.0001 btc @ -1%", FRIEND)
        assert "Open" in await tap(them, FRIEND, await card(them)), "a small one needs one person"
        await say(them, "/paper")
        await say(them, "/buy 0.0005 btc @ -1%", FRIEND)
        assert "Open" in await tap(them, FRIEND, await card(them)), "and so does practice"
        assert placed(them) == 2


async def test_who_may_not_trade_is_no_second_one_and_time_and_roles_take_it_away(
    tmp_path: Path,
) -> None:
    async with two_traders(tmp_path) as them:
        await say(them, f"/role {THIRD} viewer")
        waiting = await proposed(them, OWNER)
        for user in (99, THIRD):
            await them.tap(user, waiting["message_id"], confirming(waiting), GROUP)
        await passes(2)
        assert await toasts(them) == [PRIVATE, NOT_ALLOWED]
        await passes(301)
        assert "No second tap. Nothing was sent." in await text_of(them, waiting)

        waiting = await proposed(them, FRIEND)
        await say(them, f"/role {FRIEND} viewer")
        assert "No second tap" in await tap(them, OWNER, waiting), "its author may not any more"
        await say(them, f"/role {FRIEND} trader")
        for who in (OWNER, FRIEND):
            waiting = await proposed(them)
            assert "Nothing was sent" in await tap(them, who, waiting, "✖ Cancel")
        assert placed(them) == 0


async def test_the_second_tap_is_priced_and_judged_as_the_first_was(tmp_path: Path) -> None:
    async with two_traders(tmp_path) as them:
        waiting = await proposed(them, FRIEND, "/buy 0.0005 btc market")
        them.exchange.move("BTC/USD", 640_000)
        await passes(60)
        moved = await tap(them, OWNER, waiting)
        assert "The price moved" in moved
        assert f"User {FRIEND} has to confirm it again." in moved
        assert placed(them) == 0
        again = next(
            each
            for each in await them.messages(GROUP)
            if each["message_id"] == waiting["message_id"]
        )
        assert "User" in await tap(them, OWNER, again), "it is the author's to confirm"
        assert "second tap needed" in await tap(them, FRIEND, again)
        await say(them, "/settings limits order 15")
        refused = await tap(them, OWNER, again)
        assert "Not sent" in refused
        assert "This chat’s limit is 15 USD per order" in refused
        assert placed(them) == 0


async def test_whatever_the_order_of_the_taps_there_is_one_order(tmp_path: Path) -> None:
    async with two_traders(tmp_path) as them:
        await say(them, f"/role {THIRD} trader")
        waiting = await proposed(them)
        label, number = confirming(waiting), waiting["message_id"]
        async with asyncio.TaskGroup() as group:
            for _ in range(8):
                for user in (OWNER, FRIEND, THIRD):
                    group.create_task(them.tap(user, number, label, GROUP))
            group.create_task(them.tap(FRIEND, number, "✖ Cancel", GROUP))
        await passes(8)
        assert placed(them) == 1


async def test_the_line_goes_up_by_the_owner_and_later_and_nothing_goes_around_it(
    tmp_path: Path,
) -> None:
    async with two_traders(tmp_path) as them:
        said = await say(them, "/buy 0.001 btc market in=1h parts=12", FRIEND)
        assert "needs two traders" in said
        await say(them, "/buy 0.0001 btc @ -1%", FRIEND)
        small = await card(them)
        await tap(them, FRIEND, small)
        said = await say(
            them, "/amend amount=0.0005", FRIEND, reply_to_message_id=small["message_id"]
        )
        assert "needs two traders" in said
        assert "owner of this chat" in await say(them, "/settings limits second off", FRIEND)
        assert "off counts from" in await say(them, "/settings limits second off")
        await proposed(them)
        await passes(601)
        await say(them, "/buy 0.0005 btc @ -1.5%", FRIEND)
        assert "Open" in await tap(them, FRIEND, await card(them))
        assert placed(them) == 2
        said = await say(them, "/settings limits second 10", OWNER, OWNER)
        assert "A second tap is for groups" in said
