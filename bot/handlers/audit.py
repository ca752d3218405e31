"""/audit: who did what."""

from bot.core.access import Access, allows
from bot.core.page import Page
from bot.core.role_args import read_count
from bot.core.texts.audit import audit_page
from bot.desk.auditing import read_log
from bot.handlers.ask import Ask

_USUAL, _MOST = 10, 20


async def audit(ask: Ask) -> None:
    """The newest rows of this chat; of all chats for the owner of the bot, in private."""
    await ask.reply(await _page(ask, read_count(ask.args, _USUAL, _MOST), 0))


async def turn_audit(ask: Ask) -> None:
    """Older rows, or the newest again, in the same message."""
    count, before = int(ask.payload["count"]), int(ask.payload["before"])
    await ask.edit(await _page(ask, count, before))


async def _page(ask: Ask, count: int, before: int) -> Page:
    sees_all = ask.chat_kind == "private" and allows(ask.role, Access.OWNER)
    shown = await read_log(ask.services, None if sees_all else ask.chat_id, count, before)
    zone = (await ask.services.store.chat_settings(ask.chat_id)).zone
    return audit_page(shown, await ask.services.safety.audit_head(), zone)
