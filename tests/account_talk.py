"""A chat with orders, for tests of an account's commands."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from bot.core.trade.types import Mode
from kraken.core.trading import (
    Order,
    OrderRequest,
    OrderType,
    Reference,
    TriggerState,
)
from kraken.core.types import ClientOrderId, Side, Symbol
from tests.fake_accounts import FakeAccount
from tests.fake_bot import Chat
from tests.intents import intent

D = Decimal
LIMIT = OrderRequest(
    symbol=Symbol("BTC/USD"),
    side=Side.BUY,
    type=OrderType.LIMIT,
    qty=D("0.01"),
    limit_price=D("60000.0"),
)


def add(account: FakeAccount, **more: Any) -> Order:
    """One order at the exchange, made elsewhere."""
    return account.add(replace(LIMIT, **more))


def add_stop(account: FakeAccount, price: str = "58000", **more: Any) -> Order:
    order = add(account, side=Side.SELL, type=OrderType.STOP_LOSS, limit_price=None, **more)
    return put(account, order, trigger=TriggerState(D(price), Reference.LAST))


def put(account: FakeAccount, order: Order, **changes: Any) -> Order:
    changed = replace(order, **changes)
    account.orders[order.order_id] = changed
    return changed


async def ours(chat: Chat, card: int | None = None) -> ClientOrderId:
    """An open order that this bot placed."""
    made = intent(mode=Mode.PAPER, card=card)
    await chat.services.trading.place(made, None)
    return made.client_id
