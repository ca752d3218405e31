"""The pages of /settings that decide about money and noise: limits, notifications, quiet hours."""

from bot.core.access import Access, allows
from bot.core.args import SettingsArgs
from bot.core.errors import NotAllowed
from bot.core.page import Page
from bot.core.texts.limits import (
    TYPED,
    back_note,
    limit_page,
    limits_page,
    no_second_page,
    set_note,
)
from bot.core.texts.notices import notices_page, quiet_page
from bot.core.trade.limit_args import LimitWish, read_limit
from bot.core.trade.limits import Limit, Limits, is_raise, with_value
from bot.desk.limiting import change_limit, read_limits
from bot.desk.noise import read_hours, set_hours, turn_notice
from bot.handlers.ask import Ask
from bot.handlers.retold import is_typed


async def limits(ask: Ask, value: str) -> Page:
    """All limits, one, or a change."""
    services, wish = ask.services, read_limit(value)
    if wish.limit is Limit.SECOND and ask.chat_kind == "private":
        return no_second_page()
    zone = (await services.store.chat_settings(ask.chat_id)).zone
    found = await read_limits(services, ask.chat_id, ask.now)
    if wish.value or wish.takes_back or _lifts_the_list(wish, value):
        _owner_only(ask, "/settings limits")
        assert wish.limit is not None, "a change names its limit"
        if not wish.takes_back and not is_typed(ask) and _raises(found.now, wish):
            return limit_page(found.now, wish.limit, found.raises, zone, TYPED)
        change = await change_limit(services, ask.chat_id, ask.user_id, wish, ask.now)
        note = (
            back_note(had=change.had_raise)
            if wish.takes_back
            else set_note(wish.limit, wish.value, change.waiting, zone)
        )
        found = change.limits
        return limit_page(found.now, wish.limit, found.raises, zone, note)
    if wish.limit is None:
        return limits_page(found.now, found.raises, zone, group=ask.chat_kind == "group")
    return limit_page(found.now, wish.limit, found.raises, zone)


def _raises(now: Limits, wish: LimitWish) -> bool:
    """A higher limit is typed, so that no old button makes one."""
    assert wish.limit is not None, "a change names its limit"
    return is_raise(now, wish.limit, with_value(now, wish.limit, wish.value))


def _lifts_the_list(wish: LimitWish, value: str) -> bool:
    return wish.limit == "pairs" and len(value.split()) > 1


async def notifications(ask: Ask, value: str) -> Page:
    """The matrix, or one tap in it."""
    mode = await ask.services.accounts.mode(ask.chat_id)
    settings = await ask.services.store.chat_settings(ask.chat_id)
    if value:
        _trader_only(ask, "/settings notifications")
        settings = await turn_notice(ask.services, ask.chat_id, value, mode)
    return notices_page(settings, mode)


async def quiet(ask: Ask, value: str) -> Page:
    """Quiet hours."""
    settings = await ask.services.store.chat_settings(ask.chat_id)
    if value:
        _trader_only(ask, "/settings quiet")
        settings = await set_hours(ask.services, ask.chat_id, read_hours(value))
    return quiet_page(settings)


def may_change(ask: Ask, args: SettingsArgs) -> None:
    """In a group whoever may trade there decides how it looks.

    Raises:
        NotAllowed: somebody else wants to.
    """
    if ask.chat_kind == "group" and args.value:
        _trader_only(ask, "/settings")


def _owner_only(ask: Ask, what: str) -> None:
    if not allows(ask.role, Access.CHAT_OWNER, ask.chat_kind):
        raise NotAllowed(Access.CHAT_OWNER, what)


def _trader_only(ask: Ask, what: str) -> None:
    if not allows(ask.role, Access.TRADER, ask.chat_kind):
        raise NotAllowed(Access.TRADER, what)
