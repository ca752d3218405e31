"""/settings: one message, every row a button."""

from collections.abc import Awaitable, Callable, Mapping

from bot.core.args import SettingsArgs, read_settings
from bot.core.page import Page
from bot.core.texts.settings import change_note, pairs_page, settings_page, zones_page
from bot.desk.choices import choose, pairs_to_choose
from bot.handlers.ask import Ask
from bot.handlers.express import confirming
from bot.handlers.limits import limits, may_change, notifications, quiet
from bot.handlers.order_settings import presets, protection, renewal
from bot.handlers.retold import Retold

OwnPage = Callable[[Ask, str], Awaitable[Page]]

_PAGES: Mapping[str, OwnPage] = {
    "limits": limits,
    "notifications": notifications,
    "quiet": quiet,
    "presets": presets,
    "protection": protection,
    "renew": renewal,
    "confirm": confirming,
}


async def settings(ask: Ask) -> None:
    """Show all, offer a choice, or make one."""
    await ask.reply(await _turn(ask, read_settings(ask.args)))


async def limits_alone(ask: Ask) -> None:
    """The one page of them that has a name of its own."""
    await settings(Retold(ask, "settings", f"limits {ask.args}".rstrip(), renamed=True))


async def turn_settings(ask: Ask) -> None:
    """The same in the same message."""
    payload = ask.payload
    args = SettingsArgs(str(payload.get("what", "")), str(payload.get("value", "")))
    await ask.edit(await _turn(ask, args))


async def _turn(ask: Ask, args: SettingsArgs) -> Page:
    if args.what in _PAGES:
        return await _PAGES[args.what](ask, args.value)
    may_change(ask, args)
    now = await ask.services.store.chat_settings(ask.chat_id)
    if not args.what:
        return settings_page(now)
    if args.what == "pair" and not args.value:
        return pairs_page(now, pairs_to_choose(ask.services, now))
    if args.what == "zone" and not args.value:
        return zones_page(now, ask.now)
    change = await choose(ask.services, ask.chat_id, args)
    return settings_page(change.settings, change_note(change.what, change.value, change.new_pair))
