"""/start with a word: a link into the private chat that begins something there."""

from collections.abc import Mapping

from bot.core.access import allows
from bot.core.errors import NotAllowed
from bot.core.invitations import token_in
from bot.core.texts.catalogue import account as accounts
from bot.core.texts.catalogue import keys, people
from bot.handlers import account, connect, export, invitations, talk
from bot.handlers.ask import Ask
from bot.handlers.command import Command
from bot.handlers.retold import Retold

_LINKED: Mapping[str, Command] = {
    command.name: command
    for command in (
        Command(keys.CONNECT, connect.connect),
        Command(accounts.BALANCE, account.balance),
        Command(accounts.EXPORT, export.export),
        Command(people.INVITE, invitations.invite),
    )
}
"""What ``t.me/<bot>?start=<name>`` begins, beside pairs and invitations; each shows something,
none moves anything."""


async def start(ask: Ask) -> None:
    """The welcome, or what the link is for."""
    if ask.chat_kind == "private" and token_in(ask.args):
        await invitations.come(ask)
        return
    command = _LINKED.get(ask.args.lower())
    if command is None or ask.chat_kind != "private":
        await talk.start(ask)
        return
    if not allows(ask.role, command.access, ask.chat_kind):
        raise NotAllowed(command.access, f"/{command.name}")
    await command.handler(Retold(ask, command.name, ""))
