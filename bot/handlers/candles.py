"""/candles as a picture, a table or a file, and the buttons under it."""

from bot import live
from bot.core.access import Access, allows
from bot.core.args import CandlesArgs, read_candles, read_candles_payload
from bot.core.page import Page
from bot.core.settings import ChatSettings
from bot.core.texts.candles import (
    chart_page,
    csv_page,
    finished_page,
    given_up_page,
    progress_page,
    table_page,
)
from bot.desk.candles import CandleRow, draw, takes_long
from bot.desk.candles import read_candles as ask_candles
from bot.desk.charted import Own, read_own
from bot.desk.prices import find_pair
from bot.handlers.ask import Ask
from kraken.core.types import Instrument

_ACTIONS = {"chart": "upload_photo", "csv": "upload_document", "text": "typing"}


async def candles(ask: Ask) -> None:
    """At once, or in the background when it takes long."""
    args = read_candles(ask.args)
    settings = await ask.services.store.chat_settings(ask.chat_id)
    instrument = find_pair(ask.services, settings, args.pair)
    if takes_long(args):
        await _collect(ask, instrument, args, settings)
        return
    await ask.typing(_ACTIONS[args.form])
    row = await ask_candles(ask.services, instrument, args)
    await ask.reply(await _page(ask, instrument, args, settings, row))


async def other_candles(ask: Ask) -> None:
    """The same message with another interval, with averages, or with newer candles."""
    args = read_candles_payload(ask.payload)
    settings = await ask.services.store.chat_settings(ask.chat_id)
    instrument = find_pair(ask.services, settings, args.pair)
    if takes_long(args):
        await _collect(ask, instrument, args, settings)
        return
    row = await ask_candles(ask.services, instrument, args)
    page = await _page(ask, instrument, args, settings, row)
    if args.form == "chart" and page.photo is None:
        await ask.reply(page)  # the message with the picture stays as it was
    else:
        await ask.edit(page)


async def _page(
    ask: Ask, instrument: Instrument, args: CandlesArgs, settings: ChatSettings, row: CandleRow
) -> Page:
    if args.form == "text":
        return table_page(row.visible, instrument, args, settings)
    if args.form == "csv":
        return csv_page(row.visible, instrument, args, settings)
    own = await _own(ask, instrument, row)
    picture = await draw(ask.services, instrument, args, settings, row, own)
    return chart_page(row.visible, instrument, args, settings, picture)


async def _own(ask: Ask, instrument: Instrument, row: CandleRow) -> Own:
    """For a trader in private; a group's chart shows nobody's orders."""
    if not row.visible or ask.chat_kind != "private" or not allows(ask.role, Access.TRADER):
        return Own()
    return await read_own(ask.services, ask.chat_id, instrument, row.visible[0].begin)


async def _collect(
    ask: Ask, instrument: Instrument, args: CandlesArgs, settings: ChatSettings
) -> None:
    """More than Kraken keeps: a message shows the progress until the answer comes."""
    progress_id = await ask.reply(progress_page(instrument, args, 0, args.count))

    async def say(page: Page) -> None:
        await ask.edit(page, progress_id)

    shown = live.Progress(ask.services, say)

    async def progress(done: int, total: int) -> None:
        await shown.tell(progress_page(instrument, args, done, total))

    async def work() -> None:
        row = await ask_candles(ask.services, instrument, args, progress)
        await ask.reply(await _page(ask, instrument, args, settings, row))
        await say(finished_page(instrument, len(row.visible)))

    given_up = given_up_page(instrument, args)
    await live.in_background(ask.services, ("candles", ask.chat_id), work, say, given_up)
