"""The private side as a whole: who comes in, what is asked, and the answer."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

from kraken.sim.faults import Fault, Faults
from kraken.sim.market.types import Happening
from kraken.sim.private.accounts import Account, Record
from kraken.sim.private.desk import Desk
from kraken.sim.private.engine import Engine
from kraken.sim.private.instants import after
from kraken.sim.private.keys import NEEDS, PERMISSIONS, Door, Knock
from kraken.sim.private.level3 import Level3
from kraken.sim.private.names import Names
from kraken.sim.private.rest_account import READS, Asking
from kraken.sim.private.rest_trading import WRITES, Trading
from kraken.sim.private.tokens import LIFE_S, Tokens
from kraken.sim.private.users import journal, new_account, pay_in
from kraken.sim.venue import Venue
from kraken.sim.wire.api_error import ApiError

PLACING = frozenset(
    {"AddOrder", "AddOrderBatch", "EditOrder", "add_order", "batch_add", "edit_order"}
)
"""Calls that order faults wait for unless another one is named."""

WS_METHODS = (
    "add_order",
    "amend_order",
    "edit_order",
    "cancel_order",
    "cancel_all",
    "cancel_all_orders_after",
    "batch_add",
    "batch_cancel",
)
ENDPOINTS = (*NEEDS, *WS_METHODS)
"""Everything private that a fault can be armed for."""

ALTHOUGH_PLACED = {
    "busy_although_placed": "EService:Busy",
    "unavailable_although_placed": "EService:Unavailable",
    "internal_error_although_placed": "EGeneral:Internal error",
}
INSTEAD = {
    "deadline_elapsed": "EService:Deadline elapsed",
    "engine_rate_limited": "EOrder:Rate limit exceeded",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What REST answers, and the orders that came of it."""

    body: dict[str, object]
    account: Account | None = None
    made: list[Record] = field(default_factory=list)


class Private:
    """Accounts behind keys, and the engine that they share."""

    def __init__(
        self,
        venue: Venue,
        faults: Faults,
        seed: int,
        *,
        publish: Callable[[list[Happening]], None],
        catch_up: Callable[[], None],
    ) -> None:
        """``catch_up`` brings the market to now, so that orders meet the present book."""
        self.names = Names(Random(f"private {seed}"))
        self.engine = Engine(venue, self.names, publish)
        self.door = Door(self.engine.now_ns)
        self.tokens = Tokens(self.names, self.engine.now_ns)
        self.lag_ns = 0
        self.level3 = Level3(venue, self.engine.accounts, seed)
        self.venue = venue
        self.faults = faults
        self.catch_up = catch_up

    # -- users --------------------------------------------------------------------------------

    def add_user(self, asked: Mapping[str, Any]) -> dict[str, str]:
        """Make an account and its key.

        Raises:
            ValueError: it cannot be; the text says why.
        """
        self.catch_up()
        account = new_account(asked, self.names, self.venue)
        key = account.key
        self.engine.accounts[key.api_key] = account
        self.door.keys[key.api_key] = key
        return {"api_key": key.api_key, "api_secret": key.secret}

    def pay_in(self, asked: Mapping[str, Any]) -> dict[str, str]:
        """Let money from outside come in.

        Raises:
            ValueError: it cannot; the text says why.
        """
        self.catch_up()
        return pay_in(asked, self.engine.accounts, self.venue)

    def journal(self) -> dict[str, object]:
        """The truth about every order and fill."""
        return journal(self.engine.accounts.values())

    # -- REST ---------------------------------------------------------------------------------

    def answer(self, knock: Knock) -> Answer:
        """Answer one private call."""
        self.catch_up()
        made: list[Record] = []
        try:
            account, fields = self._enter(knock)
            result = self._result(knock.endpoint, account, fields, made)
        except ApiError as error:
            return Answer({"error": [str(error)]}, None, made)
        return Answer({"error": [], "result": result}, account, made)

    def _enter(self, knock: Knock) -> tuple[Account, dict[str, Any]]:
        if knock.endpoint not in NEEDS:
            raise ApiError("EGeneral:Unknown method")
        fault = self.faults.take_at("call", endpoint=knock.endpoint)
        if fault is not None and fault.kind == "temporary_lockout":
            self.door.lock(knock.headers.get("API-Key", ""), fault.seconds or LIFE_S)
        nonce_fails = fault is not None and fault.kind == "invalid_nonce"
        key, fields = self.door.enter(knock, nonce_fails=nonce_fails)
        return self.engine.accounts[key.api_key], fields

    def answer_late(self, knock: Knock, fault: Fault) -> None:
        """Let a call in now, and do what it asks when it is too late for a reply."""
        self.catch_up()
        with suppress(ApiError):  # nobody is there any more to be told
            account, fields = self._enter(knock)
            self.delay(fault, lambda: self._result(knock.endpoint, account, fields, []))

    def _result(
        self, endpoint: str, account: Account, fields: dict[str, Any], made: list[Record]
    ) -> object:
        if endpoint == "GetApiKeyInfo":
            return account.key.told()
        if endpoint == "GetWebSocketsToken":
            return {"token": self.tokens.issue(account.key), "expires": LIFE_S}
        if endpoint == "Level3":
            return self.level3.answer(fields)
        if endpoint in READS:
            now_ns = self.engine.now_ns()
            return READS[endpoint](Asking(account, self.venue, now_ns, self.lag_ns), fields)
        desk = Desk(self.engine, self.venue, account)
        return WRITES[endpoint](Trading(desk, made), fields)

    def take_order_fault(self, endpoint: str) -> Fault | None:
        """What is armed against this call."""
        if endpoint in PLACING:
            return self.faults.take_at("order", endpoint=endpoint)
        return self.faults.take_named("order", endpoint)

    def fill(self, answer: Answer) -> None:
        """Let the market come to everything that the call placed."""
        if answer.account is not None:
            self.fill_all(answer.account, answer.made)

    def fill_all(self, account: Account, made: list[Record]) -> None:
        """Let the market come to these orders."""
        for record in made:
            if record.order.is_open:
                self.engine.force_fill(account, record)

    def delay(self, fault: Fault, act: Callable[[], object]) -> None:
        """Let the engine hear of a request late."""

        def arrive() -> None:
            with suppress(ApiError):  # nobody waits for the refusal
                act()

        self.engine.agenda.later(after(self.engine.now_ns(), fault.seconds or 0.0), arrive)

    # -- states -------------------------------------------------------------------------------

    def lose_permission(self, api_key: str | None, permission: str) -> Callable[[], None]:
        """Take a permission from one key or from all; the way back."""
        lost = [key for key in self._keys(api_key) if permission in key.permissions]
        for key in lost:
            key.permissions.discard(permission)

        def back() -> None:
            for key in lost:
                key.permissions.add(permission)

        return back

    def revoke(self, api_key: str | None) -> Callable[[], None]:
        """Make one key or all of them invalid; the way back."""
        revoked = [key for key in self._keys(api_key) if not key.is_revoked]
        for key in revoked:
            key.is_revoked = True

        def back() -> None:
            for key in revoked:
                key.is_revoked = False

        return back

    def _keys(self, api_key: str | None) -> list[Any]:
        return [key for name, key in self.door.keys.items() if api_key in (None, name)]


def is_permission(name: str | None) -> bool:
    """Whether there is such a permission."""
    return name in PERMISSIONS
