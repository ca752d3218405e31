"""What a key leaves behind when it is disconnected."""

from bot.core.errors import NotConnected
from bot.core.keys import KeyRecord, Leaving
from bot.core.trade.types import Mode
from bot.desk import deadman
from bot.desk.services import Services
from kraken.core.errors import KrakenError


async def what_stays(services: Services, key: KeyRecord) -> Leaving:
    """Counted now."""
    groups = len(await services.keyring.chats_of(key.id)) - 1
    open_orders = await _open_orders(services, key.chat_id)
    return Leaving(open_orders, await _take_profits(services, key), groups)


async def disconnect(services: Services, chat_id: int) -> KeyRecord | None:
    """Destroy the chat's key, after what Kraken would do without it is turned off."""
    key = await services.keyring.record_of(chat_id)
    if key is not None and key.chat_id == chat_id:
        await deadman.let_go(services, await services.keyring.chats_of(key.id))
    return await services.connecting.disconnect(chat_id)


async def _open_orders(services: Services, chat_id: int) -> int | None:
    try:
        chat = await services.accounts.of(chat_id, Mode.LIVE)
        return len(await chat.account.open_orders())
    except (NotConnected, KrakenError):
        return None


async def _take_profits(services: Services, key: KeyRecord) -> int:
    """How many the bot watches for orders of this key; Kraken knows nothing of them."""
    account, count = f"live:{key.id}", 0
    for exit_ in await services.records.waiting_exits():
        placed = await services.records.placed_order(exit_.client_id)
        count += placed is not None and placed.intent.account == account
    return count
