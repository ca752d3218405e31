"""What forbids an order, or its change, before it is asked for: pauses and limits.

They are told at the card and at the tap; the transaction that commits it judges limits again.
"""

from dataclasses import replace
from decimal import Decimal

from bot.core.errors import LimitReached
from bot.core.trade.change import is_harmless
from bot.core.trade.limits import (
    PROTECTION,
    Limit,
    Limits,
    check,
    check_alone,
    check_price,
    check_together,
    protects,
)
from bot.core.trade.listing import waits_for
from bot.core.trade.preview import Preview
from bot.core.trade.situation import distance
from bot.core.trade.types import Change, Intent, Mode, Usage
from bot.desk.doors import ChatAccount
from bot.desk.prices import read_quotes
from bot.desk.services import Services
from kraken.core.errors import HeldBack
from kraken.core.trading import EXACT, Amend, Order, OrderRequest, PriceOffset, Trigger
from kraken.core.types import Side


async def check_allowed(services: Services, preview: Preview, intent: Intent) -> None:
    """Let an order pass that no pause and no limit forbids.

    Raises:
        LimitReached: which of them does; nothing was sent.
    """
    pause = services.brakes.pause_of(intent.chat_id, preview.mode)
    if pause is not None:
        raise LimitReached(Limit.PAUSED, pause.kind)
    if preview.mode is Mode.PAPER:
        return
    check_price(
        await services.safety.judge(intent, services.clock.now()),
        preview.mode,
        age=preview.age,
        beyond_market=_beyond(preview),
        slippage=_slippage(preview),
    )


async def check_parts(
    services: Services, preview: Preview, part: Intent, *, day: Decimal, resting: int
) -> None:
    """Let an order in parts pass; ``part`` is the one that moves most.

    ``day`` is what the parts of 24 hours move in US dollars, ``resting`` how many may be open.

    Raises:
        LimitReached: one of them, or all together, would be too much; nothing was sent.
    """
    await check_allowed(services, preview, part)
    if preview.mode is Mode.PAPER:
        return
    now = services.clock.now()
    limits = (await services.safety.limits(part.chat_id, now)).now
    check_together(limits, await services.safety.usage(part, now), day, resting)


async def check_one_trader(services: Services, intent: Intent) -> None:
    """Let pass what one trader may order alone; for what no second one can tap for.

    Raises:
        LimitReached: a second trader is asked for; nothing was sent.
    """
    limits = await services.safety.limits(intent.chat_id, services.clock.now())
    check_alone(limits.now, intent)


async def allowed_change(
    services: Services,
    chat: ChatAccount,
    user_id: int,
    order: Order,
    after: Order,
    asked: Amend,
) -> Change:
    """The same for a change of an open order; returns it as the transaction judges it.

    Raises:
        LimitReached: which of them forbids it; nothing was sent.
        NotSent: live, and nobody can tell what it is worth, so no limit could be kept.
    """
    harmless = is_harmless(order, asked) and not await _comes_close(services, chat, order, after)
    pause = services.brakes.pause_of(chat.chat_id, chat.mode)
    if pause is not None and not harmless:
        raise LimitReached(Limit.PAUSED, pause.kind)
    is_judged = chat.mode is Mode.LIVE and not harmless
    value = before = Decimal(0)
    if is_judged:
        value = await _value(services, after)
        before = await _counted(services, chat, order)
    intent = Intent(chat.id, chat.mode, chat.chat_id, user_id, _request(after), value)
    if is_judged:
        now = services.clock.now()
        limits = (await services.safety.limits(chat.chat_id, now)).now
        if value > before:
            spent = (await services.safety.counts(chat.chat_id, now)).spent_today
            person = await services.safety.own_maximum(chat.chat_id, user_id, now)
            check(limits, Usage(EXACT.subtract(spent, before)), intent, person=person)
            check_alone(limits, intent)
        if asked.limit_price is not None and waits_for(after) == asked.limit_price:
            await _check_limit_price(services, limits, after, asked.limit_price)
    return Change(intent, order.order_id, before, harmless)


async def _comes_close(services: Services, chat: ChatAccount, order: Order, after: Order) -> bool:
    """Whether a live stop is moved so near to the market that it is more of a sale."""
    before, trigger = order.trigger, after.trigger
    if chat.mode is Mode.PAPER or before is None or trigger is None:
        return False
    if trigger.price <= before.price:
        return False
    (quote,) = await read_quotes(services, [services.market.instrument(order.symbol)])
    if quote.ticker is None:
        raise HeldBack("no price is known, so nobody can tell how near it comes")
    request = replace(_request(after), trigger=Trigger(PriceOffset(trigger.price)))
    return not protects(request, min(quote.ticker.last, quote.ticker.bid))


async def _counted(services: Services, chat: ChatAccount, order: Order) -> Decimal:
    """What an order counts already, in US dollars."""
    placed = await services.records.placed_by_order_id(chat.id, order.order_id)
    if placed is not None and placed.intent.source == PROTECTION:
        return Decimal(0)
    return await _value(services, order)


async def _value(services: Services, order: Order) -> Decimal:
    """What all of an order moves, in US dollars."""
    instrument = services.market.instrument(order.symbol)
    price = order.limit_price or waits_for(order)
    asset, amount = instrument.base, order.qty
    if price is not None:
        asset, amount = instrument.quote, EXACT.multiply(order.qty, price)
    value = await services.values.value(asset, amount, "USD")
    if value is None:
        raise HeldBack("nobody can tell what it is worth, so no limit can be kept")
    return value


async def _check_limit_price(
    services: Services, limits: Limits, order: Order, price: Decimal
) -> None:
    """A limit that is moved into the market is judged as one that is placed there."""
    (quote,) = await read_quotes(services, [services.market.instrument(order.symbol)])
    if quote.ticker is None:
        raise HeldBack("no price is known, so no limit can be kept")
    middle = EXACT.divide(EXACT.add(quote.ticker.bid, quote.ticker.ask), Decimal(2))
    percent = distance(price, middle)
    beyond = percent if order.side is Side.BUY else -percent
    check_price(limits, Mode.LIVE, age=quote.age, beyond_market=beyond)


def _request(order: Order) -> OrderRequest:
    """The order as if it were placed anew."""
    return OrderRequest(
        symbol=order.symbol,
        side=order.side,
        type=order.type,
        qty=order.qty,
        limit_price=order.limit_price,
        client_id=order.client_id,
    )


def _beyond(preview: Preview) -> Decimal | None:
    """How far a limit lies on the losing side; a protected market order has its own measure."""
    limit = preview.request.limit_price
    if limit is None or preview.request.trigger is not None or preview.is_market:
        return None
    percent = distance(limit, preview.middle)
    return percent if preview.request.side is Side.BUY else -percent


def _slippage(preview: Preview) -> Decimal | None:
    slippage = preview.taken.slippage
    if slippage is None or not preview.is_market:
        return None
    return EXACT.multiply(slippage, Decimal(100))
