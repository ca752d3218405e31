"""/audit: who did what."""

from bot.core.access import Access, allows
from bot.core.role_args import read_count
from bot.core.texts.audit import audit_page
from bot.handlers.ask import Ask

_USUAL, _MOST = 10, 30


async def audit(ask: Ask) -> None:
    """The newest rows of this chat; of all chats for the owner of the bot, in private."""
    count = read_count(ask.args, _USUAL, _MOST)
    sees_all = ask.chat_kind == "private" and allows(ask.role, Access.OWNER)
    where = None if sees_all else ask.chat_id
    entries = await ask.services.safety.audit_entries(where, count)
    zone = (await ask.services.store.chat_settings(ask.chat_id)).zone
    await ask.reply(audit_page(entries, await ask.services.safety.audit_head(), zone))
