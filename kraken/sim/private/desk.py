"""What both wires let a user do with orders: counters, ages, the system's state, then the engine.

REST and WebSocket read their arguments in their own ways and come here with the same words
(docs: Trading rate limits; REST, AddOrder).
"""

from dataclasses import dataclass

from kraken.core.ledger.words import Refusal
from kraken.core.trading import Amend, OrderRequest
from kraken.sim.private.accounts import Account, Record
from kraken.sim.private.counters import AMEND, CANCEL, EDIT, HUNDREDTHS, by_age
from kraken.sim.private.engine import Engine
from kraken.sim.private.instants import after
from kraken.sim.private.refusals import LATE, RATE_LIMITED, text_of
from kraken.sim.venue import Venue
from kraken.sim.wire.api_error import ApiError


@dataclass(slots=True)
class Desk:
    """Orders of one account, as one of the two wires asks for them."""

    engine: Engine
    venue: Venue
    account: Account
    ws: bool = False

    def check(self, request: OrderRequest) -> None:
        """Raise what placing would raise; nothing happens but the fixed part of the price."""
        self._open()
        refusal = self.engine.check(self.account, request)
        self._charge(request.symbol, HUNDREDTHS)
        if refusal is not None:
            raise ApiError(text_of(refusal, ws=self.ws))

    def place(self, request: OrderRequest, *, cost: int = HUNDREDTHS) -> Record:
        """Place an order.

        Raises:
            ApiError: it was refused.
        """
        self._open()
        is_full = self._is_throttled(request.symbol)
        self._charge(request.symbol, cost)
        if is_full:
            refusal = self.engine.check(self.account, request)
            if refusal is not None and refusal.kind not in LATE:
                raise ApiError(text_of(refusal, ws=self.ws))
            raise ApiError(RATE_LIMITED)
        made = self.engine.place(self.account, request)
        return self._or_raise(made)

    def amend(self, record: Record, change: Amend) -> str:
        """Amend an open order; the name of the amend."""
        self._open()
        now_ns = self.engine.now_ns()
        self._throttle(record)
        extra = by_age(AMEND, self.account.age_ns(record, now_ns))
        if change.qty is not None and change.qty <= record.order.filled_qty:
            extra += by_age(CANCEL, self.account.age_ns(record, now_ns))
        self._charge(record.order.symbol, (1 + extra) * HUNDREDTHS)
        engine, order_id = self.engine, record.order.order_id
        view = engine.overlay.view(record.pair, self.account)
        outcome = self.account.ledger.amend(order_id, change, view, engine.instant(), engine.ids)
        refusal = engine.apply(self.account, outcome)
        if refusal is not None:
            raise ApiError(text_of(refusal, ws=self.ws))
        return record.changes[-1].amend_id

    def edit(self, record: Record, request: OrderRequest) -> Record:
        """Replace an open order; the new one."""
        self._open()
        self._throttle(record)
        extra = by_age(EDIT, self.account.age_ns(record, self.engine.now_ns()))
        self._charge(record.order.symbol, (1 + extra) * HUNDREDTHS)
        return self._or_raise(self.engine.edit(self.account, record, request))

    def cancel(self, record: Record, *, in_batch: bool = False) -> None:
        """End an open order."""
        self._open()
        if not in_batch:
            self._throttle(record)
        extra = by_age(CANCEL, self.account.age_ns(record, self.engine.now_ns()))
        self._charge(record.order.symbol, extra * HUNDREDTHS)
        now = self.engine.instant()
        outcome = self.account.ledger.cancel(record.order.order_id, now)
        refusal = self.engine.apply(self.account, outcome)
        assert refusal is None, "only open orders come here"

    def cancel_all(self) -> int:
        """End every open order; how many."""
        self._open()
        events = self.account.ledger.cancel_all(self.engine.instant())
        self.engine.apply(self.account, events)
        return len(events)

    def cancel_all_after(self, seconds: int) -> tuple[int, int]:
        """Cancel everything after so many seconds unless asked again; now and then, in ns."""
        self._open()
        now_ns = self.engine.now_ns()
        then_ns = after(now_ns, seconds)
        self.account.dead_man_ns = then_ns if seconds else None
        return now_ns, then_ns if seconds else 0

    def _or_raise(self, made: Record | Refusal) -> Record:
        if isinstance(made, Refusal):
            raise ApiError(text_of(made, ws=self.ws))
        return made

    def _open(self) -> None:
        if self.venue.system == "maintenance":
            raise ApiError("EService:Unavailable")

    def _is_throttled(self, symbol: str) -> bool:
        return self.account.is_throttled(symbol, self.engine.now_ns())

    def _throttle(self, record: Record) -> None:
        if self._is_throttled(record.order.symbol):
            raise ApiError(RATE_LIMITED)

    def _charge(self, symbol: str, hundredths: int) -> None:
        self.account.counter(symbol).add(hundredths, self.engine.now_ns())
