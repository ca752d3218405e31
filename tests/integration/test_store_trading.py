"""Tickets, orders and fills in the store: what is committed once, and what overrules what."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bot.core.errors import AlreadySent, Expired
from bot.core.page import Page
from bot.core.trade.news import Known, News
from bot.core.trade.types import Intent, Mode, PlacedOrder, Standing, Ticket
from bot.store import Store
from kraken.core.trading import Fill, Liquidity, Order, OrderStatus, PriceKind, PriceOffset
from kraken.core.types import Asset, ExecId, OrderId, Side
from tests.fakes import NOON, FakeClock
from tests.intents import intent
from tests.memory_store import MemoryStore

LATER = NOON + timedelta(seconds=1)


def store() -> MemoryStore:
    return MemoryStore(FakeClock())


def ticket(**more: object) -> Ticket:
    made = Ticket("t1", "order", 1, 1, "{}", NOON, NOON + timedelta(seconds=60))
    return replace(made, **more)  # type: ignore[arg-type]  # fields of a ticket


def order_of(of: Intent, **more: object) -> Order:
    request = of.request
    assert request.qty is not None
    made = Order(
        order_id=OrderId("OAAAAA-BBBBB-CCCCCC"),
        symbol=request.symbol,
        side=request.side,
        type=request.type,
        qty=request.qty,
        status=OrderStatus.NEW,
        client_id=of.client_id,
        limit_price=request.limit_price,
        created_at=NOON,
        updated_at=NOON,
    )
    return replace(made, **more)  # type: ignore[arg-type]  # fields of an order


def fill_of(order: Order, name: str = "T1", qty: str = "0.001") -> Fill:
    return Fill(
        exec_id=ExecId(name),
        order_id=order.order_id,
        symbol=order.symbol,
        side=order.side,
        price=Decimal("50000.10"),
        qty=Decimal(qty),
        cost=Decimal("50.00010"),
        liquidity=Liquidity.TAKER,
        fee=Decimal("0.2"),
        fee_asset=Asset("USD"),
        at=NOON,
    )


async def placed(records: Store, of: Intent) -> PlacedOrder:
    return await records.commit_intent(of, ticket_id=None, now=NOON)


async def test_what_is_committed_is_read_as_it_was() -> None:
    records = store()
    of = intent(
        mode=Mode.PAPER, take_profit=PriceOffset(Decimal("1E-8"), PriceKind.PERCENT), card=7
    )
    committed = await placed(records, of)
    assert committed.standing is Standing.SENT
    assert await records.placed_order(of.client_id) == committed
    assert (await records.exit_of(of.client_id)) is not None
    assert list(await records.unsettled()) == [committed]


async def test_a_ticket_makes_one_order() -> None:
    records = store()
    await records.save_ticket(ticket())
    first, second = intent(mode=Mode.PAPER), intent(mode=Mode.PAPER)
    await records.commit_intent(first, ticket_id="t1", now=NOON)
    with pytest.raises(AlreadySent):
        await records.commit_intent(second, ticket_id="t1", now=NOON)
    assert await records.placed_order(second.client_id) is None


async def test_the_same_order_is_not_committed_twice() -> None:
    records, of = store(), intent(mode=Mode.PAPER)
    await placed(records, of)
    with pytest.raises(AlreadySent):
        await placed(records, of)


@pytest.mark.parametrize(
    "given",
    [
        {"chat_id": 2},
        {"user_id": 2},
        {"expires_at": NOON},
        {"id": "another"},
    ],
)
async def test_a_ticket_of_somebody_else_or_of_long_ago_commits_nothing(
    given: dict[str, object],
) -> None:
    records, of = store(), intent(mode=Mode.PAPER)
    await records.save_ticket(ticket(**given))
    with pytest.raises(Expired):
        await records.commit_intent(of, ticket_id="t1", now=NOON)
    assert await records.placed_order(of.client_id) is None


async def test_another_mode_voids_the_tickets() -> None:
    records = store()
    await records.save_ticket(ticket())
    await records.set_chat_mode(1, Mode.LIVE)
    assert await records.chat_mode(1) is Mode.LIVE
    with pytest.raises(Expired):
        await records.claim_ticket("t1", chat_id=1, user_id=1, now=NOON)


async def test_evidence_beats_a_lost_answer_whichever_comes_first() -> None:
    records, of = store(), intent(mode=Mode.PAPER)
    await placed(records, of)
    await records.note_order(of.account, order_of(of), NOON)
    stands = await records.note_standing(of.client_id, Standing.UNKNOWN, now=LATER)
    assert stands.standing is Standing.ACKED
    assert not await records.unsettled()


async def test_an_answer_that_is_late_does_not_undo_what_the_stream_told() -> None:
    records, of = store(), intent(mode=Mode.PAPER)
    await placed(records, of)
    done = order_of(
        of, status=OrderStatus.FILLED, filled_qty=Decimal("0.001"), booked_qty=Decimal("0.001")
    )
    await records.note_order(of.account, done, NOON)
    stands = await records.note_standing(
        of.client_id, Standing.ACKED, order=order_of(of), now=LATER
    )
    assert stands.order == done


async def test_what_was_refused_stays_refused() -> None:
    records, of = store(), intent(mode=Mode.PAPER)
    await placed(records, of)
    await records.note_standing(of.client_id, Standing.REJECTED, reason="no", now=NOON)
    stands = await records.note_standing(of.client_id, Standing.UNKNOWN, now=LATER)
    assert (stands.standing, stands.reason) == (Standing.REJECTED, "no")


async def test_a_fill_counts_once_and_is_told_in_the_same_transaction() -> None:
    records, of = store(), intent(mode=Mode.PAPER)
    await placed(records, of)
    order = order_of(of, status=OrderStatus.FILLED, filled_qty=Decimal("0.001"))
    seen: list[Known] = []

    def tell(known: Known) -> News:
        seen.append(known)
        return News("fill", 1, Page("filled"), reply_to=7)

    assert await records.book_fill(of.account, fill_of(order), order=order, tell=tell)
    assert not await records.book_fill(of.account, fill_of(order), order=order, tell=tell)
    assert [known.booked for known in seen] == [Decimal("0.001")]
    [push] = await records.waiting_pushes()
    assert (push.page.html, push.reply_to) == ("filled", 7)
    [kept] = await records.booked_fills(of.account)
    assert kept == fill_of(order)


async def test_a_fill_that_cannot_be_told_is_not_booked() -> None:
    records, of = store(), intent(mode=Mode.PAPER)
    await placed(records, of)

    def tell(known: Known) -> News:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await records.book_fill(of.account, fill_of(order_of(of)), order=order_of(of), tell=tell)
    assert not await records.booked_fills(of.account)


async def test_a_stop_is_kept_beside_the_order_whose_fill_placed_it() -> None:
    records, of = store(), intent(mode=Mode.PAPER)
    await placed(records, of)
    entry = order_of(of)
    await records.note_order(of.account, entry, NOON)
    stop = order_of(
        of,
        order_id=OrderId("OSTOP"),
        parent=entry.order_id,
        client_id=None,
        side=Side.SELL,
    )
    ours = await records.note_order(of.account, stop, NOON)
    assert ours is not None
    assert ours.order == entry
    assert list(await records.stops_of(of.client_id)) == [stop]
    found = await records.placed_by_order_id(of.account, "OSTOP")
    assert found is not None
    assert found.intent.client_id == of.client_id


async def test_an_order_made_elsewhere_is_nobodys() -> None:
    records, of = store(), intent(mode=Mode.PAPER)
    assert await records.note_order(of.account, order_of(of), NOON) is None


async def test_an_order_of_another_account_with_our_name_is_not_ours() -> None:
    records, of = store(), intent(mode=Mode.PAPER)
    await placed(records, of)
    other = replace(of, account=intent(chat_id=2).account)
    assert await records.note_order(other.account, order_of(of), NOON) is None


async def test_what_ended_counts_what_was_filled() -> None:
    records, of = store(), intent("100", mode=Mode.PAPER)
    await placed(records, of)
    half = order_of(of, status=OrderStatus.CANCELED, filled_qty=Decimal("0.0005"))
    await records.note_order(of.account, half, NOON)
    row = records.memory.execute("select is_open, ended_value from orders").fetchone()
    assert row[0] == 0
    assert Decimal(row[1]) == 50


async def test_everything_survives_a_restart(tmp_path: Path) -> None:
    of = intent(mode=Mode.PAPER, take_profit=PriceOffset(Decimal(5), PriceKind.PERCENT))
    async with Store(tmp_path, FakeClock().now) as records:
        committed = await placed(records, of)
        await records.save_paper(of.account, b'{"version":1}')
        await records.note_told_until(of.account, NOON)
    async with Store(tmp_path, FakeClock().now) as records:
        assert list(await records.unsettled()) == [committed]
        assert await records.paper(of.account) == b'{"version":1}'
        assert await records.told_until(of.account) == NOON
        assert await records.busy_papers() == [of.account]


async def test_a_group_that_moves_takes_its_practice_and_its_orders_along() -> None:
    records, of = store(), intent(mode=Mode.PAPER, chat_id=-5, card=7)
    await placed(records, of)
    await records.save_paper(of.account, b"{}")
    await records.set_chat_mode(-5, Mode.LIVE)
    await records.save_ticket(ticket(chat_id=-5))
    await records.move_chat(-5, -100)
    await records.move_chat(-5, -100)
    assert await records.paper_of(-100) == of.account == "paper:-5"
    assert await records.chat_of_paper(of.account) == -100
    assert await records.chat_mode(-100) is Mode.PAPER, "live is switched on again by hand"
    [moved] = await records.placed_orders(-100)
    assert (moved.intent.chat_id, moved.intent.account, moved.intent.card) == (
        -100,
        of.account,
        None,
    )
    with pytest.raises(Expired):
        await records.claim_ticket("t1", chat_id=-5, user_id=1, now=NOON)


async def test_in_a_telegram_that_begins_empty_no_card_is_somebody_elses_message() -> None:
    records, of = store(), intent(mode=Mode.PAPER, card=7)
    await placed(records, of)
    await records.save_ticket(ticket())
    await records.forget_messages()
    kept = await records.placed_order(of.client_id)
    assert kept is not None
    assert kept.intent.card is None
    with pytest.raises(Expired):
        await records.claim_ticket("t1", chat_id=1, user_id=1, now=NOON)
