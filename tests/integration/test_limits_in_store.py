"""Limits and pauses inside the transaction that writes an order down."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bot.core.access import Role
from bot.core.errors import LimitReached
from bot.core.trade.limits import Limit, PauseKind
from bot.core.trade.types import Mode, Standing
from bot.store import Store
from bot.store.safety import EVERYWHERE
from tests.fakes import NOON, FakeClock
from tests.intents import intent

OWNER = 1


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store(tmp_path, FakeClock().now) as opened:
        yield opened


async def refused(store: Store, limit: Limit, *args: object, **more: object) -> LimitReached:
    with pytest.raises(LimitReached) as told:
        await commits(store, *args, **more)
    assert told.value.limit == limit
    return told.value


async def commits(store: Store, *args: object, now: object = NOON, **more: object) -> None:
    await store.commit_intent(
        intent(*args, now=now, **more),  # type: ignore[arg-type]  # passed through
        ticket_id=None,
        now=now,  # type: ignore[arg-type]  # passed through
    )


async def test_an_order_above_the_limit_is_not_written_down(store: Store) -> None:
    await refused(store, Limit.ORDER, "100.01")
    assert await store.unsettled() == []
    await commits(store, "100")


async def test_of_many_orders_at_once_only_as_many_pass_as_the_day_has_room_for(
    store: Store,
) -> None:
    async def one() -> bool:
        try:
            await commits(store, "100")
        except LimitReached:
            return False
        return True

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one()) for _ in range(9)]
    assert sum(task.result() for task in tasks) == 5
    assert (await refused(store, Limit.DAY, "0.01")).asked == "500.01"


async def test_a_day_is_24_hours_and_an_order_of_unknown_outcome_counts_whole(
    store: Store,
) -> None:
    orders = [intent("100") for _ in range(5)]
    for order in orders:
        await store.commit_intent(order, ticket_id=None, now=NOON)
    await store.note_standing(orders[0].client_id, Standing.UNKNOWN, now=NOON)
    await refused(store, Limit.DAY, "1", now=NOON + timedelta(hours=23, minutes=59))
    await store.note_standing(orders[1].client_id, Standing.REJECTED, now=NOON)
    await commits(store, "100", now=NOON + timedelta(hours=1))
    await refused(store, Limit.DAY, "1", now=NOON + timedelta(hours=2))
    await commits(store, "100", now=NOON + timedelta(hours=24, seconds=1))


async def test_sales_that_the_bot_tries_again_leave_the_minute_to_people(store: Store) -> None:
    await store.set_limit(1, Limit.MINUTE, "2", by=OWNER, now=NOON)
    for _ in range(3):
        await commits(store, "1", source="take-profit")
    await commits(store, "1")


async def test_orders_of_a_minute_and_open_orders_are_counted(store: Store) -> None:
    await store.set_limit(1, Limit.MINUTE, "2", by=OWNER, now=NOON)
    for _ in range(2):
        await commits(store, "1")
    await refused(store, Limit.MINUTE, "1", now=NOON + timedelta(seconds=59))
    await store.set_limit(1, Limit.OPEN, "2", by=OWNER, now=NOON)
    later = NOON + timedelta(minutes=5)
    await refused(store, Limit.OPEN, "1", now=later)
    placed = (await store.unsettled())[0]
    await store.note_standing(placed.intent.client_id, Standing.ABSENT, now=later)
    await commits(store, "1", now=later)


async def test_only_listed_pairs_are_traded_once_there_is_a_list(store: Store) -> None:
    await store.set_limit(1, Limit.PAIRS, "ETH/USD", by=OWNER, now=NOON)
    await refused(store, Limit.PAIRS, "1")
    await commits(store, "1", symbol="ETH/USD")


async def test_practice_money_has_no_limits_but_a_pause_stops_it(store: Store) -> None:
    await commits(store, "1000000", mode=Mode.PAPER)
    await store.pause(1, PauseKind.KILL, now=NOON, by=OWNER)
    assert (await refused(store, Limit.PAUSED, "1", mode=Mode.PAPER)).most == PauseKind.KILL
    await refused(store, Limit.PAUSED, "1")
    await commits(store, "1", chat_id=2)
    await commits(store, "100000", source="flatten")


async def test_a_pause_of_all_chats_holds_in_each_and_ends_alone(store: Store) -> None:
    await store.pause(EVERYWHERE, PauseKind.TOKEN, now=NOON, live_only=True)
    await refused(store, Limit.PAUSED, "1", chat_id=2)
    await commits(store, "1", mode=Mode.PAPER)
    assert await store.resume(2, by=OWNER, now=NOON) == 0
    await refused(store, Limit.PAUSED, "1", chat_id=2)
    assert await store.resume(EVERYWHERE, by=None, now=NOON, kind=PauseKind.TOKEN) == 1
    await commits(store, "1", chat_id=2)


async def test_a_raise_waits_and_a_lower_limit_counts_at_once(store: Store) -> None:
    waiting = await store.set_limit(1, Limit.ORDER, "250", by=OWNER, now=NOON)
    assert waiting is not None
    assert waiting.due_at == NOON + timedelta(minutes=10)
    await refused(store, Limit.ORDER, "101", now=NOON + timedelta(minutes=9, seconds=59))
    await commits(store, "250", now=NOON + timedelta(minutes=10))
    assert await store.set_limit(1, Limit.ORDER, "5", by=OWNER, now=NOON) is None
    await refused(store, Limit.ORDER, "6", now=NOON + timedelta(minutes=11))


async def test_the_wait_cannot_be_shortened_while_it_runs(store: Store) -> None:
    await store.set_limit(1, Limit.ORDER, "250", by=OWNER, now=NOON)
    shorter = await store.set_limit(1, Limit.COOL_DOWN, "0", by=OWNER, now=NOON)
    assert shorter is not None, "a shorter wait is a raise, too"
    in_time = NOON + timedelta(minutes=10)
    limits = await store.limits(1, in_time)
    assert (limits.now.order, limits.now.cooldown) == (250, 0)
    assert await store.set_limit(1, Limit.ORDER, "300", by=OWNER, now=in_time) is None


async def test_a_lower_limit_takes_a_waiting_raise_with_it(store: Store) -> None:
    await store.set_limit(1, Limit.ORDER, "250", by=OWNER, now=NOON)
    await store.set_limit(1, Limit.ORDER, "50", by=OWNER, now=NOON)
    limits = await store.limits(1, NOON + timedelta(hours=1))
    assert limits.now.order == Decimal(50)
    assert limits.raises == ()
    await store.set_limit(1, Limit.DAY, "600", by=OWNER, now=NOON)
    assert await store.drop_raise(1, Limit.DAY, by=OWNER, now=NOON)
    assert (await store.limits(1, NOON + timedelta(hours=1))).now.day == Decimal(500)


async def test_what_the_bot_sells_to_end_a_position_is_not_counted(store: Store) -> None:
    await commits(store, "400", source="take-profit")
    await commits(store, "4000", source="flatten")
    for _ in range(5):
        await commits(store, "100")
    await refused(store, Limit.DAY, "1")


async def test_orders_and_refusals_with_real_money_are_written_down(store: Store) -> None:
    await commits(store, "50", user_id=7)
    await commits(store, "50", mode=Mode.PAPER)
    await refused(store, Limit.ORDER, "101", user_id=8)
    refusal, order = await store.audit_entries(1, 9)
    assert (order.action, order.actor) == ("order", 7)
    assert '"value":"50"' in order.body
    assert (refusal.action, refusal.actor) == ("refused", 8)
    assert '"why":"order"' in refusal.body


async def test_a_group_that_moves_keeps_what_protects_it_and_waits_for_another_live(
    store: Store,
) -> None:
    old, new, friend = -100, -1001234, 8
    await store.set_chat_mode(old, Mode.LIVE)
    await store.set_limit(old, Limit.ORDER, "7", by=OWNER, now=NOON)
    await store.pause(old, PauseKind.KILL, now=NOON)
    await store.give_chat_role(old, friend, Role.TRADER, by=OWNER, now=NOON)
    for _ in range(2):
        await store.move_chat(old, new)
    assert await store.chat_mode(new) is Mode.PAPER
    assert (await store.limits(new, NOON)).now.order == 7
    assert list(await store.pauses()) == [new]
    assert [one.user_id for one in await store.chat_roles(new)] == [friend]
    await store.set_chat_mode(new, Mode.LIVE)
    await store.move_chat(old, new)
    assert await store.chat_mode(new) is Mode.LIVE, "it was told a third time"
