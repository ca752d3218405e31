"""From what a person wants to what is sent: every relative price and amount becomes a number.

Rules: rounding is towards safety, so a buyer never pays more and nobody trades more than was
asked for; what a person typed as a number stays as typed (whether it fits is checked elsewhere);
a market order is sent as a limit order that takes at once and no further than a little beyond the
best price, unless a plain one was asked for.
"""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from bot.core.trade.refusals import Fix, OrderRefused, Refusal, Repair
from bot.core.trade.situation import Situation, away, share
from bot.core.trade.wish import Amount, AmountKind, OrderWish, PriceWord
from kraken.core.fees import cost_of, fee_of
from kraken.core.fills import mid, walk
from kraken.core.instruments import asset_name
from kraken.core.rules import round_price, round_qty
from kraken.core.trading import (
    EXACT,
    ConditionalClose,
    OrderRequest,
    OrderType,
    PriceKind,
    PriceOffset,
    Reference,
    TimeInForce,
    Trigger,
)
from kraken.core.types import Level, Side


def request_of(wish: OrderWish, situation: Situation) -> OrderRequest:
    """The order as it would be sent, without name and deadline.

    Raises:
        OrderRefused: no price is known to make numbers from, or the amount is in another asset.
    """
    if situation.last is None or situation.best(wish.side) is None:
        raise OrderRefused(Refusal.NO_PRICE, wish, situation.instrument)
    limit = _limit(wish, situation)
    trigger = _trigger(wish, situation)
    return OrderRequest(
        symbol=situation.instrument.symbol,
        side=wish.side,
        type=_type(wish),
        qty=_qty(wish, situation, limit, trigger),
        limit_price=limit,
        limit_offset=_from_trigger(wish),
        trigger=trigger,
        time_in_force=_force(wish),
        expires_at=_expires(wish, situation.now),
        post_only=wish.post,
        display_qty=wish.show,
        close=_close(wish),
    )


def limit_at(wish: OrderWish, situation: Situation) -> Decimal:
    """How far a protected market order may go: a little beyond the best price."""
    best = situation.best(wish.side) or Decimal(0)
    percent = situation.protection if wish.side is Side.BUY else -situation.protection
    return round_price(situation.instrument, away(best, percent), wish.side)


def takes(request: OrderRequest, situation: Situation) -> list[Level]:
    """The levels that the order would take at once, best first."""
    if request.trigger is not None:
        return []
    levels = _levels(request.side, situation)
    limit = request.limit_price
    if limit is None:
        return levels
    if request.side is Side.BUY:
        return [level for level in levels if level.price <= limit]
    return [level for level in levels if level.price >= limit]


def rate_of(request: OrderRequest, situation: Situation) -> Decimal:
    """The fee that the order is reckoned with: the maker's only if nothing of it can take.

    One that waits for a trigger may take when it fires, whatever the market is like then.
    """
    is_maker = request.trigger is None and not takes(request, situation)
    return situation.maker if is_maker and request.limit_price is not None else situation.taker


def needs(request: OrderRequest, price: Decimal, rate: Decimal, situation: Situation) -> Decimal:
    """What a buyer must have free: the cost at that price and the fee."""
    decimals = situation.instrument.cost_decimals
    cost = cost_of(request.qty or Decimal(0), price, decimals)
    return EXACT.add(cost, fee_of(cost, rate, decimals))


def judged_price(request: OrderRequest, situation: Situation) -> Decimal:
    """The worst price that the order is judged at."""
    if request.limit_price is not None:
        return request.limit_price
    trigger = request.trigger
    last = situation.last or Decimal(0)
    if trigger is not None:
        static = trigger.price.kind is PriceKind.STATIC
        return trigger.price.value if static else last
    best = situation.best(request.side) or last
    return away(best, situation.protection) if request.side is Side.BUY else best


def _levels(side: Side, situation: Situation) -> list[Level]:
    book = situation.book
    levels = (book.asks if side is Side.BUY else book.bids) if book else ()
    if levels or situation.ticker is None:
        return list(levels)
    ticker = situation.ticker
    if side is Side.BUY:
        return [Level(ticker.ask, ticker.ask_qty)]
    return [Level(ticker.bid, ticker.bid_qty)]


def _limit(wish: OrderWish, situation: Situation) -> Decimal | None:
    price = wish.price
    if isinstance(price, PriceWord):
        return _word_price(price, wish, situation)
    if price is None or wish.trail is not None:
        return None
    if price.kind is PriceKind.STATIC:
        return price.value
    return round_price(situation.instrument, price.at(situation.last or Decimal(0)), wish.side)


def _word_price(word: PriceWord, wish: OrderWish, situation: Situation) -> Decimal | None:
    if word.is_market:
        protected = word is PriceWord.MARKET and not wish.is_triggered
        return limit_at(wish, situation) if protected else None
    ask, bid = situation.best(Side.BUY), situation.best(Side.SELL)
    if word is PriceWord.MID:
        middle = mid(situation.book) if situation.book else None
        if middle is None and ask is not None and bid is not None:
            middle = EXACT.divide(EXACT.add(ask, bid), Decimal(2))
        return round_price(situation.instrument, middle or Decimal(0), wish.side)
    return ask if word is PriceWord.ASK else bid


def _trigger(wish: OrderWish, situation: Situation) -> Trigger | None:
    reference = wish.reference or Reference.LAST
    if wish.trail is not None:
        return Trigger(wish.trail, reference)
    offset = wish.stop or wish.take
    if offset is None:
        return None
    if offset.kind is not PriceKind.STATIC:
        price = offset.at(situation.last or Decimal(0))
        offset = PriceOffset(round_price(situation.instrument, price, wish.side))
    return Trigger(offset, reference)


def _from_trigger(wish: OrderWish) -> PriceOffset | None:
    return wish.price if wish.trail is not None and isinstance(wish.price, PriceOffset) else None


def _type(wish: OrderWish) -> OrderType:
    is_limit = not wish.is_market
    if wish.stop is not None:
        return OrderType.STOP_LOSS_LIMIT if is_limit else OrderType.STOP_LOSS
    if wish.take is not None:
        return OrderType.TAKE_PROFIT_LIMIT if is_limit else OrderType.TAKE_PROFIT
    if wish.trail is not None:
        return OrderType.TRAILING_STOP_LIMIT if is_limit else OrderType.TRAILING_STOP
    if wish.price is PriceWord.PLAIN_MARKET:
        return OrderType.MARKET
    return OrderType.ICEBERG if wish.show is not None else OrderType.LIMIT


def _force(wish: OrderWish) -> TimeInForce:
    if wish.price is PriceWord.MARKET and not wish.is_triggered:
        return TimeInForce.IOC
    if wish.price is PriceWord.PLAIN_MARKET:
        return TimeInForce.GTC
    return wish.time_in_force or TimeInForce.GTC


def _expires(wish: OrderWish, now: datetime) -> datetime | None:
    return now + wish.lasts if wish.lasts is not None else wish.until


def _close(wish: OrderWish) -> ConditionalClose | None:
    """The stop rests at the exchange; the profit is watched by the bot."""
    reference = wish.reference or Reference.LAST
    if wish.stop_loss is not None:
        trigger = Trigger(wish.stop_loss, reference)
        return ConditionalClose(OrderType.STOP_LOSS, trigger=trigger)
    if wish.trailing_stop_loss is not None:
        trigger = Trigger(wish.trailing_stop_loss, reference)
        return ConditionalClose(OrderType.TRAILING_STOP, trigger=trigger)
    return None


def _qty(
    wish: OrderWish, situation: Situation, limit: Decimal | None, trigger: Trigger | None
) -> Decimal:
    amount = wish.amount or Amount(AmountKind.BASE)
    instrument = situation.instrument
    if amount.kind is AmountKind.BASE:
        return amount.value
    draft = OrderRequest(
        instrument.symbol, wish.side, _type(wish), limit_price=limit, trigger=trigger
    )
    if amount.kind is not AmountKind.NAMED:
        return _part_of_free(amount, draft, situation, wish)
    asset = asset_name(amount.asset)
    if asset == instrument.base:
        return amount.value
    if asset != instrument.quote:
        raise OrderRefused(
            Refusal.WRONG_ASSET, wish, instrument, {"asset": asset}, _right_asset(wish, situation)
        )
    return _for_money(amount.value, draft, situation, at_once=wish.is_market)


def _right_asset(wish: OrderWish, situation: Situation) -> tuple[Repair, ...]:
    assert wish.amount is not None, "an amount names the wrong asset"
    amount = replace(wish.amount, asset=str(situation.instrument.quote))
    return (Repair(Fix.AMOUNT, replace(wish, amount=amount), amount.value),)


def _for_money(
    money: Decimal, draft: OrderRequest, situation: Situation, *, at_once: bool
) -> Decimal:
    instrument = situation.instrument
    price = judged_price(draft, situation)
    if at_once and draft.trigger is None:
        taken = walk(takes(draft, situation), quote=money, lot_size=instrument.lot_size)
        if not taken.exhausted:
            return round_qty(instrument, taken.filled)
    return round_qty(instrument, EXACT.divide(money, price))


def _part_of_free(
    amount: Amount, draft: OrderRequest, situation: Situation, wish: OrderWish
) -> Decimal:
    """A share of what is free, so small that the fee is free as well."""
    instrument = situation.instrument
    part = Decimal(1) if amount.kind is AmountKind.MAX else share(amount.value)
    if wish.side is Side.SELL:
        return round_qty(instrument, EXACT.multiply(situation.free(instrument.base), part))
    money = EXACT.multiply(situation.free(instrument.quote), part)
    return affordable(money, draft, situation)


def affordable(money: Decimal, draft: OrderRequest, situation: Situation) -> Decimal:
    """The most that this much quote pays for, with the fee."""
    instrument = situation.instrument
    price = judged_price(draft, situation)
    rate = rate_of(draft, situation)
    whole = EXACT.multiply(price, EXACT.add(Decimal(1), rate))
    qty = round_qty(instrument, EXACT.divide(money, whole))
    # Cost and fee are rounded to the nearest, which may cost the last lot.
    while qty > 0 and needs(replace(draft, qty=qty), price, rate, situation) > money:
        qty = EXACT.subtract(qty, instrument.lot_size)
    return qty
