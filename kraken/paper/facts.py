"""What the ledger says, as the events that every Account tells."""

from collections.abc import Mapping, Sequence

from kraken.account import AccountEvent, BalancesChanged, FillHappened, OrderUpdated
from kraken.core.holdings import Balance
from kraken.core.ledger.state import ZERO
from kraken.core.ledger.words import Filled, LedgerEvent
from kraken.core.trading import Order
from kraken.core.types import Asset, OrderId


def facts(told: dict[OrderId, Order], events: Sequence[LedgerEvent]) -> list[AccountEvent]:
    """Events in their order; ``told`` is how each open order was told last, and is brought up."""
    found: list[AccountEvent] = []
    for event in events:
        order = event.order
        before = told.get(order.order_id)
        if isinstance(event, Filled):
            found.append(FillHappened(event.fill, order))
        found.append(OrderUpdated(order, before))
        if order.is_open:
            told[order.order_id] = order
        else:
            told.pop(order.order_id, None)
    return found


def changed(before: Mapping[Asset, Balance], after: Mapping[Asset, Balance]) -> list[AccountEvent]:
    """The balances that are others now; an asset that is gone has nothing."""
    nothing = Balance(ZERO)
    balances = {
        asset: after.get(asset, nothing)
        for asset in dict.fromkeys((*before, *after))
        if before.get(asset, nothing) != after.get(asset, nothing)
    }
    return [BalancesChanged(balances)] if balances else []
