"""Orders in every state, to make cards and pushes of."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from bot.core.trade.types import Intent, Mode, PlacedOrder, Standing
from kraken.core.trading import Order, OrderStatus
from kraken.core.types import Asset, OrderId
from tests.fakes import NOON
from tests.intents import intent

HOSTILE = '<b>&"</b>\u202e' + "x" * 300


def order_of(of: Intent, status: OrderStatus = OrderStatus.NEW, **more: Any) -> Order:
    """The order of this intent, as the exchange tells it."""
    request = of.request
    made = Order(
        order_id=OrderId("OAAAAA-BBBBB-CCCCCC"),
        symbol=request.symbol,
        side=request.side,
        type=request.type,
        qty=request.qty or Decimal("0.01"),
        status=status,
        client_id=of.client_id,
        limit_price=request.limit_price,
        created_at=NOON,
        updated_at=NOON,
    )
    return replace(made, **more)


def filled(of: Intent, qty: str, status: OrderStatus, **more: Any) -> Order:
    """Some of it filled at 49,998.4, all fills known."""
    amount = Decimal(qty)
    cost = amount * Decimal("49998.4")
    given: dict[str, Any] = {
        "filled_qty": amount,
        "booked_qty": amount,
        "filled_cost": cost,
        "average": Decimal("49998.4"),
        "fee": Decimal("0.19999"),
        "fee_asset": Asset("USD"),
    }
    return order_of(of, status, **{**given, **more})


def placed(
    standing: Standing = Standing.ACKED, order: Order | None = None, **more: Any
) -> PlacedOrder:
    """An order of ours; ``of`` is its intent."""
    of: Intent = more.pop("of", None) or intent(mode=more.pop("mode", Mode.LIVE))
    return PlacedOrder(of, standing, NOON, NOON, order, more.pop("reason", ""))
