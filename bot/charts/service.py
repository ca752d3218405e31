"""The bot's side of charts: sends a request to the drawing process and waits for the picture."""

import asyncio
import contextlib
import os
import struct
import sys
from types import TracebackType
from typing import Self

import msgspec

from bot.charts.request import CandleChart, Drawing, LineChart

_LENGTH = struct.Struct("!I")

_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "MPLCONFIGDIR", "PYTHONPATH")
"""What the drawing process gets of our environment: secrets may be among the rest."""


class ChartFailed(Exception):
    """The picture could not be drawn; nothing else is affected, and the next one may work."""


class Charts:
    """Draws charts one after the other in one process, which starts with the first of them.

    Use it as an async context manager: leaving it ends the process.
    """

    def __init__(self, *, limit: float = 20.0) -> None:
        """``limit`` is how many seconds one picture may take before the process is replaced."""
        self._limit = limit
        self._turn = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._end()

    async def candles(self, chart: CandleChart) -> bytes:
        """Draw candles; returns a PNG of 1280 x 720.

        Raises:
            ValueError: there is no candle to draw.
            ChartFailed: the drawing process failed or took too long.
        """
        if not chart.candles:
            raise ValueError("a chart needs at least one candle")
        return await self._picture(Drawing(candles=chart))

    async def line(self, chart: LineChart) -> bytes:
        """Draw a course; returns a PNG of 1280 x 720.

        Raises:
            ValueError: there are less than two points.
            ChartFailed: the drawing process failed or took too long.
        """
        if len(chart.values) < 2:
            raise ValueError("a line needs at least two points")
        return await self._picture(Drawing(line=chart))

    async def _picture(self, drawing: Drawing) -> bytes:
        async with self._turn:
            try:
                async with asyncio.timeout(self._limit):
                    return await self._draw(msgspec.msgpack.encode(drawing))
            except (TimeoutError, OSError, EOFError) as error:
                await self._end()
                raise ChartFailed(f"the drawing process gave no picture: {error!r}") from error
            except asyncio.CancelledError:
                # Whoever asked has gone, but the answer is under way: the next request would
                # read it as its own.
                await self._end()
                raise

    async def _draw(self, request: bytes) -> bytes:
        process = await self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(_LENGTH.pack(len(request)) + request)
        await process.stdin.drain()
        (size,) = _LENGTH.unpack(await process.stdout.readexactly(_LENGTH.size))
        picture = await process.stdout.readexactly(size)
        if not picture.startswith(b"\x89PNG"):
            raise ChartFailed(picture.decode("utf-8", "replace"))
        return picture

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            await self._end()
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "bot.charts.worker",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=_environment(),
                # Its own session: a Ctrl-C at the terminal is for the bot, which then ends it.
                start_new_session=True,
            )
        return self._process

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        # communicate() reads to the end and closes the pipes; wait() alone leaves them open.
        await process.communicate()


def _environment() -> dict[str, str]:
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    # Drawing needs no linear algebra, and a thread for each core of a large machine costs memory.
    return inherited | {"OPENBLAS_NUM_THREADS": "1"}
