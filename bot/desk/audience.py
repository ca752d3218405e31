"""Everybody to whom the bot may speak."""

from bot.core.access import Role
from bot.desk.services import Services


async def audience(services: Services) -> list[int]:
    """The private chats of who is let in, and the open groups."""
    people = await services.safety.people()
    let_in = [one.user_id for one in people if one.role not in (Role.STRANGER, Role.BLOCKED)]
    return [*let_in, *sorted(await services.safety.open_groups())]
