"""Changing an open order: what the exchange would be asked for, and what that costs.

Rules (docs: REST, AmendOrder; Trading rate limits): an order keeps its name and its fills; less
amount keeps its place in the queue, more amount or another limit goes to the back; an order with a
conditional close cannot be changed, nor can the distance of a trailing stop: those need a new
order. A change within 15 seconds of the last one costs extra points at the engine.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from bot.core.args import OutOfRange
from bot.core.errors import BadArgument
from bot.core.trade.amend_args import AmendArgs
from bot.core.trade.listing import is_protective
from bot.core.trade.wish import PriceWord
from kraken.core.rules import Unfit, faults, round_price, round_qty, smallest_qty
from kraken.core.trading import EXACT, LIMITED, TRAILING, Amend, Order, PriceOffset
from kraken.core.types import Instrument, Side, Ticker

COSTS_MORE = timedelta(seconds=15)
"""A change sooner than this after the last one costs up to three points more."""

_FAR = Decimal(2)
"""A new price that is this many times the market, or less than its half, is questioned."""


class Obstacle(StrEnum):
    """Why it cannot be changed in place."""

    CLOSE = "close"
    """It carries a stop or take-profit that follows its fills."""
    TRAIL = "trail"
    """The distance of a trailing stop is fixed."""


class Remark(StrEnum):
    """What somebody should know before the change."""

    BACK_OF_QUEUE = "back of queue"
    EARLY = "early"
    ENDS_REST = "ends rest"
    """Not more than what is filled: the rest is cancelled."""
    FAR = "far"
    MATCHES = "matches"
    """The new limit reaches beyond the market."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A change as it would be sent, and the order as it would be."""

    order: Order
    after: Order
    change: Amend
    remarks: tuple[Remark, ...] = ()
    obstacle: Obstacle | None = None


def plan(
    order: Order,
    args: AmendArgs,
    instrument: Instrument,
    last: Decimal | None,
    now: datetime,
) -> Plan:
    """What the words ask for, checked against the order and its pair.

    Raises:
        BadArgument: it does not fit; nothing was changed.
    """
    change = _change(order, args)
    follows = order.type in TRAILING and _is_waiting(order)
    touches_price = change.trigger_price is not None or change.limit_price is not None
    obstacle = None
    if args.trail or (follows and touches_price):
        obstacle = Obstacle.TRAIL
    elif order.close is not None:
        obstacle = Obstacle.CLOSE
    after = _after(order, change)
    _check(order, change, after, instrument)
    return Plan(order, after, change, _remarks(order, change, after, last, now), obstacle)


def priced(args: AmendArgs, order: Order, instrument: Instrument, ticker: Ticker) -> AmendArgs:
    """The same with numbers for what was said in words, or as distances from the last trade."""
    asked, stop = args.asked, args.asked_stop
    if asked is PriceWord.MID:
        asked = PriceOffset(EXACT.divide(EXACT.add(ticker.bid, ticker.ask), Decimal(2)))
    elif isinstance(asked, PriceWord):
        asked = PriceOffset(ticker.ask if asked is PriceWord.ASK else ticker.bid)

    def number(said: PriceOffset | None, now: Decimal | None) -> Decimal | None:
        return now if said is None else round_price(instrument, said.at(ticker.last), order.side)

    return replace(
        args,
        price=number(asked, args.price),
        stop=number(stop, args.stop),
        asked=None,
        asked_stop=None,
    )


def is_harmless(order: Order, change: Amend) -> bool:
    """Whether nothing could trade more, or another way than to protect, by this change."""
    if change.qty is not None and change.qty > order.qty:
        return False
    is_moved = change.limit_price is not None or change.trigger_price is not None
    return not is_moved or is_protective(order)


def sent_fields(change: Amend) -> dict[str, str]:
    """The change as texts, to be kept until it is confirmed."""
    fields = {
        "qty": change.qty,
        "limit_price": change.limit_price,
        "trigger_price": change.trigger_price,
    }
    return {name: f"{value:f}" for name, value in fields.items() if value is not None}


def from_fields(fields: dict[str, str], deadline: datetime) -> Amend:
    """The change again."""
    read = {name: Decimal(value) for name, value in fields.items()}
    return Amend(
        qty=read.get("qty"),
        limit_price=read.get("limit_price"),
        trigger_price=read.get("trigger_price"),
        deadline=deadline,
    )


def _change(order: Order, args: AmendArgs) -> Amend:
    limit, trigger = None, args.stop
    if args.price is not None:
        if order.type in LIMITED:
            limit = args.price
        elif _is_waiting(order) and trigger is None:
            trigger = args.price
        else:
            raise BadArgument(
                "price of a market order", str(args.price), "/amend last amount=0.02"
            )
    if trigger is not None and not _is_waiting(order):
        raise BadArgument("stop of this order", str(trigger), _example(order, "60000"))
    change = Amend(
        qty=_news(args.amount, order.qty),
        limit_price=_news(limit, order.limit_price),
        trigger_price=_news(trigger, order.trigger.price if order.trigger else None),
    )
    if change == Amend() and not args.trail:
        raise BadArgument("change", "", _example(order, "60000"), hint="price amount= stop=")
    return change


def _news(said: Decimal | None, now: Decimal | None) -> Decimal | None:
    return None if said == now else said


def _after(order: Order, change: Amend) -> Order:
    trigger = order.trigger
    if change.trigger_price is not None and trigger is not None:
        trigger = replace(trigger, price=change.trigger_price)
    return replace(
        order,
        qty=order.qty if change.qty is None else change.qty,
        limit_price=order.limit_price if change.limit_price is None else change.limit_price,
        trigger=trigger,
    )


def _check(order: Order, change: Amend, after: Order, instrument: Instrument) -> None:
    """Steps and minimums, each with the nearest that fits."""
    for price in (change.limit_price, change.trigger_price):
        if price is not None and price != round_price(instrument, price, Side.BUY):
            near = f"{round_price(instrument, price, order.side):f}"
            raise _off_step("price", price, instrument.tick_size, order, near)
    if change.qty is None:
        return
    if change.qty != round_qty(instrument, change.qty):
        near = f"amount={round_qty(instrument, change.qty):f}"
        raise _off_step("amount", change.qty, instrument.lot_size, order, near)
    price = after.limit_price
    if set(faults(instrument, change.qty, price)) & {Unfit.QTY_TOO_SMALL, Unfit.COST_TOO_SMALL}:
        least = smallest_qty(instrument, price) if price else instrument.min_qty
        example = _example(order, f"amount={least:f}")
        raise OutOfRange("amount", f"{change.qty:f}", example, hint=f"{least:f} on")


def _off_step(what: str, said: Decimal, step: Decimal, order: Order, near: str) -> BadArgument:
    example = _example(order, near)
    hint = f"steps of {step:f}"
    return BadArgument(what, f"{said:f}", example, hint=hint, suggestions=(example,))


def _remarks(
    order: Order, change: Amend, after: Order, last: Decimal | None, now: datetime
) -> tuple[Remark, ...]:
    found: list[Remark] = []
    if change.qty is not None and change.qty <= order.filled_qty:
        found.append(Remark.ENDS_REST)
    elif _loses_place(order, change):
        found.append(Remark.BACK_OF_QUEUE)
    changed_at = order.updated_at or order.created_at
    if changed_at is not None and now - changed_at < COSTS_MORE:
        found.append(Remark.EARLY)
    if last and any(_is_far(price, last) for price in (change.limit_price, change.trigger_price)):
        found.append(Remark.FAR)
    rests = change.limit_price is not None and not _is_waiting(order)
    if last and rests and _reaches(after, last):
        found.append(Remark.MATCHES)
    return tuple(found)


def _loses_place(order: Order, change: Amend) -> bool:
    more = change.qty is not None and change.qty > order.qty
    return not _is_waiting(order) and (change.limit_price is not None or more)


def _is_far(price: Decimal | None, last: Decimal) -> bool:
    if price is None:
        return False
    return price > EXACT.multiply(last, _FAR) or EXACT.multiply(price, _FAR) < last


def _reaches(after: Order, last: Decimal) -> bool:
    assert after.limit_price is not None, "it was changed"
    if after.side is Side.BUY:
        return after.limit_price >= last
    return after.limit_price <= last


def _is_waiting(order: Order) -> bool:
    return order.trigger is not None and not order.trigger.is_fired


def _example(order: Order, change: str) -> str:
    return f"/amend {order.order_id} {change}"
