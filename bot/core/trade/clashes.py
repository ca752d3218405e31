"""Parts of a wish that contradict each other; each pair is an error of its own.

Rules: only what can be seen in the words is judged here; what needs a price is judged when the
order is previewed.
"""

from dataclasses import replace
from decimal import Decimal
from typing import NoReturn

from bot.core.trade.misread import Clash, Contradiction
from bot.core.trade.wish import AmountKind, OrderWish, PriceWord, offset_text, price_text
from kraken.core.trading import PriceKind, PriceOffset, TimeInForce
from kraken.core.types import Side

SHOWN_SHARE = 15
"""An iceberg shows at least one part in so many (docs: REST, AddOrder, ``displayvol``)."""


def check_wish(wish: OrderWish) -> None:
    """Let a wish pass in which nothing contradicts.

    Raises:
        Contradiction: the first two parts that cannot both be meant.
    """
    _check_post(wish)
    _check_time(wish)
    _check_trigger(wish)
    _check_show(wish)
    _check_bracket(wish)
    _check_parts(wish)


def _check_parts(wish: OrderWish) -> None:
    if not wish.is_in_parts:
        return
    ladder = "ladder=" if wish.ladder is not None else "in="
    if wish.ladder is not None and (wish.spread is not None or wish.parts is not None):
        _clash(Clash.PARTS_LADDER, "ladder=", "in=")
    if wish.ladder is None and (wish.spread is None or wish.parts is None):
        said, missing = ("in=", "parts=") if wish.spread is not None else ("parts=", "in=")
        _clash(Clash.PARTS_ALONE, said, missing)
    if wish.ladder is not None and wish.price is not None:
        _clash(Clash.LADDER_PRICE, "ladder=", price_text(wish.price))
    others = {
        "stop=": wish.is_triggered,
        "sl=": wish.stop_loss or wish.take_profit or wish.trailing_stop_loss,
        "show=": wish.show,
        "gtd=": wish.time_in_force,
        "check": wish.check,
    }
    for name, value in others.items():
        if value:
            _clash(Clash.PARTS_OTHERS, ladder, name)


def _check_post(wish: OrderWish) -> None:
    if not wish.post:
        return
    if wish.is_triggered:
        _clash(Clash.POST_TRIGGER, "post", _trigger(wish))
    if wish.is_market:
        _clash(Clash.POST_MARKET, "post", "market")
    if wish.time_in_force in (TimeInForce.IOC, TimeInForce.FOK):
        _clash(Clash.POST_TAKES, "post", wish.time_in_force.value.lower())


def _check_time(wish: OrderWish) -> None:
    force = wish.time_in_force
    if force is None:
        return
    word = force.value.lower()
    if isinstance(wish.price, PriceWord) and wish.price.is_market and not wish.is_triggered:
        if force is not TimeInForce.IOC:
            _clash(Clash.MARKET_WAITS, "market", word)
    elif wish.is_triggered and force in (TimeInForce.IOC, TimeInForce.FOK):
        _clash(Clash.TRIGGER_TIME, _trigger(wish), word)


def _check_trigger(wish: OrderWish) -> None:
    said = [name for name in ("stop", "take", "trail") if getattr(wish, name) is not None]
    if len(said) > 1:
        _clash(Clash.TRIGGERS, f"{said[0]}=", f"{said[1]}=")
    if wish.trail is not None and isinstance(wish.price, PriceOffset | PriceWord):
        relative = isinstance(wish.price, PriceOffset) and wish.price.kind is not PriceKind.STATIC
        if not relative and not wish.is_market:
            _clash(Clash.TRAIL_LIMIT, "trail=", price_text(wish.price))
    elif said and isinstance(wish.price, PriceWord) and not wish.price.is_market:
        _clash(Clash.STOP_LIMIT_WORD, f"{said[0]}=", price_text(wish.price))
    starts = (*said, wish.stop_loss, wish.trailing_stop_loss)
    if wish.reference is not None and not any(starts):
        _clash(Clash.REFERENCE_ALONE, f"trigger={wish.reference.value}", "stop=")


def _check_show(wish: OrderWish) -> None:
    if wish.show is None:
        return
    if wish.is_triggered or wish.is_market:
        _clash(Clash.SHOW_NEEDS_LIMIT, "show=", _trigger(wish) if wish.is_triggered else "market")
    amount = wish.amount
    if amount is not None and amount.kind is AmountKind.BASE:
        check_shown(wish.show, amount.value)


def check_shown(show: Decimal, qty: Decimal) -> None:
    """Raises: Contradiction: more is shown than there is, or too little."""
    if show >= qty or show * SHOWN_SHARE < qty:
        _clash(Clash.SHOW_SIZE, f"show={show:f}", f"{qty:f}")


def _check_bracket(wish: OrderWish) -> None:
    stop = wish.stop_loss
    if stop is not None and wish.trailing_stop_loss is not None:
        _clash(Clash.STOPS, "sl=", "trailsl=")
    if wish.side is Side.SELL:
        _check_no_bracket(wish)
        return
    entry = _fixed(wish.price)
    if stop is not None and _is_above(stop, entry):
        _clash(Clash.STOP_LOSS_SIDE, f"sl={offset_text(stop)}", _bought_at(wish))
    profit = wish.take_profit
    if profit is not None and _is_below(profit, entry):
        _clash(Clash.TAKE_PROFIT_SIDE, f"tp={offset_text(profit)}", _bought_at(wish))


def _check_no_bracket(wish: OrderWish) -> None:
    """What is sold has nothing left to protect; a stop order was meant.

    A stop may have a take-profit beside it, which is watched: together they protect a holding.
    """
    protects = wish.stop is not None or wish.trail is not None
    for name, part in (
        ("sl", wish.stop_loss),
        ("tp", wish.take_profit),
        ("trailsl", wish.trailing_stop_loss),
    ):
        if part is not None and not (protects and name == "tp"):
            _clash(Clash.BRACKET_ON_SELL, f"{name}=", "sell", _as_protection(wish))


def _as_protection(wish: OrderWish) -> tuple[str, ...]:
    if wish.is_triggered:
        return ()
    bare = replace(
        wish,
        price=None,
        post=False,
        time_in_force=None,
        lasts=None,
        until=None,
        show=None,
        stop_loss=None,
        take_profit=None,
        trailing_stop_loss=None,
    )
    meant = (
        replace(bare, stop=wish.stop_loss) if wish.stop_loss else None,
        replace(bare, take=wish.take_profit) if wish.take_profit else None,
        replace(bare, trail=wish.trailing_stop_loss) if wish.trailing_stop_loss else None,
    )
    return tuple(each.command() for each in meant if each is not None)


def _fixed(price: object) -> Decimal | None:
    is_fixed = isinstance(price, PriceOffset) and price.kind is PriceKind.STATIC
    return price.value if is_fixed and isinstance(price, PriceOffset) else None


def _is_above(offset: PriceOffset, entry: Decimal | None) -> bool:
    if offset.kind is not PriceKind.STATIC:
        return offset.value > 0
    return entry is not None and offset.value >= entry


def _is_below(offset: PriceOffset, entry: Decimal | None) -> bool:
    if offset.kind is not PriceKind.STATIC:
        return offset.value < 0
    return entry is not None and offset.value <= entry


def _bought_at(wish: OrderWish) -> str:
    return price_text(wish.price) if wish.price is not None else ""


def _trigger(wish: OrderWish) -> str:
    return next(f"{name}=" for name in ("stop", "take", "trail") if getattr(wish, name))


def _clash(clash: Clash, first: str, second: str, again: tuple[str, ...] = ()) -> NoReturn:
    raise Contradiction(clash, first, second, again)
