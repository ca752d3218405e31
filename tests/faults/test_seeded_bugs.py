"""Is the oracle able to object? Twelve bugs that others really had, put into the product.

Each story runs twice: with the product as it is, where nothing may be wrong, and with the bug,
where something must be. What the log says is not counted: a bug has to show in what was placed,
kept or told.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bot.core.errors import AlreadySent
from bot.desk import tickets
from bot.desk.crossed import Crossed
from bot.desk.facts import Facts
from bot.desk.trading import Trading
from bot.store import Store, StoreUnavailable, order_rows
from bot.store import trading as stored
from kraken.account import FillHappened, OrderUpdated
from kraken.core.errors import KrakenError, OutcomeUnknown, Rejected
from kraken.core.private_session import Subscribed
from kraken.core.trading import Fill, OrderName, OrderStatus
from kraken.core.types import ExecId
from kraken.live.account import LiveAccount
from kraken.live.following import Following
from kraken.live.settling import Settling
from kraken.private_rest import PrivateRest
from tests.fault_oracle import judge
from tests.fault_orders import again, cancel, elsewhere, order
from tests.fault_stage import Person, staged, wait

Patch = pytest.MonkeyPatch


# -- what happens -----------------------------------------------------------------------------


def lost_answer(*more: dict[str, Any]) -> Callable[[Person], Awaitable[None]]:
    async def story(me: Person) -> None:
        await order(me, f"/buy {me.qty()} btc market", {"kind": "place_then_drop_reply"}, *more)

    return story


SILENT = {"kind": "unnoticed_loss", "times": 20}
NOT_ANSWERING = [
    {"kind": "http_502_html", "endpoint": endpoint, "times": 12}
    for endpoint in ("OpenOrders", "ClosedOrders", "TradesHistory", "QueryOrders")
]


def falls(me: Person, percent: float) -> None:
    step = 10 ** me.stage.exchange.venue.pairs["BTC/USD"].price_decimals
    me.stage.exchange.move("BTC/USD", int(float(me.price(percent)) * step))


async def filled(me: Person) -> None:
    await order(me, f"/buy {me.qty()} btc market")


async def filled_in_parts(me: Person) -> None:
    await order(me, f"/buy 3 btc @ {me.price(0.3)}")


async def filled_unheard_then_cancelled(me: Person) -> None:
    card = await order(me, f"/buy {me.qty()} btc @ {me.price(-1)}")
    assert card is not None
    assert await me.sees("🟦 Open", at=card)
    me.stage.exchange.arm(SILENT)
    falls(me, -1.5)
    await wait(0.5)
    await cancel(me, card)


async def pressed_twice(me: Person) -> None:
    card = await order(me, f"/buy {me.qty()} btc market")
    assert card is not None
    await wait(1)
    await again(me, card)


async def pressed_before_and_after_a_restart(me: Person) -> None:
    card = await order(me, f"/buy {me.qty()} btc market")
    assert card is not None
    await me.stage.stop()
    await me.stage.start()
    await again(me, card)


async def tokens_end_then_filled(me: Person) -> None:
    await order(me, f"/buy {me.qty()} btc @ {me.price(-1)}")
    me.stage.exchange.arm({"kind": "tokens_revoked"})
    me.stage.exchange.arm({"kind": "drop_connection"})
    await wait(40)
    falls(me, -1.5)


CANCELS = 0
"""Dice by which the other program ends an order of ours."""


async def ended_elsewhere_while_away(me: Person) -> None:
    await order(me, f"/buy {me.qty()} btc @ {me.price(-1)}")
    await wait(8)  # it is asked for once, soon after it was placed
    me.stage.exchange.arm({"kind": "mute_socket"})
    me.dice = Random(CANCELS)
    await elsewhere(me, 0)


async def clocks_differ(me: Person) -> None:
    me.stage.exchange.arm({"kind": "clock_offset", "seconds": 4.8})
    await me.stage.stop()
    await me.stage.start()
    await wait(30)
    await order(
        me, f"/buy {me.qty()} btc @ {me.price(0.4)}", {"kind": "late_arrival", "seconds": 2}
    )


# -- bugs -------------------------------------------------------------------------------------


def as_it_is(patch: Patch) -> None:
    """No bug."""


def a_stumble(patch: Patch) -> None:
    """No bug: the first fill cannot be kept at the first try."""
    book, failed = Store.book_fill, iter([True])

    async def book_fill(self: Any, *given: Any, **named: Any) -> bool:
        if next(failed, False):
            raise StoreUnavailable("database is locked")
        return await book(self, *given, **named)

    patch.setattr(Store, "book_fill", book_fill)


def retries_after_a_timeout(patch: Patch) -> None:
    add_order = PrivateRest.add_order

    async def twice(self: Any, request: Any) -> Any:
        try:
            return await add_order(self, request)
        except OutcomeUnknown:
            return await add_order(self, request)

    patch.setattr(PrivateRest, "add_order", twice)


def looks_at_open_orders_only(patch: Patch) -> None:
    async def nothing(self: Any, *given: Any) -> Any:
        return ()

    patch.setattr(Settling, "_closed", nothing)
    patch.setattr(Settling, "_traded", nothing)


def trusts_the_client_id(patch: Patch) -> None:
    """Not among the open ones: sent again under its name, of which there can be only one."""
    place = LiveAccount.place

    async def resend(self: Any, request: Any) -> Any:
        try:
            return await place(self, request)
        except OutcomeUnknown:
            if (await self._rest.open_orders(request.client_id)).reports:
                raise
            return await place(self, request)

    patch.setattr(LiveAccount, "place", resend)


def marks_a_fill_before_it_is_kept(patch: Patch) -> None:
    a_stumble(patch)

    async def tell(self: Any, on_event: Any) -> None:
        while True:
            seen = self._news.version
            event = self._facts.next_event
            if event is None:
                await self._news.newer(seen)
            else:
                self._facts.told()
                await on_event(event)

    patch.setattr(Following, "_tell", tell)


def says_cancelled_when_it_is_not_found(patch: Patch) -> None:
    async def cancel(self: Trading, chat: Any, name: OrderName) -> Any:
        known = await self._records.known_order(chat.id, name)
        assert known is not None
        try:
            await chat.account.cancel(name)
        except Rejected:
            ended = replace(known, status=OrderStatus.CANCELED)
            await self._telling.order_changed(chat.id, ended)
            return ended
        return await self._after_cancel(chat, name)

    patch.setattr(Trading, "cancel", cancel)


def takes_an_error_for_nothing(patch: Patch) -> None:
    async def ask(self: Any, asked: Any) -> Any:
        try:
            return await asked
        except KrakenError:
            return ()

    patch.setattr(Settling, "_ask", ask)


def knows_taps_by_their_updates_only(patch: Patch) -> None:
    patch.setattr(tickets, "_refusal", lambda ticket, person: None)
    patch.setattr(stored, "take_ticket", lambda *given: None)
    without_second_thoughts(patch)


def without_second_thoughts(patch: Patch) -> None:
    """What would stop a second order of one ticket by other means: two more lines of defence."""
    insert = order_rows.insert
    patch.setattr(tickets, "reasons_of", lambda *given: ())
    patch.setattr(
        order_rows, "insert", lambda db, intent, ticket, now: insert(db, intent, None, now)
    )


def confirms_in_memory(patch: Patch) -> None:
    taken: set[str] = set()
    started = Store.__aenter__

    async def begins(self: Any) -> Any:
        taken.clear()
        return await started(self)

    def take(db: Any, ticket_id: str, *more: Any) -> None:
        if ticket_id in taken:
            raise AlreadySent
        taken.add(ticket_id)

    patch.setattr(Store, "__aenter__", begins)
    patch.setattr(stored, "take_ticket", take)
    without_second_thoughts(patch)


def keeps_its_token(patch: Patch) -> None:
    fetch = Following._fetch_token
    tokens: dict[Following, Any] = {}

    async def once(self: Any) -> None:
        if self not in tokens:
            await fetch(self)
            tokens[self] = self._session._token
        self._session.use(tokens[self])

    async def looks_away(self: Any, placed: Any) -> None: ...

    patch.setattr(Following, "_fetch_token", once)
    # What passed its price is looked at even without the stream: a second defence, taken away.
    patch.setattr(Crossed, "follow", looks_away)


def counts_deadlines_by_its_own_clock(patch: Patch) -> None:
    add_order = PrivateRest.add_order

    async def add(self: Any, request: Any) -> Any:
        offset, self.offset.value = self.offset.value, timedelta(0)
        try:
            return await add_order(self, request)
        finally:
            self.offset.value = offset

    patch.setattr(PrivateRest, "add_order", add)


def reads_nothing_after_a_reconnect(patch: Patch) -> None:
    take = Following._take

    def without(self: Any, event: Any) -> None:
        if isinstance(event, Subscribed) and self._connection:
            self._is_live = True
            return
        take(self, event)

    patch.setattr(Following, "_take", without)


def makes_fills_from_sums(patch: Patch) -> None:
    hear = Facts.hear

    async def guess(self: Any, account: Any, event: Any) -> None:
        if isinstance(event, FillHappened):
            event = OrderUpdated(event.order, None)
        await hear(self, account, event)
        if isinstance(event, OrderUpdated) and event.order.filled_qty:
            await hear(self, account, FillHappened(_guess(event.order), event.order))

    patch.setattr(Facts, "hear", guess)


def _guess(order: Any) -> Fill:
    return Fill(
        exec_id=ExecId(f"{order.order_id}-{order.filled_qty}"),
        order_id=order.order_id,
        symbol=order.symbol,
        side=order.side,
        price=order.average,
        qty=order.filled_qty,
        cost=order.filled_cost,
        liquidity="taker",  # type: ignore[arg-type]  # a guess
        fee=order.fee,
        fee_asset=order.fee_asset or "USD",
        at=order.created_at,
    )


# -- does the oracle object? ------------------------------------------------------------------


@dataclass(frozen=True)
class Trial:
    bug: Callable[[Patch], None]
    story: Callable[[Person], Awaitable[None]]
    quiet: float = 100
    without: Callable[[Patch], None] = as_it_is


TRIALS = (
    Trial(retries_after_a_timeout, lost_answer()),
    Trial(looks_at_open_orders_only, lost_answer(SILENT)),
    Trial(trusts_the_client_id, lost_answer()),
    Trial(marks_a_fill_before_it_is_kept, filled, without=a_stumble),
    Trial(says_cancelled_when_it_is_not_found, filled_unheard_then_cancelled),
    Trial(takes_an_error_for_nothing, lost_answer(SILENT, *NOT_ANSWERING), 430),
    Trial(knows_taps_by_their_updates_only, pressed_twice, 20),
    Trial(confirms_in_memory, pressed_before_and_after_a_restart, 60),
    Trial(keeps_its_token, tokens_end_then_filled, 60),
    Trial(counts_deadlines_by_its_own_clock, clocks_differ),
    Trial(reads_nothing_after_a_reconnect, ended_elsewhere_while_away, 60),
    Trial(makes_fills_from_sums, filled_in_parts, 60),
)


async def wrong_after(folder: Path, trial: Trial) -> list[str]:
    """What the oracle says; one order at least has to be there."""
    async with staged(folder, seeds=[1], name="bug") as stage:
        (me,) = stage.people
        await trial.story(me)
        await wait(trial.quiet)
        verdict = judge(stage)
    found = [line for line in verdict.complaints if not line.startswith("log:")]
    return found if verdict.orders else [*found, "what was confirmed was never placed"]


def both() -> Iterator[Any]:
    for trial in TRIALS:
        yield pytest.param(trial, True, id=trial.bug.__name__)
        yield pytest.param(trial, False, id=f"not {trial.bug.__name__}")


@pytest.mark.parametrize(("trial", "is_there"), list(both()))
async def test_the_oracle_objects_to_the_bug_and_to_nothing_else(
    tmp_path: Path, monkeypatch: Patch, trial: Trial, is_there: bool
) -> None:
    (trial.bug if is_there else trial.without)(monkeypatch)
    found = await wrong_after(tmp_path, trial)
    assert bool(found) == is_there, found
