"""Orders whose answer was lost, looked for over real sockets until the verdict is true."""

import pytest

from kraken.core.errors import OutcomeUnknown
from kraken.core.settling import Absent, Found, KeepLooking, Round, Verdict, verdict
from kraken.core.trading import OrderRequest
from kraken.sim.server import Exchange
from tests.private_caller import Caller


async def settled(ann: Caller, request: OrderRequest) -> Verdict:
    """Look as often as the verdict asks for, and let time pass in between."""
    assert request.deadline is not None
    rounds: list[Round] = []
    while True:
        told = verdict(request.deadline, rounds, ann.clock.now())
        if not isinstance(told, KeepLooking):
            return told
        seconds = (told.next_at - ann.clock.now()).total_seconds()
        ann.clock.advance(seconds)
        await ann.exchange.advance(seconds)
        began = ann.clock.now()
        opened = await ann.rest.open_orders(request.client_id, urgent=True)
        closed = await ann.rest.closed_orders(request.client_id, urgent=True)
        # The room in the counter comes back with time; nobody waits for it here.
        ann.clock.advance(9)
        await ann.exchange.advance(9)
        fills = (await ann.rest.trades_history(urgent=True)).fills
        names = {fill.order_id for fill in fills}
        traded = (await ann.rest.query_orders(names, urgent=True)).reports if names else ()
        ours = [report for report in traded if report.client_id == request.client_id]
        rounds.append(Round(began, opened.reports, closed.reports, ours))


@pytest.mark.parametrize("price", ["50000", None])
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "place_then_drop_reply"},
        {"kind": "reply_502_after_place"},
        {"kind": "busy_although_placed"},
        {"kind": "place_and_fill_before_reply"},
        {"kind": "late_arrival", "seconds": 4},
        {"kind": "late_arrival", "seconds": 20},
        {"kind": "drop_request"},
        {"kind": "deadline_elapsed"},
    ],
)
async def test_the_verdict_is_the_journals(
    exchange: Exchange, ann: Caller, fault: dict[str, object], price: str | None
) -> None:
    request = ann.order(price)
    exchange.arm(fault)
    if fault["kind"] == "place_and_fill_before_reply":
        exchange.arm({"kind": "truncated_body", "endpoint": "AddOrder"})
    with pytest.raises(OutcomeUnknown):
        await ann.rest.add_order(request)
    told = await settled(ann, request)
    names = [row["order_id"] for row in ann.journal()]
    if names:
        assert isinstance(told, Found)
        assert {report.order_id for report in told.reports} == set(names)
        assert len(names) == 1
    else:
        assert told == Absent()
        await exchange.advance(600)
        assert ann.journal() == []
