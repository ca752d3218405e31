"""/express, and the page of /settings about confirming."""

from dataclasses import replace

from bot.core.args import SettingsArgs
from bot.core.errors import BadArgument
from bot.core.page import Page
from bot.core.texts import express as texts
from bot.core.trade.express import read_express
from bot.desk import express as desk
from bot.handlers.ask import Ask
from bot.handlers.limits import may_change


async def express(ask: Ask) -> None:
    """Show it, end it, or ask for the word."""
    if ask.chat_kind != "private":
        await ask.reply(Page(texts.NOT_IN_GROUPS))
        return
    wish, services = read_express(ask.args), ask.services
    settings = await services.store.chat_settings(ask.chat_id)
    mode = await services.accounts.mode(ask.chat_id)
    if wish.ends:
        was_on = await desk.end(services, ask.chat_id, ask.user_id)
        await ask.reply(texts.ended_page(was_on=was_on, mode=mode))
    elif wish.most is None:
        now = await desk.read(services, ask.chat_id, ask.user_id)
        await ask.reply(texts.express_page(now, settings, mode))
    else:
        offer = await desk.offer(services, ask.chat_id, ask.user_id, wish.most)
        page = texts.offer_page(offer.mode, offer.most, desk.LIFE, settings)
        await services.safety.place_ticket(offer.ticket, await ask.reply(page))


async def typed_express(ask: Ask, ticket: str) -> None:
    """The word was typed."""
    begun = await desk.begin(ask.services, ask.chat_id, ask.user_id, ticket)
    settings = await ask.services.store.chat_settings(ask.chat_id)
    mode = await ask.services.accounts.mode(ask.chat_id)
    await ask.reply(texts.express_page(begun, settings, mode))


async def confirming(ask: Ask, value: str) -> Page:
    """Whether practice orders are previewed and tapped here."""
    settings = await ask.services.store.chat_settings(ask.chat_id)
    if not value:
        return texts.confirm_page(settings, changed=False)
    if value.lower() not in ("on", "off"):
        raise BadArgument("choice", value, "/settings confirm off", hint="on, off")
    may_change(ask, SettingsArgs("confirm", value))
    settings = replace(settings, practice_asks=value.lower() == "on")
    await ask.services.store.save_chat_settings(ask.chat_id, settings)
    return texts.confirm_page(settings, changed=True)
