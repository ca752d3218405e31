"""API keys: what each may do, and the way in (docs: REST, GetApiKeyInfo; key permissions).

Order of the checks: lockout, key, nonce, signature, REST counter, permission. A key that is
refused again and again is locked out for a while, and each further attempt begins the wait anew.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kraken.sim.market.types import SECOND
from kraken.sim.private.counters import HUNDREDTHS, TIERS, Counter, Tier, call_cost
from kraken.sim.private.nonces import Nonces
from kraken.sim.private.signature import Unreadable, is_signed, read_body
from kraken.sim.wire.api_error import ApiError

PERMISSIONS = (
    "query-funds",
    "add-funds",
    "withdraw-funds",
    "earn-funds",
    "query-open-trades",
    "query-closed-trades",
    "modify-trades",
    "close-trades",
    "query-ledger",
    "export-data",
    "create-ws-token",
    "add-withdraw-address",
    "update-withdraw-address",
)
TRADING = (
    "query-funds",
    "query-open-trades",
    "query-closed-trades",
    "modify-trades",
    "close-trades",
    "query-ledger",
    "create-ws-token",
)
"""What a trading bot needs, and nothing else."""

_ANY_TRADES = ("modify-trades", "close-trades")
NEEDS: Mapping[str, tuple[str, ...]] = {
    "Balance": ("query-funds",),
    "BalanceEx": ("query-funds",),
    "TradeVolume": ("query-funds",),
    "TradeBalance": ("query-open-trades", "query-funds"),
    "OpenOrders": ("query-open-trades",),
    "OpenPositions": ("query-open-trades",),
    "Level3": ("query-open-trades",),
    "QueryOrders": ("query-open-trades", "query-closed-trades"),
    "OrderAmends": ("query-open-trades", "query-closed-trades"),
    "ClosedOrders": ("query-closed-trades",),
    "TradesHistory": ("query-closed-trades",),
    "QueryTrades": ("query-closed-trades",),
    "Ledgers": ("query-ledger",),
    "QueryLedgers": ("query-ledger",),
    "GetWebSocketsToken": ("create-ws-token",),
    "GetApiKeyInfo": (),
    "AddOrder": ("modify-trades",),
    "AddOrderBatch": ("modify-trades",),
    "AmendOrder": _ANY_TRADES,
    "EditOrder": ("modify-trades",),
    "CancelOrder": _ANY_TRADES,
    "CancelAll": _ANY_TRADES,
    "CancelAllOrdersAfter": _ANY_TRADES,
    "CancelOrderBatch": _ANY_TRADES,
}
"""Any one of them opens the endpoint."""

DENIED = "EGeneral:Permission denied"
LOCKED_AFTER = 10
"""Refusals in a row, for an unknown key or an invalid nonce."""
LOCKED_S = 15 * 60
_MOST_STRANGERS = 10_000


@dataclass(eq=False, slots=True)
class Key:
    """One API key."""

    api_key: str
    secret: str = field(repr=False)
    permissions: set[str]
    tier_name: str
    nonces: Nonces
    created_s: int
    calls: Counter
    is_revoked: bool = False
    last_used_s: int = 0

    @property
    def tier(self) -> Tier:
        """What the account behind it may do."""
        return TIERS[self.tier_name]

    def may(self, endpoint: str) -> bool:
        """Whether its permissions open this endpoint."""
        needs = NEEDS[endpoint]
        return not needs or any(need in self.permissions for need in needs)

    def told(self) -> dict[str, object]:
        """The answer of GetApiKeyInfo."""
        return {
            "api_key_name": "simulated",
            "api_key": self.api_key,
            "nonce": str(self.nonces.last),
            "nonce_window": str(self.nonces.window),
            "permissions": [name for name in PERMISSIONS if name in self.permissions],
            "iban": "AA00 N84G 0000 0000",
            "valid_until": "0",
            "query_from": "0",
            "query_to": "0",
            "created_time": str(self.created_s),
            "modified_time": str(self.created_s),
            "ip_allowlist": [],
            "last_used": str(self.last_used_s),
        }


@dataclass(frozen=True, slots=True)
class Knock:
    """A private request as it came."""

    endpoint: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    content_type: str


class Door:
    """Every key there is, and who is let in."""

    def __init__(self, now_ns: Callable[[], int]) -> None:
        self.keys: dict[str, Key] = {}
        self._now_ns = now_ns
        self._failures: dict[str, tuple[int, int]] = {}

    def enter(self, knock: Knock, *, nonce_fails: bool = False) -> tuple[Key, dict[str, Any]]:
        """Who asks, and for what.

        Raises:
            ApiError: that is not allowed in.
        """
        key = self._known(knock)
        try:
            fields = read_body(knock.body, knock.content_type)
        except Unreadable:
            raise ApiError("EAPI:Bad request") from None
        nonce = str(fields.pop("nonce", ""))
        told = knock.headers.get("API-Sign", "")
        if not is_signed(knock.path, nonce, knock.body, key.secret, told):
            raise ApiError("EAPI:Invalid signature")
        if nonce_fails or not key.nonces.accept(nonce):
            self._fail(key.api_key)
            raise ApiError("EAPI:Invalid nonce")
        self._failures.pop(key.api_key, None)
        now_ns = self._now_ns()
        key.last_used_s = now_ns // SECOND
        if not key.calls.spend(call_cost(knock.endpoint) * HUNDREDTHS, now_ns):
            raise ApiError("EAPI:Rate limit exceeded")
        if not key.may(knock.endpoint):
            raise ApiError(DENIED)
        fields.pop("otp", None)
        return key, fields

    def _known(self, knock: Knock) -> Key:
        name = knock.headers.get("API-Key", "")[:100]
        if self._now_ns() < self._failures.get(name, (0, 0))[1]:
            self.lock(name)
            raise ApiError("EGeneral:Temporary lockout")
        key = self.keys.get(name)
        if key is None or key.is_revoked:
            self._fail(name)
            raise ApiError("EAPI:Invalid key")
        return key

    def _fail(self, name: str) -> None:
        if len(self._failures) >= _MOST_STRANGERS:
            self._failures.clear()
        failures = self._failures.get(name, (0, 0))[0] + 1
        self._failures[name] = (failures, 0)
        if failures >= LOCKED_AFTER:
            self.lock(name)

    def lock(self, name: str, seconds: float = LOCKED_S) -> None:
        """Lock one key out, or whatever was given for one."""
        self._failures[name] = (0, self._now_ns() + int(seconds * SECOND))

    def unlock_all(self) -> None:
        """Let everybody in again who has a key."""
        self._failures.clear()
