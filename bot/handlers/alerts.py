"""/alert, /alerts, and the buttons of alerts."""

from dataclasses import replace
from datetime import timedelta

from bot.core.alerts.alert_args import AlertsDo, read_alerts
from bot.core.alerts.syntax import AlertArgs, read_alert
from bot.core.alerts.words import Alert, Op, State
from bot.core.page import Page
from bot.core.settings import ChatSettings
from bot.core.texts import alerts as texts
from bot.core.texts import alerts_list as list_texts
from bot.core.texts.alert_words import condition_words
from bot.core.texts.figures import price_text
from bot.desk import alerts_set as desk
from bot.desk.prices import find_pair
from bot.handlers.ask import Ask


async def alert(ask: Ask) -> None:
    """Set one; bare, or with a pair alone: examples."""
    args = read_alert(ask.args)
    settings = await ask.services.store.chat_settings(ask.chat_id)
    if args.wish is None:
        instrument, last = await desk.market_of(ask.services, settings, args.pair)
        await ask.reply(texts.examples_page(instrument.symbol, last, instrument))
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
            found = [a for a in await door.of_chat(ask.chat_id) if a.state is State.ARMED]
            until = ask.now + args.lasts
            await door.rest(found, until)
            await ask.reply(list_texts.rest_page(len(found), until, settings))
        case AlertsDo.WAKE:
            await ask.reply(list_texts.awake_page(await door.wake(ask.chat_id)))
        case AlertsDo.CLEAR:
            found = await door.of_chat(ask.chat_id)
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
    """Delete all that there were when it was asked."""
    found = await ask.services.alerts.of_chat(ask.chat_id)
    up_to = int(ask.payload["up_to"])
    count = await ask.services.alerts.remove([each for each in found if each.number <= up_to])
    await ask.edit(list_texts.cleared_page(count))


async def show(ask: Ask) -> None:
    """One of the list."""
    await ask.reply(await _page(ask, await _alert(ask)))


async def set_option(ask: Ask) -> None:
    """Another way to be told."""
    found = await _alert(ask)
    options = found.wish.options
    if "every" in ask.payload:
        every = int(ask.payload["every"])
        options = replace(options, repeats=every >= 0, every=max(every, 0))
    until = found.until
    if "until" in ask.payload:
        lasts = int(ask.payload["until"])
        options = replace(options, lasts=lasts)
        until = ask.now + timedelta(seconds=lasts)
    changed = replace(found, wish=replace(found.wish, options=options), until=until)
    await ask.services.alerts.change(changed)
    await ask.edit(await _page(ask, changed))


async def again(ask: Ask) -> None:
    """Watch it anew."""
    await ask.reply(await _page(ask, await ask.services.alerts.again(await _alert(ask))))


async def sleep(ask: Ask) -> None:
    """Let it rest for a while."""
    lasts = timedelta(seconds=int(ask.payload["for"]))
    await ask.services.alerts.rest([await _alert(ask)], ask.now + lasts)
    await ask.toast(list_texts.sleep_note(lasts))


async def seen(ask: Ask) -> None:
    """Say it no more."""
    await ask.services.alerts.seen(await _alert(ask))
    await ask.toast(texts.NOTED)


async def off(ask: Ask) -> None:
    """Delete it."""
    found = await _alert(ask)
    await ask.services.alerts.remove([found])
    settings = await ask.services.store.chat_settings(ask.chat_id)
    (shown,) = await desk.listed(ask.services, settings, [found])
    await ask.reply(list_texts.deleted_page(found, shown.instrument, settings))


async def _set(ask: Ask, args: AlertArgs, settings: ChatSettings, *, when_true: bool) -> Page:
    found = await desk.set_alert(
        ask.services, ask.chat_id, ask.user_id, args, settings, when_true=when_true
    )
    if isinstance(found, desk.AlreadyTrue):
        text = str(ask.payload.get("args", "")) or ask.args
        words = condition_words(found.condition, found.instrument, settings)
        price = price_text(found.price, found.instrument, settings)
        symbol = str(found.instrument.symbol)
        return texts.already_page(words, price, symbol, text, _turned(found, args))
    waits = found.alert.progress.armed is False
    return texts.set_page(found, settings, ask.now, texts.next_note() if waits else "")


def _turned(found: desk.AlreadyTrue, args: AlertArgs) -> str:
    """The arguments of the alert about its way back."""
    op = Op.BELOW if found.condition.op is Op.ABOVE else Op.ABOVE
    source = f" {found.condition.source}"
    return f"{found.instrument.symbol} {op} {found.condition.value:f}{source}"


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
