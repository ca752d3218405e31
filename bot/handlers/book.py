"""/book, its buttons, and the live book."""

from bot import live
from bot.core.args import read_book
from bot.core.ladder import BookQuestion, Ladder, Own
from bot.core.live import BOOK_LASTS, Stop
from bot.core.page import Page
from bot.core.settings import ChatSettings
from bot.core.texts.book import book_page, live_book_page, resyncing_page
from bot.desk.books import own_orders
from bot.desk.books import read_book as ask_book
from bot.desk.prices import find_pair
from bot.desk.shows import book_question
from bot.handlers.ask import Ask


async def book(ask: Ask) -> None:
    """The book as it is, or a message that follows it."""
    args = read_book(ask.args)
    settings = await ask.services.store.chat_settings(ask.chat_id)
    instrument = find_pair(ask.services, settings, args.pair)
    question = BookQuestion(instrument, args.rows, args.step)
    page = await _page(ask, question, settings, following=args.live)
    message_id = await ask.reply(page)
    if args.live:
        await _follow(ask, question, message_id)


async def refresh_book(ask: Ask) -> None:
    """The same message with another depth, other groups, or newer numbers."""
    settings = await ask.services.store.chat_settings(ask.chat_id)
    question = book_question(ask.services, ask.payload)
    await ask.edit(await _page(ask, question, settings, following=False))


async def follow_book(ask: Ask) -> None:
    """From now on the message follows the book."""
    await _follow(ask, book_question(ask.services, ask.payload), ask.message_id)


async def stop_book(ask: Ask) -> None:
    """The message keeps its last numbers and says that they stand still."""
    row = await live.row_of(ask.services, ask.chat_id, ask.message_id)
    await ask.edit(await live.stop(ask.services, row, Stop.PERSON))


async def _page(
    ask: Ask, question: BookQuestion, settings: ChatSettings, *, following: bool
) -> Page:
    own: Own = ()
    if ask.chat_kind == "private":  # a group's book shows nobody's orders
        own = await own_orders(ask.services, ask.chat_id, question.instrument)
    read = await ask_book(ask.services, question, own)
    if not isinstance(read, Ladder):
        return resyncing_page(
            question, read.waited, settings, connected=read.connected, live=following
        )
    if following:
        return live_book_page(read, settings, ask.now + BOOK_LASTS)
    return book_page(read, settings)


async def _follow(ask: Ask, question: BookQuestion, message_id: int) -> None:
    await live.replace(ask.services, ask.chat_id, "book", message_id)
    row = live.row_for(ask.chat_id, message_id, "book", question.payload(), ask.now, BOOK_LASTS)
    await live.start(ask.services, row)
