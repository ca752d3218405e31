"""Changing limits: lower at once, higher after the wait, and the bot's owner hears of it."""

from dataclasses import dataclass
from datetime import datetime

from bot.core.queue import Priority
from bot.core.texts.limits import owner_note_page
from bot.core.trade.limit_args import LimitWish
from bot.core.trade.limits import Raise
from bot.desk.services import Services
from bot.store.limit_rows import LimitsOfChat
from kraken.core.types import Symbol


@dataclass(frozen=True, slots=True)
class LimitChange:
    """A chat's limits after it."""

    limits: LimitsOfChat
    waiting: Raise | None = None
    had_raise: bool = False


async def read_limits(services: Services, chat_id: int, now: datetime) -> LimitsOfChat:
    """A chat's limits."""
    return await services.safety.limits(chat_id, now)


async def change_limit(
    services: Services, chat_id: int, user_id: int, wish: LimitWish, now: datetime
) -> LimitChange:
    """Do what was asked.

    Raises:
        UnknownInstrument: a pair that does not exist; nothing was changed.
    """
    assert wish.limit is not None, "a change names its limit"
    if wish.takes_back:
        had = await services.safety.drop_raise(chat_id, wish.limit, by=user_id, now=now)
        return LimitChange(await services.safety.limits(chat_id, now), had_raise=had)
    for name in wish.value.split() if wish.limit == "pairs" else ():
        services.market.instrument(Symbol(name))
    waiting = await services.safety.set_limit(chat_id, wish.limit, wish.value, by=user_id, now=now)
    owner = await services.safety.owner()
    if owner not in (None, user_id):
        page = owner_note_page(user_id, chat_id, wish.limit, wish.value)
        key = f"limit:{chat_id}:{wish.limit}:{now.isoformat()}"
        await services.outbox.push(owner, page, Priority.DIGEST, key)
    return LimitChange(await services.safety.limits(chat_id, now), waiting)
