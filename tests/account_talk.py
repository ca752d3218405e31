"""A chat with orders, and what people write and press, for tests of an account's commands."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from bot.core.page import Page
from bot.core.trade.types import Mode
from bot.handlers import COMMANDS_BY_NAME, TAPS
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


async def say(chat: Chat, text: str, **more: Any) -> Page:
    command, _, args = text.removeprefix("/").partition(" ")
    ask = chat.ask(command=command, args=args, text=text, **more)
    await COMMANDS_BY_NAME[command].handler(ask)
    return chat.last


async def tap(chat: Chat, page: Page, label: str, **more: Any) -> Page:
    button = next(button for button in page.buttons() if button.label == label)
    target = next(number for number, shown in chat.messages.items() if shown is page)
    before = len(chat.messages)
    await TAPS[button.verb].handler(chat.ask(payload=button.payload, message_id=target, **more))
    return chat.last if len(chat.messages) > before else chat.messages[target]


async def ours(chat: Chat, card: int | None = None) -> ClientOrderId:
    """An open order that this bot placed."""
    made = intent(mode=Mode.PAPER, card=card)
    await chat.services.trading.place(made, None)
    return made.client_id
