"""Preview: the market and the account read at one instant, and the order priced from them."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol, runtime_checkable

from bot.core.quotes import age_of
from bot.core.settings import ChatSettings
from bot.core.trade.checks import check_listed
from bot.core.trade.preview import Preview, preview_of
from bot.core.trade.refusals import OrderRefused, Refusal
from bot.core.trade.situation import DEEP, Situation, distance, share
from bot.core.trade.types import Mode
from bot.core.trade.wish import AmountKind, OrderWish
from bot.desk.doors import ChatAccount
from bot.desk.held import with_holders
from bot.desk.patience import patiently
from bot.desk.practice_fees import follow_key
from bot.desk.prices import find_pair, first_values
from bot.desk.services import Services
from kraken.core.errors import KrakenError
from kraken.core.instruments import asset_name
from kraken.core.limiter import Action
from kraken.core.types import Instrument, Interval, Symbol

_NO_FEE = Decimal(0)
_LONGEST_LOOK_BACK = timedelta(hours=12)
"""Beyond it the candles of a minute are not kept."""


@runtime_checkable
class Throttled(Protocol):
    """An account whose exchange counts changes, and that knows when the next one is let in."""

    def wait_for(self, symbol: Symbol, action: Action) -> timedelta: ...


@dataclass(frozen=True, slots=True)
class Fees:
    """What an account pays in one pair, as shares of the cost."""

    maker: Decimal
    taker: Decimal


def order_pair(services: Services, settings: ChatSettings, wish: OrderWish) -> Instrument:
    """The pair of an order; an amount of money names the currency of a bare asset.

    Raises:
        UnknownInstrument: there is none of that name; carries the nearest ones.
        OrderRefused: there was one.
        NotSent: Kraken was not reached yet, so no pair is known.
    """
    pair = _pair_of(services, settings, wish)
    check_listed(wish, pair)
    return pair


def _pair_of(services: Services, settings: ChatSettings, wish: OrderWish) -> Instrument:
    named = find_pair(services, settings, wish.pair or None)
    amount = wish.amount
    names_base = not wish.pair or asset_name(wish.pair) == named.base
    if amount is None or amount.kind is not AmountKind.NAMED or not names_base:
        return named
    asset = asset_name(amount.asset)
    if asset in (named.base, named.quote):
        return named
    for pair in services.market.instruments():
        if pair.base == named.base and pair.quote == asset:
            return pair
    if not wish.pair:
        return _of_asset(services, settings, asset) or named
    return named


async def read_situation(
    services: Services,
    settings: ChatSettings,
    chat: ChatAccount,
    pair: Instrument,
    fees: Fees | None = None,
) -> Situation:
    """Everything that an order in this pair is priced from.

    With ``fees`` nothing is asked of the account: they and the balances were read when the order
    was previewed, and the exchange judges funds itself.
    """
    async with AsyncExitStack() as stack:
        ticker = await stack.enter_async_context(services.market.ticker(pair.symbol))
        book = await stack.enter_async_context(services.market.book(pair.symbol, DEEP))
        own, balances = fees, None
        if own is None:
            own = await own_fees(services, chat, pair)
            balances = await patiently(services, chat.account.balances)
        await first_values([ticker], services.patience)
        await first_values([book], services.patience)
        now, health = services.clock.now(), services.market.health()
        told = ticker.value
        received = [each.received_at for each in (told, book.value) if each is not None]
        age = max((age_of(at, health.last_frame_at, now) for at in received), default=timedelta())
        return Situation(
            instrument=pair,
            mode=chat.mode,
            account=chat.id,
            ticker=told,
            book=book.value,
            age=age,
            maker=own.maker,
            taker=own.taker,
            now=now,
            balances=balances,
            system=health.system,
            protection=settings.protection,
            waits=_waits(chat, pair),
        )


async def make_preview(
    services: Services,
    settings: ChatSettings,
    chat: ChatAccount,
    wish: OrderWish,
    *,
    at_once: bool = True,
) -> tuple[Preview, Fees]:
    """The order priced, with everything that is free; and the fees that it was priced with.

    If it is not to be sent at once, the exchange may ask for a pause before the next order.

    Raises:
        OrderRefused: it does not fit, here and now.
        KrakenError: the account or the market did not answer.
    """
    pair = order_pair(services, settings, wish)
    await follow_key(services, chat, settings)
    situation = await read_situation(services, settings, chat, pair)
    if not at_once:
        situation = replace(situation, waits=timedelta())
    named = replace(wish, pair=str(pair.symbol))
    try:
        return preview_of(named, situation), Fees(situation.maker, situation.taker)
    except OrderRefused as error:
        told = await with_holders(services, chat, error)
        told = told.discreet() if settings.shared else told
        told.mode = chat.mode
        raise told from None


async def value_of(services: Services, preview: Preview) -> Decimal:
    """What an order moves, in US dollars.

    Raises:
        OrderRefused: live, and nobody can tell; so no limit could be kept.
    """
    value = await services.values.value(preview.instrument.quote, preview.cost, "USD")
    if value is None and preview.mode is Mode.LIVE:
        raise OrderRefused(Refusal.NO_VALUE, preview.wish, preview.instrument)
    return value if value is not None else preview.cost


async def moved_since(
    services: Services, settings: ChatSettings, wish: OrderWish | None, at: datetime
) -> Decimal | None:
    """By how many percent the price of an order's pair moved since then; None if unknown."""
    now = services.clock.now()
    if wish is None or now - at > _LONGEST_LOOK_BACK:
        return None
    try:
        async with asyncio.timeout(services.patience):
            pair = order_pair(services, settings, wish)
            count = int((now - at) / Interval.M1.length) + 2
            row = await services.market.history(pair.symbol, Interval.M1, count)
    except (KrakenError, OrderRefused, TimeoutError):
        return None  # a sentence without the number is better than none
    then = [candle.close for candle in row if candle.begin <= at]
    return distance(row[-1].close, then[-1]) if then and then[-1] else None


def _waits(chat: ChatAccount, pair: Instrument) -> timedelta:
    account = chat.account
    if not isinstance(account, Throttled):
        return timedelta()
    return account.wait_for(pair.symbol, Action.ADD)


async def own_fees(services: Services, chat: ChatAccount, pair: Instrument) -> Fees:
    """What this account pays in this pair."""
    told = await patiently(services, lambda: chat.account.own_fees([pair.symbol]))
    maker, taker = told.maker.get(pair.symbol), told.taker.get(pair.symbol)
    return Fees(
        share(maker) if maker is not None else _NO_FEE,
        share(taker) if taker is not None else _NO_FEE,
    )


def _of_asset(services: Services, settings: ChatSettings, asset: str) -> Instrument | None:
    """``/buy 1eth`` names its pair with the amount."""
    for quote in (settings.currency, "USD"):
        for pair in services.market.instruments():
            if pair.base == asset and pair.quote == quote:
                return pair
    return None
