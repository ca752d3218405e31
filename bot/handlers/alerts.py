"""/alert, /alerts, and the buttons of alerts."""

from dataclasses import replace
from datetime import timedelta

from bot.core.access import Access, allows
from bot.core.alerts.alert_args import AlertsDo, read_alerts
from bot.core.alerts.syntax import AlertArgs, read_alert
from bot.core.alerts.words import OF_MONEY, Alert, Kind, Op, State
from bot.core.errors import NotAllowed
from bot.core.page import Page
from bot.core.settings import ChatSettings
from bot.core.texts import alert_own as own_texts
from bot.core.texts import alerts as texts
from bot.core.texts import alerts_list as list_texts
from bot.core.texts.alert_words import condition_words, wish_words
from bot.core.texts.figures import price_text
from bot.core.texts.labels import badge
from bot.core.trade.types import Mode
from bot.desk import alerts_set as desk
from bot.desk.prices import find_pair
from bot.handlers.ask import Ask


async def alert(ask: Ask) -> None:
    """Set one; bare, or with a pair alone: examples."""
    args = read_alert(ask.args)
    settings = await ask.services.store.chat_settings(ask.chat_id)
    if args.wish is None:
        instrument, last = await desk.market_of(ask.services, settings, args.pair)
        page = texts.examples_page(instrument.symbol, last, instrument, settings)
        await ask.reply(page)
        return
    await ask.reply(await _set(ask, args, settings, when_true=False))


async def tap_next(ask: Ask) -> None:
    """It is true already, and the next time is meant."""
    settings = await ask.services.store.chat_settings(ask.chat_id)
    await ask.edit(await _set(ask, read_alert(str(ask.payload["args"])), settings, when_true=True))


async def alerts(ask: Ask) -> None:
    """The list, or something done to all of them."""
    args = read_alerts(ask.args)
    door = ask.services.alerts
    settings = await ask.services.store.chat_settings(ask.chat_id)
    match args.does:
        case AlertsDo.LIST:
            await ask.reply(await _list(ask, settings, args.pair, 0))
        case AlertsDo.REST:
            found = [each for each in await _mine(ask) if each.state is State.ARMED]
            until = ask.now + args.lasts
            await door.rest(found, until)
            await ask.reply(list_texts.rest_page(len(found), until, settings))
        case AlertsDo.WAKE:
            await ask.reply(list_texts.awake_page(await door.wake(await _mine(ask))))
        case AlertsDo.CLEAR:
            found = await _mine(ask)
            if not found:
                await ask.reply(await _list(ask, settings, None, 0))
                return
            await ask.reply(list_texts.sure_page(len(found), found[-1].number))


async def turn_list(ask: Ask) -> None:
    """Another page of it."""
    settings = await ask.services.store.chat_settings(ask.chat_id)
    number, of = int(ask.payload["page"]), str(ask.payload["of"]) or None
    page = await _list(ask, settings, of, number)
    await ask.edit(page)


async def tap_clear(ask: Ask) -> None:
    """Delete all that there were when it was asked, as far as this person may."""
    found = await _mine(ask)
    up_to = int(ask.payload["up_to"])
    count = await ask.services.alerts.remove([each for each in found if each.number <= up_to])
    await ask.edit(list_texts.cleared_page(count))


async def show(ask: Ask) -> None:
    """One of the list."""
    await ask.reply(await _page(ask, await _alert(ask)))


async def ends(ask: Ask) -> None:
    """Ask how long it is to be kept."""
    found = await _alert(ask)
    if await _may_change(ask, found):
        settings = await ask.services.store.chat_settings(ask.chat_id)
        (shown,) = await desk.listed(ask.services, settings, [found])
        await ask.edit(texts.ends_page(found, shown.instrument, settings))


async def set_option(ask: Ask) -> None:
    """Another way to be told."""
    found = await _alert(ask)
    if not await _may_change(ask, found):
        return
    options = found.wish.options
    if "every" in ask.payload:
        every = int(ask.payload["every"])
        options = replace(options, repeats=every >= 0, every=max(every, 0))
    if "chart" in ask.payload:
        options = replace(options, chart=bool(ask.payload["chart"]))
    until = found.until
    if "until" in ask.payload:
        lasts = int(ask.payload["until"])
        options = replace(options, lasts=lasts)
        until = ask.now + timedelta(seconds=lasts) if lasts else None
    changed = replace(found, wish=replace(found.wish, options=options), until=until)
    if changed != found:
        await ask.services.alerts.change(changed)
    await ask.edit(await _page(ask, changed))


async def again(ask: Ask) -> None:
    """Watch it anew."""
    found = await _alert(ask)
    if await _may_change(ask, found):
        await ask.reply(await _page(ask, await ask.services.alerts.again(found)))


async def sleep(ask: Ask) -> None:
    """Let it rest for a while."""
    lasts, found = timedelta(seconds=int(ask.payload["for"])), await _alert(ask)
    if await _may_change(ask, found):
        await ask.services.alerts.rest([found], ask.now + lasts)
        await ask.toast(list_texts.sleep_note(lasts))


async def seen(ask: Ask) -> None:
    """Say it no more."""
    found = await _alert(ask)
    if await _may_change(ask, found):
        await ask.services.alerts.seen(found)
        await ask.toast(texts.NOTED)


async def off(ask: Ask) -> None:
    """Delete it."""
    found = await _alert(ask)
    if not await _may_change(ask, found):
        return
    await ask.services.alerts.remove([found])
    settings = await ask.services.store.chat_settings(ask.chat_id)
    (shown,) = await desk.listed(ask.services, settings, [found])
    await ask.reply(list_texts.deleted_page(found, shown.instrument, settings))


def _is_theirs(ask: Ask, found: Alert) -> bool:
    """In a group a viewer changes what is their own; who may trade there, everything."""
    return found.user_id == ask.user_id or allows(ask.role, Access.TRADER)


async def _may_change(ask: Ask, found: Alert) -> bool:
    if _is_theirs(ask, found):
        return True
    await ask.toast(texts.NOT_YOURS, alert=True)
    return False


async def _mine(ask: Ask) -> list[Alert]:
    found = await ask.services.alerts.of_chat(ask.chat_id)
    return [each for each in found if _is_theirs(ask, each)]


async def _set(ask: Ask, args: AlertArgs, settings: ChatSettings, *, when_true: bool) -> Page:
    """Set it, here or in the chat that is named; or ask what is meant."""
    assert args.wish is not None, "something is asked for"
    chat_id, chat, where = ask.chat_id, "", args.wish.options.where
    if where:
        chat_id, chat = await desk.chat_called(ask.services, ask.user_id, where)
        options = replace(args.wish.options, where="")
        args = replace(args, wish=replace(args.wish, options=options))
    role = ask.role
    if chat_id != ask.chat_id:
        role = await ask.services.safety.role(ask.user_id, chat_id)
    assert args.wish is not None, "it was only changed"
    if args.wish.conditions[0].kind in OF_MONEY and not allows(role, Access.TRADER):
        raise NotAllowed(Access.TRADER, "alerts about an account")
    found = await desk.set_alert(
        ask.services, chat_id, ask.user_id, args, settings, when_true=when_true
    )
    if isinstance(found, desk.AlreadyTrue):
        return _already(ask, found, settings)
    if chat_id != ask.chat_id:
        words = wish_words(found.alert.wish, found.instrument, settings)
        return texts.elsewhere_page(found.alert, chat, words)
    waits = found.alert.progress.armed is False
    return texts.set_page(found, settings, ask.now, texts.next_note() if waits else "")


def _already(ask: Ask, found: desk.AlreadyTrue, settings: ChatSettings) -> Page:
    text = str(ask.payload.get("args", "")) or ask.args
    condition, pair = found.condition, found.instrument
    words = condition_words(condition, pair, settings)
    is_above = condition.op is Op.ABOVE
    op = Op.BELOW if is_above else Op.ABOVE
    if pair is not None:
        now = price_text(found.price, pair, settings)
        back = f"{pair.symbol} {op} {condition.value:f} {condition.source}"
        return texts.already_page(
            str(pair.symbol), words, now, is_above=is_above, again=text, back=back
        )
    name = badge(Mode(condition.mode))
    if condition.kind is Kind.BALANCE:
        now = own_texts.balance_said(condition, found.price, settings)
        back = f"balance {condition.left} {op} {condition.value:f}"
    else:
        now = own_texts.profit_said(condition, found.price, settings)
        back = f"pnl {condition.left} {op} {condition.value:f}{condition.right}"
    now = "" if settings.shared else now
    return texts.already_page(name, words, now, is_above=is_above, again=text, back=back)


async def _list(ask: Ask, settings: ChatSettings, pair: str | None, number: int) -> Page:
    found = await ask.services.alerts.of_chat(ask.chat_id)
    symbol = find_pair(ask.services, settings, pair).symbol if pair else None
    found = [each for each in found if symbol in (None, each.symbol)]
    shown = await desk.listed(ask.services, settings, found)
    return list_texts.list_page(shown, settings, ask.now, number=number, of=symbol or "")


async def _alert(ask: Ask) -> Alert:
    return await ask.services.alerts.get(ask.chat_id, int(ask.payload["alert"]))


async def _page(ask: Ask, found: Alert) -> Page:
    settings = await ask.services.store.chat_settings(ask.chat_id)
    (shown,) = await desk.listed(ask.services, settings, [found])
    return texts.set_page(shown, settings, ask.now)
