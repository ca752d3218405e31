"""The local Telegram as a whole: one address for the Bot API, the person's side and the page."""

import secrets
import string
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

from bot.standin import assets
from bot.standin.api import BotApi
from bot.standin.calls import CallLog
from bot.standin.control import Control
from bot.standin.demo import furnish
from bot.standin.faults import Faults, FloodLimits
from bot.standin.guard import add_headers, guard
from bot.standin.state import Bot, State

HOST = "127.0.0.1"
# A document of 50 MB must arrive, so that it can be told to be too big.
MAX_REQUEST = 64 * 1024 * 1024
BOT_ID = 7_000_000_001


def new_token() -> str:
    """A token that looks like Telegram's: the bot's id and 35 characters."""
    alphabet = string.ascii_letters + string.digits + "-_"
    return f"{BOT_ID}:AA{''.join(secrets.choice(alphabet) for _ in range(33))}"


class LocalTelegram:
    """A Telegram of one bot on loopback.

    `demo` furnishes it with two people and a group. `flood_limits` refuses what Telegram's limits
    would. `repeat_pause` is how long getUpdates makes an impatient loop wait; `now` dates
    messages, `monotonic` measures limits and pauses.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        token: str = "",
        demo: bool = True,
        flood_limits: bool = False,
        repeat_pause: float = 3.0,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.token = token or new_token()
        bot_id = self.token.partition(":")[0]
        bot = Bot(int(bot_id) if bot_id.isdecimal() else BOT_ID, self.token)
        self.state = State(bot, now=now, monotonic=monotonic, repeat_pause=repeat_pause)
        self._port = port
        self._demo = demo
        self._flood = FloodLimits(monotonic, on=flood_limits)
        self._runner: web.AppRunner | None = None
        self._http: aiohttp.ClientSession | None = None
        if demo:
            furnish(self.state)

    @classmethod
    @asynccontextmanager
    async def serving(
        cls,
        *,
        port: int = 0,
        token: str = "",
        demo: bool = True,
        flood_limits: bool = False,
        repeat_pause: float = 3.0,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> AsyncIterator["LocalTelegram"]:
        """Starts one for as long as the block lasts."""
        telegram = cls(
            port=port,
            token=token,
            demo=demo,
            flood_limits=flood_limits,
            repeat_pause=repeat_pause,
            now=now,
            monotonic=monotonic,
        )
        await telegram.start()
        try:
            yield telegram
        finally:
            await telegram.close()

    @property
    def url(self) -> str:
        """The page's address; the Bot API is below it, under `/bot<token>/`."""
        return f"http://{HOST}:{self._port}"

    @property
    def api_root(self) -> str:
        """What a bot uses instead of https://api.telegram.org."""
        return self.url

    async def start(self) -> None:
        """Raises: OSError when the port is taken."""
        self._http = aiohttp.ClientSession()
        api = BotApi(self.state, Faults(), self._flood, CallLog(self.token), self._http)
        # The access log would show the token, which is part of every path.
        self._runner = web.AppRunner(self._application(api), access_log=None, shutdown_timeout=1.0)
        try:
            await self._runner.setup()
            site = web.TCPSite(self._runner, HOST, self._port)
            await site.start()
        except OSError:
            await self.close()
            raise
        self._port = self._runner.addresses[0][1]

    def _application(self, api: BotApi) -> web.Application:
        application = web.Application(client_max_size=MAX_REQUEST, middlewares=[guard])
        application.on_response_prepare.append(add_headers)
        application.add_routes(
            [
                web.route("*", "/bot{token}/{method}", api.answer),
                web.get("/file/bot{token}/{path:.+}", api.file),
                web.get("/file/{file}", assets.SentFiles(self.state).show),
                web.get("/", assets.index),
                web.get("/favicon.ico", assets.favicon),
                web.get("/page/{name}", assets.page_file),
                *Control(api, demo=self._demo).routes(),
            ]
        )

        async def end_waiting(_application: web.Application) -> None:
            api.closing.set()
            self.state.events.close()
            self.state.updates.interrupt()

        application.on_shutdown.append(end_waiting)
        return application

    async def close(self) -> None:
        """Ends everything at once; waiting polls and pages are let go."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        if self._http is not None:
            await self._http.close()
            self._http = None
