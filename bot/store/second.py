"""Two people for one order: whether the second one who let it go was allowed to."""

from datetime import datetime

from sqlite_utils import Database

from bot.core.access import Access, allows
from bot.core.trade.limits import Limits, check_alone, needs_second
from bot.core.trade.types import Intent
from bot.store.file import time_text
from bot.store.people import role_in


def ask_for_second(db: Database, limits: Limits, intent: Intent, now: datetime) -> None:
    """Let pass what two who may trade here agreed on, inside the transaction that commits it.

    Raises:
        LimitReached: one of them may not, or they are one person; nothing may be sent.
    """
    if not needs_second(limits, intent):
        return
    second = intent.approved_by
    people = {intent.user_id, second}
    may = {
        person
        for person in people
        if person is not None
        and allows(role_in(db, person, intent.chat_id, time_text(now)), Access.TRADER)
    }
    if second is None or len(may) < 2:
        check_alone(limits, intent)
