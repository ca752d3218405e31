"""audit verify: is the log of who did what as it was written?"""

import click

from bot.cli.backup import read_store_environment
from bot.cli.failure import Failed


@click.group(epilog="Example: kraken-bot audit verify")
def audit() -> None:
    """Look at the log of who did what."""


@audit.command(epilog="Example: kraken-bot audit verify --head 412:9f3c0a77b1de44f0c2a1b3d4")
@click.option("--head", default="", help="A head that the owner was told, or that the log shows.")
def verify(head: str) -> int:
    """Check every row of the log; ends with 1 at the first one that was changed.

    With --head it also finds rows that were cut off at the end. Works while the bot runs.
    """
    from bot.core.audit import seal_from
    from bot.store import StoreError
    from bot.store.backup import check_audit

    settings = read_store_environment()
    seals = tuple(seal_from(key) for key in settings.master_keys)
    try:
        found = check_audit(settings.data, seals, head)
    except StoreError as error:
        raise Failed(str(error)) from error
    if found.broken is not None:
        raise Failed(f"Row {found.broken} is wrong: {found.why}. Nothing after it can be trusted.")
    click.echo(f"{found.rows} rows, unbroken. Head {found.head or '-'}")
    if not seals or not found.sealed:
        click.echo(
            "Without a master key only the chain is checked: who can write the database "
            "could have made a new one. Compare the head with what the owner was told."
        )
    elif found.unknown_keys:
        click.echo(
            f"{found.unknown_keys} rows were sealed under a master key that is not here; "
            "later rows vouch for them."
        )
    return 0
