"""/export: a file of an account, made beside the chat's other business."""

from bot import live
from bot.core.page import Page
from bot.core.texts import export as texts
from bot.core.trade.account_args import ExportArgs, read_export
from bot.desk.doors import ChatAccount
from bot.desk.export import make_export
from bot.handlers.ask import Ask


async def export(ask: Ask) -> None:
    """In private only; the message says how far it is until the file comes."""
    args = read_export(ask.args, ask.now)
    settings = await ask.services.store.chat_settings(ask.chat_id)
    if ask.chat_kind != "private":
        await ask.reply(texts.private_only_page(settings))
        return
    chat = await ask.services.accounts.of(ask.chat_id)
    await ask.typing("upload_document")
    await _collect(ask, chat, args)


async def _collect(ask: Ask, chat: ChatAccount, args: ExportArgs) -> None:
    settings = await ask.services.store.chat_settings(ask.chat_id)
    progress_id = await ask.reply(texts.progress_page(args, chat.mode, 0))

    async def say(page: Page) -> None:
        await ask.edit(page, progress_id)

    shown = live.Progress(ask.services, say)

    async def progress(done: int) -> None:
        await shown.tell(texts.progress_page(args, chat.mode, done))

    async def work() -> None:
        made = await make_export(ask.services, chat, args, settings, progress)
        if not made.rows:
            await say(texts.empty_page(args, chat.mode))
            return
        await ask.reply(
            texts.file_page(args, chat.mode, made.rows, settings.currency, made.document)
        )
        await say(texts.finished_page(args, chat.mode, made.rows))

    given_up = texts.given_up_page(args)
    await live.in_background(ask.services, ("export", ask.chat_id), work, say, given_up)
