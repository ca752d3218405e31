"""Rates of the past: what one unit of an asset was worth on a day, by daily closing prices.

Only days that Kraken has candles of are known; nothing is filled in.
"""

import logging
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal

from bot.desk.services import Services
from bot.desk.values import BRIDGES
from kraken.core.errors import KrakenError
from kraken.core.trading import EXACT
from kraken.core.types import Asset, Interval, Symbol

log = logging.getLogger(__name__)

DAYS = 720
"""Candles that Kraken hands out at once."""

Closes = dict[date, Decimal]


class Rates:
    """Closing prices in one currency, loaded before they are asked for."""

    def __init__(self, services: Services, currency: str) -> None:
        self._services = services
        self._currency = currency
        self._closes: dict[str, Closes] = {}

    async def load(self, assets: Iterable[str]) -> None:
        """Read what is missing; an asset that leads nowhere has no rates."""
        for asset in sorted(set(assets) - {self._currency, *self._closes}):
            self._closes[asset] = await self._course(asset)

    def rate(self, asset: Asset, at: datetime) -> Decimal | None:
        """Satisfies ``bot.core.trade.moves.Rate``."""
        if asset == self._currency:
            return Decimal(1)
        return self._closes.get(asset, {}).get(at.astimezone(UTC).date())

    async def _course(self, asset: str) -> Closes:
        direct = await self._between(asset, self._currency)
        for bridge in BRIDGES:
            if direct or bridge in (asset, self._currency):
                continue
            first = await self._between(asset, bridge)
            second = await self._between(bridge, self._currency) if first else {}
            direct = {
                day: EXACT.multiply(close, second[day])
                for day, close in first.items()
                if day in second
            }
        return direct

    async def _between(self, base: str, quote: str) -> Closes:
        if closes := await self._closing_prices(f"{base}/{quote}"):
            return closes
        turned = await self._closing_prices(f"{quote}/{base}")
        return {day: EXACT.divide(Decimal(1), close) for day, close in turned.items() if close}

    async def _closing_prices(self, symbol: str) -> Closes:
        try:
            known = {pair.symbol for pair in self._services.market.instruments()}
            if symbol not in known:
                return {}
            candles = await self._services.market.history(Symbol(symbol), Interval.D1, DAYS)
        except KrakenError as error:
            log.info("no rates of %s: %r", symbol, error)
            return {}
        return {
            candle.begin.astimezone(UTC).date(): candle.close
            for candle in candles
            if not candle.is_empty
        }
