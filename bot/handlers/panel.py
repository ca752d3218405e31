"""The order panel and its buttons; it cannot send an order."""

from bot.core.settings import ChatSettings
from bot.core.texts.panel import bracket_page, closed_page, pair_page, panel_page
from bot.core.trade.syntax import read_order
from bot.core.trade.wish import OrderWish
from bot.desk.panel import keep_panel, pairs_of_panel, read_panel
from bot.desk.tickets import Person
from bot.handlers.ask import Ask
from kraken.core.types import Side


async def open_panel(ask: Ask, wish: OrderWish) -> None:
    """A new panel."""
    settings = await _settings(ask)
    named, facts = await read_panel(ask.services, settings, ask.chat_id, wish)
    message_id = await ask.reply(panel_page(named, facts, settings))
    await keep_panel(ask.services, _person(ask, message_id), named)


async def edit_panel(ask: Ask, wish: OrderWish, message_id: int) -> None:
    """The panel with another wish."""
    settings = await _settings(ask)
    named, facts = await read_panel(ask.services, settings, ask.chat_id, wish)
    await keep_panel(ask.services, _person(ask, message_id), named)
    await ask.edit(panel_page(named, facts, settings), message_id)


async def turn(ask: Ask) -> None:
    """A button of the panel, or one that opens it in place of a question."""
    settings = await _settings(ask)
    wish = wish_of_button(ask, settings)
    view = str(ask.payload.get("view", ""))
    if view == "pair":
        mode = await ask.services.accounts.mode(ask.chat_id)
        await ask.edit(pair_page(wish, pairs_of_panel(ask.services, settings), mode, settings))
    elif view == "bracket":
        await keep_panel(ask.services, _person(ask, ask.message_id), wish)
        mode = await ask.services.accounts.mode(ask.chat_id)
        await ask.edit(bracket_page(wish, mode, settings))
    else:
        await edit_panel(ask, wish, ask.message_id)


async def close(ask: Ask) -> None:
    """The panel is not wanted any more."""
    await ask.edit(closed_page())


def wish_of_button(ask: Ask, settings: ChatSettings) -> OrderWish:
    """The order that a button carries as a whole command."""
    name, _, words = str(ask.payload["text"]).removeprefix("/").partition(" ")
    return read_order(Side(name), words, settings.zone)


def _person(ask: Ask, message_id: int) -> Person:
    return Person(ask.chat_id, ask.user_id, message_id)


async def _settings(ask: Ask) -> ChatSettings:
    return await ask.services.store.chat_settings(ask.chat_id)
