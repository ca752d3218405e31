"""The whole product over real sockets: local Telegram, simulated exchange, and the bot.

Under the event loop of ``tests.virtual_time`` all three live in its time, so that minutes pass in
a moment.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot import app, ground
from bot.charts import CandleChart, Charts, LineChart
from bot.core.access import Role
from bot.core.config import Settings
from bot.standin.server import LocalTelegram
from bot.store import Store
from kraken.clock import SystemClock
from kraken.sim.listing import PAIRS
from kraken.sim.server import Exchange
from tests import virtual_time
from tests.virtual_time import is_virtual

OWNER, FRIEND, STRANGER, GROUP = 1, 2, 99, -100
_REAL = 120.0
"""Real seconds: a busy machine may keep a process from its work for a while."""
MASTER_KEY = "bWFzdGVyLWtleS1jYW5hcnktb2YtdGhlLXRlc3RzLi4="


@dataclass
class People:
    """What people do and see, over the stand-in's own HTTP side."""

    telegram: LocalTelegram
    http: aiohttp.ClientSession
    market: Exchange | None = None

    @property
    def exchange(self) -> Exchange:
        """The exchange behind the bot."""
        assert self.market is not None, "this stack has no exchange"
        return self.market

    async def say(self, user: int, text: str, chat: int | None = None, **more: Any) -> int:
        """Write a message; return its id."""
        wish = {"user_id": user, "chat_id": chat or user, "text": text, **more}
        return int((await self._post("message", wish))["message_id"])

    async def tap(self, user: int, message: int, label: str, chat: int | None = None) -> None:
        """Press the button with this label."""
        wish = {"user_id": user, "chat_id": chat or user, "message_id": message, "text": label}
        await self._post("tap", wish)

    async def arm(self, **fault: Any) -> None:
        """Let something go wrong at Telegram."""
        await self._post("faults", fault)

    async def post(self, path: str, **wish: Any) -> dict[str, Any]:
        """Any other thing a person can do."""
        return await self._post(path, wish)

    async def messages(self, chat: int) -> list[dict[str, Any]]:
        """What the bot said in this chat, as a person sees it now."""
        url = f"{self.telegram.url}/sim/chat?chat_id={chat}"
        async with self.http.get(url) as answer:
            shown = await answer.json()
        return [message for message in shown["messages"] if message["from_bot"]]

    async def calls(self, method: str) -> list[dict[str, Any]]:
        """Every call of this Bot API method."""
        url = f"{self.telegram.url}/sim/calls?method={method}"
        async with self.http.get(url) as answer:
            return list((await answer.json())["calls"])

    async def sees(
        self, chat: int, condition: Callable[[list[str]], bool], seconds: float = 20
    ) -> list[str]:
        """Wait until what the bot said in this chat makes this true; return it."""
        return await self.until(lambda: self._texts(chat), condition, seconds)

    async def until(
        self,
        look: Callable[[], Any],
        condition: Callable[[Any], bool],
        seconds: float = 20,
    ) -> Any:
        """Look again and again, because the stand-in tells nobody what it was told."""
        seen: Any = None
        if not is_virtual():
            seconds = max(seconds, _REAL)
        try:
            async with asyncio.timeout(seconds):
                # There is no event to wait for: the other side is plain HTTP.
                while not condition(seen := await look()):  # noqa: ASYNC110 - see above
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"not seen in {seconds} s; last: {seen}") from None
        return seen

    async def _texts(self, chat: int) -> list[str]:
        return [message["text"] for message in await self.messages(chat)]

    async def _post(self, path: str, wish: dict[str, Any]) -> dict[str, Any]:
        async with self.http.post(f"{self.telegram.url}/sim/{path}", json=wish) as answer:
            told = await answer.json()
            assert answer.status == 200, told
            return dict(told)


def clock() -> SystemClock:
    """The clock of the loop that runs."""
    return virtual_time.clock() if is_virtual() else SystemClock()


def serving_telegram(**options: Any) -> AbstractAsyncContextManager[LocalTelegram]:
    """A local Telegram in the time of the loop that runs."""
    if is_virtual():
        own = {"now": virtual_time.unix_seconds, "monotonic": virtual_time.seconds}
        options = own | options
    return LocalTelegram.serving(**options)


def serving_exchange(**options: Any) -> AbstractAsyncContextManager[Exchange]:
    """A simulated exchange in the time of the loop that runs."""
    if is_virtual():
        own = {"clock": virtual_time.unix_nanoseconds, "steady": virtual_time.nanoseconds}
        options = own | options
    return Exchange.serving(**options)


@asynccontextmanager
async def people(telegram: LocalTelegram) -> AsyncIterator[People]:
    """People at this local Telegram."""
    async with aiohttp.ClientSession() as http:
        yield People(telegram, http)


def settings_for(telegram: LocalTelegram, exchange: Exchange | None, data: Path) -> Settings:
    """What the demo sets; without an exchange its port is one at which nobody listens."""
    rest = exchange.rest_url if exchange else "http://127.0.0.1:9"
    return Settings(
        telegram_token=telegram.token,
        telegram_api=telegram.api_root,
        kraken_rest=rest,
        kraken_ws=exchange.ws_url if exchange else "ws://127.0.0.1:9/v2",
        kraken_ws_auth=exchange.ws_url if exchange else "ws://127.0.0.1:9/v2",
        data=data,
        master_keys=(MASTER_KEY,),
        owner=OWNER,
    )


class ChartsInVirtualTime(Charts):
    """Their process draws in real time."""

    async def candles(self, chart: CandleChart) -> bytes:
        with virtual_time.standing_still():
            return await super().candles(chart)

    async def line(self, chart: LineChart) -> bytes:
        with virtual_time.standing_still():
            return await super().line(chart)


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[asyncio.Event]:
    """The bot, ready; setting the event it yields stops it early."""
    stop, ready = asyncio.Event(), asyncio.Event()
    with pytest.MonkeyPatch.context() as patch:
        if is_virtual():
            patch.setattr(ground, "Charts", ChartsInVirtualTime)
        async with asyncio.TaskGroup() as group:
            group.create_task(app.run(settings, lambda line: ready.set(), stop, clock()))
            async with asyncio.timeout(20 if is_virtual() else _REAL):
                await ready.wait()
            try:
                yield stop
            finally:
                stop.set()


@asynccontextmanager
async def stack(data: Path, *, exchange: bool = True) -> AsyncIterator[People]:
    """Everything running: the owner, an approved friend, and a group that is open."""
    async with serving_telegram(repeat_pause=0.0) as telegram, people(telegram) as them:
        async with Store(data, clock().now) as store:
            await store.approve(FRIEND, Role.TRADER, "Friend")
            await store.open_group(GROUP, "Desk")
        if not exchange:
            async with running(settings_for(telegram, None, data)):
                yield them
            return
        async with (
            serving_exchange(seed=1, pairs=PAIRS[:4]) as market,
            running(settings_for(telegram, market, data)),
        ):
            them.market = market
            yield them
