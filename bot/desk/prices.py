"""Prices: pairs by the names people type, and what Kraken last told about them."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from typing import TypeVar

from bot.core.quotes import Quote, age_of
from bot.core.settings import ChatSettings
from bot.desk.services import Services
from kraken.core.errors import NotSent
from kraken.core.types import Instrument, Ticker
from kraken.watch import Watch

T = TypeVar("T")


def find_pair(services: Services, settings: ChatSettings, name: str | None) -> Instrument:
    """The pair a person means; the chat's own when none is named.

    Raises:
        UnknownInstrument: there is none of that name; carries the nearest ones.
        NotSent: Kraken was not reached yet, so no pair is known.
    """
    return services.market.instrument(name or settings.pair, settings.currency)


def known_pair(services: Services, settings: ChatSettings, name: str) -> Instrument | None:
    """The pair of exactly this symbol, or None: also when Kraken was not reached yet."""
    try:
        pairs = services.market.instruments()
    except NotSent:
        return None
    return next((pair for pair in pairs if pair.symbol == name), None)


def find_pairs(
    services: Services, settings: ChatSettings, names: Iterable[str]
) -> list[Instrument]:
    """The pairs of all names, none twice; the chat's own when there are no names."""
    found = [find_pair(services, settings, name) for name in names]
    found = found or [find_pair(services, settings, None)]
    return list({instrument.symbol: instrument for instrument in found}.values())


async def read_quotes(services: Services, instruments: Sequence[Instrument]) -> list[Quote]:
    """What Kraken tells about the pairs now; waits a moment for the first word on each."""
    async with AsyncExitStack() as stack:
        watches = [
            await stack.enter_async_context(services.market.ticker(instrument.symbol))
            for instrument in instruments
        ]
        await first_values(watches, services.patience)
        return [quote(services, *pair) for pair in zip(instruments, watches, strict=True)]


async def read_known_quotes(services: Services, instruments: Sequence[Instrument]) -> list[Quote]:
    """The same where prices are all that was asked for.

    Raises:
        NotSent: none is known, because Kraken is not reached.
    """
    quotes = await read_quotes(services, instruments)
    if not services.market.health().connected and all(each.ticker is None for each in quotes):
        raise NotSent("no connection, and no price from before")
    return quotes


def quote(services: Services, instrument: Instrument, watch: Watch[Ticker]) -> Quote:
    """The newest word on one pair, with its age."""
    ticker = watch.value
    if ticker is None:
        return Quote(instrument, None, timedelta())
    health = services.market.health()
    age = age_of(ticker.received_at, health.last_frame_at, services.clock.now())
    return Quote(instrument, ticker, age)


async def first_values(watches: Iterable[Watch[T]], patience: float) -> None:
    """Wait until each has a value, but no longer than so many seconds altogether."""
    with suppress(TimeoutError):
        async with asyncio.timeout(patience):
            for watch in watches:
                await watch.first()
