"""What an order would come to, before it is sent: prices, fee, total, what is free afterwards.

Rules: the request in a preview is what will be sent, to the last digit; costs are told for the
worst case that the request allows; what would trade at once is measured against the real book and
nothing is invented for what the book does not hold.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from bot.core.trade.checks import check_order
from bot.core.trade.request import judged_price, needs, rate_of, request_of, takes
from bot.core.trade.situation import Situation
from bot.core.trade.types import AccountId, Mode
from bot.core.trade.wish import OrderWish, PriceWord
from kraken.core.fees import cost_of, fee_of
from kraken.core.fills import Walk, mid, walk
from kraken.core.trading import EXACT, OrderRequest, PriceKind, PriceOffset, TimeInForce
from kraken.core.types import Instrument, Side


@dataclass(frozen=True, slots=True)
class Preview:
    """One order, priced."""

    wish: OrderWish
    request: OrderRequest
    """Frozen: only its name and deadline are missing."""
    instrument: Instrument
    mode: Mode
    account: AccountId
    at: datetime
    age: timedelta
    """How old the prices were."""
    last: Decimal
    best: Decimal
    """The best price to take on the other side."""
    middle: Decimal
    """Half way between bid and ask."""
    taken: Walk
    """What would trade at once; without a book as far as the best price holds, and then it has no
    slippage."""
    rests: Decimal
    """What would wait in the book, or for its trigger."""
    worst: Decimal
    """The worst price that it would trade at now."""
    cost: Decimal
    """In quote, before the fee, as the market is now."""
    fee_rate: Decimal
    """As a share; the taker's if anything would trade at once."""
    fee: Decimal
    total: Decimal
    """The most that a buyer pays with the fee; what a seller gets without it."""
    free_after: Decimal | None
    """Of the quote for a buy, of the base for a sell; None if the balances were not asked for."""
    protection: Decimal
    """Percent beyond the best price that a protected market order may cost."""
    stop: Decimal | None = None
    """The stop-loss of the bracket; a relative one as it would be from the worst price."""
    target: Decimal | None = None

    @property
    def is_protected(self) -> bool:
        """A market order that is sent as a limit order."""
        return self.wish.price is PriceWord.MARKET and self.request.trigger is None

    @property
    def is_market(self) -> bool:
        """It takes what there is at once."""
        return self.wish.is_market and self.request.trigger is None

    @property
    def qty(self) -> Decimal:
        return self.request.qty or Decimal(0)

    @property
    def risk(self) -> Decimal | None:
        """What is lost if the stop is reached, before fees."""
        return self._move(self.stop)

    @property
    def reward(self) -> Decimal | None:
        """What is won if the target is reached, before fees."""
        return self._move(self.target)

    def _move(self, price: Decimal | None) -> Decimal | None:
        if price is None:
            return None
        entry = self.taken.average if self.is_market else self.request.limit_price
        step = EXACT.subtract(price, entry or self.worst)
        return abs(EXACT.multiply(step, self.qty))


def preview_of(wish: OrderWish, situation: Situation) -> Preview:
    """Make the order, check it, and say what it would come to.

    Raises:
        OrderRefused: it does not fit, here and now; nothing was sent.
    """
    return priced(request_of(wish, situation), wish, situation)


def priced(request: OrderRequest, wish: OrderWish, situation: Situation) -> Preview:
    """The same for a request that is frozen already.

    Raises:
        OrderRefused: it does not fit any more.
    """
    check_order(request, wish, situation)
    qty = request.qty or Decimal(0)
    middle = mid(situation.book) if situation.book else None
    taken = walk(takes(request, situation), qty=qty, middle=middle)
    rests = EXACT.subtract(qty, taken.filled) if _may_rest(request) else Decimal(0)
    price = judged_price(request, situation)
    rate = rate_of(request, situation)
    cost = _cost(request, taken, price, situation)
    decimals = situation.instrument.cost_decimals
    fee = fee_of(cost, rate, decimals)
    if request.side is Side.BUY:
        total = needs(request, price, rate, situation)
    else:
        total = EXACT.subtract(cost, fee)
    entry = taken.average or price
    return Preview(
        wish=wish,
        request=request,
        instrument=situation.instrument,
        mode=situation.mode,
        account=situation.account,
        at=situation.now,
        age=situation.age,
        last=situation.last or price,
        best=situation.best(request.side) or price,
        middle=middle or situation.last or price,
        taken=taken,
        rests=rests,
        worst=_worst(request, taken, price, situation),
        cost=cost,
        fee_rate=rate,
        fee=fee,
        total=total,
        free_after=_free_after(request, total, situation),
        protection=situation.protection,
        stop=_bracket(wish.stop_loss or _below(wish.trailing_stop_loss), entry),
        target=_bracket(wish.take_profit, entry),
    )


def has_moved(before: Decimal, after: Decimal, percent: Decimal) -> bool:
    """Whether a price moved by more than so many percent, in either direction."""
    moved = abs(EXACT.subtract(after, before))
    return EXACT.multiply(moved, Decimal(100)) > EXACT.multiply(before, percent)


def _may_rest(request: OrderRequest) -> bool:
    now_or_never = request.time_in_force in (TimeInForce.IOC, TimeInForce.FOK)
    has_price = request.limit_price is not None or request.trigger is not None
    return has_price and not now_or_never


def _worst(request: OrderRequest, taken: Walk, price: Decimal, situation: Situation) -> Decimal:
    """Of an order that takes now or never: what the market asks, also beyond its limit."""
    if _may_rest(request) and taken.exhausted:
        return price
    return taken.worst or situation.best(request.side) or price


def _cost(request: OrderRequest, taken: Walk, price: Decimal, situation: Situation) -> Decimal:
    """What trades at once at the book's prices, the rest at the order's own."""
    rest = EXACT.subtract(request.qty or Decimal(0), taken.filled)
    whole = EXACT.add(taken.cost, EXACT.multiply(rest, price))
    return cost_of(whole, Decimal(1), situation.instrument.cost_decimals)


def _free_after(request: OrderRequest, total: Decimal, situation: Situation) -> Decimal | None:
    if situation.balances is None:
        return None
    if request.side is Side.BUY:
        return EXACT.subtract(situation.free(situation.instrument.quote), total)
    return EXACT.subtract(situation.free(situation.instrument.base), request.qty or Decimal(0))


def _below(distance: PriceOffset | None) -> PriceOffset | None:
    return PriceOffset(-distance.value, distance.kind) if distance is not None else None


def _bracket(offset: PriceOffset | None, entry: Decimal) -> Decimal | None:
    if offset is None:
        return None
    return offset.value if offset.kind is PriceKind.STATIC else offset.at(entry)
