"""What a key leaves behind when it is disconnected."""

from bot.core.errors import NotConnected
from bot.core.keys import KeyRecord, Leaving
from bot.core.trade.types import Mode
from bot.desk.services import Services
from kraken.core.errors import KrakenError


async def what_stays(services: Services, key: KeyRecord) -> Leaving:
    """Counted now."""
    groups = len(await services.keyring.chats_of(key.id)) - 1
    return Leaving(await _open_orders(services, key.chat_id), groups)


async def _open_orders(services: Services, chat_id: int) -> int | None:
    try:
        chat = await services.accounts.of(chat_id, Mode.LIVE)
        return len(await chat.account.open_orders())
    except (NotConnected, KrakenError):
        return None
