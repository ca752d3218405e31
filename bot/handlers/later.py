"""What waits: an order until the exchange takes one again, a preview until it can be made."""

from collections.abc import Mapping

from bot import live
from bot.core.page import Page
from bot.core.texts import later as texts
from bot.core.trade.syntax import read_order
from bot.desk.later import LASTS, confirm_when_it_can, until_it_can
from bot.desk.outcomes import Refused, Waits
from bot.desk.tickets import Person, confirm
from bot.handlers.ask import Ask
from bot.handlers.trade import show, tell
from kraken.core.types import Side

_SIDES: Mapping[str, Side] = {"buy": Side.BUY, "sell": Side.SELL}


async def send_then(ask: Ask) -> None:
    """Tap again for the person as soon as the exchange takes orders, with all that a tap asks."""
    services, name = ask.services, str(ask.payload["ticket"])
    person = Person(ask.chat_id, ask.user_id, ask.message_id)
    outcome = await confirm(services, name, person)
    if not isinstance(outcome, Waits):
        await tell(ask, outcome)
        return
    key = ("send then", ask.chat_id, ask.message_id)
    if services.tasks.is_running(key):
        return  # a second tap: the card must not say that the first one is given up
    waits, settings = outcome, await services.store.chat_settings(ask.chat_id)
    page = texts.sends_then_page(waits.mode, waits.wish, waits.wait, name, settings)
    await ask.edit(page)

    async def work() -> None:
        came = await confirm_when_it_can(services, name, person, waits)
        if not isinstance(came, Refused):  # put away, or sent by another tap: its card says so
            await tell(ask, came, ask.message_id)

    async def say(page: Page) -> None:
        await ask.edit(page, ask.message_id)

    await live.in_background(services, key, work, say, texts.interrupted_page(waits.wish))


async def preview_later(ask: Ask) -> None:
    """Make the preview of this order when prices are back; a tap on it is asked for as ever."""
    services, command = ask.services, str(ask.payload["text"])
    key = ("preview later", ask.chat_id, ask.message_id)
    if services.tasks.is_running(key):
        return
    settings = await services.store.chat_settings(ask.chat_id)
    name, _, words = command.removeprefix("/").partition(" ")
    wish = read_order(_SIDES[name], words, settings.zone)
    await ask.edit(texts.preview_later_page(command, LASTS))

    async def work() -> None:
        came = await until_it_can(services, lambda: show(ask, wish, settings))
        page = texts.preview_came_page if came else texts.preview_never_page
        await say(page(command))

    async def say(page: Page) -> None:
        await ask.edit(page, ask.message_id)

    await live.in_background(services, key, work, say, texts.preview_never_page(command))
