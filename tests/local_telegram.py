"""A local Telegram with python-telegram-bot at one end and a person at the other."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from telegram import Bot
from telegram.request import HTTPXRequest

from bot.standin.server import LocalTelegram
from tests.stack import serving_telegram

PATIENCE = 10.0


class Clock:
    """Seconds since 1970 that move only by hand."""

    def __init__(self) -> None:
        self.seconds = 1_800_000_000.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Rig:
    telegram: LocalTelegram
    bot: Bot
    http: aiohttp.ClientSession
    clock: Clock = field(default_factory=Clock)

    async def does(self, act: str, **body: Any) -> dict[str, Any]:
        """What a person does, successfully."""
        async with self.http.post(f"{self.telegram.url}/sim/{act}", json=body) as answer:
            told: dict[str, Any] = await answer.json()
            assert answer.status == 200, told
            return told

    async def cannot(self, act: str, **body: Any) -> str:
        """What a person cannot do: the error."""
        async with self.http.post(f"{self.telegram.url}/sim/{act}", json=body) as answer:
            told: dict[str, Any] = await answer.json()
            assert answer.status == 400, told
            assert list(told) == ["error"]
            return str(told["error"])

    async def says(self, text: str, *, user: int = 1, chat: int | None = None, **more: Any) -> int:
        """Writes, and gives the message's id."""
        chat_id = user if chat is None else chat
        told = await self.does("message", user_id=user, chat_id=chat_id, text=text, **more)
        return int(told["message_id"])

    async def sees(self, path: str) -> dict[str, Any]:
        async with self.http.get(f"{self.telegram.url}/sim/{path}") as answer:
            told: dict[str, Any] = await answer.json()
            assert answer.status == 200, told
            return told

    async def chat(self, chat_id: int = 1) -> list[dict[str, Any]]:
        """The messages of a chat, as the person sees them."""
        messages: list[dict[str, Any]] = (await self.sees(f"chat?chat_id={chat_id}"))["messages"]
        return messages

    async def chat_of(self, count: int, chat_id: int = 1) -> list[dict[str, Any]]:
        """The same, as soon as there are so many messages."""
        async for _ in self.telegram.state.events.listen("", PATIENCE):
            if len(messages := await self.chat(chat_id)) >= count:
                return messages
        raise AssertionError("the local Telegram has ended")

    async def raw(self, method: str, **parameters: Any) -> tuple[int, dict[str, Any]]:
        """A Bot API call without a library: status and body."""
        address = f"{self.telegram.api_root}/bot{self.telegram.token}/{method}"
        async with self.http.post(address, json=parameters) as answer:
            return answer.status, await answer.json()


def ptb(telegram: LocalTelegram, token: str = "") -> Bot:
    """A bot of the real library that talks to this Telegram."""
    root = telegram.api_root
    return Bot(
        token or telegram.token,
        base_url=f"{root}/bot",
        base_file_url=f"{root}/file/bot",
        request=HTTPXRequest(connection_pool_size=8),
        get_updates_request=HTTPXRequest(),
    )


@asynccontextmanager
async def rigged(**options: Any) -> AsyncIterator[Rig]:
    clock = Clock()
    options.setdefault("repeat_pause", 0.0)
    async with (
        serving_telegram(now=clock, **options) as telegram,
        ptb(telegram) as bot,
        aiohttp.ClientSession() as http,
    ):
        yield Rig(telegram, bot, http, clock)
