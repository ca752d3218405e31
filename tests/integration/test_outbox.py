"""The outbox over a real store: each answer of Telegram, and nothing lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.delivery import (
    ChatGone,
    ChatMoved,
    MessageGone,
    Refused,
    SendFailed,
    SlowDown,
    Unreachable,
    Unreadable,
)
from bot.core.page import Button, Page
from bot.core.queue import Limits, Priority
from bot.outbox import Outbox
from bot.store import Store
from tests.fakes import FakeClock, FakeSender
from tests.stack import clock

MANY = (10**6, timedelta(seconds=1))
QUICK = Limits(chat=MANY, group=MANY, overall=(30, timedelta(milliseconds=30)))
A, B, GROUP, SUPERGROUP = 1, 2, -100, -1001234


@pytest.fixture
def sender() -> FakeSender:
    return FakeSender()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store(tmp_path, clock().now) as opened:
        yield opened


@asynccontextmanager
async def running(
    store: Store, sender: FakeSender, limits: Limits = QUICK
) -> AsyncIterator[Outbox]:
    outbox = Outbox(store, sender, clock(), limits=limits)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(outbox.run())
        yield outbox
        async with asyncio.timeout(5):
            await outbox.drained()
        task.cancel()


async def test_a_reply_returns_the_id_that_telegram_gave_it(
    store: Store, sender: FakeSender
) -> None:
    async with running(store, sender) as outbox:
        assert await outbox.send(A, Page("hello")) == 1
        assert sender.sent == [(A, "hello")]


async def test_each_button_is_sent_as_verb_and_token_and_an_address_without(
    store: Store, sender: FakeSender
) -> None:
    page = Page("x", ((Button("More", "book", {"depth": 25}), Button("Site", url="https://x")),))
    async with running(store, sender) as outbox:
        await outbox.send(A, page)
    [[data, empty]] = sender.letters[0].data
    assert empty == ""
    version, verb, token = data.split(":")
    assert (version, verb) == ("v1", "book")
    stored = await store.button(token)
    assert stored is not None
    assert (stored.chat_id, stored.payload) == (A, {"depth": 25})


async def test_a_pause_asked_by_telegram_stops_that_chat_only_and_loses_nothing(
    store: Store, sender: FakeSender
) -> None:
    sender.answers[A] = [SlowDown(timedelta(seconds=0.3))]
    async with running(store, sender) as outbox, asyncio.TaskGroup() as group:
        for number in range(3):
            group.create_task(outbox.send(A, Page(f"a{number}")))
        async with asyncio.timeout(0.25):
            await outbox.send(B, Page("b"))
        assert sender.texts(A) == []
    assert sender.texts(A) == ["a0", "a1", "a2"]
    assert outbox.counts.slowed_down == 1


async def test_a_slow_answer_in_one_chat_does_not_hold_up_another(
    store: Store, sender: FakeSender
) -> None:
    gate = asyncio.Event()
    sender.answers[A] = [gate]
    async with running(store, sender) as outbox, asyncio.TaskGroup() as group:
        group.create_task(outbox.send(A, Page("slow")))
        async with asyncio.timeout(5):
            await outbox.send(B, Page("quick"))
        assert sender.texts(A) == []
        gate.set()
    assert sender.texts(A) == ["slow"]


@pytest.mark.parametrize("maybe_sent", [True, False])
async def test_a_broken_connection_is_tried_again_until_it_works(
    store: Store, sender: FakeSender, maybe_sent: bool
) -> None:
    sender.answers[A] = [Unreachable("reset", maybe_sent=maybe_sent)]
    async with running(store, sender) as outbox:
        await outbox.push(A, Page("filled"), Priority.FILL, "fill:1")
    mark = "\n(maybe sent twice)" if maybe_sent else ""
    assert sender.texts(A) == [f"filled{mark}"]
    assert await store.waiting_pushes() == []


async def test_markup_that_telegram_cannot_read_goes_out_once_more_as_plain_text(
    store: Store, sender: FakeSender
) -> None:
    sender.answers[A] = [Unreadable("can't parse entities")]
    async with running(store, sender) as outbox:
        await outbox.send(A, Page("<b>a</b"))
        assert [letter.plain for letter in sender.letters] == [True]
        assert outbox.counts.unreadable == 1
        sender.answers[A] = [Unreadable("once"), Unreadable("twice")]
        with pytest.raises(Unreadable):
            await outbox.send(A, Page("never readable"))


async def test_a_clear_refusal_is_told_to_who_asked_and_never_repeated(
    store: Store, sender: FakeSender
) -> None:
    sender.answers[A] = [Refused("chat not found")]
    async with running(store, sender) as outbox:
        with pytest.raises(Refused):
            await outbox.send(A, Page("x"))
    assert sender.sent == []


async def test_a_bot_that_is_blocked_keeps_orders_for_later_and_drops_the_rest(
    store: Store, sender: FakeSender
) -> None:
    gate = asyncio.Event()
    sender.answers[A] = [gate, ChatGone("bot was blocked by the user")]
    async with running(store, sender) as outbox:
        await outbox.push(A, Page("first"), Priority.ALERT, "alert:0")
        await outbox.push(A, Page("alert"), Priority.ALERT, "alert:1")
        await outbox.push(A, Page("fill"), Priority.FILL, "fill:1")
        gate.set()
        async with asyncio.timeout(5):
            await outbox.drained()
        assert sender.texts(A) == ["first"]
        with pytest.raises(ChatGone):
            await outbox.send(A, Page("still blocked"))
        await outbox.heard(A)
        await sender.until(lambda: len(sender.texts(A)) == 2)
    assert sender.texts(A) == ["first", "fill"]


async def test_what_comes_up_while_the_bot_is_blocked_is_kept_only_if_it_is_about_orders(
    store: Store, sender: FakeSender
) -> None:
    async with running(store, sender) as outbox:
        await outbox.silence(A, "blocked")
        assert await outbox.push(A, Page("alert"), Priority.ALERT, "alert:1")
        assert await outbox.push(A, Page("fill"), Priority.FILL, "fill:1")
        assert [push.page.html for push in await store.waiting_pushes()] == ["fill"]
        await outbox.heard(A)
        await sender.until(lambda: sender.texts(A) == ["fill"])
        assert not await outbox.push(A, Page("alert"), Priority.ALERT, "alert:1"), "told twice"


async def test_who_speaks_again_is_heard_though_the_database_does_not_answer(
    store: Store, sender: FakeSender
) -> None:
    async with running(store, sender) as outbox:
        await outbox.silence(A, "blocked")
        await store.run(lambda db: db.execute("pragma query_only = on").fetchall())
        await outbox.heard(A)
        assert await outbox.send(A, Page("answer")) == 1
        await outbox.silence(B, "kicked")
        with pytest.raises(ChatGone):
            await outbox.send(B, Page("x"))


async def test_a_blocked_chat_is_still_blocked_after_a_restart(
    store: Store, sender: FakeSender
) -> None:
    sender.answers[A] = [ChatGone("kicked")]
    async with running(store, sender) as outbox:
        with pytest.raises(ChatGone):
            await outbox.send(A, Page("x"))
    async with running(store, sender) as again:
        with pytest.raises(ChatGone):
            await again.send(A, Page("y"))
    assert sender.sent == []


async def test_a_group_that_moved_gets_its_messages_under_the_new_id(
    store: Store, sender: FakeSender
) -> None:
    await store.open_group(GROUP, "Desk")
    sender.answers[GROUP] = [ChatMoved(SUPERGROUP)]
    async with running(store, sender) as outbox:
        await outbox.send(GROUP, Page("hello"))
    assert sender.sent == [(SUPERGROUP, "hello")]
    assert await store.group_is_open(SUPERGROUP)


async def test_a_newer_edit_overtakes_one_that_waits(store: Store, sender: FakeSender) -> None:
    gate = asyncio.Event()
    sender.answers[A] = [gate]
    async with running(store, sender) as outbox, asyncio.TaskGroup() as group:
        for number in range(5):
            group.create_task(outbox.edit(A, 7, Page(f"price {number}")))
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        gate.set()
    assert [text for _, _, text in sender.edited][-1] == "price 4"
    assert len(sender.edited) <= 2


async def test_an_edit_whose_message_is_gone_is_said_anew(
    store: Store, sender: FakeSender
) -> None:
    sender.answers[A] = [MessageGone("message to edit not found")]
    async with running(store, sender) as outbox:
        await outbox.edit_or_send(A, 7, Page("price"))
    assert sender.sent == [(A, "price")]
    assert sender.edited == []


async def test_an_edit_in_a_slowed_down_chat_holds_nobody_up_and_the_newest_one_is_said(
    store: Store, sender: FakeSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.outbox._MOMENT", 0.01)
    gate = asyncio.Event()
    sender.answers[A] = [gate]
    async with running(store, sender) as outbox:
        for number in range(5):
            async with asyncio.timeout(1):
                await outbox.edit_or_send(A, 7, Page(f"price {number}"))
        assert sender.edited == []
        gate.set()
    assert [text for _, _, text in sender.edited][-1] == "price 4"
    assert len(sender.edited) <= 2


async def test_following_a_message_ends_when_it_is_gone_and_survives_a_broken_line(
    store: Store, sender: FakeSender
) -> None:
    async with running(store, sender) as outbox:
        sender.answers[A] = [Unreachable("reset", maybe_sent=True)]
        assert await outbox.edit_live(A, 7, Page("price"))
        sender.answers[A] = [MessageGone("message to edit not found")]
        assert not await outbox.edit_live(A, 7, Page("newer"))


async def test_a_reply_whose_asker_was_cancelled_is_still_sent(
    store: Store, sender: FakeSender
) -> None:
    gate = asyncio.Event()
    sender.answers[A] = [gate]
    async with running(store, sender) as outbox:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await outbox.send(A, Page("late but there"))
        gate.set()
    assert sender.texts(A) == ["late but there"]


async def test_an_event_is_told_once_even_over_a_restart(store: Store, sender: FakeSender) -> None:
    async with running(store, sender) as outbox:
        assert await outbox.push(A, Page("fill"), Priority.FILL, "fill:1")
        assert not await outbox.push(A, Page("fill"), Priority.FILL, "fill:1")
    async with running(store, sender) as again:
        assert not await again.push(A, Page("fill"), Priority.FILL, "fill:1")
    assert sender.texts(A) == ["fill"]


async def test_what_an_earlier_run_left_is_said_first_and_says_how_late_it_is(
    tmp_path: Path, sender: FakeSender
) -> None:
    clock = FakeClock()
    async with Store(tmp_path, clock.now) as store:
        await store.add_push("alert:1", A, Priority.ALERT, Page("alert"))
        push = await store.add_push("fill:1", A, Priority.FILL, Page("fill"))
        assert push is not None
        await store.asking(push.id)
        clock.advance(185)
        outbox = Outbox(store, sender, clock, limits=QUICK)
        async with asyncio.TaskGroup() as group:
            task = group.create_task(outbox.run())
            await sender.until(lambda: len(sender.sent) == 2)
            task.cancel()
    assert sender.texts(A) == ["fill\n⏱ 3 min late (maybe sent twice)", "alert\n⏱ 3 min late"]


async def test_a_push_that_was_under_way_when_the_process_died_says_that_it_may_be_the_second(
    store: Store, sender: FakeSender
) -> None:
    sender.answers[A] = [asyncio.Event()]
    outbox = Outbox(store, sender, clock(), limits=QUICK)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(outbox.run())
        await outbox.push(A, Page("fill"), Priority.FILL, "fill:1")
        async with asyncio.timeout(5):
            await sender.asked.wait()
        task.cancel()
    async with running(store, sender):
        await sender.until(lambda: bool(sender.sent))
    assert sender.texts(A) == ["fill\n(maybe sent twice)"]


async def test_a_reply_is_given_up_after_two_minutes_without_a_connection(
    tmp_path: Path, sender: FakeSender
) -> None:
    clock = FakeClock()
    gate = asyncio.Event()
    sender.answers[A] = [gate, Unreachable("down", maybe_sent=False)]
    async with Store(tmp_path, clock.now) as store:
        outbox = Outbox(store, sender, clock, limits=QUICK)
        async with asyncio.TaskGroup() as group:
            task = group.create_task(outbox.run())
            first = group.create_task(outbox.send(A, Page("first")))
            second = group.create_task(_failure(outbox, Page("second")))
            await asyncio.sleep(0)
            clock.advance(121)
            gate.set()
            async with asyncio.timeout(5):
                assert isinstance(await second, Unreachable)
                assert await first == 1
            task.cancel()


async def _failure(outbox: Outbox, page: Page) -> SendFailed | None:
    try:
        await outbox.send(A, page)
    except SendFailed as error:
        return error
    return None


async def test_a_database_that_does_not_answer_costs_the_buttons_but_not_the_answer(
    store: Store, sender: FakeSender
) -> None:
    await store.run(lambda db: db.execute("pragma query_only = on").fetchall())
    async with running(store, sender) as outbox:
        await outbox.send(A, Page("price", ((Button("More", "book"),),)))
    assert sender.texts(A) == ["price"]
    assert sender.letters[0].page.rows == ()
    await store.run(lambda db: db.execute("pragma query_only = off").fetchall())


async def test_a_thousand_alerts_at_once_lose_none_and_an_order_passes_them(
    store: Store, sender: FakeSender
) -> None:
    async with running(store, sender) as outbox:
        async with asyncio.TaskGroup() as group:
            for chat in range(1, 1001):
                group.create_task(outbox.send(chat, Page("alert"), Priority.ALERT))
            await sender.until(lambda: len(sender.sent) > 100)
            asked_after = len(sender.sent)
            group.create_task(outbox.send(5000, Page("filled"), Priority.FILL))
        order = [chat for chat, _ in sender.sent]
    assert sorted(order) == [*range(1, 1001), 5000]
    assert order.index(5000) - asked_after < 20
