"""What an exchange's ledger tells, told as reports, is what the client comes to know.

Two pieces that share no code but the words: whatever a ledger does to an order, and in whatever
order its reports arrive, both end with the same order. Mutants tried by hand and killed: costs or
fees of several fills that are not summed, a reason that is lost, terms that outlive an amend.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal as D

from hypothesis import given, settings
from hypothesis import strategies as st

from kraken.core.ledger.words import (
    Accepted,
    Amended,
    Canceled,
    Completed,
    Expired,
    Filled,
    LedgerEvent,
    Opened,
    Refilled,
    Refusal,
)
from kraken.core.orders import FillBooked, Orders
from kraken.core.trading import Amend, ExecType, Order, OrderRequest, OrderStatus, Report
from kraken.core.types import OrderId, Side
from tests.ledger_cases import NOON, Desk, view
from tests.ledger_strategies import prices, quantities, requests

KINDS = {
    Opened: ExecType.NEW,
    Completed: ExecType.FILLED,
    Canceled: ExecType.CANCELED,
    Expired: ExecType.EXPIRED,
    Refilled: ExecType.ICEBERG_REFILL,
}


def report(event: LedgerEvent, at: datetime) -> Report:
    """An event as a report: terms come first and once, the rest says only what changed."""
    order = event.order
    kind = KINDS.get(type(event), ExecType.STATUS)
    said = Report(order.order_id, kind, order.status, at, reason=order.reason)
    if isinstance(event, Accepted):
        return replace(
            said,
            exec_type=ExecType.PENDING_NEW,
            symbol=order.symbol,
            side=order.side,
            type=order.type,
            qty=order.qty,
            limit_price=order.limit_price,
            trigger=order.trigger,
        )
    totals = replace(
        said,
        filled_qty=order.filled_qty,
        filled_cost=order.filled_cost,
        average=order.average,
        trigger=order.trigger,
    )
    if isinstance(event, Filled):
        return replace(totals, exec_type=ExecType.TRADE, fill=event.fill)
    if isinstance(event, Amended):
        changed = replace(totals, qty=order.qty, limit_price=order.limit_price)
        return replace(changed, exec_type=ExecType.AMENDED)
    # As a trail moves a limit, a status report says so.
    return replace(totals, limit_price=order.limit_price)


steps = st.lists(
    requests()
    | st.builds(Amend, st.none() | quantities, st.none() | prices)
    | st.tuples(prices, quantities, st.sampled_from(Side)),
    min_size=1,
    max_size=12,
)


def played(script: list[OrderRequest | Amend | tuple[D, D, Side]]) -> list[LedgerEvent]:
    desk, events = Desk(usd="100000", btc="1000", market=view(index="100")), []
    for step in script:
        if isinstance(step, OrderRequest):
            outcome = desk.ask(step)
        elif isinstance(step, Amend):
            orders = desk.ledger.orders()
            name = orders[0].order_id if orders else OrderId("")
            outcome = desk.ledger.amend(name, step, desk.market, desk.now, desk.names)
        else:
            outcome = desk.trade(str(step[0]), str(step[1]), step[2])
        events += [] if isinstance(outcome, Refusal) else outcome
    return [*events, *desk.ledger.cancel_all(NOON)]


def gist(order: Order) -> tuple[object, ...]:
    return (
        *(order.status, order.qty, order.limit_price, order.trigger, order.reason),
        *(order.filled_qty, order.filled_cost, order.booked_qty, order.average, order.fee),
    )


@settings(max_examples=60, derandomize=True, deadline=None)
@given(steps, st.data())
def test_the_client_comes_to_know_what_the_exchange_keeps(
    script: list[OrderRequest | Amend | tuple[D, D, Side]], data: st.DataObject
) -> None:
    events = played(script)
    reports = [
        report(event, NOON + timedelta(microseconds=number)) for number, event in enumerate(events)
    ]
    client = Orders()
    news = [
        one for each in data.draw(st.permutations(reports)) for one in client.apply(each, NOON)
    ]
    final = {event.order.order_id: event.order for event in events}
    assert {order.order_id: gist(order) for order in client.all()} == {
        order_id: gist(order) for order_id, order in final.items()
    }
    for order in client.all():
        assert (order.status is OrderStatus.CANCELED) == bool(order.reason)
        fills = [e.fill for e in events if isinstance(e, Filled)]
        assert order.filled_cost == sum(f.cost for f in fills if f.order_id == order.order_id)
    assert client.open() == []
    told = sorted(one.fill.exec_id for one in news if isinstance(one, FillBooked))
    assert told == sorted(event.fill.exec_id for event in events if isinstance(event, Filled))
