"""The bot's side of a page test: plain Bot API calls, without the product."""

import io
import json
import struct
import zlib
from typing import Any

import aiohttp

from bot.standin.server import LocalTelegram

POLL_SECONDS = 50
SMALLEST_PHONE = {
    "viewport": {"width": 360, "height": 740},
    "is_mobile": True,
    "has_touch": True,
}

# In the page: what is wider inside than the room it has.
OVERFLOWS = """
() => [document.documentElement, ...document.querySelectorAll(".scroller, .bubble, pre, .key")]
  .filter(node => node.scrollWidth > node.clientWidth + 1 && node.clientWidth > 0)
  .map(node => `${node.className || node.tagName}: ${node.scrollWidth} > ${node.clientWidth}`)
"""


class BotSide:
    """A bot that does only what the test says."""

    def __init__(self, http: aiohttp.ClientSession, telegram: LocalTelegram) -> None:
        self._http = http
        self._root = f"{telegram.api_root}/bot{telegram.token}"
        self.page_url = telegram.url
        self._next_update = 0

    async def call(self, method: str, **parameters: Any) -> Any:
        """Raises: AssertionError with Telegram's words when the call is refused."""
        async with self._http.post(f"{self._root}/{method}", json=parameters) as answer:
            body = await answer.json()
        assert body["ok"], body
        return body["result"]

    async def send(self, text: str, chat_id: int = 1, **more: Any) -> int:
        """A message in Telegram's HTML; its id."""
        message = await self.call(
            "sendMessage", chat_id=chat_id, text=text, parse_mode="HTML", **more
        )
        return int(message["message_id"])

    async def edit(self, message_id: int, text: str, chat_id: int = 1, **more: Any) -> None:
        await self.call(
            "editMessageText",
            chat_id=chat_id,
            message_id=message_id,
            text=text,
            parse_mode="HTML",
            **more,
        )

    async def send_file(
        self, kind: str, content: bytes, name: str, chat_id: int = 1, **more: Any
    ) -> int:
        """`kind` is photo or document."""
        form = aiohttp.FormData()
        form.add_field("chat_id", str(chat_id))
        for key, value in more.items():
            form.add_field(key, value if isinstance(value, str) else json.dumps(value))
        form.add_field(kind, io.BytesIO(content), filename=name)
        async with self._http.post(f"{self._root}/send{kind.title()}", data=form) as answer:
            body = await answer.json()
        assert body["ok"], body
        return int(body["result"]["message_id"])

    async def next_update(self) -> dict[str, Any]:
        """The next thing the person did. Raises: AssertionError when nothing comes."""
        updates = await self.call(
            "getUpdates", offset=self._next_update, limit=1, timeout=POLL_SECONDS
        )
        assert updates, "the person's act never reached the bot"
        self._next_update = updates[0]["update_id"] + 1
        update: dict[str, Any] = updates[0]
        return update

    async def person(self, path: str, **act: Any) -> dict[str, Any]:
        """What the person does elsewhere than on the page under test."""
        async with self._http.post(f"{self.page_url}/sim/{path}", json=act) as answer:
            body: dict[str, Any] = await answer.json()
        assert answer.status == 200, body
        return body


def keyboard(*rows: list[str], **styles: str) -> dict[str, Any]:
    """An inline keyboard whose data is the label; `styles` maps a label to its style."""
    return {
        "inline_keyboard": [
            [
                {"text": label, "callback_data": label}
                | ({"style": styles[label]} if label in styles else {})
                for label in row
            ]
            for row in rows
        ]
    }


def png(width: int, height: int, colour: tuple[int, int, int] = (40, 90, 200)) -> bytes:
    """A picture of one colour."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        checked = kind + body
        return struct.pack(">I", len(body)) + checked + struct.pack(">I", zlib.crc32(checked))

    lines = (b"\x00" + bytes(colour) * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(lines))
        + chunk(b"IEND", b"")
    )
