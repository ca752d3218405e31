"""One tap, one order: double taps, fifty at once, the same tap told again, and edited messages."""

import asyncio
from dataclasses import replace
from pathlib import Path

from bot.desk.outcomes import Refused, Sent
from bot.desk.telling import Telling
from bot.desk.tickets import Person, confirm
from bot.desk.trading import Trading
from bot.store import Store
from tests.stack import FRIEND, GROUP, People, stack
from tests.trade_chat import TradeChat


async def test_fifty_taps_at_once_are_one_order_in_the_store(tmp_path: Path) -> None:
    chat = TradeChat()
    parts = chat.chat
    async with Store(tmp_path, parts.clock.now) as store:
        telling = Telling(store, parts.store, parts.market, parts.outbox, parts.clock)
        trading = Trading(
            store,
            parts.accounts,
            telling,
            parts.tasks,
            parts.services.brakes,
            parts.clock,
            sleep=parts.sleep,
        )
        parts.services = replace(parts.services, records=store, trading=trading)
        page = await chat.say("/buy 0.001 btc @ 60000")
        ticket = str(page.buttons()[0].payload["ticket"])
        person = Person(1, 7, max(parts.messages))
        async with asyncio.TaskGroup() as group:
            taps = [group.create_task(confirm(parts.services, ticket, person)) for _ in range(50)]
        outcomes = [tap.result() for tap in taps]
        assert sum(isinstance(outcome, Sent) for outcome in outcomes) == 1
        assert outcomes.count(Refused.FINISHED) == 49
        assert len(await store.placed_orders(1)) == 1
        assert len(chat.sent) == 1
        assert await confirm(parts.services, ticket, person) is Refused.FINISHED
    parts.tasks.close()


async def orders_of(them: People, chat: int) -> list[str]:
    """The chat's open practice orders as the bot shows them."""
    await them.say(chat, "/orders")
    texts = await them.sees(chat, lambda seen: "order" in seen[-1].lower())
    return [line for line in texts[-1].split("\n") if "▲" in line or "▼" in line]


async def card_of(them: People, chat: int, words: str, user: int = FRIEND) -> int:
    """Ask for an order; the message of its preview."""
    await them.say(user, words, chat=chat)

    def previews(messages: list[dict]) -> list[int]:
        return [each["message_id"] for each in messages if "preview, 60 s" in each["text"]]

    found = await them.until(lambda: them.messages(chat), lambda seen: bool(previews(seen)))
    return previews(found)[-1]


async def text_of(them: People, chat: int, message_id: int) -> str:
    found = await them.messages(chat)
    return next(str(each["text"]) for each in found if each["message_id"] == message_id)


async def test_the_same_tap_told_again_and_again_is_one_order(tmp_path: Path) -> None:
    async with stack(tmp_path) as them:
        card = await card_of(them, FRIEND, "/buy 0.01 btc @ -5%")
        await them.tap(FRIEND, card, "✅ Buy 0.01 BTC · PAPER")
        for _ in range(10):
            await them.post("tap", user_id=FRIEND, chat_id=FRIEND, message_id=card, resend=True)
        await them.until(
            lambda: text_of(them, FRIEND, card), lambda text: "Open" in text.split("\n")[0]
        )
        assert len(await orders_of(them, FRIEND)) == 1


async def test_an_edited_order_is_previewed_at_most_and_sends_nothing(tmp_path: Path) -> None:
    async with stack(tmp_path) as them:
        message = await them.say(FRIEND, "/buy 0.01 btc @ -5%")
        await them.sees(FRIEND, lambda seen: any("preview" in text for text in seen))
        await them.say(FRIEND, "/buy 1 btc @ -5%", edit_message_id=message)
        texts = await them.sees(FRIEND, lambda seen: "edited" in seen[-1])
        assert "I don’t run edited messages." in texts[-1]
        shown = (await them.messages(FRIEND))[-1]
        await them.tap(FRIEND, shown["message_id"], "Use this text")
        texts = await them.sees(FRIEND, lambda seen: "preview" in seen[-1] or "Not" in seen[-1])
        assert await orders_of(them, FRIEND) == []


async def test_an_order_that_nobody_can_be_held_to_is_not_even_previewed(tmp_path: Path) -> None:
    async with stack(tmp_path) as them:
        shapes = (
            (FRIEND, {"forward": True}),
            (FRIEND, {"as": "via_bot"}),
            (GROUP, {"as": "anonymous_admin"}),
            (GROUP, {"as": "channel"}),
            (GROUP, {"as": "bot"}),
            (GROUP, {"forward": True}),
        )
        for chat, shape in shapes:
            await them.say(FRIEND, "/buy 0.01 btc market", chat=chat, **shape)
            await them.say(FRIEND, "buy 0.01 btc market", chat=chat, **shape)
        for chat in (FRIEND, GROUP):
            await them.say(FRIEND, "/price btc", chat=chat)
            texts = await them.sees(chat, lambda seen: any("As of" in text for text in seen))
            assert not any("preview" in text for text in texts)
        private = await them.messages(FRIEND)
        assert sum("I don’t run forwarded messages." in each["text"] for each in private) == 4
        assert any("I cannot see who wrote this." in text for text in texts)


async def test_free_text_in_a_group_is_not_an_order(tmp_path: Path) -> None:
    async with stack(tmp_path) as them:
        await them.say(FRIEND, "buy 0.01 btc market", chat=GROUP)
        await them.say(FRIEND, "/price btc", chat=GROUP)
        texts = await them.sees(GROUP, bool)
        assert not any("preview" in text for text in texts)
