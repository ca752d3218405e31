"""Rounds of settling over lists that lie, fail or cannot be read; and chores that fail."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from kraken.core.errors import AuthError, BadData, Busy, KrakenError, RateLimited, Rejected
from kraken.core.trading import ExecType, Fill, Liquidity, OrderStatus, OrderType, Report
from kraken.core.types import Asset, ClientOrderId, ExecId, OrderId, Side, Symbol
from kraken.core.wire.private_orders import FillsPage, OrdersPage
from kraken.live.chores import Chore, Chores
from kraken.live.facts import Facts
from kraken.live.settling import Settling
from kraken.live.sweeping import Sweeping
from tests.passing_time import PassingTime, hop

START = datetime(2026, 3, 4, 12, tzinfo=UTC)
OURS = ClientOrderId("ours")
DEADLINE = START + timedelta(seconds=5)
SECOND = timedelta(seconds=1)


def report(client_id: ClientOrderId = OURS) -> Report:
    return Report(
        OrderId("O1"),
        ExecType.STATUS,
        OrderStatus.NEW,
        START,
        client_id=client_id,
        symbol=Symbol("BTC/USD"),
        side=Side.BUY,
        type=OrderType.LIMIT,
        qty=Decimal(1),
    )


FILL = Fill(
    ExecId("T1"),
    OrderId("O1"),
    Symbol("BTC/USD"),
    Side.BUY,
    Decimal(1),
    Decimal(1),
    Decimal(1),
    Liquidity.TAKER,
    Decimal(0),
    Asset("USD"),
    START,
)


class Lists:
    """What each list of Kraken says: a page, or an error; the last one for ever."""

    refusal = None

    def __init__(self, **says: list[Any]) -> None:
        self.says = says
        self.asked: list[str] = []

    class offset:
        value = timedelta(0)

    def wait(self, cost: float) -> timedelta:
        return timedelta(0)

    def _answer(self, name: str) -> Any:
        self.asked.append(name)
        answers = self.says.get(name, [OrdersPage(()) if name != "trades" else FillsPage(())])
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, KrakenError):
            raise answer
        return answer

    async def open_orders(self, *asked: Any, **named: Any) -> Any:
        return self._answer("open")

    async def closed_orders(self, *asked: Any, **named: Any) -> Any:
        return self._answer("closed")

    async def trades_history(self, **named: Any) -> Any:
        return self._answer("trades")

    async def query_orders(self, *asked: Any, **named: Any) -> Any:
        return self._answer("query")


class Quiet:
    """Nothing is ever new."""

    def __init__(self, time: PassingTime) -> None:
        self._time = time

    def settling(self, count: int) -> None:
        pass

    async def news_within(self, seconds: float) -> None:
        await self._time.sleep(seconds)


async def settle(lists: Lists, seconds: float = 1_000) -> tuple[str, timedelta]:
    """What is concluded, and when."""
    time = PassingTime(None, START)
    rest: Any = lists
    settling = Settling(rest, Facts((), lambda: START), Quiet(time), time, time.sleep)
    told: list[str] = []

    async def ask() -> None:
        try:
            told.append((await settling.settle(OURS, DEADLINE)).order_id)
        except Rejected:
            told.append("absent")

    async with asyncio.TaskGroup() as group:
        task = group.create_task(ask())
        try:
            await time.until(lambda: told, seconds)
        except AssertionError:
            told.append("unknown")
        task.cancel()
    return told[0], time.now() - START


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        ({}, "absent"),
        ({"open": [OrdersPage((report(),))]}, "O1"),
        ({"closed": [OrdersPage((report(),))]}, "O1"),
        ({"trades": [FillsPage((FILL,))], "query": [OrdersPage((report(),))]}, "O1"),
        (
            {
                "trades": [FillsPage((FILL,))],
                "query": [OrdersPage((report(ClientOrderId("theirs")),))],
            },
            "absent",
        ),
        ({"open": [OrdersPage((), ("O1",))]}, "unknown"),
        ({"closed": [OrdersPage((), ("O1",))]}, "unknown"),
        ({"trades": [FillsPage((), ("T1",))]}, "unknown"),
        ({"trades": [FillsPage((FILL,))], "query": [OrdersPage((), ("O1",))]}, "unknown"),
        ({"trades": [FillsPage((FILL,))], "query": [Busy()]}, "unknown"),
        ({"open": [Busy("HTTP 502")]}, "unknown"),
        ({"closed": [BadData()]}, "unknown"),
        ({"trades": [RateLimited("full", SECOND)]}, "unknown"),
        ({"open": [AuthError("EGeneral:Permission denied")]}, "unknown"),
        ({"open": [Busy(), Busy(), OrdersPage(())]}, "absent"),
    ],
)
async def test_what_each_list_allows_to_conclude(says: dict[str, Any], expected: str) -> None:
    told, passed = await settle(Lists(**says))
    assert told == expected
    if told == "absent":
        assert passed >= DEADLINE - START + timedelta(seconds=60)
    elif told == "unknown":
        assert passed >= timedelta(seconds=1_000)


async def test_trades_are_read_only_where_they_could_prove_something() -> None:
    lists = Lists()
    assert (await settle(lists))[0] == "absent"
    assert lists.asked.count("trades") == 2
    assert lists.asked.count("open") > 4


async def test_an_open_order_that_no_list_shows_is_asked_for() -> None:
    time = PassingTime(None, START)
    ended = replace(report(), status=OrderStatus.CANCELED)
    rest: Any = Lists(query=[OrdersPage((ended,))])
    known = Facts((), lambda: START)
    known.learn([report()], START)
    await Sweeping(rest, known, time, time.sleep).everything(START)
    assert known.open() == []


async def test_fills_of_orders_that_no_list_shows_bring_their_orders() -> None:
    time = PassingTime(None, START)
    rest: Any = Lists(trades=[FillsPage((FILL,))], query=[OrdersPage((report(),))])
    known = Facts((), lambda: START)
    await Sweeping(rest, known, time, time.sleep).everything(START)
    assert known.order(OrderId("O1")).booked_qty == 1  # type: ignore[union-attr]  # it is there
    assert rest.asked == ["open", "closed", "trades", "query"]


async def test_a_chore_that_fails_is_put_off_and_ends_no_other() -> None:
    time = PassingTime(None, START)
    done: list[tuple[str, float]] = []
    failures: list[KrakenError] = []
    errors: list[KrakenError] = [Busy(), Busy(), RateLimited("full", 30 * SECOND)]

    async def unlucky() -> None:
        done.append(("unlucky", (time.now() - START).total_seconds()))
        if errors:
            raise errors.pop(0)

    async def lucky() -> None:
        done.append(("lucky", (time.now() - START).total_seconds()))
        second.ask(time.now() + 20 * SECOND)

    first, second = Chore(unlucky), Chore(lucky)
    chores = Chores((first, second), time, time.sleep)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(chores.run(failures.append))
        first.ask(START)
        second.ask(START)
        await hop()
        first.ask(START)
        await time.go_on(50)
        task.cancel()
    assert [at for name, at in done if name == "unlucky"] == [0, 1, 3, 33]
    assert [at for name, at in done if name == "lucky"] == [0, 20, 40]
    assert len(failures) == 3
