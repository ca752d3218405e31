"""doctor: looks at everything the bot needs and says what is wrong and what to do."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from bot.cli.backup import read_store_environment
from bot.cli.failure import Failed
from bot.cli.master_key import HOW_TO
from bot.cli.serve import read_environment

if TYPE_CHECKING:
    import aiohttp

    from bot.core.config import Settings
    from bot.store.handed import StoredKey

_PATIENCE = 10.0
_CLOCK_FINE = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    what: str
    fine: bool
    said: str

    def line(self) -> str:
        """``ok    Kraken REST: online``."""
        return f"{'ok   ' if self.fine else 'FAIL '} {self.what}: {self.said}"


@click.command(epilog="Example: kraken-bot doctor")
def doctor() -> int:
    """Check settings, database, clock, Telegram and Kraken; one line each.

    Reads the same environment as run. Ends with 1 if anything failed, with 2 if the settings did.
    """
    from bot import log

    try:
        settings = read_environment()
    except Failed as error:
        for fault in error.message.splitlines():
            click.echo(Finding("Settings", fine=False, said=fault).line())
        asyncio.run(_examine_with_wrong_settings())
        raise Failed("The settings are wrong.", error.code) from error
    log.set_up("warning")
    click.echo(Finding("Settings", fine=True, said="complete").line())
    if failed := asyncio.run(_examine(settings)):
        raise Failed(f"Something is wrong: {', '.join(failed)}.")
    return 0


_Check = tuple[str, Callable[[], Awaitable[str]]]


async def _examine(settings: "Settings") -> list[str]:
    """Tell all findings; the names of those that are not fine."""
    import aiohttp

    async with aiohttp.ClientSession() as http:
        return await _tell(_checks_here(settings) + _checks_beyond(settings, http))


async def _examine_with_wrong_settings() -> None:
    """What lies on this machine is looked at all the same, if its own settings are right."""
    try:
        settings = read_store_environment()
    except Failed:
        return
    await _tell(_checks_here(settings))


def _checks_here(settings: "Settings") -> tuple[_Check, ...]:
    return (
        ("Database", lambda: _database(settings)),
        ("Master key", lambda: _master_key(settings)),
        ("Kraken keys", lambda: _keys(settings)),
    )


def _checks_beyond(settings: "Settings", http: "aiohttp.ClientSession") -> tuple[_Check, ...]:
    return (
        ("Telegram", lambda: _telegram(settings)),
        ("Kraken REST", lambda: _kraken_rest(settings, http)),
        ("Clock", lambda: _clock(settings, http)),
        ("Kraken WebSocket", lambda: _kraken_ws(settings, http)),
    )


async def _tell(checks: tuple[_Check, ...]) -> list[str]:
    failed = []
    for what, check in checks:
        finding = await _finding(what, check)
        click.echo(finding.line())
        if not finding.fine:
            failed.append(what)
    return failed


class _Wrong(Exception):
    """What is wrong and what to do, as one line."""


async def _finding(what: str, check: Callable[[], Awaitable[str]]) -> Finding:
    try:
        async with asyncio.timeout(_PATIENCE):
            return Finding(what, fine=True, said=await check())
    except _Wrong as error:
        return Finding(what, fine=False, said=str(error))
    except TimeoutError:
        said = "no answer within 10 s. Check the network, a firewall or a proxy."
        return Finding(what, fine=False, said=said)


async def _database(settings: "Settings") -> str:
    from bot.store import FILE_NAME, Store, StoreError, StoreInUse
    from kraken.clock import SystemClock

    if not (settings.data / FILE_NAME).exists():
        return f"not there yet; it will be made in {settings.data}"
    try:
        async with Store(settings.data, SystemClock().now) as store:
            people = await store.people()
    except StoreInUse:
        return f"in use in {settings.data}, a bot is running"
    except StoreError as error:
        raise _Wrong(str(error)) from error
    return f"sound, {len(people)} people, in {settings.data}"


async def _master_key(settings: "Settings") -> str:
    from bot.store import FILE_NAME

    if not settings.master_keys:
        if (settings.data / FILE_NAME).exists() and await _sealed(settings):
            raise _Wrong("not set, and Kraken keys are stored. Set the one that sealed them.")
        return f"not set; needed only to store a Kraken key. {HOW_TO}"
    from bot.vault import Vault

    name = Vault(settings.master_keys).key_id
    if not (settings.data / FILE_NAME).exists():
        return f"set, named {name}; nothing is sealed yet"
    missing = await _sealed(settings) - set(Vault(settings.master_keys).key_ids)
    if missing:
        raise _Wrong(
            f"it cannot open what is stored: that was sealed with {', '.join(sorted(missing))}, "
            f"and this one is {name}. Put the right one back; if it is lost for good: "
            "kraken-bot rotate-key --lost"
        )
    return f"set, named {name}; opens all that is stored"


async def _sealed(settings: "Settings") -> set[str]:
    """The names of the master keys that sealed what is stored, also while the bot runs."""
    from bot.store import StoreError
    from bot.store.handed import BesideTheBot

    try:
        return BesideTheBot(settings.data).sealed_by()
    except StoreError as error:
        raise _Wrong(f"not compared: {error}") from error


async def _keys(settings: "Settings") -> str:
    """How the stored keys are, as the bot found them last; nothing is asked of Kraken."""
    from bot.store import FILE_NAME, StoreError
    from bot.store.handed import BesideTheBot
    from kraken.clock import SystemClock

    if not (settings.data / FILE_NAME).exists():
        return "none stored"
    try:
        found = BesideTheBot(settings.data).keys()
    except StoreError as error:
        raise _Wrong(f"not read: {error}") from error
    now = SystemClock().now()
    lines = [key_line(key, now) for key in found]
    if any(not key.is_usable for key in found):
        raise _Wrong(f"{'; '.join(lines)}. In its chat: /connect again")
    return "; ".join(lines) or "none stored"


def key_line(key: "StoredKey", now: datetime) -> str:
    """``…ZJWF ok, expires in 12 days``."""
    said = f"…{key.tail} {key.state}"
    if key.reason:
        said += f" ({key.reason})"
    if key.valid_until is None:
        return f"{said}, no expiry"
    days = (key.valid_until - now) // timedelta(days=1)
    return f"{said}, expired" if days < 0 else f"{said}, expires in {days} days"


async def _telegram(settings: "Settings") -> str:
    from telegram.error import InvalidToken, TelegramError

    from bot.telegram.edge import NetworkMisconfigured, close_application, make_application

    try:
        application = make_application(settings)
    except NetworkMisconfigured as error:
        raise _Wrong(str(error)) from error
    try:
        await application.initialize()
        return f"answers as @{application.bot.username}"
    except InvalidToken as error:
        raise _Wrong(
            "it does not know the token. Ask @BotFather for the current one and set "
            "TELEGRAM_BOT_TOKEN."
        ) from error
    except TelegramError as error:
        raise _Wrong(
            f"not reached ({error}). Check the network, or TELEGRAM_API_URL if you set it."
        ) from error
    finally:
        await close_application(application)


async def _kraken_rest(settings: "Settings", http: "aiohttp.ClientSession") -> str:
    from kraken.clock import SystemClock
    from kraken.core.errors import KrakenError
    from kraken.rest import Rest

    try:
        state = await Rest(http, settings.kraken_rest, clock=SystemClock()).system_status()
    except KrakenError as error:
        raise _Wrong(f"not reached ({error}). Check the network, or status.kraken.com.") from error
    return state.state.value


async def _clock(settings: "Settings", http: "aiohttp.ClientSession") -> str:
    from kraken.clock import SystemClock
    from kraken.core.errors import KrakenError
    from kraken.private_rest import ServerOffset
    from kraken.rest import Rest

    clock = SystemClock()
    try:
        offset = await ServerOffset(clock).measure(
            Rest(http, settings.kraken_rest, clock=clock).time, rounds=1
        )
    except KrakenError as error:
        raise _Wrong("not compared, because Kraken was not reached.") from error
    # Kraken tells whole seconds, so a difference within its second is none.
    seconds = offset / timedelta(seconds=1)
    if abs(offset) > _CLOCK_FINE:
        raise _Wrong(f"{seconds:+.1f} s against Kraken's. Turn on time synchronisation (NTP).")
    return f"{seconds:+.1f} s against Kraken's"


async def _kraken_ws(settings: "Settings", http: "aiohttp.ClientSession") -> str:
    import aiohttp

    try:
        async with http.ws_connect(settings.kraken_ws) as connection:
            frame = await connection.receive()
    except (aiohttp.ClientError, OSError) as error:
        raise _Wrong(
            f"not reached ({error}). Check the network, or KRAKEN_WS_URL if you set it."
        ) from error
    if frame.type is not aiohttp.WSMsgType.TEXT:
        raise _Wrong("it closed the connection at once. Try again in a minute.")
    return "answers"
