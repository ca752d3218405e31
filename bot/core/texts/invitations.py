"""Links that let somebody in: to the owner who makes them, and to whoever comes with one."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from bot.core.access import Role
from bot.core.invitations import MOST, Coming, Invitation, Outcome
from bot.core.page import OWN_LINK, Button, Page
from bot.core.texts.gate import admitted_page
from bot.core.texts.labels import open_private, run_text
from bot.core.texts.markup import code, esc, paragraphs


def invitation_page(start: str, invitation: Invitation, zone: ZoneInfo) -> Page:
    """The link itself: said once, to the owner, in private."""
    role = invitation.role.value
    until = f"{invitation.expires_at.astimezone(zone):%Y-%m-%d %H:%M}"
    return Page(
        paragraphs(
            f"✉ An invitation for one {role}",
            f"{OWN_LINK}{esc(start)}",
            f"Whoever opens it first is let in as {role}, without another question. I tell you "
            "who it was.",
            f"It works once, until {esc(until)}. Pass it on in private.",
        ),
        ((_withdraw("Withdraw it", invitation),),),
    )


def invitations_page(waiting: Sequence[Invitation], zone: ZoneInfo, first: str = "") -> Page:
    """Those that nobody used yet; ``first`` is what was done a moment ago."""
    rows = [
        (_withdraw(f"✖ {each.role.value}, {_until(each, zone)}", each),) for each in waiting[:MOST]
    ]
    there = "Links that nobody used yet; a tap withdraws one:" if rows else ""
    return Page(
        paragraphs(
            first or "✉ Let somebody in with a link",
            f"{code('/invite trader 7d')} or {code('/invite viewer 12h')} makes one.",
            there or "No link is open now.",
        ),
        (*rows, (run_text("/invite trader"), run_text("/invite viewer"))),
    )


def withdrawn_words(done: bool) -> str:
    """What a tap on one of them did."""
    return "Withdrawn: that link lets in nobody." if done else "That link was used, or is over."


def too_many_words() -> str:
    """No more links at a time."""
    return f"{MOST} links are open: withdraw one first."


def invite_in_private_page() -> Page:
    """A link was to be made where others read along."""
    return Page(
        paragraphs(
            "I make invitations in private only.",
            "In a group anybody could take the link. None was made.",
        ),
        ((open_private("invite"),),),
    )


def came_page(user_id: int, name: str, role: Role) -> Page:
    """To the owner: somebody came with a link."""
    who: dict[str, str | int] = {"user_id": user_id, "name": name}
    block = Button("Block", "role", {**who, "role": Role.BLOCKED.value}, "danger")
    return Page(
        paragraphs(
            f"✉ Your invitation was used: a {role.value}",
            f"{esc(name, 40)}, id {code(user_id)}. The name is what they call themselves.",
            "The link works no more. Is it not whom you meant?",
        ),
        ((block,),),
    )


def coming_page(coming: Coming) -> Page:
    """To whoever opened a link."""
    again = "Ask whoever sent it for a new one."
    match coming.outcome:
        case Outcome.ADMITTED:
            return admitted_page(coming.role)
        case Outcome.KNOWN:
            return Page(
                "You are let in already.\nThe invitation is not used up: pass it on.",
                ((run_text("/start"),),),
            )
        case Outcome.USED:
            return Page(f"This invitation was used already.\nEach works once. {again}")
        case Outcome.OVER:
            return Page(f"This invitation is over.\n{again}")
        case Outcome.UNKNOWN:
            return Page(f"I don’t know this invitation.\nIt may be withdrawn. {again}")


def _withdraw(label: str, invitation: Invitation) -> Button:
    return Button(label, "invitation_end", {"id": invitation.id})


def _until(invitation: Invitation, zone: ZoneInfo) -> str:
    return f"until {invitation.expires_at.astimezone(zone):%d %b %H:%M}"
