"""The whole product with many people, each with a key of their own, in virtual time.

What happens to the exchange, the chats and the bot is done as it would be from outside: people
write and press, another program trades with their keys, the bot is stopped and started. The bot
can also vanish: what it had on disk at that moment is kept, and not a byte more leaves it.
"""

import asyncio
import dataclasses
import logging
import random
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp

from bot import app
from bot.core.access import Role
from bot.core.trade.limits import Limit
from bot.standin.server import LocalTelegram
from bot.store import FILE_NAME, Store
from kraken.sim.listing import PAIRS
from kraken.sim.server import Exchange
from tests import stack
from tests.fault_wire import Wire
from tests.trader import Trader, touch

FIRST = 1_000
"""The number of the first person; the others follow."""
MONEY = {"USD": "1000000", "BTC": "10"}
WIDE = {
    Limit.ORDER: "1000000",
    Limit.DAY: "10000000",
    Limit.LOSS: "10000000",
    Limit.OPEN: "200",
    Limit.MINUTE: "60",
}
FRUGAL = "2000"
"""What every fifth person may move in a day, in US dollars."""
PULSE = 0.25
"""All wait for the same instants, so that time has fewer stops."""


class Said(logging.Handler):
    """What the product logged as an error: there must be nothing."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        told = record.getMessage()
        if record.exc_info and record.exc_info[1] is not None:
            told += f": {record.exc_info[1]!r}"
        self.records.append(f"{record.name}: {told}")


async def wait(seconds: float) -> None:
    """Let time pass, up to an instant that others stop at, too."""
    now = asyncio.get_running_loop().time()
    due = -(-(now + seconds) // PULSE) * PULSE
    await asyncio.sleep(due - now)


@dataclass
class Person:
    """Somebody in a private chat with the bot, with a key and dice of their own."""

    stage: "Stage"
    number: int
    dice: random.Random
    keys: dict[str, str]
    trader: Trader
    day: Decimal
    """US dollars that may be moved in a day."""
    made: int = 0
    gone: list[str] = field(default_factory=list)
    """What could not be done, for the report of a run that fails."""

    @property
    def key(self) -> str:
        return self.keys["api_key"]

    def messages(self) -> list[Any]:
        """What the bot said here, the oldest first."""
        state = self.stage.telegram.state
        chat = state.chats[self.number]
        return [each for each in chat.messages.values() if each.sender_id == state.bot.id]

    def newest(self) -> int:
        return max((each.message_id for each in self.messages()), default=0)

    async def say(self, text: str) -> None:
        wish = {"user_id": self.number, "chat_id": self.number, "text": text}
        await self.stage.does("message", wish)

    async def sees(
        self, words: str, since: int = 0, seconds: float = 10.0, *, at: int | None = None
    ) -> Any:
        """The newest message after that one with these words; None when none comes."""
        until = asyncio.get_running_loop().time() + seconds
        while True:
            for each in reversed(self.messages()):
                is_there = each.message_id == at if at else each.message_id > since
                if is_there and words in each.body.text:
                    return each
            if asyncio.get_running_loop().time() >= until:
                return None
            await wait(PULSE)

    async def asks(self, text: str, words: str, seconds: float = 10.0) -> Any:
        """Write it, and wait for an answer with these words."""
        since = self.newest()
        await self.say(text)
        return await self.sees(words, since, seconds)

    async def press(self, message: Any, label: str, *, resend: bool = False) -> bool:
        """Press the first button that begins with this; False if there is none."""
        for row in message.keyboard:
            for button in row:
                if button["text"].startswith(label):
                    wish = {
                        "user_id": self.number,
                        "chat_id": self.number,
                        "message_id": message.message_id,
                        "text": button["text"],
                    }
                    await self.stage.does("tap", wish | ({"resend": True} if resend else {}))
                    return True
        return False

    async def connect(self) -> None:
        """Connect the key and go live."""
        text = f"/connect {self.keys['api_key']} {self.keys['api_secret']}"
        assert await self.asks(text, "Connected.", 60), [m.body.text for m in self.messages()]
        assert await self.asks("/live", "live", 30)
        assert await self.asks("live", "🔴 LIVE", 30)

    def orders(self) -> list[dict[str, Any]]:
        """This key's orders in the exchange's journal."""
        return [row for row in self.stage.journal("orders") if row["api_key"] == self.key]

    def fills(self) -> list[dict[str, Any]]:
        return [row for row in self.stage.journal("fills") if row["api_key"] == self.key]

    def qty(self) -> str:
        """An amount that this person never used before: warnings ask about the same twice."""
        self.made += 1
        return f"0.00{self.dice.randint(10, 59)}{self.made % 10_000:04d}"

    def price(self, percent: float) -> str:
        bid, ask = touch(self.stage.exchange)
        return f"{(bid + ask) / 2 * (100 + Decimal(str(percent))) / 100:.1f}"


@dataclass
class Stage:
    """Telegram, the exchange, the people, and the bot that runs now."""

    telegram: LocalTelegram
    exchange: Exchange
    http: aiohttp.ClientSession
    folder: Path
    said: Said
    people: list[Person] = field(default_factory=list)
    wires: list[Wire] = field(default_factory=list)
    through_wires: bool = False
    lives: int = 0
    data: Path = Path()
    _group: asyncio.TaskGroup | None = None
    _stop: asyncio.Event | None = None
    _bot: asyncio.Task[None] | None = None
    _cut: list[Wire] = field(default_factory=list)

    def journal(self, what: str) -> list[dict[str, Any]]:
        rows: Any = self.exchange.journal()[what]
        return list(rows)

    async def does(self, act: str, wish: dict[str, Any]) -> None:
        """What a person does in Telegram."""
        async with self.http.post(f"{self.telegram.url}/sim/{act}", json=wish) as answer:
            assert answer.status == 200, await answer.text()

    @property
    def database(self) -> Path:
        return self.data / FILE_NAME

    async def add_people(self, numbers: list[int], name: str, **user: Any) -> None:
        """Approve them, with limits that are no hindrance; each has a key at the exchange."""
        clock = stack.clock()
        wish = {"balances": MONEY, "tier": "pro", "nonce_window": 10_000_000, **user}
        state = self.telegram.state
        state.add_private_chat(state.add_user(stack.OWNER, "Owner", started=True))
        async with Store(self.data, clock.now) as store:
            await store.set_owner(stack.OWNER)
            for number in numbers:
                await store.approve(FIRST + number, Role.TRADER, f"Person {number}")
                for limit, value in limits_of(number).items():
                    begun = clock.now() - timedelta(hours=1)
                    await store.set_limit(FIRST + number, limit, value, by=stack.OWNER, now=begun)
        for number in numbers:
            trader = Trader(self.exchange, self.http, **wish)
            dice = random.Random(f"{name} {number}")
            day = Decimal(limits_of(number)[Limit.DAY])
            self.people.append(Person(self, FIRST + number, dice, trader.keys, trader, day))
            user_there = state.add_user(FIRST + number, f"Person {number}", started=True)
            state.add_private_chat(user_there)

    async def start(self) -> None:
        """Start the bot on the data that is there, and wait until it answers."""
        assert self._group is not None
        self.lives += 1
        ready = asyncio.Event()
        self._stop = asyncio.Event()
        settings = stack.settings_for(self.telegram, self.exchange, self.data)
        if self.through_wires:
            settings = await self._wired(settings)
        self._bot = self._group.create_task(
            app.run(settings, lambda line: ready.set(), self._stop, stack.clock())
        )
        async with asyncio.timeout(60):
            await ready.wait()

    async def _wired(self, settings: Any) -> Any:
        telegram = await Wire.to(int(self.telegram.url.rpartition(":")[2]))
        exchange = await Wire.to(self.exchange.port)
        self.wires = [telegram, exchange]
        ws = f"ws://127.0.0.1:{exchange.port}/v2"
        return dataclasses.replace(
            settings,
            telegram_api=f"http://127.0.0.1:{telegram.port}",
            kraken_rest=f"http://127.0.0.1:{exchange.port}",
            kraken_ws=ws,
            kraken_ws_auth=ws,
        )

    async def stop(self) -> None:
        """Stop it as a supervisor does."""
        assert self._stop is not None
        assert self._bot is not None
        self._stop.set()
        await self._bot

    def vanish(self) -> None:
        """Here the process ends: its files stay as they are, its sockets are gone."""
        for wire in self.wires:
            wire.cut()
        self._cut += self.wires
        self.wires = []
        self.data = copied(self.data, self.folder / f"life-{self.lives + 1}")

    async def bury(self) -> None:
        """Let go of a bot that vanished; nothing of it reaches anybody."""
        assert self._bot is not None
        self._bot.cancel()
        await asyncio.wait([self._bot])
        for wire in self._cut:
            await wire.close()
        self._cut.clear()

    async def everybody(self, act: Callable[[Person], Awaitable[None]]) -> None:
        async with asyncio.TaskGroup() as group:
            for person in self.people:
                group.create_task(_run(act, person))


def limits_of(number: int) -> dict[Limit, str]:
    """Wide for most, so that they are no hindrance."""
    return WIDE | ({Limit.DAY: FRUGAL} if number % 5 == 4 else {})


async def _run(act: Callable[[Person], Awaitable[None]], person: Person) -> None:
    await act(person)


def copied(data: Path, to: Path) -> Path:
    """The database as it is on disk at one instant, while its thread may write."""
    names = [FILE_NAME, f"{FILE_NAME}-wal", f"{FILE_NAME}-shm"]

    def state() -> list[tuple[int, int]]:
        found = [(data / name).stat() for name in names if (data / name).exists()]
        return [(each.st_mtime_ns, each.st_size) for each in found]

    while True:
        before = state()
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(data, to)
        if state() == before:
            return to


@asynccontextmanager
async def staged(
    folder: Path, *, seeds: list[int], name: str, wires: bool = False, **user: Any
) -> AsyncIterator[Stage]:
    """Everything running, everybody connected and live."""
    said = Said()
    logging.getLogger().addHandler(said)
    async with AsyncExitStack() as exits:
        exits.callback(logging.getLogger().removeHandler, said)
        telegram = await exits.enter_async_context(
            stack.serving_telegram(repeat_pause=0.0, demo=False)
        )
        exchange = await exits.enter_async_context(
            stack.serving_exchange(seed=1, pairs=PAIRS[:1], live=True)
        )
        if exchange._timer is not None:  # run() moves it, which also knows outages
            exchange._timer.cancel()
            exchange._timer = None
        http = await exits.enter_async_context(aiohttp.ClientSession())
        made = Stage(telegram, exchange, http, folder, said, through_wires=wires)
        made.data = folder / "life-1"
        await made.add_people(seeds, name, **user)
        async with asyncio.TaskGroup() as group:
            made._group = group
            market = group.create_task(exchange.run())
            try:
                await made.start()
                await made.everybody(Person.connect)
                yield made
                if made._bot is not None and not made._bot.done():
                    await made.stop()
            finally:
                market.cancel()
                if made._bot is not None:
                    made._bot.cancel()
                    await asyncio.wait([made._bot])
                for wire in (*made.wires, *made._cut):
                    await wire.close()
