"""The order panel as rules: each button leads to another unfinished wish.

Rules: the panel holds no state but the wish that its buttons carry as text; nothing on it sends an
order, the preview does; a change that contradicts what was chosen before takes that back.
"""

from dataclasses import dataclass, replace
from decimal import Decimal

from bot.core.trade.syntax import change_order
from bot.core.trade.wish import Amount, AmountKind, OrderWish, PriceWord, Pricing
from kraken.core.trading import PriceKind, PriceOffset, TimeInForce
from kraken.core.types import Side

PERCENTS = (Decimal(25), Decimal(50))
STOPS = (Decimal(-2), Decimal(-3), Decimal(-5))
TARGETS = (Decimal(3), Decimal(6), Decimal(10))
_TIMES = (None, TimeInForce.IOC, TimeInForce.FOK)

_CLEARED = frozenset({"none", "off", "no", "clear"})


@dataclass(frozen=True, slots=True)
class Change:
    """What a reply changes: the part that was asked for, or any if empty."""

    part: str
    text: str


def begin(wish: OrderWish) -> OrderWish:
    """A panel begins with a limit at the own side of the book: shown, never sent unseen."""
    return wish if wish.price is not None or wish.is_triggered else replace(wish, price=own(wish))


def own(wish: OrderWish) -> PriceWord:
    """The price at which an order rests first in line."""
    return PriceWord.BID if wish.side is Side.BUY else PriceWord.ASK


def with_side(wish: OrderWish) -> OrderWish:
    """The other side: what is sold has no bracket, and the own side of the book changes."""
    side = Side.SELL if wish.side is Side.BUY else Side.BUY
    turned = replace(
        wish,
        side=side,
        stop_loss=None,
        take_profit=None,
        trailing_stop_loss=None,
        reference=wish.reference if wish.is_triggered else None,
    )
    return replace(turned, price=own(turned)) if wish.price is own(wish) else turned


def with_money(wish: OrderWish, value: Decimal, quote: str) -> OrderWish:
    """So much of the quote."""
    return replace(wish, amount=Amount(AmountKind.NAMED, value, quote))


def with_percent(wish: OrderWish, value: Decimal) -> OrderWish:
    """So much of what is free."""
    return replace(wish, amount=Amount(AmountKind.PERCENT, value))


def with_all(wish: OrderWish) -> OrderWish:
    """All that is free."""
    return replace(wish, amount=Amount(AmountKind.MAX))


def with_price(wish: OrderWish, price: Pricing) -> OrderWish:
    """A word or a number; a market order waits for nothing and shows all of itself."""
    bare = replace(wish, price=price, stop=None, take=None, trail=None)
    if bare.is_market:
        return replace(bare, post=False, time_in_force=None, lasts=None, until=None, show=None)
    return bare


def with_kind(wish: OrderWish) -> OrderWish:
    """Limit to market and back."""
    return with_price(wish, own(wish) if wish.is_market else PriceWord.MARKET)


def with_post(wish: OrderWish) -> OrderWish:
    """Maker or nothing, or not; a post-only order rests."""
    if wish.post:
        return replace(wish, post=False)
    resting = with_price(wish, own(wish)) if wish.is_market or wish.is_triggered else wish
    now = resting.time_in_force in (TimeInForce.IOC, TimeInForce.FOK)
    return replace(resting, post=True, time_in_force=None if now else resting.time_in_force)


def with_time(wish: OrderWish) -> OrderWish:
    """The next time in force; an order that takes at once is not post-only."""
    limit = with_price(wish, own(wish)) if wish.is_market or wish.is_triggered else wish
    now = limit.time_in_force if limit.time_in_force in _TIMES else None
    following = _TIMES[(_TIMES.index(now) + 1) % len(_TIMES)]
    return replace(
        limit,
        time_in_force=following,
        lasts=None,
        until=None,
        post=limit.post and following is None,
    )


def with_stop(wish: OrderWish, percent: Decimal | None) -> OrderWish:
    """A stop-loss so far below the price that is paid, or none."""
    stop = PriceOffset(percent, PriceKind.PERCENT) if percent is not None else None
    return replace(wish, stop_loss=stop, trailing_stop_loss=None)


def with_target(wish: OrderWish, percent: Decimal | None) -> OrderWish:
    """A take-profit so far above the price that is paid, or none."""
    target = PriceOffset(percent, PriceKind.PERCENT) if percent is not None else None
    return replace(wish, take_profit=target)


def without_options(wish: OrderWish) -> OrderWish:
    """Amount, pair and price alone."""
    return OrderWish(wish.side, wish.pair, wish.amount, wish.price)


def changed(wish: OrderWish, change: Change) -> OrderWish:
    """The wish with what a reply says.

    Raises:
        BadArgument: the reply was not understood, or contradicts the rest.
    """
    said = change.text.strip()
    if change.part == "options" and said.lower() in _CLEARED:
        return without_options(wish)
    words = said.lower().split()
    is_price = change.part == "price" and words[:1] not in (["@"], ["at"], ["limit"], ["market"])
    if is_price and not said.startswith("@"):
        said = f"@ {said}"
    return change_order(wish, said)
