"""What Telegram shows of the bot: command menus and descriptions, set at every start.

Menus are a convenience, not access control. What is there already is compared first, because
Telegram limits how often it may be changed.
"""

import logging
from collections.abc import Iterable

from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    BotCommandScopeDefault,
)
from telegram.error import TelegramError

from bot.core.texts.about import DESCRIPTION, SHORT_DESCRIPTION
from bot.core.texts.catalogue.entry import Scope
from bot.handlers import Command

log = logging.getLogger(__name__)

_MENUS: tuple[tuple[BotCommandScope, tuple[Scope, ...]], ...] = (
    (BotCommandScopeDefault(), ("default",)),
    (BotCommandScopeAllPrivateChats(), ("private",)),
    (BotCommandScopeAllGroupChats(), ("group",)),
    (BotCommandScopeAllChatAdministrators(), ("group", "group_admin")),
)


async def show_menus(bot: Bot, commands: Iterable[Command], owner: int | None = None) -> None:
    """Set menus and descriptions where they differ. What Telegram refuses is logged, no more.

    The owner's chat has more in its menu than others.
    """
    listed = tuple(commands)
    menus = list(_MENUS)
    if owner is not None:
        menus.append((BotCommandScopeChat(owner), ("private", "owner")))
    for scope, names in menus:
        wanted = tuple(
            BotCommand(command.name, command.summary)
            for command in listed
            if set(names) & set(command.scopes)
        )
        try:
            await _show(bot, scope, wanted)
        except TelegramError as error:
            log.warning("the command menu for %s was not set: %s", scope.type, error)
    try:
        await _describe(bot)
    except TelegramError as error:
        log.warning("the description was not set: %s", error)


async def _show(bot: Bot, scope: BotCommandScope, wanted: tuple[BotCommand, ...]) -> None:
    if await bot.get_my_commands(scope) == wanted:
        return
    if wanted:
        await bot.set_my_commands(wanted, scope)
    else:
        await bot.delete_my_commands(scope)


async def _describe(bot: Bot) -> None:
    if (await bot.get_my_description()).description != DESCRIPTION:
        await bot.set_my_description(DESCRIPTION)
    if (await bot.get_my_short_description()).short_description != SHORT_DESCRIPTION:
        await bot.set_my_short_description(SHORT_DESCRIPTION)
