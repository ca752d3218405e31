"""Delivery of updates by POST to the bot's own address, instead of getUpdates.

Updates go one at a time and in order, each before the person's call that caused it is answered. An
update that is not taken (any status but 2xx) stays first in the queue and is tried again the next
time something happens.

https://core.telegram.org/bots/api#setwebhook
"""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from bot.standin.updates import UpdateQueue

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a name, no secret
PATIENCE = aiohttp.ClientTimeout(total=10)


@dataclass(slots=True)
class Webhook:
    """Where updates go, and how the last delivery failed."""

    url: str
    secret: str = field(repr=False, default="")
    max_connections: int = 40
    ip_address: str = ""
    last_error: str = ""
    last_error_date: int = 0
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def info(self) -> dict[str, Any]:
        """The part of WebhookInfo that is known here."""
        shape: dict[str, Any] = {"url": self.url, "max_connections": self.max_connections}
        if self.ip_address:
            shape["ip_address"] = self.ip_address
        if self.last_error:
            shape["last_error_message"] = self.last_error
            shape["last_error_date"] = self.last_error_date
        return shape

    async def deliver(self, updates: UpdateQueue, http: aiohttp.ClientSession) -> None:
        """Sends what waits, until the queue is empty or the bot does not take an update.

        Whoever comes while a delivery is under way leaves the rest to it: the bot may call back
        before it has answered.
        """
        if self._turn.locked():
            return
        async with self._turn:
            while (update := updates.first()) is not None:
                error = await self._post(update, http)
                if error:
                    self.last_error, self.last_error_date = error, int(time.time())
                    return
                updates.confirm(update["update_id"])

    async def _post(self, update: dict[str, Any], http: aiohttp.ClientSession) -> str:
        headers = {SECRET_HEADER: self.secret} if self.secret else {}
        try:
            async with http.post(
                self.url, json=update, headers=headers, timeout=PATIENCE, allow_redirects=False
            ) as answer:
                if 200 <= answer.status < 300:
                    return ""
                return f"Wrong response from the webhook: {answer.status} {answer.reason}"
        except aiohttp.ClientError:
            return "Connection failed"
        except TimeoutError:
            return "Read timeout expired"
