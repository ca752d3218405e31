"""backup and restore: a consistent copy while the bot runs, put back when it does not."""

import asyncio
import os
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.failure import Failed

if TYPE_CHECKING:
    from bot.core.config import Settings

_SEALED = b"gAAAA"
"""How something sealed begins."""
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(epilog="Example: kraken-bot backup ~/kraken-bot-2026-11-22.db")
@click.argument("file", type=_FILE)
def backup(file: Path) -> int:
    """Copy the database into FILE, also while the bot runs.

    The keys in it stay sealed: keep the master key elsewhere, or the copy is worth as much as the
    keys. The file must not exist yet.
    """
    from bot.store import StoreError
    from bot.store.backup import take_copy

    settings = read_store_environment()
    try:
        size = take_copy(settings.data, file)
    except StoreError as error:
        raise Failed(str(error)) from error
    click.echo(f"Copied to {file}: {size:,} bytes, checked.")
    return 0


@click.command(epilog="Example: kraken-bot restore ~/kraken-bot-2026-11-22.db")
@click.argument("file", type=_FILE)
def restore(file: Path) -> int:
    """Put the copy FILE in place of the database; the bot must not be running.

    A file that /backup sent is opened with the master key first.

    The database that was there is kept beside it. Chats that trade real money are paused until
    their owner sends /resume; confirmations that waited are void.
    """
    from bot.store import StoreError
    from bot.store.backup import REPLACED, check_copy, put_in_place
    from bot.store.file import FILE_NAME, held

    settings = read_store_environment()
    try:
        # It is made safe before a bot can see it: nobody starts while the folder is held.
        with held(settings.data), tempfile.TemporaryDirectory(dir=settings.data) as room:
            prepared = Path(room) / FILE_NAME
            if (opened := _opened(settings, file)) is None:
                check_copy(file)
                shutil.copyfile(file, prepared)
            else:
                prepared.write_bytes(opened)
                check_copy(prepared)
            made_at = datetime.fromtimestamp(file.stat().st_mtime, UTC)
            generation = asyncio.run(_make_safe(settings, Path(room), made_at))
            put_in_place(prepared, settings.data)
    except (StoreError, OSError) as error:
        raise Failed(str(error)) from error
    before = settings.data / (FILE_NAME + REPLACED)
    click.echo(f"Restored (generation {generation}). Live chats are paused until /resume.")
    if before.exists():
        click.echo(f"The database from before is {before}.")
    return 0


def _opened(settings: "Settings", file: Path) -> bytes | None:
    """What is in a sealed copy; None for one that is not sealed."""
    from bot.vault import CannotOpen, Vault

    content = file.read_bytes() if file.is_file() else b""
    if not content.startswith(_SEALED):
        return None
    if not settings.master_keys:
        raise Failed(f"{file} is sealed. Set the master key that was set when it was made.")
    try:
        return Vault(settings.master_keys).open_file(content)
    except CannotOpen as error:
        raise Failed(f"{file}: {error}. Nothing was changed.") from error


async def _make_safe(settings: "Settings", folder: Path, made_at: datetime) -> int:
    from bot.core.audit import seal_from
    from bot.core.texts.safety import restored_page
    from bot.store import Store
    from bot.store.backup import make_safe

    seal = seal_from(settings.master_keys[0]) if settings.master_keys else None
    async with Store(folder, lambda: datetime.now(UTC)) as store:
        return await make_safe(store, seal, restored_page(made_at), datetime.now(UTC))


def read_store_environment() -> "Settings":
    """The data folder and the master keys; no token is needed.

    Raises:
        Failed: with all faults.
    """
    from bot import log
    from bot.core.config import BadSettings, read_store_settings

    try:
        settings = read_store_settings(
            os.environ, lambda name: Path(name).read_text(encoding="utf-8")
        )
    except BadSettings as error:
        raise Failed("\n".join(error.faults), code=2) from error
    for secret in settings.master_keys:
        log.redaction.register(secret)
    log.set_up("warning")
    return settings
