"""Who may do what: roles of people, and what a command asks for.

Rules: a person without a role is a stranger and may do nothing; blocked is less than a stranger,
who is at least answered; a role belongs to a numeric user id, never to a name. A trader owns the
private chat: its key, its limits, its mode. In a group, and only where the owner has let the bot
work, whoever has a role may look; who may trade there is given that role for that group.
"""

from enum import StrEnum
from typing import Literal


class Role(StrEnum):
    """What a person is to this bot."""

    BLOCKED = "blocked"
    """Refused by the owner; never answered."""
    STRANGER = "stranger"
    """Unknown, or still waiting for the owner's answer."""
    VIEWER = "viewer"
    """May look at the market."""
    SEEING = "seeing"
    """A viewer of one group whom its owner lets see balances, too."""
    TRADER = "trader"
    """May trade within limits, too."""
    CHAT_OWNER = "chat_owner"
    """Decides about one group: its mode, its limits, who trades there."""
    OWNER = "owner"
    """Runs this bot, and decides everywhere."""


class Access(StrEnum):
    """What a command or a button asks for."""

    EVERYONE = "everyone"
    """Whoever has a role: deny by default holds for these as well."""
    APPROVED = "approved"
    BALANCES = "balances"
    """What shows balances: in a group it is said to who asks, in private."""
    TRADER = "trader"
    """Orders within limits."""
    CHAT_OWNER = "chat_owner"
    """Keys, live mode, limits, roles of one chat: its owner's, in private the trader's own."""
    OWNER = "owner"
    """The people and groups of this bot."""


_RANK = {
    Role.BLOCKED: 0,
    Role.STRANGER: 0,
    Role.VIEWER: 1,
    Role.SEEING: 2,
    Role.TRADER: 3,
    Role.CHAT_OWNER: 4,
    Role.OWNER: 5,
}
_NEEDED = {
    Access.EVERYONE: 1,
    Access.APPROVED: 1,
    Access.BALANCES: 2,
    Access.TRADER: 3,
    Access.CHAT_OWNER: 4,
    Access.OWNER: 5,
}


def allows(role: Role, access: Access, chat_kind: Literal["private", "group"] = "group") -> bool:
    """Whether somebody with this role may use what asks for this access, in such a chat."""
    if chat_kind == "private" and role is Role.TRADER and access is Access.CHAT_OWNER:
        return True
    return _RANK[role] >= _NEEDED[access]
