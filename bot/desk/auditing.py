"""Reading the audit log: who did what here, and what became of it."""

from bot.core.audit import Action, Entry
from bot.core.texts.audit import Shown
from bot.core.texts.card_states import state_of
from bot.desk.services import Services
from kraken.core.types import ClientOrderId


async def read_log(services: Services, chat_id: int | None, count: int, before: int = 0) -> Shown:
    """So many rows of one chat, or of all; those before row ``before``, where there is one."""
    found = await services.safety.audit_entries(chat_id, count + 1, before)
    entries = found[:count]
    names = {person.user_id: person.name for person in await services.safety.people()}
    for chat in {entry.chat_id for entry in entries} - {None}:
        assert chat is not None, "it was taken out"
        for given in await services.safety.chat_roles(chat):
            if given.name:
                names[given.user_id] = names.get(given.user_id) or given.name
    return Shown(
        entries,
        names,
        await _results(services, entries),
        count,
        is_first=not before,
        has_older=len(found) > count,
        of_all_chats=chat_id is None,
    )


async def _results(services: Services, entries: list[Entry]) -> dict[str, str]:
    """What became of the orders among them."""
    results = {}
    for entry in entries:
        if entry.action == Action.ORDER:
            name = ClientOrderId(str(entry.detail.get("order", "")))
            placed = await services.records.placed_order(name)
            if placed is not None:
                results[str(name)] = state_of(placed).value.replace("_", " ")
    return results
