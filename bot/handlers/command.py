"""Command and Tap: a handler together with who may call it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.core.access import Access
from bot.core.texts.catalogue.entry import CommandHelp, Scope
from bot.handlers.ask import Ask

Handler = Callable[[Ask], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Command:
    """One slash command."""

    help: CommandHelp
    handler: Handler

    @property
    def name(self) -> str:
        return self.help.name

    @property
    def aliases(self) -> tuple[str, ...]:
        return self.help.aliases

    @property
    def summary(self) -> str:
        """The line in Telegram's menu."""
        return self.help.summary

    @property
    def topic(self) -> str:
        return self.help.topic

    @property
    def access(self) -> Access:
        return self.help.access

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """The menus it stands in."""
        return self.help.scopes


@dataclass(frozen=True, slots=True)
class Tap:
    """One verb of a button."""

    handler: Handler
    access: Access = Access.APPROVED
