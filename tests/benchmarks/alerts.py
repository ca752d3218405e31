"""Alerts: a tick against many that wait, what one costs that fires, and the way to Telegram.

The engine alone first; then a trade from a socket on loopback to the request at Telegram's, with
10,000 armed, all in one process; then a thousand that fire at once, against Telegram's limits, in
virtual time.
"""

import asyncio
import gc
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import aiohttp
from aiohttp import web
from telegram import Bot
from telegram.request import HTTPXRequest

from bot.core.alerts.engine import Engine
from bot.core.alerts.words import Alert, Condition, Kind, Op, Progress, Wish
from bot.core.page import Page
from bot.core.queue import Limits, Priority
from bot.desk.alerts import Alerts
from bot.outbox import Outbox
from bot.store import Store
from bot.tasks import KeyedTasks
from bot.telegram.sender import TelegramSender
from kraken.clock import SystemClock
from kraken.core.types import Trade
from kraken.market import Market
from kraken.rest import Rest
from tests.alert_cases import BTC, TICK, trade
from tests.alert_stage import Machine
from tests.benchmarks.figures import Figure, percentile
from tests.fakes import NOON
from tests.scripted_kraken import Connection, ScriptedKraken
from tests.virtual_time import VirtualTimeLoop

SIZES = (1_000, 10_000, 100_000, 1_000_000)
TICKS = 200_000
FIRED = 1_000
ARMED, CHATS, TRADES = 10_000, 200, 400
STORM = 1_000
_SETTLES = 0.5
"""Seconds in which the first frames are dealt with."""
_WAIT = 1 / 20
"""Seconds between two trades that fire: what Telegram takes in all is 25 messages a second."""


def _armed(count: int, nearest: Decimal) -> Iterator[Alert]:
    """Half above, half below, a tick apart, none nearer than that to 60,000."""
    for number in range(count):
        up = number % 2 == 0
        away = nearest + TICK * (number // 2)
        level = Decimal(60_000) + away if up else Decimal(60_000) - away
        condition = Condition(Kind.PRICE, Op.ABOVE if up else Op.BELOW, level)
        yield Alert(number + 1, 1, number + 1, 7, BTC, Wish((condition,)), NOON)


def _loaded(count: int) -> Engine:
    engine = Engine(TICK)
    engine.trade(trade(60_000, 1))
    engine.load(_armed(count, Decimal(100)))
    return engine


def _ticks() -> list[Trade]:
    return [trade(60_000 + number % 90, number + 2, NOON) for number in range(1_000)]


def _per_tick(judge: Callable[[Trade], object], ticks: list[Trade], count: int) -> float:
    """Nanoseconds for one, without those of the loop itself."""
    rounds = max(count // len(ticks), 1)
    best, empty = [], []
    for _ in range(5):
        began = time.perf_counter_ns()
        for _ in range(rounds):
            for tick in ticks:
                judge(tick)
        middle = time.perf_counter_ns()
        for _ in range(rounds):
            for _tick in ticks:
                pass
        best.append(middle - began)
        empty.append(time.perf_counter_ns() - middle)
    return (min(best) - min(empty)) / rounds / len(ticks)


def _plain(count: int) -> float:
    """A loop over all of them, as most bots have it."""
    waiting = [
        (each.wish.conditions[0].op, each.wish.conditions[0].value)
        for each in _armed(count, Decimal(100))
    ]

    def judge(tick: Trade) -> list[int]:
        price = tick.price
        return [
            number
            for number, (op, level) in enumerate(waiting)
            if (price >= level if op is Op.ABOVE else price <= level)
        ]

    return _per_tick(judge, _ticks()[:3], 3)


def _engine_figures() -> list[Figure]:
    figures = []
    for count in SIZES:
        engine = _loaded(count)
        gc.collect()
        gc.freeze()
        nanoseconds = _per_tick(engine.trade, _ticks(), TICKS)
        gc.unfreeze()
        plain = _plain(count)
        figures.append(
            Figure(
                f"tick, {count:,} armed, none fires",
                f"{nanoseconds:.0f} ns; a plain loop {plain / nanoseconds:,.0f} times that",
                "at most 300 ns, flat",
            )
        )
        if count >= 100_000:
            begin = time.perf_counter()
            fired = engine.trade(trade(60_100 + FIRED // 10, 10**6))
            each = (time.perf_counter() - begin) / len(fired) * 1e6
            figures.append(
                Figure(f"per fired alert, {len(fired):,} of {count:,}", f"{each:.1f} µs")
            )
    return figures


# -- from wire to wire


class _Telegram:
    """Notes when each message arrives, and takes it."""

    def __init__(self) -> None:
        self.arrived: list[float] = []
        self.more = asyncio.Event()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["method"].lower() == "getme":
            me = {"id": 1, "is_bot": True, "first_name": "A", "username": "a_bot"}
            return web.json_response({"ok": True, "result": me})
        if request.match_info["method"].lower() == "sendmessage":
            self.arrived.append(time.perf_counter())
            self.more.set()
        chat = {"id": 1, "type": "private", "first_name": "A"}
        message = {"message_id": len(self.arrived) + 1, "date": 0, "chat": chat, "text": "x"}
        return web.json_response({"ok": True, "result": message})


async def _wire() -> list[float]:
    """Seconds from each trade to its message."""
    async with AsyncExitStack() as stack:
        telegram = _Telegram()
        server = web.Application()
        server.router.add_post("/bot{token}/{method}", telegram.answer)
        runner = web.AppRunner(server)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        root = f"http://127.0.0.1:{runner.addresses[0][1]}/bot"
        bot = await stack.enter_async_context(
            Bot("1:A", base_url=root, request=HTTPXRequest(connection_pool_size=8))
        )
        kraken = await stack.enter_async_context(ScriptedKraken.serving())
        clock = SystemClock()
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        store = await stack.enter_async_context(Store(Path(folder), clock.now))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        rest = Rest(http, kraken.rest_url, clock=clock)
        market = Market(rest, http=http, ws_url=kraken.ws_url, clock=clock)
        await _fill(store, clock)
        outbox = Outbox(store, TelegramSender(bot), clock)
        tasks = await stack.enter_async_context(KeyedTasks(_complain))
        alerts = Alerts(store, store, market, outbox, tasks, clock)
        for name, part in (("m", market), ("o", outbox), ("a", alerts)):
            tasks.start(name, part.run())
        connection = await kraken.connection(1)
        await connection.asked.until(
            lambda asked: any(each.get("params", {}).get("channel") == "trade" for each in asked)
        )
        await asyncio.sleep(_SETTLES)
        return await _trade(connection, telegram)


async def _fill(store: Store, clock: SystemClock) -> None:
    """The first 400 levels are near; the others wait for what does not come."""
    now = clock.now()
    near = [Decimal("100.01") + Decimal("0.004") * number for number in range(TRADES)]
    for number in range(ARMED):
        level = near[number] if number < TRADES else Decimal(200 + number)
        wish = Wish((Condition(Kind.PRICE, Op.ABOVE, level),))
        chat_id = number % CHATS + 1
        await store.add_alert(chat_id, 7, BTC, wish, Progress(), until=None, now=now)


async def _trade(connection: Connection, telegram: _Telegram) -> list[float]:
    took = []
    for number in range(TRADES):
        price = Decimal("100.012") + Decimal("0.004") * number
        row = {
            "symbol": BTC,
            "side": "buy",
            "price": 0,
            "qty": 0.1,
            "ord_type": "market",
            "trade_id": 4 + number,
            "timestamp": "2026-01-01T00:00:01.000000Z",
        }
        frame = json.dumps({"channel": "trade", "type": "update", "data": [row]})
        telegram.more.clear()
        due = time.perf_counter() + _WAIT
        began = time.perf_counter()
        await connection.send(frame.replace('"price": 0', f'"price": {price}'))
        async with asyncio.timeout(10):
            await telegram.more.wait()
        took.append(telegram.arrived[-1] - began)
        await asyncio.sleep(max(due - time.perf_counter(), 0))
    return took


def _complain(key: object, error: Exception) -> None:
    raise error


# -- a storm


async def _storm() -> list[Figure]:
    """One alert in each of a thousand chats, all reached by one trade."""
    machine = Machine(limits=Limits())
    machine.market.trade(60_000)
    async with machine.process():
        for chat_id in range(1, STORM + 1):
            await machine.set("> 60500", chat_id)
        began = machine.clock.now()
        machine.market.trade(60_600)
        await machine.settle(5)
        asked = machine.clock.now()
        order = Page("filled")
        await machine.outbox.push(STORM + 1, order, Priority.FILL, "fill:1")
        while not machine.telegram.texts(STORM + 1):  # noqa: ASYNC110 - virtual time
            await asyncio.sleep(0.01)
        overtook = machine.clock.now() - asked
        while len(machine.telegram.arrived) < STORM + 1:
            await machine.settle(0.1)
            assert machine.clock.now() - began < timedelta(minutes=5), "some are lost"
        took = machine.clock.now() - began
    told = {chat for chat, _ in machine.telegram.arrived}
    lost = STORM + 1 - len(told)
    return [
        Figure(
            f"{STORM:,} firing at once: lost, until the last is out",
            f"{lost}, {took.total_seconds():.1f} s",
            "0, 40 s + 10 %: 25 a second",
        ),
        Figure(
            "an order result in the middle of it",
            f"{overtook.total_seconds():.2f} s",
            "at most 2 s",
        ),
    ]


def run() -> list[Figure]:
    figures = _engine_figures()
    took = asyncio.run(_wire())
    figures.append(
        Figure(
            f"trade on the wire to message on the wire, {ARMED:,} armed",
            f"p50 {percentile(took, 0.5) * 1e3:.1f} ms, p99 {percentile(took, 0.99) * 1e3:.1f} ms",
            "p99 at most 200 ms",
        )
    )
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        figures += runner.run(_storm())
    return figures
