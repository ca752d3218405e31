"""What is added to open orders counts into the day in which it is added, and for a whole one."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bot.core.errors import LimitReached
from bot.core.trade.limits import Limit
from bot.core.trade.types import AccountId, Change, Intent, Mode, Standing, Ticket
from bot.store import Store
from kraken.core.trading import Order, OrderStatus, OrderType
from kraken.core.types import OrderId, Side, Symbol
from tests.fakes import NOON, FakeClock
from tests.intents import intent

NAME = OrderId("OAAAAA-BBBBB-CCCCCC")
HOUR = timedelta(hours=1)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store(tmp_path, FakeClock().now) as opened:
        for limit, value in ((Limit.ORDER, "1000"), (Limit.MINUTE, "60")):
            await opened.set_limit(1, limit, value, by=1, now=NOON - 48 * HOUR)
        yield opened


def as_told(of: Intent, status: OrderStatus = OrderStatus.NEW, filled: str = "0") -> Order:
    qty = of.request.qty
    assert qty is not None
    return Order(
        order_id=NAME,
        symbol=Symbol("BTC/USD"),
        side=Side.BUY,
        type=OrderType.LIMIT,
        qty=qty,
        status=status,
        client_id=of.request.client_id,
        filled_qty=Decimal(filled),
    )


async def rests(store: Store, value: str, at: datetime = NOON) -> Intent:
    of = intent(value, now=at)
    await store.commit_intent(of, ticket_id=None, now=at)
    await store.note_standing(of.client_id, Standing.ACKED, order=as_told(of), now=at)
    return of


async def amends(store: Store, before: str, after: str, at: datetime) -> None:
    ticket = Ticket(
        id=f"{at.isoformat()} {after}",
        kind="amend",
        chat_id=1,
        user_id=1,
        body="",
        created_at=at,
        expires_at=at + HOUR,
    )
    await store.save_ticket(ticket)
    changed = replace(intent(after, now=at), account=AccountId("live:1"))
    change = Change(changed, NAME, Decimal(before), is_harmless=False)
    await store.commit_change(ticket.id, change, at)


async def spent(store: Store, at: datetime) -> int:
    return int((await store.counts(1, at)).spent_today)


async def test_what_is_added_to_a_young_order_counts_as_long_as_it_is_young(store: Store) -> None:
    await rests(store, "100")
    await amends(store, "100", "150", NOON + 20 * HOUR)
    await amends(store, "150", "170", NOON + 21 * HOUR)
    assert await spent(store, NOON + 22 * HOUR) == 170
    assert await spent(store, NOON + 25 * HOUR) == 70, "the order is a day old, its changes not"
    assert await spent(store, NOON + 44.5 * HOUR) == 20
    assert await spent(store, NOON + 46 * HOUR) == 0


async def test_what_is_added_to_an_old_order_counts_from_then_on(store: Store) -> None:
    await rests(store, "100")
    later = NOON + 30 * HOUR
    await amends(store, "100", "400", later)
    assert await spent(store, later + HOUR) == 300
    with pytest.raises(LimitReached) as told:
        await amends(store, "400", "601", later + HOUR)
    assert told.value.limit is Limit.DAY
    await amends(store, "400", "600", later + HOUR)
    with pytest.raises(LimitReached):
        await store.commit_intent(intent("1", now=later), ticket_id=None, now=later + 2 * HOUR)


@pytest.mark.parametrize(("is_ours", "age"), [(True, 1), (True, 30), (False, 30)])
async def test_what_was_refused_counts_no_more_and_what_was_not_does(
    store: Store, is_ours: bool, age: int
) -> None:
    if is_ours:
        await rests(store, "100")
    later = NOON + age * HOUR
    await amends(store, "100", "130", later)
    counted = await spent(store, later)
    await amends(store, "130", "150", later + HOUR)
    changed = replace(intent("150", now=later + HOUR), account=AccountId("live:1"))
    await store.drop_change(Change(changed, NAME, Decimal(130), is_harmless=False))
    assert await spent(store, later + HOUR) == counted
    await amends(store, "130", "150", later + 2 * HOUR)
    assert await spent(store, later + 2 * HOUR) == counted + 20


async def test_what_is_added_to_an_order_made_elsewhere_counts(store: Store) -> None:
    await amends(store, "100", "500", NOON)
    assert await spent(store, NOON + HOUR) == 400
    with pytest.raises(LimitReached):
        await amends(store, "500", "601", NOON + HOUR)


@pytest.mark.parametrize(("filled", "counted"), [("0", 0), ("0.002", 100), ("0.004", 300)])
async def test_what_ended_unfilled_is_taken_from_what_was_added(
    store: Store, filled: str, counted: int
) -> None:
    """The order was 100 for 0.001, is 400 for 0.004, and ends with that much filled."""
    of = await rests(store, "100")
    later = NOON + 30 * HOUR
    await amends(store, "100", "400", later)
    ended = replace(as_told(of, OrderStatus.CANCELED, filled), qty=Decimal("0.004"))
    await store.note_standing(of.client_id, Standing.ACKED, order=ended, now=later)
    assert await spent(store, later + HOUR) == counted


async def test_what_was_added_follows_a_group_that_moves(store: Store) -> None:
    await amends(store, "100", "500", NOON)
    await store.move_chat(1, 2)
    assert int((await store.counts(2, NOON + HOUR)).spent_today) == 400
    assert (await store.chat_mode(2)) is Mode.PAPER
