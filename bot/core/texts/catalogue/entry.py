"""What a person may know about one command: the shape of every entry of the catalogue."""

from dataclasses import dataclass
from typing import Literal

from bot.core.access import Access

Scope = Literal["default", "private", "group", "group_admin", "owner"]
"""The menus a command stands in; a menu is a convenience, access is checked elsewhere."""

EVERYWHERE: tuple[Scope, ...] = ("private", "group")
PRIVATE: tuple[Scope, ...] = ("private",)


@dataclass(frozen=True, slots=True)
class CommandHelp:
    """What a person may know about one command."""

    name: str
    summary: str
    """The line in Telegram's menu: at most 40 characters, begins with a verb."""
    topic: str
    syntax: str
    examples: tuple[str, ...]
    """Four, as typed; each is a button that runs it and each is tested to parse."""
    options: tuple[tuple[str, str], ...] = ()
    limits: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    scopes: tuple[Scope, ...] = EVERYWHERE
    access: Access = Access.APPROVED
    urgent: bool = False
    """It stops or ends something: it is heard however late and however often it is said."""
