"""What is told how loudly, as a chat chooses it."""

import re
from dataclasses import replace

from bot.core.errors import BadArgument
from bot.core.notices import Notice, with_next
from bot.core.settings import ChatSettings
from bot.core.trade.types import Mode
from bot.desk.services import Services

_HOURS = re.compile(r"([0-9]{1,2})\s*[-–]\s*([0-9]{1,2})", re.ASCII)  # noqa: RUF001 - people type it
_EXAMPLE = "/settings quiet 23-7"


async def turn_notice(services: Services, chat_id: int, name: str, mode: Mode) -> ChatSettings:
    """One kind one step further.

    Raises:
        BadArgument: no such kind.
    """
    found = next((notice for notice in Notice if notice.value == name.lower()), None)
    if found is None:
        names = " ".join(Notice)
        raise BadArgument("notification", name, "/settings notifications fill", hint=names)
    changed = with_next(await services.store.chat_settings(chat_id), found, mode)
    await services.store.save_chat_settings(chat_id, changed)
    return changed


def read_hours(text: str) -> tuple[int, int]:
    """``23-7``, or ``off``.

    Raises:
        BadArgument: something else.
    """
    said = text.strip().lower()
    if said == "off":
        return 0, 0
    match = _HOURS.fullmatch(said)
    hours = (int(match[1]) % 24, int(match[2]) % 24) if match else None
    if match is None or hours is None or max(int(match[1]), int(match[2])) > 24:
        raise BadArgument("time", text, _EXAMPLE, hint="23-7, off")
    return hours


async def set_hours(services: Services, chat_id: int, hours: tuple[int, int]) -> ChatSettings:
    """Keep them."""
    settings = await services.store.chat_settings(chat_id)
    changed = replace(settings, quiet_from=hours[0], quiet_until=hours[1])
    await services.store.save_chat_settings(chat_id, changed)
    return changed
