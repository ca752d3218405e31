"""Reasons to ask twice before real money moves; practice money is asked about once.

Rules: each reason is named on a second card; what was confirmed there is not asked again for the
same order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from statistics import median

from bot.core.trade.preview import Preview
from bot.core.trade.situation import distance
from bot.core.trade.types import Mode, PlacedOrder
from kraken.core.trading import EXACT, OrderRequest, TimeInForce
from kraken.core.types import Side

UNUSUAL = Decimal(12)
"""So many times the median of the last orders is unusual."""
ENOUGH = 3
"""Orders that a usual size can be told from."""
SLIPPAGE = Decimal("0.01")
BEYOND = Decimal(5)
"""Percent that a limit may lie on the losing side of the market without a question."""
AGAIN = timedelta(seconds=10)
"""The same order within this time may be a slip."""


class Caution(StrEnum):
    """A reason to ask twice."""

    UNUSUAL_SIZE = "unusual_size"
    SLIPPAGE = "slippage"
    BEYOND = "beyond"
    REPEATED = "repeated"
    PROTECTION = "protection"
    """A stop of what is owned, for more than an order may move."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A caution and its number: how many times, percent, seconds or US dollars."""

    caution: Caution
    number: Decimal = Decimal(0)


def reasons_of(
    preview: Preview,
    value: Decimal,
    recent: Sequence[PlacedOrder],
    most: Decimal,
    *,
    also_practice: bool = False,
) -> tuple[Reason, ...]:
    """Why this order is asked about twice; ``recent`` are the chat's last ones in this mode.

    ``value`` is what it moves and ``most`` what an order may, in the currency of
    ``Intent.value``.
    """
    if preview.mode is not Mode.LIVE and not also_practice:
        return ()
    found = (
        _size(value, recent),
        _slippage(preview),
        _beyond(preview),
        _repeated(preview, recent),
        # Of an order that is counted, limits forbade it before anybody was asked.
        Reason(Caution.PROTECTION, most) if value > most else None,
    )
    return tuple(reason for reason in found if reason is not None)


def _size(value: Decimal, recent: Sequence[PlacedOrder]) -> Reason | None:
    if len(recent) < ENOUGH:
        return None
    usual = median(placed.intent.value for placed in recent)
    if usual <= 0 or value < EXACT.multiply(usual, UNUSUAL):
        return None
    return Reason(Caution.UNUSUAL_SIZE, EXACT.divide_int(value, usual))


def _slippage(preview: Preview) -> Reason | None:
    slippage = preview.taken.slippage
    if slippage is None or slippage <= SLIPPAGE or not preview.is_market:
        return None
    return Reason(Caution.SLIPPAGE, EXACT.multiply(slippage, Decimal(100)))


def _beyond(preview: Preview) -> Reason | None:
    limit = preview.request.limit_price
    if limit is None or preview.request.trigger is not None:
        return None
    percent = distance(limit, preview.best)
    beyond = percent if preview.request.side is Side.BUY else -percent
    return Reason(Caution.BEYOND, beyond) if beyond > BEYOND else None


def _repeated(preview: Preview, recent: Sequence[PlacedOrder]) -> Reason | None:
    wanted = preview.request
    for placed in recent:
        sent, age = placed.intent.request, preview.at - placed.created_at
        is_same = _what(sent) == _what(wanted) and _as_much(sent, wanted)
        if is_same and timedelta() <= age <= AGAIN:
            return Reason(Caution.REPEATED, Decimal(int(age.total_seconds())))
    return None


def _what(request: OrderRequest) -> tuple[object, ...]:
    """What makes two orders the same to a person: another price is another order.

    What takes at once has a limit that only protects it and moves with the market.
    """
    at_once = request.time_in_force is TimeInForce.IOC
    return (
        request.symbol,
        request.side,
        request.type,
        request.time_in_force,
        None if at_once else request.limit_price,
        request.trigger,
    )


def _as_much(sent: OrderRequest, wanted: OrderRequest) -> bool:
    """``20usd`` of what takes at once is a little more or less with each movement of the price."""
    if sent.qty is None or wanted.qty is None or wanted.time_in_force is not TimeInForce.IOC:
        return sent.qty == wanted.qty
    apart = EXACT.subtract(sent.qty, wanted.qty)
    return abs(EXACT.multiply(apart, Decimal(100))) <= wanted.qty
