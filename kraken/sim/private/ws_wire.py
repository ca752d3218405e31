"""One connection's private side: tokens, subscriptions, trading requests and their replies.

A token is good while it is new, and afterwards where this connection holds a subscription that
began with it (docs: WS v2, authentication). Replies lack their times, which the connection adds.
"""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from kraken.core.trading import OrderRequest
from kraken.sim.faults import Fault
from kraken.sim.listing import PairSpec
from kraken.sim.numbers import seconds_stamp
from kraken.sim.private import ws_arguments
from kraken.sim.private.accounts import Account, Record
from kraken.sim.private.arguments import Clock, wrong
from kraken.sim.private.counters import HUNDREDTHS
from kraken.sim.private.desk import Desk
from kraken.sim.private.instants import moment
from kraken.sim.private.keys import DENIED
from kraken.sim.private.overlay import price_of
from kraken.sim.private.refusals import LATE, UNKNOWN_ORDER, text_of
from kraken.sim.private.rest_trading import (
    FEWEST_IN_BATCH,
    LONGEST_DEAD_MAN_S,
    MOST_CANCELLED,
    MOST_IN_BATCH,
    cancel_many,
    edited,
    find_one,
)
from kraken.sim.private.service import ALTHOUGH_PLACED, INSTEAD, Private
from kraken.sim.private.streams import Streams, Subscription
from kraken.sim.wire.api_error import ApiError
from kraken.sim.wire.ws_connection import Connection

Params = dict[str, Any]
Reply = dict[str, Any]

_ENDPOINTS: Mapping[str, str] = {
    "add_order": "AddOrder",
    "amend_order": "AmendOrder",
    "edit_order": "EditOrder",
    "cancel_order": "CancelOrder",
    "cancel_all": "CancelAll",
    "cancel_all_orders_after": "CancelAllOrdersAfter",
    "batch_add": "AddOrderBatch",
    "batch_cancel": "CancelOrderBatch",
    "executions": "QueryOrders",
    "balances": "Balance",
}
"""Whose permissions each needs."""

NO_TOKEN = "Token(s) not found"  # noqa: S105 - the name of an error
INVALID_SESSION = "ESession:Invalid session"
DEFAULT_DEADLINE = timedelta(seconds=5)
_WARNINGS = [
    "cancel_reason is deprecated, use reason",
    "stop_price is deprecated, use triggers.price",
    "trigger is deprecated use triggers.reference",
    "triggered_price is deprecated use triggers.last_price",
]


class Wire:
    """What one connection may do in private."""

    def __init__(self, private: Private, streams: Streams) -> None:
        self.connection: Connection | None = None
        self._private = private
        self._streams = streams
        self._subscriptions: dict[str, Subscription] = {}
        self._made: list[Record] = []

    # -- subscriptions ------------------------------------------------------------------------

    def subscribe(self, params: Params) -> Reply:
        """Check a subscription; ``open`` begins it after its acknowledgement."""
        channel = params["channel"]
        account = self._enter(params, channel, "subscribe")
        if channel in self._subscriptions:
            raise ApiError("Already subscribed")
        assert self.connection is not None, "a connection asks"
        subscription = Subscription(channel, account, self.connection, params["token"], params)
        self._subscriptions[channel] = subscription
        snapshot = params.get("snapshot", True)
        result: Reply = {"channel": channel, "snapshot": snapshot}
        if channel == "executions":
            result |= {
                "maxratecount": account.key.tier.orders,
                "snap_orders": params.get("snap_orders", snapshot),
                "snap_trades": params.get("snap_trades", params.get("snapshot_trades", False)),
                "warnings": _WARNINGS,
            }
        return result

    def open(self, channel: str) -> None:
        """Begin what was acknowledged."""
        self._streams.begin(self._subscriptions[channel])

    def unsubscribe(self, params: Params) -> Reply:
        """End a subscription."""
        channel = params["channel"]
        self._enter(params, channel, "unsubscribe")
        subscription = self._subscriptions.pop(channel, None)
        if subscription is None:
            raise ApiError("Subscription Not Found")
        self._streams.end(subscription)
        return {"channel": channel}

    def close(self) -> None:
        """The connection is gone."""
        for subscription in self._subscriptions.values():
            self._streams.end(subscription)
        self._subscriptions.clear()

    def _enter(self, params: Params, name: str, method: str) -> Account:
        """Who asks; kinds of values come before the token, permissions after it."""
        private = self._private
        token = params.get("token")
        if not token:
            raise ApiError(NO_TOKEN)
        if not isinstance(token, str):
            raise ApiError("Token field must be a string")
        ws_arguments.check_kinds(params, ws_arguments.FIELDS[name], method)
        is_used = any(each.token == token for each in self._subscriptions.values())
        key = private.tokens.find(token, established=is_used)
        if key is None or private.faults.take("expired_token") is not None:
            raise ApiError(INVALID_SESSION)
        if not key.may(_ENDPOINTS[name]):
            raise ApiError(DENIED)
        return private.engine.accounts[key.api_key]

    # -- trading ------------------------------------------------------------------------------

    def trade(self, method: str, params: Params) -> list[Reply]:
        """Do what is asked, or spoil it if that was asked for; no reply is a reply too.

        Raises:
            ApiError: the request is refused.
        """
        fault = self._private.take_order_fault(method)
        if fault is None:
            return self._trade(method, params)
        if fault.kind in INSTEAD:
            raise ApiError(INSTEAD[fault.kind])
        if fault.kind == "late_arrival":
            late = self._with_deadline(method, params)
            self._private.delay(fault, lambda: self._trade(method, late))
        if fault.kind in ("late_arrival", "drop_request"):
            self._cut()
            return []
        return self._spoil_reply(fault, method, self._trade(method, params))

    def _with_deadline(self, method: str, params: Params) -> Params:
        """What the engine holds a request to that came without a deadline of its own."""
        if "deadline" in params or "deadline" not in ws_arguments.FIELDS[method]:
            return params
        return {**params, "deadline": (self.clock.now + DEFAULT_DEADLINE).isoformat()}

    def _spoil_reply(self, fault: Fault, method: str, replies: list[Reply]) -> list[Reply]:
        if fault.kind in ALTHOUGH_PLACED:
            raise ApiError(ALTHOUGH_PLACED[fault.kind])
        if fault.kind == "place_and_fill_before_reply":
            for account in self._private.engine.accounts.values():
                mine = [record for record in self._made if is_of(record, account)]
                self._private.fill_all(account, mine)
            return replies
        if fault.kind == "reply_truncated" and self.connection is not None:
            self.connection.cut_inside(json.dumps({"method": method, **replies[0]}))
        elif fault.kind not in ("place_then_silence", "late_reply"):
            self._cut()
        return []

    def _cut(self) -> None:
        if self.connection is not None:
            self.connection.cut()

    def _trade(self, method: str, params: Params) -> list[Reply]:
        self._private.catch_up()
        self._made = []
        account = self._enter(params, method, method)
        desk = Desk(self._private.engine, self._private.venue, account, ws=True)
        return _METHODS[method](self, desk, params)

    @property
    def clock(self) -> Clock:
        """The exchange's own time."""
        return Clock(moment(self._private.venue.now_ns()))

    def _pair(self, params: Params) -> PairSpec:
        symbol = params.get("symbol", "")
        if not self._private.venue.is_listed(symbol):
            raise ApiError(f"Currency pair not supported {symbol}")
        return self._private.venue.pairs[symbol]

    def _place(self, desk: Desk, request: OrderRequest, cost: int = HUNDREDTHS) -> Reply:
        record = desk.place(request, cost=cost)
        self._made.append(record)
        return _identified(record)

    def add_order(self, desk: Desk, params: Params) -> list[Reply]:
        """Place one order."""
        request = ws_arguments.read_order(params, self._pair(params), self.clock)
        if params.get("validate"):
            desk.check(request)
            return [_ok({})]
        return [_ok(self._place(desk, request))]

    def amend_order(self, desk: Desk, params: Params) -> list[Reply]:
        """Change an open order in place."""
        name, client_id = params.get("order_id", ""), params.get("cl_ord_id", "")
        if bool(name) == bool(client_id):
            raise wrong("order_id")
        record = find_one(desk, name, client_id)
        if record is None:
            raise ApiError(UNKNOWN_ORDER)
        pair = record.pair
        last = price_of(pair, desk.venue.market.last_trades(pair.symbol, 1)[-1].ticks)
        step = Decimal(pair.tick_size)
        change = ws_arguments.read_amend(params, self.clock, last, step)
        amend_id = desk.amend(record, change)
        named = {"order_id": name} if name else {"cl_ord_id": client_id}
        return [_ok({"amend_id": amend_id, **named})]

    def edit_order(self, desk: Desk, params: Params) -> list[Reply]:
        """Replace an open order."""
        self._pair(params)
        record = find_one(desk, params.get("order_id", ""), "")
        if record is None:
            raise ApiError(UNKNOWN_ORDER)
        request = ws_arguments.edited(record, edited(record, {}, self.clock), params, self.clock)
        if params.get("validate"):
            return [_ok({"original_order_id": record.order.order_id})]
        made = desk.edit(record, request)
        self._made.append(made)
        told = {"order_id": made.order.order_id, "original_order_id": record.order.order_id}
        return [_ok(told)]

    def cancel_order(self, desk: Desk, params: Params) -> list[Reply]:
        """End open orders; each is answered for itself."""
        given = [
            (field, params[field])
            for field in ws_arguments.FIELDS["cancel_order"]
            if params.get(field)
        ]
        if len(given) != 1:
            raise wrong("order_id")
        field, names = given[0]
        return [self._cancel(desk, field, name) for name in names]

    def _cancel(self, desk: Desk, field: str, name: object) -> Reply:
        by_client_id = field == "cl_ord_id"
        if by_client_id:
            one = desk.account.by_client_id(str(name))
            found = [] if one is None else [one]
        else:
            found = desk.account.find(str(name))
        try:
            if not found:
                raise ApiError(UNKNOWN_ORDER)
            for record in found:
                desk.cancel(record)
        except ApiError as error:
            return {"error": str(error), "success": False}
        return _ok({field: name})

    def cancel_all(self, desk: Desk, params: Params) -> list[Reply]:
        """End every open order."""
        return [_ok({"count": desk.cancel_all()})]

    def cancel_all_orders_after(self, desk: Desk, params: Params) -> list[Reply]:
        """The dead man's switch."""
        timeout = params.get("timeout")
        if timeout is None or not 0 <= timeout < LONGEST_DEAD_MAN_S:
            raise wrong("timeout")
        now_ns, then_ns = desk.cancel_all_after(timeout)
        until = seconds_stamp(then_ns) if then_ns else "0"
        return [_ok({"currentTime": seconds_stamp(now_ns), "triggerTime": until})]

    def batch_add(self, desk: Desk, params: Params) -> list[Reply]:
        """Place several orders of one pair; arguments refuse all, money refuses one."""
        orders = params.get("orders", [])
        if not FEWEST_IN_BATCH <= len(orders) <= MOST_IN_BATCH:
            raise wrong("orders")
        pair = self._pair(params)
        requests = [self._of_batch(each, params, pair) for each in orders]
        for request in requests:
            refusal = desk.engine.check(desk.account, request)
            if refusal is not None and refusal.kind not in LATE:
                raise ApiError(text_of(refusal, ws=True))
        if params.get("validate"):
            return [{"result": [{} for _ in requests], "success": True}]
        made = [self._placed(desk, request) for request in requests]
        return [{"result": made, "success": True}]

    def _of_batch(self, order: object, params: Params, pair: PairSpec) -> OrderRequest:
        if not isinstance(order, dict):
            raise wrong("orders")
        ws_arguments.check_kinds(order, ws_arguments.FIELDS["add_order"], "batch_add")
        common = {"deadline": params["deadline"]} if "deadline" in params else {}
        return ws_arguments.read_order({**order, **common}, pair, self.clock)

    def _placed(self, desk: Desk, request: OrderRequest) -> Reply:
        try:
            return self._place(desk, request, cost=HUNDREDTHS // 2)
        except ApiError as error:
            return {"error": str(error)}

    def batch_cancel(self, desk: Desk, params: Params) -> list[Reply]:
        """End several open orders; the count stands beside the result that there is not."""
        names = [str(name) for name in params.get("orders", [])]
        client_ids = [str(name) for name in params.get("cl_ord_id", [])]
        if not 1 <= len(names) + len(client_ids) <= MOST_CANCELLED:
            raise wrong("orders")
        return [{"orders_cancelled": cancel_many(desk, names, client_ids), "success": True}]


_METHODS: Mapping[str, Callable[[Wire, Desk, Params], list[Reply]]] = {
    "add_order": Wire.add_order,
    "amend_order": Wire.amend_order,
    "edit_order": Wire.edit_order,
    "cancel_order": Wire.cancel_order,
    "cancel_all": Wire.cancel_all,
    "cancel_all_orders_after": Wire.cancel_all_orders_after,
    "batch_add": Wire.batch_add,
    "batch_cancel": Wire.batch_cancel,
}


def _ok(result: Reply) -> Reply:
    return {"result": result, "success": True}


def _identified(record: Record) -> Reply:
    order = record.order
    told: Reply = {"order_id": order.order_id}
    if order.client_id is not None:
        told["cl_ord_id"] = order.client_id
    elif order.user_ref is not None:
        told["order_userref"] = order.user_ref
    return told


def is_of(record: Record, account: Account) -> bool:
    """Whether an order is this account's."""
    return record.order.order_id in account.records
