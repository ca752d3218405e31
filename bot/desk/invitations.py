"""Inviting somebody with a link, and letting in who comes with it."""

import secrets
from datetime import datetime
from typing import Protocol

from bot.core.invitations import PREFIX, Coming, Invitation, InviteWish, Outcome, fingerprint
from bot.core.queue import Priority
from bot.core.texts.invitations import came_page
from bot.desk.services import Services, Voice

_BYTES = 16


class InvitationRecords(Protocol):
    """What is asked of the store when somebody comes: ``bot.store.Store``."""

    async def owner(self) -> int | None: ...
    async def accept_invitation(
        self, name: str, user_id: int, user_name: str, now: datetime
    ) -> Coming: ...


async def invite(
    services: Services, wish: InviteWish, *, by: int, now: datetime
) -> tuple[str, Invitation] | None:
    """The start word of a new link, told this once only; None: too many wait."""
    assert wish.role is not None, "a wish without a role only lists"
    token = secrets.token_urlsafe(_BYTES)
    invitation = Invitation(fingerprint(token), wish.role, now + wish.lasts)
    if not await services.safety.add_invitation(invitation, by=by, now=now):
        return None
    return f"{PREFIX}{token}", invitation


async def accept(
    records: InvitationRecords, voice: Voice, token: str, person: tuple[int, str], now: datetime
) -> Coming:
    """Somebody (id, name) opened a link; the owner is told, once, who was let in."""
    user_id, name = person
    coming = await records.accept_invitation(fingerprint(token), user_id, name, now)
    owner = await records.owner()
    if coming.outcome is Outcome.ADMITTED and owner is not None:
        page = came_page(user_id, name, coming.role)
        await voice.push(owner, page, Priority.ALERT, f"invitation:{coming.id}")
    return coming
