"""What inline mode answers: prices and values of the market, for whoever is let in."""

import logging
from collections.abc import Sequence
from decimal import Decimal

from bot.core.inline import PAIRS_MOST, Article, PricesAsked, ValueAsked, read_inline
from bot.core.pair_names import CURRENCIES
from bot.core.settings import ChatSettings
from bot.core.texts.inline import price_article, value_article
from bot.desk.prices import find_pair, find_pairs, read_quotes
from bot.desk.services import Services
from kraken.core.errors import KrakenError, UnknownInstrument
from kraken.core.types import Instrument, Interval

log = logging.getLogger(__name__)

_HOURS = 24


def wants_course(text: str) -> bool:
    """Whether the answer takes a question to Kraken, which costs more than a price."""
    asked = read_inline(text)
    return isinstance(asked, PricesAsked) and asked.with_course


async def answer(
    services: Services, settings: ChatSettings, text: str, *, with_course: bool
) -> list[Article]:
    """What there is to offer, best first; nothing where no price is known.

    Raises:
        UnknownInstrument: there is no such pair, and none like it.
        NotSent: Kraken was not reached yet, so no pair is known.
    """
    asked = read_inline(text)
    if isinstance(asked, ValueAsked):
        return await _value(services, settings, asked)
    pairs = _pairs(services, settings, asked.names)
    quotes = [each for each in await read_quotes(services, pairs) if each.ticker is not None]
    closes = await _course(services, pairs[0]) if with_course and quotes else ()
    now = services.clock.now()
    return [
        price_article(each, settings, now, closes if each.instrument == pairs[0] else ())
        for each in quotes
    ]


def _pairs(services: Services, settings: ChatSettings, names: Sequence[str]) -> list[Instrument]:
    """Those that are named, or what comes near: somebody is still typing."""
    try:
        return find_pairs(services, settings, names)
    except UnknownInstrument:
        near = services.market.suggest(names[-1], PAIRS_MOST)
        if not near:
            raise
        return near


async def _value(services: Services, settings: ChatSettings, asked: ValueAsked) -> list[Article]:
    asset = _asset(services, settings, asked.asset)
    into = _asset(services, settings, asked.into) if asked.into else settings.currency
    value = await services.values.value(asset, asked.amount, into)
    if value is None:
        return []
    return [value_article((asked.amount, asset), (value, into), settings, services.clock.now())]


def _asset(services: Services, settings: ChatSettings, name: str) -> str:
    """As Kraken calls it."""
    if name in CURRENCIES:
        return name.upper()
    return str(find_pair(services, settings, name).base)


async def _course(services: Services, pair: Instrument) -> Sequence[Decimal]:
    try:
        candles = await services.market.history(pair.symbol, Interval.H1, _HOURS)
    except KrakenError as error:
        log.info("no last day of %s: %r", pair.symbol, error)
        return ()
    return [candle.close for candle in candles]
