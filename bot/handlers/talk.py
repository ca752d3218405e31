"""/start, /help, and whatever is no command."""

from dataclasses import replace

from bot.core.access import Access, allows
from bot.core.args import words
from bot.core.errors import NotAllowed
from bot.core.page import Page
from bot.core.settings import ChatSettings
from bot.core.talk import PLANNED, Meaning, nearest_names, understand
from bot.core.texts.commands import BY_NAME, CATALOGUE
from bot.core.texts.help import (
    TOPICS,
    amount_page,
    command_page,
    help_page,
    hint_page,
    known_name,
    no_such_help_page,
    planned_page,
    slash_page,
    thanks_page,
    topic_page,
    unknown_command_page,
)
from bot.core.texts.prices import ticker_page
from bot.core.texts.start import again_page, welcome_page
from bot.core.trade.types import Mode
from bot.desk.prices import find_pair, known_pair, read_known_quotes, read_quotes
from bot.desk.start import Summary, read_summary
from bot.handlers.ask import Ask


async def start(ask: Ask) -> None:
    """The welcome, once; later one line. A deep link to a pair shows its card."""
    settings = await ask.services.store.chat_settings(ask.chat_id)
    mode = await ask.services.accounts.mode(ask.chat_id)
    if ask.args.startswith("pair_"):
        await _show_ticker(ask, settings, ask.args.removeprefix("pair_"))
    elif settings.greeted:
        await ask.reply(await _again(ask, settings, mode))
    else:
        await ask.services.store.save_chat_settings(ask.chat_id, replace(settings, greeted=True))
        may_trade = allows(ask.role, Access.TRADER, ask.chat_kind)
        await ask.reply(welcome_page(settings, mode, may_trade=may_trade))


async def _again(ask: Ask, settings: ChatSettings, mode: Mode) -> Page:
    services = ask.services
    paused = services.brakes.pause_of(ask.chat_id, mode) is not None
    pair = known_pair(services, settings, settings.pair)
    quotes = await read_quotes(services, [pair] if pair else [])
    summary = Summary()
    if allows(ask.role, Access.TRADER, ask.chat_kind):
        summary = await read_summary(services, ask.chat_id, mode, settings.currency)
    return again_page(
        quotes[0] if quotes else None,
        settings,
        mode,
        is_paused=paused,
        total=summary.total,
        orders=summary.open_orders,
    )


async def help_(ask: Ask) -> None:
    """The first screen, a topic, or a command."""
    settings = await ask.services.store.chat_settings(ask.chat_id)
    await ask.reply(_help(" ".join(words(ask.args)), settings))


async def turn_help(ask: Ask) -> None:
    """Another page of the help in the same message."""
    settings = await ask.services.store.chat_settings(ask.chat_id)
    await ask.edit(_help(str(ask.payload["name"]), settings))


async def unknown_command(ask: Ask) -> None:
    """The nearest commands as buttons. In a group only what names this bot comes here."""
    if ask.command in PLANNED:
        await ask.reply(planned_page(ask.command))
    else:
        near = nearest_names(ask.command, BY_NAME)
        await ask.reply(unknown_command_page(ask.command, near, ask.args))


async def free_text(ask: Ask) -> None:
    """A price question, a greeting, or a hint; groups talk among themselves."""
    if ask.chat_kind != "private":
        return
    settings = await ask.services.store.chat_settings(ask.chat_id)
    understood = understand(ask.text)
    match understood.meaning:
        case Meaning.GREETING:
            await ask.reply(help_page(settings))
        case Meaning.THANKS:
            await ask.reply(thanks_page())
        case Meaning.PRICE:
            await _show_ticker(ask, settings, understood.name)
        case Meaning.ORDER | Meaning.PLAN:
            raise NotAllowed(Access.TRADER, f"/{understood.name}")  # a trader's was taken before
        case Meaning.COMMAND:
            name = understood.name
            await ask.reply(slash_page(name) if name in BY_NAME else planned_page(name))
        case Meaning.AMOUNT | Meaning.UNKNOWN:
            await ask.reply(_hint(ask, understood.name, settings))


def _hint(ask: Ask, amount: str, settings: ChatSettings) -> Page:
    """What may be pressed instead; an amount means something to whoever may trade."""
    if amount and allows(ask.role, Access.TRADER, ask.chat_kind):
        return amount_page(amount)
    return hint_page(settings)


async def _show_ticker(ask: Ask, settings: ChatSettings, name: str) -> None:
    pair = find_pair(ask.services, settings, name)
    (quote,) = await read_known_quotes(ask.services, [pair])
    await ask.reply(ticker_page(quote, settings, ask.now))


def _help(said: str, settings: ChatSettings) -> Page:
    name = known_name(said)
    if not said:
        return help_page(settings)
    if name in TOPICS:
        return topic_page(name, settings)
    if name:
        return command_page(BY_NAME[name], settings)
    near = nearest_names(said, [*TOPICS, *(entry.name for entry in CATALOGUE)])
    return no_such_help_page(said, near, settings)
