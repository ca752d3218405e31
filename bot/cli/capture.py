"""The commands about captures: record and replay."""

import asyncio
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.failure import Failed
from bot.cli.serve import Range
from bot.core.config import BadSettings, read_settings

if TYPE_CHECKING:
    from bot.core.config import Settings
    from kraken.core.types import Symbol

_SYMBOL = re.compile(r"[A-Z0-9.]+/[A-Z0-9.]+")
_DEPTHS = ("10", "25", "100", "500", "1000")


@click.command(epilog="Example: kraken-bot record btc eth/eur --out btc.jsonl --seconds 60")
@click.argument("pairs", nargs=-1, required=True, metavar="PAIR...")
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="The file to write, one frame a line.",
)
@click.option(
    "--depth", default="10", show_default=True, type=click.Choice(_DEPTHS), help="Book levels."
)
@click.option(
    "--seconds",
    type=Range(0, min_open=True),
    help="Stop after so long; without it at Ctrl-C.",
)
def record(pairs: tuple[str, ...], out: Path, depth: str, seconds: float | None) -> None:
    """Write the raw WebSocket frames of the order books of PAIRs, until Ctrl-C or --seconds.

    KRAKEN_WS_URL and KRAKEN_REST_URL name other addresses than Kraken's own.
    """
    try:
        frames = asyncio.run(_record(pairs, out, int(depth), seconds))
    except OSError as error:
        raise Failed(f"{out} cannot be written: {error.strerror}.") from error
    click.echo(f"{frames} frames written to {out}")


async def _record(pairs: tuple[str, ...], out: Path, depth: int, seconds: float | None) -> int:
    from kraken import capture
    from kraken.core.errors import KrakenError, UnknownInstrument

    settings = _addresses()
    try:
        symbols = await _symbols(pairs, settings)
        return await capture.record(symbols, out, depth, seconds, ws_url=settings.kraken_ws)
    except UnknownInstrument as error:
        near = f" Did you mean {', '.join(error.suggestions)}?" if error.suggestions else ""
        raise Failed(f"Kraken has no pair {error.name}.{near}") from error
    except KrakenError as error:
        raise Failed(f"Nothing was recorded: {error}.") from error


@click.command(epilog="Example: kraken-bot replay btc.jsonl --json")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def replay(file: Path, as_json: bool) -> int:
    """Feed a capture through decoding, book and checksum, as fast as it goes, and report.

    Ends with 1 if any checksum failed, or if there was no book to check.
    """
    from kraken import capture

    try:
        report = capture.replay(file)
    except OSError as error:
        raise Failed(f"{file} cannot be read: {error.strerror}.") from error
    if as_json:
        click.echo(report.as_json())
    else:
        click.echo(
            f"{report.frames} frames, {report.book_frames} of books, {report.symbols} pairs\n"
            f"checksums: {report.checksums_ok} right, {report.checksums_failed} wrong; "
            f"{report.resyncs} resyncs\n"
            f"{report.seconds:.3f} s, {report.frames_per_second:,} frames a second; "
            f"decoding alone {report.decode_only_seconds:.3f} s"
        )
    if not report.book_frames:
        raise Failed(f"{file} has no frame of a book: nothing was checked.")
    if report.checksums_failed:
        raise Failed(f"Wrong checksums: {report.checksums_failed}.")
    return 0


def _addresses() -> "Settings":
    """Where the market data come from; no token is needed for them."""
    known = ("KRAKEN_WS_URL", "KRAKEN_REST_URL")
    environment = {name: os.environ[name] for name in known if name in os.environ}
    try:
        return read_settings({**environment, "TELEGRAM_BOT_TOKEN": "0:none"}, str)
    except BadSettings as error:
        raise Failed("\n".join(error.faults), code=2) from error


async def _symbols(pairs: tuple[str, ...], settings: "Settings") -> "list[Symbol]":
    """``btc`` and ``XBTUSD`` as ``BTC/USD``; Kraken is asked only if a name is not one already."""
    import aiohttp

    from kraken.clock import SystemClock
    from kraken.core.instruments import Instruments
    from kraken.core.types import Symbol
    from kraken.rest import Rest

    if all(_SYMBOL.fullmatch(pair) for pair in pairs):
        return [Symbol(pair) for pair in pairs]
    async with aiohttp.ClientSession() as http:
        rest = Rest(http, settings.kraken_rest, clock=SystemClock())
        known = Instruments(await rest.instruments())
    return [known.find(pair).symbol for pair in pairs]
