"""Buttons that do what typing a command does: examples, suggestions, shortcuts."""

from collections.abc import Mapping

from bot.core.access import allows
from bot.core.errors import NotAllowed, NotFound
from bot.core.texts.modes import other_mode_page
from bot.core.trade.types import Mode
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
        args = str(ask.payload.get("args", ""))
        meant = ask.payload.get("mode")
        if meant is not None:
            mode = await ask.services.accounts.mode(ask.chat_id)
            if mode.value != meant:
                await ask.reply(other_mode_page(Mode(str(meant)), mode, name, args))
                return
        await command.handler(Retold(ask, name, args))

    return run
