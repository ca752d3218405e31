"""Two people for one order, judged in the transaction that commits it."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.core.access import Role
from bot.core.errors import LimitReached
from bot.core.trade.limits import EXITS, PROTECTION, Limit, Limits, is_raise
from bot.core.trade.types import Change, Mode
from bot.store.safety import guard_change
from kraken.core.types import OrderId
from tests.fakes import NOON, FakeClock
from tests.intents import intent
from tests.memory_store import MemoryStore

GROUP, OWNER, TRADER, OTHER, VIEWER = -100, 1, 2, 3, 4


@pytest.fixture
async def store() -> MemoryStore:
    made = MemoryStore(FakeClock())
    await made.set_owner(OWNER)
    await made.open_group(GROUP, "Desk")
    for user in (TRADER, OTHER, VIEWER):
        role = Role.VIEWER if user == VIEWER else Role.TRADER
        await made.approve(user, role, "Somebody")
        await made.give_chat_role(GROUP, user, role, by=OWNER, now=NOON)
    await made.set_limit(GROUP, Limit.SECOND, "20", by=OWNER, now=NOON)
    return made


async def commit(store: MemoryStore, value: str, **more: Any) -> None:
    order = intent(value, chat_id=GROUP, user_id=TRADER, **more)
    await store.commit_intent(order, ticket_id=None, now=NOON)


@pytest.mark.parametrize("second", [None, TRADER, VIEWER, 99])
async def test_above_the_line_nobody_else_is_the_second_one(
    store: MemoryStore, second: int | None
) -> None:
    with pytest.raises(LimitReached) as told:
        await commit(store, "20.01", approved_by=second)
    assert told.value.limit == Limit.SECOND
    assert not await store.placed_orders(GROUP)


async def test_two_traders_pass_and_the_log_names_both(store: MemoryStore) -> None:
    await commit(store, "20.01", approved_by=OTHER)
    [entry] = await store.audit_entries(GROUP, 1)
    assert (entry.actor, entry.detail["second"]) == (TRADER, OTHER)
    await store.give_chat_role(GROUP, TRADER, Role.VIEWER, by=OWNER, now=NOON)
    with pytest.raises(LimitReached):
        await commit(store, "21", approved_by=OTHER)


async def test_one_person_sends_small_orders_exits_protection_and_practice(
    store: MemoryStore,
) -> None:
    await commit(store, "20")
    for source in (*EXITS, PROTECTION):
        await commit(store, "50", source=source)
    await commit(store, "50", mode=Mode.PAPER)


async def test_a_change_above_the_line_is_refused(store: MemoryStore) -> None:
    grown = intent("30", chat_id=GROUP, user_id=TRADER)
    change = Change(grown, OrderId("OABC"), Decimal(10), is_harmless=False)
    with pytest.raises(LimitReached) as told:
        await store.run(lambda db: guard_change(db, change, NOON))
    assert told.value.limit == Limit.SECOND


@pytest.mark.parametrize(
    ("before", "after", "waits"),
    [("0", "100", False), ("100", "50", False), ("50", "100", True), ("100", "0", True)],
)
def test_more_freedom_waits_and_less_counts_at_once(before: str, after: str, waits: bool) -> None:
    now, then = Limits(second=Decimal(before)), Limits(second=Decimal(after))
    assert is_raise(now, Limit.SECOND, then) is waits


async def test_it_is_off_until_somebody_asks_for_it(store: MemoryStore) -> None:
    later = NOON + timedelta(minutes=11)
    await store.set_limit(GROUP, Limit.SECOND, "0", by=OWNER, now=NOON)
    order = intent("60", chat_id=GROUP, user_id=TRADER, now=later)
    await store.commit_intent(order, ticket_id=None, now=later)
    assert Limits().second == 0
