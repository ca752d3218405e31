"""Private REST's other answers: commands, balances, fees and keys (docs: REST, Trading).

``private_orders`` has the orders and fills.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from kraken.core.holdings import Balance, OwnFees
from kraken.core.types import Asset, OrderId, Symbol
from kraken.core.wire.envelope import decoder, read
from kraken.core.wire.names import Names
from kraken.core.wire.numbers import Number, exact, from_seconds, moment, whole


@dataclass(frozen=True, slots=True)
class StreamToken:
    """What opens the private streams; a secret."""

    token: str = field(repr=False)
    valid_for: timedelta = timedelta(minutes=15)
    """Until it is used; a connection that used it may outlive it."""


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """What Kraken says of the key that asked."""

    permissions: frozenset[str]
    name: str = ""
    """As its holder called it."""
    nonce: int | None = None
    nonce_window: int | None = None
    valid_until: datetime | None = None
    """None: it does not expire, or nothing is said."""
    allowed_addresses: tuple[str, ...] = ()


class _Added(msgspec.Struct):
    txid: list[str]


class _Checked(msgspec.Struct):
    descr: dict[str, str]


class _Amended(msgspec.Struct):
    amend_id: str


class _Count(msgspec.Struct):
    count: int


class _After(msgspec.Struct):
    triggerTime: Number


class _Held(msgspec.Struct):
    balance: Number
    hold_trade: Number = "0"


class _Rate(msgspec.Struct):
    fee: Number


class _Volume(msgspec.Struct):
    volume: Number
    fees: dict[str, _Rate] | None = None
    fees_maker: dict[str, _Rate] | None = None


class _Token(msgspec.Struct):
    token: str
    expires: int


class _SnakeKey(msgspec.Struct):
    permissions: list[str]
    api_key_name: str = ""
    nonce: Number = None
    nonce_window: Number = None
    valid_until: Number = None
    ip_allowlist: list[str] | None = None


class _CamelKey(msgspec.Struct, rename="camel"):
    """The spelling of the documentation; answers were seen in the other one."""

    permissions: list[str]
    api_key_name: str = ""
    nonce: Number = None
    nonce_window: Number = None
    valid_until: Number = None
    ip_allowlist: list[str] | None = None


_ADDED = decoder(_Added)
_CHECKED = decoder(_Checked)
_AMENDED = decoder(_Amended)
_COUNT = decoder(_Count)
_AFTER = decoder(_After)
_BALANCES: msgspec.json.Decoder[dict[str, Number]] = decoder(dict[str, Number])
_HOLDS = decoder(dict[str, _Held])
_VOLUME = decoder(_Volume)
_TOKEN = decoder(_Token)
_SNAKE_KEY = decoder(_SnakeKey)
_CAMEL_KEY = decoder(_CamelKey)


# -- commands ---------------------------------------------------------------------------------


def added_order(body: bytes | str) -> OrderId:
    """AddOrder: the name of the order that Kraken took; its fate is told elsewhere."""
    return read(body, _ADDED, lambda result: OrderId(result.txid[0]))


def checked_order(body: bytes | str) -> str:
    """AddOrder with ``validate``: the order in Kraken's words; nothing was placed."""
    return read(body, _CHECKED, lambda result: result.descr.get("order", ""))


def amended_order(body: bytes | str) -> str:
    """AmendOrder: the name of the change."""
    return read(body, _AMENDED, lambda result: result.amend_id)


def cancelled(body: bytes | str) -> int:
    """CancelOrder and CancelAll: how many orders will end."""
    return read(body, _COUNT, lambda result: result.count)


def cancelled_after(body: bytes | str) -> datetime | None:
    """CancelAllOrdersAfter: when all orders will end; None: it is switched off."""
    return read(
        body,
        _AFTER,
        lambda result: None if result.triggerTime in ("0", 0) else moment(result.triggerTime),
    )


# -- money and keys ---------------------------------------------------------------------------


def balance(body: bytes | str, names: Names) -> dict[Asset, Decimal]:
    """Balance: totals, what open orders hold included."""
    return read(
        body,
        _BALANCES,
        lambda result: {names.asset(name): exact(total) for name, total in result.items()},
    )


def balance_ex(body: bytes | str, names: Names) -> dict[Asset, Balance]:
    """BalanceEx: totals, and what open orders hold of them."""
    return read(
        body,
        _HOLDS,
        lambda result: {
            names.asset(name): Balance(exact(one.balance), exact(one.hold_trade))
            for name, one in result.items()
        },
    )


def trade_volume(body: bytes | str, names: Names) -> OwnFees:
    """TradeVolume: this account's own fees of the pairs that were asked for."""

    def rates(told: Mapping[str, _Rate] | None) -> dict[Symbol, Decimal]:
        return {names.symbol(name): exact(one.fee) for name, one in (told or {}).items()}

    def made(told: _Volume) -> OwnFees:
        taker = rates(told.fees)
        # Pairs without maker fees of their own charge the same to both.
        maker = taker | rates(told.fees_maker)
        return OwnFees(maker=maker, taker=taker, volume=exact(told.volume))

    return read(body, _VOLUME, made)


def stream_token(body: bytes | str) -> StreamToken:
    """GetWebSocketsToken."""
    return read(
        body,
        _TOKEN,
        lambda told: StreamToken(told.token, timedelta(seconds=told.expires)),
    )


def key_info(body: bytes | str) -> KeyInfo:
    """GetApiKeyInfo, in either spelling; only the permissions are sure to be there."""
    camel = read(body, _CAMEL_KEY, _key_info)
    snake = read(body, _SNAKE_KEY, _key_info)
    return KeyInfo(
        permissions=snake.permissions,
        name=snake.name or camel.name,
        nonce=snake.nonce,
        nonce_window=snake.nonce_window if snake.nonce_window is not None else camel.nonce_window,
        valid_until=snake.valid_until or camel.valid_until,
        allowed_addresses=snake.allowed_addresses or camel.allowed_addresses,
    )


def _key_info(told: _SnakeKey | _CamelKey) -> KeyInfo:
    ends = None if told.valid_until is None else exact(told.valid_until)
    return KeyInfo(
        permissions=frozenset(told.permissions),
        name=told.api_key_name,
        nonce=None if told.nonce in (None, "") else whole(told.nonce),
        nonce_window=None if told.nonce_window in (None, "") else whole(told.nonce_window),
        valid_until=from_seconds(told.valid_until) if ends else None,
        allowed_addresses=tuple(each for each in told.ip_allowlist or () if each),
    )
