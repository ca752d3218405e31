"""/status and its buttons."""

from bot.core.access import Access, allows
from bot.core.texts.status import Status, report_page, status_page, test_page
from bot.desk.status import read_status
from bot.handlers.ask import Ask


async def status(ask: Ask) -> None:
    """What works right now."""
    settings = await ask.services.store.chat_settings(ask.chat_id)
    await ask.reply(status_page(await _read(ask), settings, ask.now))


async def refresh_status(ask: Ask) -> None:
    """The same message, newly looked up."""
    settings = await ask.services.store.chat_settings(ask.chat_id)
    await ask.edit(status_page(await _read(ask), settings, ask.now))


async def test_message(ask: Ask) -> None:
    """Proof that messages arrive."""
    settings = await ask.services.store.chat_settings(ask.chat_id)
    await ask.reply(test_page(ask.now, settings))


async def report(ask: Ask) -> None:
    """The facts to copy into a report."""
    await ask.reply(report_page(await read_status(ask.services, ask.chat_id)))


async def _read(ask: Ask) -> Status:
    may_trade = allows(ask.role, Access.TRADER, ask.chat_kind)
    return await read_status(ask.services, ask.chat_id, may_trade=may_trade)
