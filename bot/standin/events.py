"""What the chat page hears: events with ids, kept a while so that a page can resume.

An event id names the run of the server too. A page that asks to resume from another run, or from
an event that is no longer kept, gets one `reset` event: it must read everything again.
"""

import asyncio
import json
import secrets
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

KEPT_EVENTS = 1000


class EventHub:
    """Events for any number of pages; a slow page holds nobody up."""

    def __init__(self) -> None:
        self._run = secrets.token_hex(4)
        self._events: deque[tuple[int, dict[str, Any]]] = deque(maxlen=KEPT_EVENTS)
        self._count = 0
        self._news = asyncio.Event()
        self._closed = False

    def publish(self, event: dict[str, Any]) -> None:
        """Tells all pages."""
        self._count += 1
        self._events.append((self._count, event))
        self._wake()

    def close(self) -> None:
        """Ends all listening at once."""
        self._closed = True
        self._wake()

    def _wake(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def listen(self, last_event_id: str, silence: float) -> AsyncIterator[bytes]:
        """Server-sent events from after the given id on; a comment after so much silence."""
        yield b"retry: 1000\n\n"
        seen = self._resume(last_event_id)
        if seen is None:
            seen = self._count
            yield self._frame(seen, {"type": "reset"})
        while not self._closed:
            fresh = [pair for pair in self._events if pair[0] > seen]
            if fresh and fresh[0][0] > seen + 1:
                seen = self._count
                yield self._frame(seen, {"type": "reset"})
                continue
            for number, event in fresh:
                seen = number
                yield self._frame(number, event)
            if not fresh and not await self._told(silence):
                yield b": ping\n\n"

    def _resume(self, last_event_id: str) -> int | None:
        """Where to go on; None when that is not known here any more."""
        if not last_event_id:
            return self._count
        run, _, number = last_event_id.partition("-")
        if run != self._run or not number.isdecimal() or int(number) > self._count:
            return None
        oldest = self._events[0][0] if self._events else self._count + 1
        return int(number) if int(number) + 1 >= oldest else None

    def _frame(self, number: int, event: dict[str, Any]) -> bytes:
        text = json.dumps(event, separators=(",", ":"))
        return f"id: {self._run}-{number}\ndata: {text}\n\n".encode()

    async def _told(self, silence: float) -> bool:
        try:
            async with asyncio.timeout(silence):
                await self._news.wait()
        except TimeoutError:
            return False
        return True
