"""How REST spells an order, read into the ledger's words (docs: REST, AddOrder, AmendOrder).

Texts in, exact numbers out; whatever cannot be read is ``EGeneral:Invalid arguments:<field>``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

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
from kraken.core.types import ClientOrderId, Side, Symbol
from kraken.sim.listing import PairSpec
from kraken.sim.wire.api_error import ApiError
from kraken.sim.wire.rest_public import INVALID

Fields = Mapping[str, Any]

_NUMBER = re.compile(r"(0|[1-9][0-9]{0,17})(\.[0-9]{1,18})?")
_WHOLE = re.compile(r"[0-9]{1,10}")
_PRICE = re.compile(r"([+\-#]?)((?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,18})?)(%?)")
_CLIENT_ID = re.compile(
    r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{32}|[\x21-\x7e]{1,18}"
)
LONGEST_DEADLINE = timedelta(seconds=60)
_MOST_REF = (1 << 31) - 1

Choice = TypeVar("Choice")


def wrong(field: str) -> ApiError:
    """An argument cannot be read."""
    return ApiError(f"{INVALID}:{field}")


def text(fields: Fields, name: str) -> str:
    """A text, empty where it is missing; numbers of a JSON body are taken as their text."""
    value = fields.get(name)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int):
        raise wrong(name)
    return str(value)


def flag(fields: Fields, name: str) -> bool:
    """A truth value, false where it is missing."""
    told = text(fields, name).lower()
    if told not in ("", "0", "1", "true", "false"):
        raise wrong(name)
    return told in ("1", "true")


def number(told: str, field: str) -> Decimal:
    """A plain number that is not negative."""
    if not _NUMBER.fullmatch(told):
        raise wrong(field)
    return Decimal(told)


def whole(told: str, field: str) -> int:
    """A whole number of at most ten digits, not negative."""
    if not _WHOLE.fullmatch(told):
        raise wrong(field)
    return int(told)


def choice(fields: Fields, name: str, known: Mapping[str, Choice], default: str = "") -> Choice:
    """One of the words that are known."""
    found = known.get(text(fields, name) or default)
    if found is None:
        raise wrong(name)
    return found


_SIDES = {side.value: side for side in Side}
_TYPES = {kind.value: kind for kind in OrderType}
_LIVES = {life.value: life for life in TimeInForce}
_SELF_TRADES = {kind.value.replace("_", "-"): kind for kind in SelfTrade}
_REFERENCES = {reference.value: reference for reference in Reference}


@dataclass(frozen=True, slots=True)
class Clock:
    """The exchange's time while arguments are read."""

    now: datetime

    def deadline(self, told: str) -> datetime | None:
        """RFC 3339, at most a minute ahead; one that is over is the engine's business."""
        if not told:
            return None
        try:
            at = datetime.fromisoformat(told)
        except ValueError:
            raise wrong("deadline") from None
        if at.tzinfo is None or at - self.now > LONGEST_DEADLINE:
            raise wrong("deadline")
        return at.astimezone(UTC)

    def instant(self, told: str, field: str) -> datetime | None:
        """``0``, Unix seconds, or ``+n`` seconds from now."""
        if told in ("", "0"):
            return None
        seconds = whole(told.removeprefix("+"), field)
        if told.startswith("+"):
            return self.now + timedelta(seconds=seconds)
        return datetime.fromtimestamp(seconds, UTC)


def price_of(told: str, field: str, minus: bool) -> PriceOffset:
    """A price or a distance: ``37500``, ``+50``, ``-1.5%``, ``#2%``."""
    match = _PRICE.fullmatch(told)
    if match is None:
        raise wrong(field)
    sign, digits, percent = match.groups()
    value = Decimal(digits)
    if not sign:
        if percent:
            raise wrong(field)
        return PriceOffset(value)
    negative = minus if sign == "#" else sign == "-"
    kind = PriceKind.PERCENT if percent else PriceKind.QUOTE
    return PriceOffset(-value if negative else value, kind)


def _subtracts(side: Side, kind: OrderType) -> bool:
    """Which way ``#`` goes: limits and profits away from the market, stops against the order."""
    stops = kind in TRIGGERED and kind not in (
        OrderType.TAKE_PROFIT,
        OrderType.TAKE_PROFIT_LIMIT,
    )
    return (side is Side.BUY) != stops


@dataclass(frozen=True, slots=True)
class _Prices:
    limit: PriceOffset | None = None
    trigger: Trigger | None = None


def _prices(fields: Fields, kind: OrderType, side: Side, reference: Reference) -> _Prices:
    first, second = text(fields, "price"), text(fields, "price2")
    if second == "0":
        second = ""
    minus = _subtracts(side, kind)
    if kind not in TRIGGERED:
        if kind is OrderType.MARKET or not first:
            return _Prices()
        return _Prices(price_of(first, "price", minus))
    if not first:
        raise wrong("price")
    trigger = Trigger(price_of(first, "price", minus), reference)
    if kind in TRAILING and not first.startswith("+"):
        raise wrong("price")
    limit = price_of(second, "price2", minus) if second and kind in LIMITED else None
    if kind in LIMITED and limit is None:
        raise wrong("price2")
    return _Prices(limit, trigger)


def read_order(fields: Fields, pair: PairSpec, clock: Clock) -> OrderRequest:
    """The order that AddOrder's arguments describe.

    Raises:
        ApiError: they do not.
    """
    kind = _kind(fields)
    side = choice(fields, "type", _SIDES)
    reference = choice(fields, "trigger", _REFERENCES, "last")
    prices = _prices(fields, kind, side, reference)
    flags = _flags(fields)
    cash, qty = _quantities(fields, flags)
    expires = clock.instant(text(fields, "expiretm"), "expiretm")
    if clock.instant(text(fields, "starttm"), "starttm") is not None:
        raise ApiError("EOrder:Scheduled orders limit exceeded")
    life = choice(fields, "timeinforce", _LIVES, "GTD" if expires else "GTC")
    limit = prices.limit
    static = limit is not None and limit.kind is PriceKind.STATIC
    shown = text(fields, "displayvol")
    return OrderRequest(
        symbol=Symbol(pair.symbol),
        side=side,
        type=kind,
        qty=qty,
        client_id=client_id(fields),
        limit_price=limit.value if limit is not None and static else None,
        limit_offset=None if static else limit,
        trigger=prices.trigger,
        time_in_force=life,
        expires_at=expires,
        post_only="post" in flags,
        reduce_only=flag(fields, "reduce_only"),
        display_qty=number(shown, "displayvol") if shown else None,
        cash_qty=cash,
        fee_preference=FeePreference.BASE if "fcib" in flags else FeePreference.QUOTE,
        self_trade=choice(fields, "stptype", _SELF_TRADES, "cancel-newest"),
        deadline=clock.deadline(text(fields, "deadline")),
        close=_close(fields, side, reference),
        user_ref=user_ref(text(fields, "userref"), "userref"),
    )


def _kind(fields: Fields) -> OrderType:
    if text(fields, "ordertype") == "settle-position":
        raise ApiError("EOrder:Unknown position")
    if text(fields, "leverage") not in ("", "none", "0", "1"):
        raise ApiError("EOrder:Margin allowance exceeded")
    return choice(fields, "ordertype", _TYPES)


def _flags(fields: Fields) -> set[str]:
    flags = {name for name in text(fields, "oflags").split(",") if name}
    if flags - {"post", "fcib", "fciq", "viqc", "nompp"} or {"fcib", "fciq"} <= flags:
        raise wrong("oflags")
    return flags


def _quantities(fields: Fields, flags: set[str]) -> tuple[Decimal | None, Decimal | None]:
    volume = number(text(fields, "volume"), "volume")
    return (volume, None) if "viqc" in flags else (None, volume)


def client_id(fields: Fields) -> ClientOrderId | None:
    """The client's name of an order: a UUID, or up to 18 characters."""
    told = text(fields, "cl_ord_id")
    if not told:
        return None
    if not _CLIENT_ID.fullmatch(told):
        raise wrong("cl_ord_id")
    return ClientOrderId(told)


def user_ref(told: str, field: str) -> int | None:
    """The client's number of an order; 0 is none."""
    if not told:
        return None
    if not re.fullmatch(r"-?[0-9]{1,10}", told) or not -_MOST_REF - 1 <= int(told) <= _MOST_REF:
        raise wrong(field)
    return int(told) or None


def _close(fields: Fields, side: Side, reference: Reference) -> ConditionalClose | None:
    close = fields.get("close")
    if not close:
        return None
    if not isinstance(close, dict):
        raise wrong("close")
    opposite = Side.SELL if side is Side.BUY else Side.BUY
    kind = choice(close, "ordertype", _TYPES)
    prices = _prices(close, kind, opposite, reference)
    return ConditionalClose(kind, prices.limit, prices.trigger)
