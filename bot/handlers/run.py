"""Buttons that do what typing a command does: examples, suggestions, shortcuts."""

from collections.abc import Mapping

from bot.core.access import allows
from bot.core.errors import NotAllowed, NotFound
from bot.handlers.ask import Ask
from bot.handlers.command import Command, Handler
from bot.handlers.retold import Retold


def runner(commands: Mapping[str, Command]) -> Handler:
    """The handler of the verb ``run`` over these commands."""

    async def run(ask: Ask) -> None:
        name = str(ask.payload["command"])
        command = commands.get(name)
        if command is None:
            raise NotFound("command", name)
        if not allows(ask.role, command.access, ask.chat_kind):
            raise NotAllowed(command.access, name)
        await command.handler(Retold(ask, name, str(ask.payload.get("args", ""))))

    return run
