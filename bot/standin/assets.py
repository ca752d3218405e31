"""The chat page's own files, and what people see of photos and documents."""

from pathlib import Path
from urllib.parse import quote

from aiohttp import web

from bot.standin.state import State

PAGE = Path(__file__).parent / "page"
TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
_TEXT = ("text/", "application/json", "image/svg")


async def index(_request: web.Request) -> web.StreamResponse:
    return _page_file("index.html")


async def page_file(request: web.Request) -> web.StreamResponse:
    return _page_file(request.match_info["name"])


async def favicon(_request: web.Request) -> web.StreamResponse:
    return _page_file("icon.svg")


def _page_file(name: str) -> web.StreamResponse:
    """Only plain names of known kinds that lie in the page's folder."""
    path = PAGE / name
    kind = TYPES.get(path.suffix)
    if kind is None or path not in PAGE.iterdir():
        raise web.HTTPNotFound
    charset = "utf-8" if kind.startswith(_TEXT) else None
    return web.Response(body=path.read_bytes(), content_type=kind, charset=charset)


class SentFiles:
    """Photos and documents of the chats, under addresses without the token."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def show(self, request: web.Request) -> web.StreamResponse:
        file = self._state.files.by_unique_id(request.match_info["file"])
        if file is None:
            raise web.HTTPNotFound
        headers = {"Cache-Control": "private, max-age=86400, immutable"}
        if file.kind == "document":
            # Never shown as a page of ours: a document is whatever a bot likes to send.
            headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(file.name)}"
            return web.Response(
                body=file.content, content_type="application/octet-stream", headers=headers
            )
        return web.Response(body=file.content, content_type=file.content_type, headers=headers)
