"""The control side's users: how accounts come into being, and the truth about all they did."""

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from kraken.core.trading import Fill, Order
from kraken.sim.listing import find_asset
from kraken.sim.market.types import SECOND
from kraken.sim.numbers import micros_stamp
from kraken.sim.private import shapes
from kraken.sim.private.accounts import Account, Record
from kraken.sim.private.counters import TIERS, Counter
from kraken.sim.private.instants import nanos
from kraken.sim.private.keys import PERMISSIONS, TRADING, Key
from kraken.sim.private.names import Names
from kraken.sim.private.nonces import Nonces
from kraken.sim.venue import Venue

_FIELDS = ("permissions", "balances", "tier", "nonce_window", "volume")
_DEPOSIT_FIELDS = ("api_key", "asset", "amount")
_RICHEST = Decimal(10) ** 15
_WIDEST = 1 << 62


def new_account(asked: Mapping[str, Any], names: Names, venue: Venue) -> Account:
    """The account that ``POST /sim/users`` asks for.

    Raises:
        ValueError: it cannot be; the text says why.
    """
    for name in asked:
        if name not in _FIELDS:
            raise ValueError(f"users have no field {name!r}; they have {', '.join(_FIELDS)}")
    tier_name = asked.get("tier", "starter")
    if not isinstance(tier_name, str) or tier_name not in TIERS:
        raise ValueError(f"tier {tier_name!r} is none of {', '.join(TIERS)}")
    tier, now_ns = TIERS[tier_name], venue.now_ns()
    key = Key(
        names.api_key(),
        names.api_secret(),
        _permissions(asked.get("permissions", list(TRADING))),
        tier_name,
        Nonces(_window(asked.get("nonce_window", 0))),
        now_ns // SECOND,
        Counter(tier.calls, tier.calls_decay),
    )
    balances = _balances(asked.get("balances", {}), venue)
    volume = _amount(asked.get("volume", 0), "volume")
    account = Account(key, names, venue.pairs, volume)
    for asset, amount in balances.items():
        account.deposit(asset, amount, now_ns)
    return account


def pay_in(
    asked: Mapping[str, Any], accounts: Mapping[str, Account], venue: Venue
) -> dict[str, str]:
    """Money from outside comes in, as ``POST /sim/deposits`` asks; its row of the ledger.

    Raises:
        ValueError: it cannot; the text says why.
    """
    for name in asked:
        if name not in _DEPOSIT_FIELDS:
            known = ", ".join(_DEPOSIT_FIELDS)
            raise ValueError(f"deposits have no field {name!r}; they have {known}")
    account = accounts.get(str(asked.get("api_key")))
    if account is None:
        raise ValueError("api_key must be one that POST /sim/users gave")
    asset, told = asked.get("asset"), asked.get("amount")
    if not isinstance(asset, str):
        raise ValueError("asset must be a name like EUR")
    ((name, amount),) = _balances({asset: told}, venue).items()
    if not amount:
        raise ValueError(f"amount must be more than 0, not {told!r}")
    row = account.deposit(name, amount, venue.now_ns())
    return {"ledger_id": row.ledger_id, "asset": name, "amount": format(amount, "f")}


def _permissions(asked: object) -> set[str]:
    if not isinstance(asked, list) or not all(name in PERMISSIONS for name in asked):
        raise ValueError(f"permissions must be a list of {', '.join(PERMISSIONS)}")
    return set(asked)


def _window(asked: object) -> int:
    if isinstance(asked, bool) or not isinstance(asked, int) or not 0 <= asked <= _WIDEST:
        raise ValueError("nonce_window must be a whole number, 0 or more")
    return asked


def _balances(asked: object, venue: Venue) -> dict[str, Decimal]:
    if not isinstance(asked, dict):
        raise ValueError('balances must be an object like {"USD": "10000"}')
    found: dict[str, Decimal] = {}
    for name, told in asked.items():
        asset = find_asset(name, venue.assets)
        if asset is None or asset.status != "enabled":
            known = ", ".join(each.name for each in venue.assets if each.status == "enabled")
            raise ValueError(f"unknown asset {name!r}; there are {known}")
        found[asset.name] = _amount(told, f"balance of {name}")
    return found


def _amount(told: object, what: str) -> Decimal:
    try:
        amount = Decimal(str(told))
    except InvalidOperation:
        amount = Decimal("nan")
    if isinstance(told, bool) or not amount.is_finite() or not 0 <= amount <= _RICHEST:
        raise ValueError(f"{what} must be a number from 0 to {_RICHEST}, not {told!r}")
    return amount


# -- the journal ------------------------------------------------------------------------------


def journal(accounts: Iterable[Account]) -> dict[str, object]:
    """Every order that was accepted and every fill, oldest first, numbers as texts."""
    orders: list[tuple[int, dict[str, object]]] = []
    fills: list[tuple[int, dict[str, object]]] = []
    for account in accounts:
        key = account.key.api_key
        for record in account.records.values():
            orders.append((record.opened_ns, _order(key, record)))
            fills += [(nanos(fill.at), _fill(key, record, fill)) for fill in record.fills]
    orders.sort(key=lambda each: each[0])
    fills.sort(key=lambda each: each[0])
    return {"orders": [row for _, row in orders], "fills": [row for _, row in fills]}


def _order(key: str, record: Record) -> dict[str, object]:
    told = record.order
    return {
        "order_id": told.order_id,
        "cl_ord_id": told.client_id,
        "userref": None if told.user_ref is None else str(told.user_ref),
        "api_key": key,
        "parent": told.parent,
        "symbol": told.symbol,
        "side": told.side.value,
        "type": told.type.value,
        "status": told.status.value,
        "time_in_force": told.time_in_force.value,
        **_prices(told),
        "qty": _plain(told.qty),
        "filled_qty": _plain(told.filled_qty),
        "cost": _plain(told.filled_cost),
        "average_price": None if told.average is None else shapes.digits(told.average, 10),
        "fee": _plain(told.fee),
        "fee_asset": told.fee_asset,
        "post_only": told.post_only,
        "amended": told.is_amended,
        "reason": told.reason,
        "opened_at": micros_stamp(record.opened_ns),
        "closed_at": None if record.closed_ns is None else micros_stamp(record.closed_ns),
    }


def _prices(told: Order) -> dict[str, object]:
    stop = None if told.trigger is None else told.trigger.price
    return {"limit_price": _plain(told.limit_price), "trigger_price": _plain(stop)}


def _fill(key: str, record: Record, fill: Fill) -> dict[str, object]:
    return {
        "exec_id": fill.exec_id,
        "order_id": fill.order_id,
        "cl_ord_id": fill.client_id,
        "userref": None if record.order.user_ref is None else str(record.order.user_ref),
        "api_key": key,
        "trade_id": str(fill.trade_id),
        "symbol": fill.symbol,
        "side": fill.side.value,
        "price": _plain(fill.price),
        "qty": _plain(fill.qty),
        "cost": _plain(fill.cost),
        "fee": _plain(fill.fee),
        "fee_asset": fill.fee_asset,
        "liquidity": "maker" if fill.liquidity.value == "m" else "taker",
        "at": micros_stamp(nanos(fill.at)),
    }


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")
