"""/connect, /disconnect, and messages that hold a key.

A message that may hold a key comes here whatever else it says; no other handler ever sees it.
Its message is deleted before anything else is done.
"""

from collections.abc import Mapping

from bot.core.access import Access, allows
from bot.core.errors import NotAllowed
from bot.core.keys import REMOVED, KeyText, TypedKey, read_key
from bot.core.page import Page
from bot.core.texts import connect as texts
from bot.core.texts.key_report import report_page
from bot.core.texts.keys import (
    WORD,
    disconnect_page,
    disconnected_page,
    nothing_to_disconnect_page,
    status_page,
)
from bot.core.words import short
from bot.desk.leaving import disconnect as leave
from bot.desk.leaving import what_stays
from bot.handlers.ask import Ask
from bot.handlers.command import Handler

_LABEL = 24
_STATUS = "status"


async def connect(ask: Ask) -> None:
    """Step 1, or what is known of the chat's key."""
    if ask.args.lower() == _STATUS:
        await ask.reply(await _status(ask))
    elif ask.chat_kind != "private":
        await ask.reply(texts.group_page(deleted=None))
    else:
        await ask.reply(await _intro(ask, label=_label(ask), reads_only=False))


async def turn_intro(ask: Ask) -> None:
    """Step 1 for the other kind of key."""
    await ask.edit(await _intro(ask, reads_only=bool(ask.payload["reads_only"])))


async def ask_key(ask: Ask) -> None:
    """Step 2: ask for the key."""
    reads_only = bool(ask.payload["reads_only"])
    label = ask.services.connecting.label(ask.chat_id)
    ask.services.connecting.begin(ask.chat_id, ask.user_id, label, reads_only=reads_only)
    await _prompt(ask, texts.ask_key_page())


async def cancel(ask: Ask) -> None:
    """Nothing is connected, and nothing remembered."""
    ask.services.connecting.forget(ask.chat_id)
    await ask.edit(texts.cancelled_page())


async def check_again(ask: Ask) -> None:
    """The key that was typed before, once more; it may have been changed at Kraken."""
    await _check(ask, message_id=ask.message_id, reads_only=bool(ask.payload["reads_only"]))


async def hear_key(ask: Ask) -> None:
    """A key, or half of one."""
    deleted = await ask.delete(ask.message_id)
    if ask.chat_kind != "private":
        await ask.reply(texts.group_page(deleted=deleted))
        return
    if not allows(ask.role, Access.TRADER):
        await _tell_if_not(ask, deleted=deleted)
        raise NotAllowed(Access.TRADER, "/connect")
    connecting = ask.services.connecting
    if not ask.services.keyring.is_open:
        await _tell_if_not(ask, deleted=deleted)
        await ask.reply(texts.no_master_key_page())
        return
    if ask.command == "connect":
        connecting.begin(ask.chat_id, ask.user_id, _label(ask), reads_only=False)
    if not connecting.is_open(ask.chat_id):
        await ask.reply(texts.stray_page(deleted=deleted))
        return
    await _take(ask, read_key(ask.typed), deleted=deleted)


async def refuse_key(ask: Ask) -> None:
    """A key in a message that was forwarded or edited."""
    await ask.reply(texts.secondhand_page(deleted=await ask.delete(ask.message_id)))


async def miss_key(ask: Ask) -> None:
    """A key that came before a restart: it was kept nowhere."""
    await ask.reply(texts.lost_page(deleted=await ask.delete(ask.message_id)))


KEY_TEXTS: Mapping[KeyText, Handler] = {
    KeyText.NEW: hear_key,
    KeyText.SECONDHAND: refuse_key,
    KeyText.LOST: miss_key,
}
"""What is done with a message that may hold a key."""


async def disconnect(ask: Ask) -> None:
    """What stays and what stops; then the word."""
    record = await ask.services.keyring.record_of(ask.chat_id)
    if record is None or record.chat_id != ask.chat_id:
        await ask.reply(nothing_to_disconnect_page())
        return
    stays = await what_stays(ask.services, record)
    ask.services.connecting.ask_to_leave(ask.chat_id, ask.user_id)
    await ask.reply(disconnect_page(record, stays))


def before(free_text: Handler) -> Handler:
    """Free text, unless it answers a question of this file."""

    async def hear(ask: Ask) -> None:
        connecting = ask.services.connecting
        is_typed = not ask.forwarded
        if is_typed and connecting.leaves(ask.chat_id, ask.user_id, ask.text, WORD):
            removed = await leave(ask.services, ask.chat_id)
            await ask.reply(
                disconnected_page(removed) if removed else nothing_to_disconnect_page()
            )
        elif connecting.is_answer(ask.chat_id, ask.reply_to_message_id):
            deleted = await ask.delete(ask.message_id)
            await _prompt(ask, texts.odd_page(len(ask.text), deleted=deleted))
        else:
            await free_text(ask)

    return hear


async def _status(ask: Ask) -> Page:
    record = await ask.services.keyring.record_of(ask.chat_id)
    used_at = await ask.services.keyring.last_used(record) if record else None
    return status_page(record, ask.chat_id, used_at, ask.now)


async def _intro(ask: Ask, *, label: str = "", reads_only: bool) -> Page:
    if not ask.services.keyring.is_open:
        return texts.no_master_key_page()
    ask.services.connecting.begin(ask.chat_id, ask.user_id, label, reads_only=reads_only)
    earlier = await ask.services.keyring.record_of(ask.chat_id)
    return texts.intro_page(ask.chat_id, earlier, reads_only=reads_only)


async def _take(ask: Ask, typed: TypedKey, *, deleted: bool) -> None:
    known = ask.services.connecting.hear(ask.chat_id, typed)
    if not typed.api_key and not typed.api_secret:
        await _prompt(ask, texts.odd_page(typed.odd, deleted=deleted))
        return
    await _tell_if_not(ask, deleted=deleted)
    if known.is_whole:
        await _check(ask)
    else:
        have_key = bool(known.api_key)
        await _prompt(ask, texts.ask_other_half_page(have_key=have_key, chat_id=ask.chat_id))


async def _check(
    ask: Ask, *, message_id: int | None = None, reads_only: bool | None = None
) -> None:
    """The check, line by line in one message."""
    async for report in ask.services.connecting.check(ask.chat_id, reads_only=reads_only):
        if message_id is None:
            message_id = await ask.reply(report_page(report))
        else:
            await ask.edit(report_page(report), message_id)


async def _prompt(ask: Ask, page: Page) -> None:
    ask.services.connecting.asked(ask.chat_id, await ask.reply(page))


async def _tell_if_not(ask: Ask, *, deleted: bool) -> None:
    if not deleted:
        await ask.reply(texts.not_deleted_page())


def _label(ask: Ask) -> str:
    return short(" ".join(ask.args.replace(REMOVED, " ").split()), _LABEL)
