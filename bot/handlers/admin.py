"""/broadcast, /backup, /rotate, /errors, /version: for the owner of the bot."""

import platform

from bot import log
from bot.core.audit import Action
from bot.core.queue import Priority
from bot.core.texts import admin as texts
from bot.core.words import visible
from bot.desk.audience import audience
from bot.handlers.ask import Ask
from bot.handlers.command import Handler

_SHOWN = 10


async def version(ask: Ask) -> None:
    """Which program runs, and since when."""
    services = ask.services
    up = ask.now - services.started_at
    await ask.reply(texts.version_page(services.version, platform.python_version(), up))


def alone(handler: Handler) -> Handler:
    """The handler, but in a private chat only: a group would read along."""

    async def run(ask: Ask) -> None:
        if ask.chat_kind == "private":
            await handler(ask)
        else:
            await ask.reply(texts.in_private_page(ask.command))

    return run


async def errors(ask: Ask) -> None:
    """The last ones of this process."""
    zone = (await ask.services.store.chat_settings(ask.chat_id)).zone
    await ask.reply(texts.errors_page(log.last_errors(_SHOWN), zone))


async def backup(ask: Ask) -> None:
    """A sealed copy of the database, as a file."""
    await ask.typing("upload_document")
    made = await ask.services.caretaker.copy(ask.user_id, ask.now)
    if made.why:
        await ask.reply(texts.no_copy_page(made.why))
    else:
        await ask.reply(texts.copy_page(made.content, ask.now))


async def rotate(ask: Ask) -> None:
    """Seal what is stored with the first of the master keys."""
    done = await ask.services.caretaker.reseal(ask.user_id)
    if done.why:
        await ask.reply(texts.not_resealed_page(done.why))
    else:
        await ask.reply(texts.resealed_page(done.keys, done.given))


async def broadcast(ask: Ask) -> None:
    """Show what would be said, and to how many."""
    text = visible(ask.args).strip()
    if text:
        await ask.reply(texts.broadcast_page(text, len(await audience(ask.services))))
    else:
        await ask.reply(texts.no_broadcast_page())


async def send_broadcast(ask: Ask) -> None:
    """Say it once to each chat; the same button says nothing twice."""
    text = str(ask.payload["text"])
    chats = await audience(ask.services)
    page = texts.said_page(text)
    for chat_id in chats:
        key = f"broadcast:{ask.chat_id}:{ask.message_id}:{chat_id}"
        await ask.services.outbox.push(chat_id, page, Priority.DIGEST, key)
    detail = {"chats": len(chats)}
    await ask.services.safety.note_action(
        Action.BROADCAST, now=ask.now, actor=ask.user_id, chat_id=None, detail=detail
    )
    await ask.edit(texts.broadcast_done_page(len(chats)))
