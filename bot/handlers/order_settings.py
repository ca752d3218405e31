"""The page of /settings about asking for orders: the panel's amounts, protection, renewal."""

from dataclasses import replace

from bot.core.args import SettingsArgs
from bot.core.page import Page
from bot.core.settings import ChatSettings
from bot.core.texts.order_settings import order_settings_page
from bot.core.trade.order_settings import read_percent, read_presets
from bot.handlers.ask import Ask
from bot.handlers.limits import may_change


async def presets(ask: Ask, value: str) -> Page:
    """The amounts that the panel offers."""
    settings = await _settings(ask)
    changed = replace(settings, presets=read_presets(value)) if value else settings
    return await _turn(ask, "presets", value, changed)


async def protection(ask: Ask, value: str) -> Page:
    """How far beyond the best price a market order may go."""
    settings = await _settings(ask)
    if value:
        settings = replace(settings, protection=read_percent("protection", value))
    return await _turn(ask, "protection", value, settings)


async def renewal(ask: Ask, value: str) -> Page:
    """By how much the price may move before a preview is shown anew."""
    settings = await _settings(ask)
    if value:
        settings = replace(settings, renew=read_percent("renew", value))
    return await _turn(ask, "renew", value, settings)


async def _turn(ask: Ask, what: str, value: str, settings: ChatSettings) -> Page:
    if value:
        may_change(ask, SettingsArgs(what, value))
        await ask.services.store.save_chat_settings(ask.chat_id, settings)
    return order_settings_page(settings, changed=bool(value))


async def _settings(ask: Ask) -> ChatSettings:
    return await ask.services.store.chat_settings(ask.chat_id)
