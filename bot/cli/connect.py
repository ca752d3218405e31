"""connect: a Kraken key from the terminal into the vault, without Telegram in between.

Works while the bot runs, too: then the key is handed over sealed, and the bot connects it.
"""

import asyncio
import sys
import time
from typing import TYPE_CHECKING

import click

from bot.cli.failure import Failed
from bot.cli.master_key import HOW_TO
from bot.cli.serve import read_environment

if TYPE_CHECKING:
    from bot.core.config import Settings
    from bot.core.keys import TypedKey
    from bot.core.page import Page
    from bot.store import Store
    from bot.store.handed import BesideTheBot

_PATIENCE = 60.0
_LOOK_EVERY = 0.2
_LONGEST = 4096


@click.command(epilog="Example: kraken-bot connect 123456789")
@click.argument("chat_id", type=click.IntRange(1, 2**52))
def connect(chat_id: int) -> int:
    """Connect a Kraken key to the private chat CHAT_ID (its person's numeric Telegram id).

    The key is typed at the terminal and not shown, or read from standard input on two lines. It
    is checked at Kraken and sealed; the chat is told. Needs the same environment as run, and
    works while the bot runs.
    """
    from bot import log

    settings = read_environment()
    log.set_up("warning")
    if not settings.master_keys:
        raise Failed(f"There is no master key to seal it with. {HOW_TO}")
    typed = _typed()
    log.redaction.register(typed.api_key)
    log.redaction.register(typed.api_secret)
    if asyncio.run(_connect(settings, typed, chat_id)):
        raise Failed("The key was not connected.")
    return 0


def _typed() -> "TypedKey":
    """From the terminal without an echo, else from standard input; never from an argument."""
    from bot.core.keys import read_key

    if sys.stdin.isatty():
        said = "\n".join(
            click.prompt(what, hide_input=True, err=True) for what in ("API key", "Private key")
        )
    else:
        said = sys.stdin.read(_LONGEST)
    typed = read_key(said)
    if not typed.is_whole:
        raise Failed(
            "That is not a whole key: an API key has 56 characters, a private key 88. "
            "Nothing was stored."
        )
    return typed


async def _connect(settings: "Settings", typed: "TypedKey", chat_id: int) -> int:
    from bot.desk.keyring import WrongMasterKey
    from bot.store import Store, StoreError, StoreInUse
    from kraken.clock import SystemClock

    try:
        async with Store(settings.data, SystemClock().now) as store:
            return await _here(settings, store, typed, chat_id)
    except StoreInUse:
        return await _by_the_bot(settings, typed, chat_id)
    except (StoreError, WrongMasterKey) as error:
        raise Failed(str(error)) from error


async def _here(settings: "Settings", store: "Store", typed: "TypedKey", chat_id: int) -> int:
    """No bot is running: check and seal it here, and leave a word for the chat."""
    import aiohttp

    from bot.core.access import Role
    from bot.core.audit import seal_from
    from bot.core.queue import Priority
    from bot.core.texts.delivery import plain
    from bot.core.texts.key_report import report_page
    from bot.core.texts.keys import connected_on_server_page
    from bot.desk.connect import connect_from_server
    from bot.desk.keys import open_keys
    from kraken.clock import SystemClock

    if await store.role(chat_id, chat_id) not in (Role.TRADER, Role.OWNER):
        raise Failed(_NOT_A_TRADER.format(chat_id))

    async def leave(chat_id: int, page: "Page", priority: Priority, event_key: str) -> bool:
        """The bot says it when it is started."""
        return await store.add_push(event_key, chat_id, priority, page) is not None

    await store.seal_audit(seal_from(settings.master_keys[0]))
    async with aiohttp.ClientSession() as http:
        keys = await open_keys(
            store,
            settings.master_keys,
            http,
            settings.kraken_rest,
            SystemClock(),
            say=leave,
        )
        report = await connect_from_server(keys.connecting, typed, chat_id)
    click.echo(plain(report_page(report)))
    if report.connected is None:
        return 1
    page = connected_on_server_page(report.connected)
    await leave(chat_id, page, Priority.ALERT, f"key:{report.connected.id}:server")
    return 0


async def _by_the_bot(settings: "Settings", typed: "TypedKey", chat_id: int) -> int:
    """A bot is running: hand the key over, sealed, and say what it answers."""
    from bot.desk.keyring import hand_over
    from bot.store import StoreError
    from bot.store.handed import BesideTheBot
    from bot.vault import CannotOpen, Check, Vault
    from kraken.clock import SystemClock

    beside, vault = BesideTheBot(settings.data), Vault(settings.master_keys)
    try:
        check = beside.vault_check()
        if check is None:
            raise Failed("The running bot has no master key: set it and start the bot again.")
        vault.accept(Check(*check))
        if not beside.may_trade(chat_id):
            raise Failed(_NOT_A_TRADER.format(chat_id))
        handed = hand_over(vault, typed, chat_id, SystemClock().now())
        beside.hand_over(handed)
        try:
            answer = await _answer(beside, handed.id)
        finally:
            beside.take_back(handed.id)
    except CannotOpen as error:
        raise Failed("The running bot has another master key than this command.") from error
    except StoreError as error:
        raise Failed(str(error)) from error
    if answer is None:
        raise Failed("The running bot did not take the key within a minute. Nothing was stored.")
    said, connected = answer
    click.echo(said)
    return 0 if connected else 1


async def _answer(beside: "BesideTheBot", handed_id: str) -> tuple[str, bool] | None:
    ends = time.monotonic() + _PATIENCE
    while time.monotonic() < ends:
        if (answer := beside.answer(handed_id)) is not None:
            return answer
        await asyncio.sleep(_LOOK_EVERY)
    return None


_NOT_A_TRADER = (
    "{} is not the private chat of somebody who may trade. It is a person's numeric Telegram id; "
    "the owner approves people in the chat. Nothing was stored."
)
