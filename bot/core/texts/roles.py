"""Who may do what: roles of a group, the people of the bot, lent keys."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from bot.core.access import Role
from bot.core.page import Button, Page
from bot.core.texts.labels import badge
from bot.core.texts.limits import amount
from bot.core.texts.markup import code, esc, paragraphs
from bot.core.trade.limits import Limit
from bot.core.trade.types import Mode

ROLES = {
    Role.CHAT_OWNER: "owner",
    Role.OWNER: "owner of this bot",
    Role.TRADER: "trader",
    Role.VIEWER: "viewer",
    Role.SEEING: "viewer, sees balances",
    Role.STRANGER: "no role",
    Role.BLOCKED: "blocked",
}
_SHOWN = 30


class Member:
    """One person in a list of roles."""

    def __init__(
        self,
        user_id: int,
        name: str,
        role: Role,
        most: Decimal | None = None,
        until: datetime | None = None,
    ) -> None:
        self.user_id = user_id
        self.name = name
        self.role = role
        self.most = most
        self.until = until


def setup_page(
    chat_id: int, mode: Mode, owner: int | None, members: Sequence[Member], zone: ZoneInfo
) -> Page:
    """How this group is set up, and how to change it."""
    return Page(
        paragraphs(
            f"{badge(mode)} · this group",
            f"Group id {code(chat_id)}; the owner of this bot is {code(owner or '–')}.",
            *(_line(member, zone) for member in members[:_SHOWN]),
            "Everybody else with a role looks on, without balances.",
            f"Reply {code('/role trader')} to somebody’s message, or "
            f"{code('/role 123456789 trader max=100eur until 7d')}.",
            "To trade real money here, whoever has a key lends it in private: "
            f"{code(f'/lend {chat_id}')}",
        )
    )


def private_roles_page(members: Sequence[Member], zone: ZoneInfo) -> Page:
    """What ``/role`` shows the owner of the bot in private."""
    return Page(
        paragraphs(
            "Roles with this bot",
            *(_line(member, zone) for member in members[:_SHOWN]),
            f"Change one: {code('/role 123456789 trader max=100eur until 7d')}",
        )
    )


def given_page(member: Member, zone: ZoneInfo) -> Page:
    """After a role was given."""
    if member.role is Role.STRANGER:
        return Page(f"{esc(member.name, 24)} {code(member.user_id)} has no role any more.")
    return Page(paragraphs("✅ Role given", _line(member, zone)))


def whom_page() -> Page:
    """A role for nobody."""
    return Page(
        paragraphs(
            "Whom?",
            "Reply to a message of that person, or name the number: "
            f"{code('/role 123456789 trader')}. A name is not enough: anybody can take one.",
        )
    )


def people_page(people: Sequence[Member]) -> Page:
    """Everybody whom the bot knows; buttons for those who wait."""
    waiting = [one for one in people if one.role is Role.STRANGER][:5]
    lines = [_named(one) for one in people[:_SHOWN]]
    more = f"and {len(people) - _SHOWN} more" if len(people) > _SHOWN else ""
    rows = tuple(
        (
            _decide("✅", one, Role.TRADER),
            _decide("👁", one, Role.VIEWER),
            _decide("⛔", one, Role.BLOCKED),
        )
        for one in waiting
    )
    return Page(
        paragraphs(
            "People of this bot",
            *lines,
            more,
            "Below: let in as trader, as viewer, or block." if waiting else "",
            f"{code('/approve 123456789')} · {code('/block 123456789')}",
        ),
        rows,
    )


def lent_page(chat_id: int, most: Decimal | None) -> Page:
    """After a key was lent."""
    limit = f"At most {amount(Limit.LOAN, most)} per order." if most is not None else ""
    return Page(
        paragraphs(
            "🤝 Your key is lent to that group.",
            f"Traders of {code(chat_id)} can order with your money when it is /live there, within "
            f"that group’s limits. {limit}".rstrip(),
            "/unlend takes it back at once.",
        )
    )


def unlent_page(groups: Sequence[int]) -> Page:
    """After it was taken back."""
    if not groups:
        return Page("Your key was not lent to any group.")
    named = ", ".join(code(group) for group in groups)
    return Page(
        paragraphs(
            "Your key is yours alone again.",
            f"Not usable any more in {named}; those groups practise now. Open orders stay.",
        )
    )


def _decide(sign: str, one: Member, role: Role) -> Button:
    label = f"{sign} {one.user_id}"[:16]
    return Button(label, "role", {"user_id": one.user_id, "name": one.name, "role": role.value})


def _named(member: Member) -> str:
    name = f"{esc(member.name, 24)} " if member.name else ""
    return f"{name}{code(member.user_id)}: {ROLES[member.role]}"


def _line(member: Member, zone: ZoneInfo) -> str:
    most = f", at most {amount(Limit.PERSON, member.most)}" if member.most is not None else ""
    until = f", until {member.until.astimezone(zone):%Y-%m-%d %H:%M}" if member.until else ""
    return f"{_named(member)}{most}{until}"
