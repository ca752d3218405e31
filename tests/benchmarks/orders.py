"""From a tap on "Buy" to the order's bytes at the exchange, with a hundred chats that trade.

The bot is a process of its own, over real sockets on loopback, as with its users; the exchange
and Telegram live here, so that one clock sees the tap and the order: a tap counts from when
Telegram has it, an order from when the exchange reads it. Taps come at their own pace and wait
for nobody. Everything is inside: the long poll, the inbox, the ticket, the price that is looked at
again, limits, the commit, the signature.

The machine's other processes make the slowest taps slower; what one tap costs the bot in processor
time, everything before and after the order included, they hardly change.
"""

import asyncio
import contextlib
import gc
import os
import random
import re
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
from cryptography.fernet import Fernet

from bot.core.access import Role
from bot.standin.server import LocalTelegram
from bot.store import Store
from kraken.clock import SystemClock
from kraken.sim.private.keys import Knock
from kraken.sim.server import Exchange
from tests.benchmarks.figures import Figure, percentile
from tests.intents import intent

CHATS = range(1, 101)
ROUNDS = ("0.0003", "0.0004", "0.0005")
"""Quantities of bitcoin, each another one: the same order within ten seconds is questioned."""
TAPS_A_SECOND = 10
SEED = 1
COMMITS = 1_000
_PAUSE = 0.25
"""Seconds between two looks at a chat: the exchange works in this process, too."""


@dataclass
class _World:
    """The two ends, and what was seen at them."""

    telegram: LocalTelegram
    exchange: Exchange
    http: aiohttp.ClientSession
    tapped: dict[int, float]
    """When Telegram had a person's tap."""
    arrived: dict[str, float]
    """When the first AddOrder of a key since the last look arrived."""

    async def post(self, path: str, **wish: Any) -> None:
        async with self.http.post(f"{self.telegram.url}/sim/{path}", json=wish) as answer:
            assert answer.status == 200, await answer.text()

    async def seen(self, chat: int, pattern: str) -> dict[str, Any]:
        """The newest message of the bot that looks so, as soon as there is one."""
        async with asyncio.timeout(120):
            while True:
                url = f"{self.telegram.url}/sim/chat?chat_id={chat}"
                async with self.http.get(url) as answer:
                    messages = (await answer.json())["messages"]
                for message in reversed(messages):
                    if message["from_bot"] and re.search(pattern, message["text"]):
                        return dict(message)
                await asyncio.sleep(_PAUSE)


def _taps_of(telegram: LocalTelegram) -> dict[int, float]:
    """Notes when taps are there to be fetched, by person."""
    tapped: dict[int, float] = {}
    add = telegram.state.updates.add

    def noting(kind: str, content: dict[str, Any]) -> int | None:
        if kind == "callback_query":
            tapped[content["from"]["id"]] = time.perf_counter()
        return add(kind, content)

    telegram.state.updates.add = noting  # type: ignore[method-assign]  # a look, nothing else
    return tapped


def _orders_at(exchange: Exchange) -> dict[str, float]:
    """Notes when orders arrive, by API key."""
    arrived: dict[str, float] = {}
    answer = exchange.private.answer

    def noting(knock: Knock) -> Any:
        if knock.endpoint == "AddOrder":
            arrived.setdefault(str(knock.headers.get("API-Key")), time.perf_counter())
        return answer(knock)

    exchange.private.answer = noting  # type: ignore[method-assign]  # a look, nothing else
    return arrived


@contextlib.asynccontextmanager
async def _bot(world: _World, data: Path) -> AsyncIterator[int]:
    """The bot's process; gives its number."""
    environment = {
        "TELEGRAM_BOT_TOKEN": world.telegram.token,
        "TELEGRAM_API_URL": world.telegram.api_root,
        "KRAKEN_REST_URL": world.exchange.rest_url,
        "KRAKEN_WS_URL": world.exchange.ws_url,
        "KRAKEN_WS_AUTH_URL": world.exchange.ws_url,
        "KRAKEN_BOT_DATA": str(data),
        "KRAKEN_BOT_OWNER": "1",
        "KRAKEN_BOT_MASTER_KEY": Fernet.generate_key().decode(),
        "KRAKEN_BOT_LOG": "warning",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "run", stdout=asyncio.subprocess.PIPE, env=environment
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
            await process.stdout.readline()
        yield process.pid
    finally:
        process.terminate()
        await process.communicate()


async def _go_live(world: _World, chat: int) -> str:
    """Connect a key and switch to real money; the key."""
    keys = world.exchange.add_user({"balances": {"USD": "100000"}, "tier": "pro"})
    typed = f"/connect {keys['api_key']} {keys['api_secret']}"
    await world.post("message", user_id=chat, chat_id=chat, text=typed)
    await world.seen(chat, "still in")
    await world.post("message", user_id=chat, chat_id=chat, text="/live")
    await world.seen(chat, "To do it, type")
    await world.post("message", user_id=chat, chat_id=chat, text="live")
    await world.seen(chat, "real money from here on")
    return keys["api_key"]


def _portions() -> Iterator[range]:
    """A few chats at a time: the bot may say 25 things a second."""
    yield from (CHATS[start : start + 25] for start in range(0, len(CHATS), 25))


async def _preview(world: _World, chat: int, qty: str) -> tuple[int, str]:
    """Ask for an order; the card's message and the label of its button."""
    await world.post("message", user_id=chat, chat_id=chat, text=f"/buy {qty} btc market")
    card = await world.seen(chat, rf"preview[\s\S]*{Decimal(qty):.8f}")
    label = next(b["text"] for row in card["buttons"] for b in row if "LIVE" in b["text"])
    return int(card["message_id"]), str(label)


async def _tap(world: _World, chat: int, card: tuple[int, str], due: float, key: str) -> float:
    """Press the card's button at the given time; seconds until the order arrived."""
    await asyncio.sleep(max(0.0, due - time.perf_counter()))
    message, label = card
    await world.post("tap", user_id=chat, chat_id=chat, message_id=message, text=label)
    async with asyncio.timeout(60):
        # There is no event to wait for: the exchange tells nobody.
        while key not in world.arrived:  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.05)
    return world.arrived[key] - world.tapped[chat]


def _processor_time(pid: int) -> float:
    """Seconds that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass
class _Round:
    """A preview in every chat, then one tap in each."""

    taken: list[float]
    """Seconds from each tap to its order."""
    used: float
    """Processor time of the bot for one tap, until all is quiet again."""


async def _round(
    world: _World, keys: Mapping[int, str], qty: str, chance: random.Random, pid: int
) -> _Round:
    cards: dict[int, tuple[int, str]] = {}
    for chats in _portions():
        async with asyncio.TaskGroup() as group:
            asked = {chat: group.create_task(_preview(world, chat, qty)) for chat in chats}
        cards |= {chat: task.result() for chat, task in asked.items()}
    world.arrived.clear()
    gc.collect()  # not while the clock runs
    used = _processor_time(pid)
    due = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        waiting = []
        for chat in CHATS:
            due += chance.expovariate(TAPS_A_SECOND)
            waiting.append(group.create_task(_tap(world, chat, cards[chat], due, keys[chat])))
    for chat in CHATS:
        await world.seen(chat, rf"(?i)filled[\s\S]*{Decimal(qty).normalize():f}")
    return _Round([each.result() for each in waiting], (_processor_time(pid) - used) / len(CHATS))


async def _taps() -> list[_Round]:
    chance = random.Random(SEED)
    rounds: list[_Round] = []
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        async with Store(data, SystemClock().now) as store:
            for chat in CHATS:
                await store.approve(chat, Role.TRADER, f"Trader {chat}")
        async with (
            LocalTelegram.serving(repeat_pause=0.0) as telegram,
            Exchange.serving(seed=SEED) as exchange,
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http,
        ):
            for chat in CHATS:
                await _acquaint(http, telegram, chat)
            world = _World(telegram, exchange, http, _taps_of(telegram), _orders_at(exchange))
            async with _bot(world, data) as pid:
                keys: dict[int, str] = {}
                for chats in _portions():
                    async with asyncio.TaskGroup() as group:
                        live = {chat: group.create_task(_go_live(world, chat)) for chat in chats}
                    keys |= {chat: task.result() for chat, task in live.items()}
                gc.freeze()
                for qty in ROUNDS:
                    rounds.append(await _round(world, keys, qty, chance, pid))
                gc.unfreeze()
    return rounds


async def _acquaint(http: aiohttp.ClientSession, telegram: LocalTelegram, chat: int) -> None:
    """Everybody says a word, so that the chat exists."""
    wish = {"user_id": chat, "chat_id": chat, "text": "/help", "user_name": f"Trader {chat}"}
    async with http.post(f"{telegram.url}/sim/message", json=wish) as answer:
        assert answer.status == 200


async def _commits() -> list[float]:
    """Seconds of each commit of an intent, on disk before it returns."""
    taken: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        clock = SystemClock()
        async with Store(Path(folder), clock.now) as store:
            for chat in range(1, COMMITS + 1):
                order = intent("50", chat_id=chat, now=clock.now())
                began = time.perf_counter()
                await store.commit_intent(order, ticket_id=None, now=clock.now())
                taken.append(time.perf_counter() - began)
    return taken


def _figures(what: str, seconds: list[float], aim: str) -> list[Figure]:
    p50, p99 = (percentile(seconds, share) * 1_000 for share in (0.5, 0.99))
    return [
        Figure(f"{what}, p50 of {len(seconds)}", f"{p50:.1f} ms"),
        Figure(f"{what}, p99", f"{p99:.1f} ms", aim),
        Figure(f"{what}, worst", f"{max(seconds) * 1_000:.1f} ms"),
    ]


def run() -> list[Figure]:
    """Measure."""
    rounds = asyncio.run(_taps())
    everything = [seconds for each in rounds for seconds in each.taken]
    quietest = min((each.taken for each in rounds), key=lambda taken: percentile(taken, 0.98))
    taps = [
        *_figures("tap to AddOrder at the exchange, 100 live chats", everything, "50 ms"),
        Figure(
            "the same in the quietest round of 100 taps, p98",
            f"{percentile(quietest, 0.98) * 1_000:.1f} ms",
        ),
        Figure(
            "processor time of the bot for one tap",
            f"{min(each.used for each in rounds) * 1_000:.1f} ms",
        ),
    ]
    commits = _figures("an intent on disk (FULL)", asyncio.run(_commits()), "15 ms")
    return [*taps, *commits]
