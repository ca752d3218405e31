"""What a key leaves behind when it is disconnected, or when its holder is let in no more."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.errors import NotConnected
from bot.core.keys import KeyRecord, Leaving
from bot.core.plans.types import OrderPlan, PlanState
from bot.core.trade.types import Mode
from bot.desk import deadman
from bot.desk.services import Services
from kraken.core.errors import KrakenError
from kraken.core.trading import Order


@dataclass(frozen=True, slots=True)
class Left:
    """A key whose holder may not trade any more."""

    key: KeyRecord
    orders: Sequence[Order] | None
    """Open at the exchange; None: it did not say."""
    groups: Sequence[int]
    """Which it was lent to."""


async def what_stays(services: Services, key: KeyRecord) -> Leaving:
    """Counted now."""
    groups = len(await services.keyring.chats_of(key.id)) - 1
    orders = await _open_orders(services, key.chat_id)
    count = None if orders is None else len(orders)
    plans = await _plans(services, key)
    return Leaving(count, await _take_profits(services, key), groups, plans)


async def disconnect(services: Services, chat_id: int, by: int | None = None) -> KeyRecord | None:
    """Destroy the chat's key, after what Kraken would do without it is turned off.

    ``by`` is whose doing it is, where it is not the holder's.
    """
    key = await services.keyring.record_of(chat_id)
    if key is not None and key.chat_id == chat_id:
        await deadman.let_go(services, await services.keyring.chats_of(key.id))
    return await services.connecting.disconnect(chat_id, by)


async def let_go(services: Services, chat_id: int) -> Left | None:
    """Its holder is let in no more: what stays, with the dead man's switch turned off.

    None where there is no key. The key itself stays as it is.
    """
    key = await services.keyring.record_of(chat_id)
    if key is None or key.chat_id != chat_id:
        return None
    chats = await services.keyring.chats_of(key.id)
    orders = await _open_orders(services, chat_id)
    await deadman.let_go(services, chats)
    return Left(key, orders, chats[1:])


async def _plans(services: Services, key: KeyRecord) -> int:
    """That go on with it, in every chat that trades with it."""
    chats = await services.keyring.chats_of(key.id)
    plans = [plan for chat in chats for plan in await services.plans.plans_of(chat)]
    return sum(
        isinstance(plan.body, OrderPlan)
        and plan.body.mode is Mode.LIVE
        and plan.state is PlanState.ACTIVE
        for plan in plans
    )


async def _open_orders(services: Services, chat_id: int) -> Sequence[Order] | None:
    try:
        chat = await services.accounts.of(chat_id, Mode.LIVE)
        return await chat.account.open_orders()
    except (NotConnected, KrakenError):
        return None


async def _take_profits(services: Services, key: KeyRecord) -> int:
    """How many the bot watches for orders of this key; Kraken knows nothing of them."""
    account, count = f"live:{key.id}", 0
    for exit_ in await services.records.waiting_exits():
        placed = await services.records.placed_order(exit_.client_id)
        count += placed is not None and placed.intent.account == account
    return count
