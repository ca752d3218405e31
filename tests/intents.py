"""Orders as they are committed, for tests of what stops them."""

import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from bot.core.trade.types import AccountId, Intent, Mode
from kraken.core.trading import OrderRequest, OrderType
from kraken.core.types import ClientOrderId, Side, Symbol
from tests.fakes import NOON


def intent(value: str = "50", *, mode: Mode = Mode.LIVE, chat_id: int = 1, **more: Any) -> Intent:
    """A limit order for a thousandth of a bitcoin that moves this many US dollars."""
    now: datetime = more.pop("now", NOON)
    request = OrderRequest(
        symbol=Symbol(more.pop("symbol", "BTC/USD")),
        side=more.pop("side", Side.BUY),
        type=OrderType.LIMIT,
        qty=Decimal("0.001"),
        limit_price=Decimal(50000),
        client_id=ClientOrderId(str(uuid.uuid4())),
        deadline=now + timedelta(seconds=5),
    )
    account = AccountId(f"{mode}:{chat_id}")
    made = Intent(account, mode, chat_id, more.pop("user_id", chat_id), request, Decimal(value))
    return replace(made, **more)
