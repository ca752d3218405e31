"""What hypothesis may ask a ledger for: orders of every kind, and books around 100."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D

from hypothesis import strategies as st

from kraken.core.trading import (
    LIMITED,
    TRAILING,
    TRIGGERED,
    ConditionalClose,
    FeePreference,
    OrderRequest,
    OrderType,
    PriceKind,
    PriceOffset,
    Reference,
    SelfTrade,
    TimeInForce,
    Trigger,
)
from kraken.core.types import ClientOrderId, Side
from tests.ledger_cases import CENT, NOON, PAIR

prices = st.integers(170, 230).map(lambda ticks: D(ticks) / 2)
"""From 85 to 115, on the grid of halves."""
quantities = st.one_of(st.integers(5, 60), st.integers(5, 900)).map(lambda lots: D(lots) / 100)


@st.composite
def triggers(draw: st.DrawFn, type: OrderType) -> Trigger:
    reference = draw(st.sampled_from(Reference))
    if type in TRAILING:
        kind = draw(st.sampled_from([PriceKind.QUOTE, PriceKind.PERCENT]))
        return Trigger(PriceOffset(D(draw(st.integers(1, 12))) / 2, kind), reference)
    if draw(st.booleans()):
        return Trigger(PriceOffset(draw(prices)), reference)
    kind = draw(st.sampled_from([PriceKind.QUOTE, PriceKind.PERCENT]))
    return Trigger(PriceOffset(D(draw(st.integers(-16, 16))) / 2, kind), reference)


@st.composite
def closes(draw: st.DrawFn) -> ConditionalClose:
    types = [t for t in OrderType if t not in (OrderType.MARKET, OrderType.ICEBERG)]
    type = draw(st.sampled_from(types))
    return ConditionalClose(
        type,
        PriceOffset(draw(prices)) if type in LIMITED else None,
        draw(triggers(type)) if type in TRIGGERED else None,
    )


@st.composite
def requests(draw: st.DrawFn) -> OrderRequest:
    """Mostly sound requests of every kind."""
    side, type = draw(st.sampled_from(Side)), draw(st.sampled_from(OrderType))
    request = OrderRequest(PAIR, side, type, draw(quantities))
    if type in LIMITED:
        request = replace(request, limit_price=draw(prices))
    if type is OrderType.TRAILING_STOP_LIMIT and draw(st.booleans()):
        offset = PriceOffset(D(draw(st.integers(-4, 4))) / 2, PriceKind.QUOTE)
        request = replace(request, limit_price=None, limit_offset=offset)
    if type in TRIGGERED:
        request = replace(request, trigger=draw(triggers(type)))
    if type is OrderType.ICEBERG:
        request = replace(
            request, display_qty=max((request.qty or CENT) // (CENT * 7) * CENT, CENT)
        )
    if type is OrderType.LIMIT:
        time_in_force = draw(st.sampled_from(TimeInForce))
        request = replace(request, time_in_force=time_in_force)
        if time_in_force is TimeInForce.GTD:
            request = replace(
                request, expires_at=NOON + timedelta(seconds=draw(st.integers(5, 99)))
            )
        elif time_in_force is TimeInForce.GTC:
            request = replace(request, post_only=draw(st.booleans()))
    if type is OrderType.MARKET and side is Side.BUY and draw(st.booleans()):
        request = replace(request, qty=None, cash_qty=draw(quantities) * 50)
    return replace(
        request,
        fee_preference=draw(st.sampled_from(FeePreference)),
        self_trade=draw(st.sampled_from(SelfTrade)),
        close=draw(closes()) if draw(st.integers(0, 4)) == 4 else None,
        client_id=ClientOrderId("a") if draw(st.integers(0, 4)) == 4 else None,
    )


@st.composite
def books(draw: st.DrawFn) -> tuple[dict[D, D], dict[D, D]]:
    middle = draw(st.integers(180, 220))
    bids, asks = {}, {}
    for _ in range(draw(st.sampled_from([0, 2, 3, 4]))):
        bids[D(middle - draw(st.integers(1, 8))) / 2] = draw(quantities)
        asks[D(middle + draw(st.integers(0, 8))) / 2] = draw(quantities)
    return bids, asks
