"""What the database said of people, kept for when it does not answer."""

from bot.core.access import Access, Role, allows
from bot.store import Store


class KnownRoles:
    """Who may stop trading where, as the database said last."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._roles: dict[tuple[int, int], Role] = {}

    async def load(self) -> None:
        """Everybody who may trade somewhere."""
        self._roles = dict(await self._store.standing_roles())

    def note(self, user_id: int, chat_id: int, role: Role) -> None:
        """The database just said so."""
        if allows(role, Access.TRADER):
            self._roles[user_id, chat_id] = role
        else:
            self._roles.pop((user_id, chat_id), None)

    def follow(self, old: int, new: int) -> None:
        """A group got another id: who may trade there may do so here."""
        for user_id, chat_id in list(self._roles):
            if chat_id == old:
                self._roles[user_id, new] = self._roles.pop((user_id, old))

    def of(self, user_id: int, chat_id: int) -> Role:
        """A stranger, if nothing else is known."""
        return self._roles.get((user_id, chat_id), Role.STRANGER)
