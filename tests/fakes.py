"""Stand-ins that satisfy the same Protocols as the real thing."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bot.core.delivery import Letter

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


class FakeClock:
    """Stands still until it is told to go on."""

    def __init__(self, start: datetime = NOON) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


class FakeSender:
    """Takes letters as Telegram would; ``answers`` says what goes wrong, call by call."""

    def __init__(self) -> None:
        self.sent: list[tuple[int, str]] = []
        self.edited: list[tuple[int, int, str]] = []
        self.letters: list[Letter] = []
        self.answers: dict[int, list[Exception | asyncio.Event]] = {}
        """By chat: errors to raise or events to wait for, one for each of the next calls."""
        self.asked = asyncio.Event()
        """Set when the first letter is handed over, answered or not."""
        self._taken = asyncio.Event()

    async def send(self, chat_id: int, letter: Letter, reply_to: int | None) -> int:
        await self._answer(chat_id)
        self.sent.append((chat_id, letter.page.html))
        self._note(letter)
        return len(self.sent)

    async def edit(self, chat_id: int, message_id: int, letter: Letter) -> None:
        await self._answer(chat_id)
        self.edited.append((chat_id, message_id, letter.page.html))
        self._note(letter)

    async def until(self, condition: Callable[[], bool], seconds: float = 5) -> None:
        """Wait until something that was sent makes this true."""
        async with asyncio.timeout(seconds):
            while not condition():
                await self._taken.wait()

    def texts(self, chat_id: int) -> list[str]:
        """What arrived in this chat, in order."""
        return [text for chat, text in self.sent if chat == chat_id]

    async def _answer(self, chat_id: int) -> None:
        self.asked.set()
        waiting = self.answers.get(chat_id)
        if not waiting:
            return
        answer = waiting.pop(0)
        if isinstance(answer, asyncio.Event):
            await answer.wait()
        else:
            raise answer

    def _note(self, letter: Letter) -> None:
        self.letters.append(letter)
        self._taken.set()
        self._taken = asyncio.Event()
