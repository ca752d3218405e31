"""The database's shape, one step after another; each step's statements have a file of their own.

Rules: a step that was released is never edited, a change is a new step; tables are STRICT, money
is TEXT, times are ISO 8601 in UTC. ``sqlite_utils`` records each applied step in the database and
rolls a failed one back whole.
"""

from collections.abc import Iterable

from sqlite_utils import Database, Migrations

from bot.migrations import alerts as alerts_step
from bot.migrations import begun as begun_step
from bot.migrations import express as express_step
from bot.migrations import first as first_step
from bot.migrations import groups as groups_step
from bot.migrations import history as history_step
from bot.migrations import invitations as invitations_step
from bot.migrations import keys as keys_step
from bot.migrations import league as league_step
from bot.migrations import plans as plans_step
from bot.migrations import practice as practice_step
from bot.migrations import quiet as quiet_step
from bot.migrations import raises as raises_step
from bot.migrations import safety as safety_step
from bot.migrations import trading as trading_step

migrations = Migrations("kraken-bot")


class TooNew(Exception):
    """The database was written by a later version of this program; nothing was changed."""


def migrate(db: Database) -> None:
    """Bring the database to this version's shape.

    Raises:
        TooNew: it has steps that this version does not know.
    """
    unknown = {step.name for step in migrations.applied(db)} - STEPS
    if unknown:
        raise TooNew(", ".join(sorted(unknown)))
    migrations.apply(db)


def _run(db: Database, statements: Iterable[str]) -> None:
    for statement in statements:
        db.execute(statement)


@migrations()
def first(db: Database) -> None:
    """What talking needs."""
    _run(db, first_step.STATEMENTS)


@migrations()
def trading(db: Database) -> None:
    """What trading needs: modes, tickets, orders and fills."""
    _run(db, trading_step.STATEMENTS)


@migrations()
def safety(db: Database) -> None:
    """What stops money from moving, and the log of who did what."""
    _run(db, safety_step.STATEMENTS)


@migrations()
def keys(db: Database) -> None:
    """What keys need: sealed, lent, and the marks of their nonces."""
    _run(db, keys_step.STATEMENTS)


@migrations()
def practice(db: Database) -> None:
    """What practice accounts need, and what the facts of accounts are told by."""
    _run(db, practice_step.STATEMENTS)


@migrations()
def history(db: Database) -> None:
    """What accounts did in the past, as far as it was read."""
    _run(db, history_step.STATEMENTS)


@migrations()
def begun(db: Database) -> None:
    """What a practice account's own numbers need."""
    _run(db, begun_step.STATEMENTS)


@migrations()
def plans(db: Database) -> None:
    """What the bot does at a time, and what became of each time."""
    _run(db, plans_step.STATEMENTS)


@migrations()
def alerts(db: Database) -> None:
    """What chats wait for, and how far it was judged."""
    _run(db, alerts_step.STATEMENTS)


@migrations()
def league(db: Database) -> None:
    """What leagues of groups need."""
    _run(db, league_step.STATEMENTS)


@migrations()
def express(db: Database) -> None:
    """Who may send orders without a preview."""
    _run(db, express_step.STATEMENTS)


@migrations()
def groups(db: Database) -> None:
    """What groups with topics need."""
    _run(db, groups_step.STATEMENTS)


@migrations()
def raises(db: Database) -> None:
    """What was added to open orders, and when."""
    _run(db, raises_step.STATEMENTS)


@migrations()
def quiet(db: Database) -> None:
    """What quiet hours are summed up from."""
    _run(db, quiet_step.STATEMENTS)


@migrations()
def invitations(db: Database) -> None:
    """Links with which somebody is let in."""
    _run(db, invitations_step.STATEMENTS)


STEPS = frozenset(
    {
        "alerts",
        "plans",
        "begun",
        "league",
        "express",
        "quiet",
        "groups",
        "history",
        "invitations",
        "practice",
        "raises",
        "keys",
        "first",
        "trading",
        "safety",
    }
)
"""Every step above, so that a step of a later version is recognised."""
