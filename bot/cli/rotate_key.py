"""rotate-key: another master key in place of the one that seals everything."""

import asyncio
import os
from typing import TYPE_CHECKING

import click

from bot.cli.backup import read_store_environment
from bot.cli.failure import Failed
from bot.cli.master_key import HOW_TO, exposure

if TYPE_CHECKING:
    from bot.core.config import Settings
    from bot.store import Store


@click.command("rotate-key", epilog="Example: kraken-bot rotate-key")
@click.option(
    "--lost",
    is_flag=True,
    help="The old master key is gone for good: destroy what it sealed and begin anew.",
)
def rotate_key(lost: bool) -> None:
    """Seal every stored Kraken key again, under a new master key.

    Stop the bot. Put the new key FIRST in KRAKEN_BOT_MASTER_KEY (or its file), a comma, and the
    old one behind it. Run this. Take the old key out, and start the bot. It is done whole or not
    at all, and running it again does no harm.
    """
    settings = read_store_environment()
    if fault := exposure(os.environ, settings.data):
        raise Failed(fault, code=2)
    if not settings.master_keys:
        raise Failed(f"KRAKEN_BOT_MASTER_KEY is not set. {HOW_TO}")
    if lost:
        click.confirm(
            "All stored Kraken keys are destroyed, and each chat has to /connect again. Sure?",
            abort=True,
            err=True,
        )
    click.echo(asyncio.run(_rotate(settings, lost=lost)))


async def _rotate(settings: "Settings", *, lost: bool) -> str:
    from bot.desk.keyring import WrongMasterKey, rotate
    from bot.store import Store, StoreError, StoreInUse
    from bot.vault import CannotOpen
    from kraken.clock import SystemClock

    try:
        async with Store(settings.data, SystemClock().now) as store:
            await _seal_the_log(store, settings)
            if lost:
                return await _begin_anew(store, settings)
            count = await rotate(store, settings.master_keys)
    except StoreInUse as error:
        raise Failed(
            "The bot is running, and would go on with the old master key. Stop it first, then "
            "run this again. Nothing was changed."
        ) from error
    except (StoreError, WrongMasterKey, CannotOpen) as error:
        raise Failed(f"Nothing was changed. {error}") from error
    return _done(count, len(settings.master_keys))


async def _begin_anew(store: "Store", settings: "Settings") -> str:
    """Only what cannot be opened is given up."""
    from bot.core.queue import Priority
    from bot.core.texts.keys import lost_page
    from bot.core.trade.types import Mode
    from bot.desk.keyring import WrongMasterKey, unlock

    try:
        await unlock(store, settings.master_keys)
    except WrongMasterKey:
        keys = await store.forget_all_keys()
    else:
        return "This master key opens everything: nothing is lost, and nothing was changed."
    await unlock(store, settings.master_keys)
    for key in keys:
        await store.set_chat_mode(key.chat_id, Mode.PAPER)
        await store.add_push(f"key:{key.id}:lost", key.chat_id, Priority.ALERT, lost_page(key))
    return (
        f"{len(keys)} stored keys were destroyed. Start the bot: it tells their chats to /connect "
        "again. Their orders stay at Kraken; the keys should be deleted there."
    )


async def _seal_the_log(store: "Store", settings: "Settings") -> None:
    from bot.core.audit import seal_from

    await store.seal_audit(seal_from(settings.master_keys[0]))


def _done(count: int, given: int) -> str:
    keys = "1 stored key is" if count == 1 else f"{count} stored keys are"
    if given == 1:
        return (
            f"{keys} sealed with the one master key that is set: nothing else is needed. To "
            "change it, put a new one first, a comma, and this one behind it, and run this "
            f"again. {HOW_TO}"
        )
    return (
        f"{keys} sealed with the first master key, and open with it alone. Now take the others "
        "out of KRAKEN_BOT_MASTER_KEY, start the bot, and keep the old key only as long as you "
        "keep backups that were sealed with it."
    )
