"""Who may do what: roles of people, and what a command asks for.

Rules: a person without a role is a stranger and may do nothing; blocked is less than a stranger,
who is at least answered; a role belongs to a numeric user id, never to a name. In a group the
same roles hold, and only where the owner has let the bot work.
"""

from enum import StrEnum


class Role(StrEnum):
    """What a person is to this bot."""

    BLOCKED = "blocked"
    """Refused by the owner; never answered."""
    STRANGER = "stranger"
    """Unknown, or still waiting for the owner's answer."""
    VIEWER = "viewer"
    """May look at the market."""
    TRADER = "trader"
    """May trade within limits, too."""
    OWNER = "owner"
    """Runs this bot: keys, limits, people."""


class Access(StrEnum):
    """What a command or a button asks for."""

    EVERYONE = "everyone"
    """Whoever has a role: deny by default holds for these as well."""
    APPROVED = "approved"
    TRADER = "trader"
    OWNER = "owner"


_RANK = {
    Role.BLOCKED: 0,
    Role.STRANGER: 0,
    Role.VIEWER: 1,
    Role.TRADER: 2,
    Role.OWNER: 3,
}
_NEEDED = {Access.EVERYONE: 1, Access.APPROVED: 1, Access.TRADER: 2, Access.OWNER: 3}


def allows(role: Role, access: Access) -> bool:
    """Whether somebody with this role may use what asks for this access."""
    return _RANK[role] >= _NEEDED[access]
