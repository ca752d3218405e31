"""People in the whole demo, which runs in this process: what they do and see over its ports."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot import demo, ground
from bot.charts import Charts

PATIENCE = 60
YOU, FRIEND, GROUP = 1, 2, -100


class Person:
    """Somebody at the chat page, who may also put the clock forward."""

    def __init__(
        self, http: aiohttp.ClientSession, chat: str, exchange: str, user: int = YOU
    ) -> None:
        self._http = http
        self._chat = chat
        self._exchange = exchange
        self._user = user

    def friend(self) -> "Person":
        """The other person of the demo."""
        return Person(self._http, self._chat, self._exchange, FRIEND)

    async def _post(self, url: str, body: dict[str, Any]) -> Any:
        async with self._http.post(url, json=body) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def says(self, text: str, *, chat: int = 0) -> None:
        body = {"user_id": self._user, "chat_id": chat or self._user, "text": text}
        await self._post(f"{self._chat}/sim/message", body)

    async def taps(self, message: dict[str, Any], label: str, *, chat: int = 0) -> None:
        body = {"user_id": self._user, "chat_id": chat or self._user, "text": label}
        await self._post(f"{self._chat}/sim/tap", body | {"message_id": message["message_id"]})

    async def advances(self, seconds: float) -> None:
        await self._post(f"{self._exchange}/sim/clock", {"advance": seconds})

    async def moves(self, symbol: str, price: str) -> None:
        await self._post(f"{self._exchange}/sim/market", {"symbol": symbol, "price": price})

    async def messages(self, *, chat: int = 0) -> list[dict[str, Any]]:
        wanted = {"chat_id": str(chat or self._user)}
        async with self._http.get(f"{self._chat}/sim/chat", params=wanted) as answer:
            shown = (await answer.json())["messages"]
        return [dict(each) for each in shown if each["from_bot"]]

    async def sees(self, *words: str, chat: int = 0) -> dict[str, Any]:
        """The newest message of the bot that has all of these words."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while True:
                    for each in reversed(await self.messages(chat=chat)):
                        if all(word in each["text"] for word in words):
                            return dict(each)
                    await asyncio.sleep(0.05)
        said = [each["text"] for each in await self.messages(chat=chat)]
        raise AssertionError(f"no {words}: {said}")


@asynccontextmanager
async def somebody_in_the_demo(folder: Path) -> AsyncIterator[Person]:
    """The owner of a demo that is ready; it ends with the block."""
    stop, ready = asyncio.Event(), asyncio.Event()
    told: list[str] = []

    def is_ready(chat: str, exchange: str) -> None:
        told.extend((chat, exchange))
        ready.set()

    async with AsyncExitStack() as exits:
        patch = exits.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(ground, "Charts", partial(Charts, limit=PATIENCE))
        http = await exits.enter_async_context(aiohttp.ClientSession())
        group = await exits.enter_async_context(asyncio.TaskGroup())
        group.create_task(demo.run(demo.DemoOptions(folder, port=0), is_ready, stop))
        try:
            async with asyncio.timeout(PATIENCE):
                await ready.wait()
            yield Person(http, told[0], told[1])
        finally:
            stop.set()
