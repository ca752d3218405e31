"""Does an order fit, here and now? Asked before each preview and again at the tap.

Rules: the first thing that is wrong is told, with a repaired order where one can be made; nothing
here asks anybody: a check costs no call. What the exchange does not tell (its own limits on open
orders) it judges itself.
"""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from bot.core.trade.clashes import SHOWN_SHARE
from bot.core.trade.numerals import LONGEST, SHORTEST
from bot.core.trade.refusals import Fix, OrderRefused, Refusal, Repair
from bot.core.trade.request import affordable, judged_price, needs, rate_of, takes
from bot.core.trade.situation import Situation, distance, typable
from bot.core.trade.wish import Amount, AmountKind, OrderWish, PriceWord, Pricing
from kraken.core.fills import walk
from kraken.core.rules import round_price, round_qty, smallest_qty
from kraken.core.trading import EXACT, OrderRequest, OrderType, PriceKind, PriceOffset
from kraken.core.types import Instrument, InstrumentStatus, Side, SystemState

Values = dict[str, Decimal | str]

TOO_OLD = timedelta(seconds=10)
"""From here on a price is too old to make an order from."""
FAR = Decimal(5)
"""So many times the market, or a part in so many of it, is a slip of the finger."""
NEAR = Decimal(50)
"""Percent around the market within which a number is offered instead."""
FAR_BEYOND = Decimal(50)
"""Percent on the losing side of the market that nobody means."""
_SLIPS = tuple(Decimal(10) ** power for power in (-1, 1, -2, 2, -3, 3))

_NO_ORDERS = frozenset({"cancel_only", "maintenance", "work_in_progress"})
_TRIGGER_TYPES = frozenset({OrderType.STOP_LOSS, OrderType.TAKE_PROFIT, OrderType.TRAILING_STOP})


def check_order(request: OrderRequest, wish: OrderWish, situation: Situation) -> None:
    """Let an order pass that fits.

    Raises:
        OrderRefused: the first thing that is wrong with it; nothing was sent.
    """
    check_listed(wish, situation.instrument)
    _check_open(request, wish, situation)
    if situation.age > TOO_OLD:
        age = str(int(situation.age.total_seconds()))
        raise _refused(Refusal.OLD_PRICE, wish, situation, age=age)
    if situation.waits:
        seconds = str(-(-int(situation.waits.total_seconds() * 10) // 10))
        raise _refused(Refusal.WAIT, wish, situation, seconds=seconds)
    _check_prices(request, wish, situation)
    _check_qty(request, wish, situation)
    _check_post(request, wish, situation)
    _check_time(request, wish, situation)
    if situation.balances is not None:
        _check_funds(request, wish, situation)


def check_listed(wish: OrderWish, instrument: Instrument) -> None:
    """Let pairs pass that are still traded, or will be again.

    Raises:
        OrderRefused: it is gone.
    """
    if instrument.status is InstrumentStatus.DELISTED:
        raise OrderRefused(Refusal.GONE, wish, instrument)


def check_before(wish: OrderWish, situation: Situation) -> None:
    """What can be said before amounts and prices are known: is there money for it at all?

    Raises:
        OrderRefused: there is none.
    """
    asset = situation.instrument.quote if wish.side is Side.BUY else situation.instrument.base
    if situation.balances is not None and situation.free(asset) <= 0:
        raise _refused(Refusal.NOTHING_FREE, wish, situation, asset=asset)


def _check_open(request: OrderRequest, wish: OrderWish, situation: Situation) -> None:
    for why, status in (
        (Refusal.SYSTEM, situation.system.value),
        (Refusal.PAIR, situation.instrument.status.value),
    ):
        if status in _NO_ORDERS:
            raise _refused(why, wish, situation, status=status)
        if status == SystemState.POST_ONLY.value and not request.post_only:
            repairs: tuple[Repair, ...] = ()
            if request.type is OrderType.LIMIT and not wish.is_market:
                repairs = (Repair(Fix.WITH_POST, replace(wish, post=True)),)
            raise _refused(why, wish, situation, repairs, status=status)
        if status == InstrumentStatus.LIMIT_ONLY.value and request.limit_price is None:
            raise _refused(why, wish, situation, status=status)


# -- prices


def _check_prices(request: OrderRequest, wish: OrderWish, situation: Situation) -> None:
    for name, offset in _said_prices(wish):
        _check_far(name, offset.value, wish, situation)
        _check_step(name, offset.value, wish, situation)
    _check_beyond(request, wish, situation)
    _check_trigger(request, wish, situation)
    _check_bracket(request, wish, situation)


def _said_prices(wish: OrderWish) -> list[tuple[str, PriceOffset]]:
    """The prices that were typed as such, by the names of the wish's fields."""
    said = {
        "price": wish.price,
        "stop": wish.stop,
        "take": wish.take,
        "stop_loss": wish.stop_loss,
        "take_profit": wish.take_profit,
    }
    return [
        (name, offset)
        for name, offset in said.items()
        if isinstance(offset, PriceOffset) and offset.kind is PriceKind.STATIC
    ]


def _with_price(wish: OrderWish, name: str, price: Decimal) -> OrderWish:
    offset = PriceOffset(price)
    match name:
        case "stop":
            return replace(wish, stop=offset)
        case "take":
            return replace(wish, take=offset)
        case "stop_loss":
            return replace(wish, stop_loss=offset)
        case "take_profit":
            return replace(wish, take_profit=offset)
        case _:
            return replace(wish, price=offset)


def _check_far(name: str, price: Decimal, wish: OrderWish, situation: Situation) -> None:
    last = situation.last or Decimal(0)
    if not last or 1 <= EXACT.divide(EXACT.multiply(price, FAR), last) <= FAR * FAR:
        return
    meant = [
        fitting
        for slip in _SLIPS
        if abs(distance(fitting := EXACT.multiply(price, slip), last)) <= NEAR
    ]
    repairs = tuple(
        Repair(Fix.PRICE, _with_price(wish, name, typable(near)), typable(near))
        for near in (round_price(situation.instrument, each, wish.side) for each in meant[:1])
        if near > 0
    )
    values = {"price": price, "percent": distance(price, last), "last": last}
    raise OrderRefused(Refusal.PRICE_FAR, wish, situation.instrument, values, repairs)


def _check_step(name: str, price: Decimal, wish: OrderWish, situation: Situation) -> None:
    instrument = situation.instrument
    nearest = round_price(instrument, price, wish.side)
    if nearest == price:
        return
    repairs: tuple[Repair, ...] = ()
    if nearest > 0:
        repairs = (Repair(Fix.PRICE, _with_price(wish, name, nearest), nearest),)
    values = {"step": instrument.tick_size, "nearest": nearest}
    raise OrderRefused(Refusal.PRICE_STEP, wish, instrument, values, repairs)


def _check_beyond(request: OrderRequest, wish: OrderWish, situation: Situation) -> None:
    """Nobody means to buy half as dear again as the market sells."""
    limit, best = request.limit_price, situation.best(request.side)
    if limit is None or best is None or request.trigger is not None:
        return
    percent = distance(limit, best)
    beyond = percent if request.side is Side.BUY else -percent
    if beyond > FAR_BEYOND:
        market = situation.last or best
        values = {"price": limit, "percent": distance(limit, market), "last": market}
        raise OrderRefused(Refusal.PRICE_FAR, wish, situation.instrument, values)


def _check_trigger(request: OrderRequest, wish: OrderWish, situation: Situation) -> None:
    """A stop on the wrong side of the market would fire at once."""
    trigger = request.trigger
    if trigger is None or trigger.price.kind is not PriceKind.STATIC or wish.trail is not None:
        return
    last, price = situation.last or Decimal(0), trigger.price.value
    # A stop buys above the market and sells below it; taking profit is the other way round.
    fires_above = (wish.side is Side.BUY) == (wish.stop is not None)
    if price > last if fires_above else price < last:
        return
    where = "above" if fires_above else "below"
    repairs: tuple[Repair, ...] = ()
    if wish.stop is not None:
        repairs = (Repair(Fix.PRICE, replace(wish, stop=None, price=PriceOffset(price)), price),)
    values: Values = {"price": price, "last": last, "where": where}
    raise OrderRefused(Refusal.TRIGGERS_NOW, wish, situation.instrument, values, repairs)


def _check_bracket(request: OrderRequest, wish: OrderWish, situation: Situation) -> None:
    entry = judged_price(request, situation)
    for offset, why in (
        (wish.stop_loss, Refusal.STOP_SIDE),
        (wish.take_profit, Refusal.TARGET_SIDE),
    ):
        if offset is None or offset.kind is not PriceKind.STATIC:
            continue
        is_wrong = offset.value >= entry if offset is wish.stop_loss else offset.value <= entry
        if is_wrong:
            raise _refused(why, wish, situation, price=offset.value, entry=entry)


# -- amounts


def _check_qty(request: OrderRequest, wish: OrderWish, situation: Situation) -> None:
    instrument, qty = situation.instrument, request.qty or Decimal(0)
    is_said = wish.amount is not None and wish.amount.kind in (
        AmountKind.BASE,
        AmountKind.NAMED,
    )
    fitting = round_qty(instrument, qty)
    if is_said and fitting != qty and fitting > 0:
        values = {"step": instrument.lot_size, "nearest": fitting}
        repairs = (_amount(wish, typable(fitting)),)
        raise OrderRefused(Refusal.QTY_STEP, wish, instrument, values, repairs)
    if not is_said:
        check_before(wish, situation)
    price = judged_price(request, situation)
    least = smallest_qty(instrument, price)
    if qty < least:
        values = {"least": least, "cost": EXACT.multiply(least, price)}
        raise OrderRefused(
            Refusal.TOO_SMALL, wish, instrument, values, (_amount(wish, typable(least, up=True)),)
        )
    shown = request.display_qty
    if shown is not None and (shown >= qty or shown * SHOWN_SHARE < qty):
        smallest = EXACT.divide(qty, Decimal(SHOWN_SHARE))
        raise _refused(Refusal.SHOWN, wish, situation, least=smallest, most=qty)


def _amount(wish: OrderWish, qty: Decimal) -> Repair:
    return Repair(Fix.AMOUNT, replace(wish, amount=Amount(AmountKind.BASE, qty)), qty)


def _check_funds(request: OrderRequest, wish: OrderWish, situation: Situation) -> None:
    instrument, qty = situation.instrument, request.qty or Decimal(0)
    is_buy = wish.side is Side.BUY
    asset = instrument.quote if is_buy else instrument.base
    free = situation.free(asset)
    price = judged_price(request, situation)
    rate = rate_of(request, situation)
    needed = needs(request, price, rate, situation) if is_buy else qty
    if needed <= free:
        return
    if free <= 0:
        raise _refused(Refusal.NOTHING_FREE, wish, situation, asset=asset)
    fits = affordable(free, request, situation) if is_buy else round_qty(instrument, free)
    repairs = (_use(wish, fits, price),) if fits >= smallest_qty(instrument, price) else ()
    values: Values = {"asset": asset, "free": free, "needed": needed}
    raise OrderRefused(Refusal.FUNDS, wish, instrument, values, repairs)


def _use(wish: OrderWish, qty: Decimal, price: Decimal) -> Repair:
    """The most that is affordable, in the asset that was named."""
    amount = wish.amount
    named_quote = amount is not None and amount.kind is AmountKind.NAMED
    if wish.side is Side.BUY and amount is not None and named_quote:
        money = EXACT.multiply(qty, price)
        whole = money.quantize(Decimal("0.01"), "ROUND_DOWN", EXACT)
        if whole > 0 and amount.value > qty:
            return Repair(Fix.AMOUNT, replace(wish, amount=replace(amount, value=whole)), whole)
    return _amount(wish, typable(qty))


# -- the rest


def _check_post(request: OrderRequest, wish: OrderWish, situation: Situation) -> None:
    best = situation.best(request.side)
    if not request.post_only or best is None or request.limit_price is None:
        return
    if walk(takes(request, situation), qty=request.qty).filled == 0:
        return
    own: Pricing = PriceWord.BID if request.side is Side.BUY else PriceWord.ASK
    fix = Fix.AT_BID if request.side is Side.BUY else Fix.AT_ASK
    repairs = (
        Repair(fix, replace(wish, price=own)),
        Repair(Fix.WITHOUT_POST, replace(wish, post=False)),
    )
    raise OrderRefused(Refusal.POST_MATCHES, wish, situation.instrument, {"price": best}, repairs)


def _check_time(request: OrderRequest, wish: OrderWish, situation: Situation) -> None:
    ends = request.expires_at
    if ends is not None and not SHORTEST <= ends - situation.now <= LONGEST:
        raise _refused(Refusal.TIME, wish, situation)


def _refused(
    why: Refusal,
    wish: OrderWish,
    situation: Situation,
    repairs: tuple[Repair, ...] = (),
    **values: Decimal | str,
) -> OrderRefused:
    return OrderRefused(why, wish, situation.instrument, values, repairs)
