"""The one list of commands and of what buttons do."""

from collections.abc import Mapping

from bot.handlers.ask import Ask
from bot.handlers.command import Command, Tap

COMMANDS: tuple[Command, ...] = ()
TAPS: Mapping[str, Tap] = {}


async def unknown_command(ask: Ask) -> None:
    """A slash command that is not in the table."""


async def free_text(ask: Ask) -> None:
    """A message that is not a command."""
