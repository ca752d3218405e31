"""Course: prices of the past in one currency, by the finest candles that reach back far enough.

An instant's price is the close of the newest candle that had ended by then, so that nothing is
known before it happened; only what Kraken has candles of is known.
"""

import bisect
import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from bot.desk.services import Services
from bot.desk.values import BRIDGES
from kraken.core.errors import KrakenError
from kraken.core.trading import EXACT
from kraken.core.types import Asset, Candle, Interval, Symbol

log = logging.getLogger(__name__)

_CANDLES = 718
"""Of the 720 that Kraken keeps; one before the beginning is needed."""

Row = list[tuple[datetime, Decimal]]
"""Times and the prices that hold from then on, oldest first."""


def interval_for(since: datetime, now: datetime) -> Interval:
    """The shortest candles that reach back so far."""
    for interval in (Interval.M1, Interval.M5, Interval.M15, Interval.H1, Interval.H4):
        if since + interval.length * _CANDLES >= now:
            return interval
    return Interval.D1


class Course:
    """Loaded before it is asked; satisfies ``bot.core.practice_stats.Price``."""

    def __init__(
        self,
        services: Services,
        currency: str,
        since: datetime,
        now: datetime,
        *,
        is_now: bool = True,
    ) -> None:
        """``now`` is where it ends; if it ``is_now``, the prices of the moment hold there."""
        self._services = services
        self._currency = currency
        self._since, self._now, self._is_now = since, now, is_now
        self._interval = interval_for(since, now)
        self._rows: dict[str, Row] = {}
        self._newest: dict[str, Decimal] = {}

    async def load(self, assets: Iterable[str]) -> None:
        """Read what is missing, and the prices of now; an asset that leads nowhere has none."""
        for asset in sorted(set(assets) - {self._currency, *self._rows}):
            self._rows[asset] = await self._row(asset)
            if not self._is_now:
                continue
            value = await self._services.values.value(asset, Decimal(1), self._currency)
            if value is not None:
                self._newest[asset] = value

    def price(self, asset: Asset, at: datetime) -> Decimal | None:
        """What one unit was worth then; None where that is not known."""
        if asset == self._currency:
            return Decimal(1)
        if at >= self._now and asset in self._newest:
            return self._newest[asset]
        row = self._rows.get(asset, [])
        place = bisect.bisect_right(row, at, key=lambda each: each[0])
        return row[place - 1][1] if place else None

    def instants(self, most: int = 200) -> list[datetime]:
        """The beginning, times between that candles ended at, and now; oldest first."""
        step = self._interval.length
        first = datetime.fromtimestamp(
            (self._since.timestamp() // step.total_seconds() + 1) * step.total_seconds(),
            self._since.tzinfo,
        )
        count = max(0, int((self._now - first) / step) + 1) if first < self._now else 0
        stride = max(1, -(-count // most))
        between = [first + step * number for number in range(0, count, stride)]
        return [self._since, *(at for at in between if at < self._now), self._now]

    async def _row(self, asset: str) -> Row:
        direct = await self._between(asset, self._currency)
        for bridge in BRIDGES:
            if direct or bridge in (asset, self._currency):
                continue
            first = await self._between(asset, bridge)
            second = dict(await self._between(bridge, self._currency)) if first else {}
            direct = [
                (at, EXACT.multiply(price, second[at])) for at, price in first if at in second
            ]
        return direct

    async def _between(self, base: str, quote: str) -> Row:
        if row := await self._closes(f"{base}/{quote}"):
            return row
        turned = await self._closes(f"{quote}/{base}")
        return [(at, EXACT.divide(Decimal(1), price)) for at, price in turned if price]

    async def _closes(self, symbol: str) -> Row:
        count = int((self._now - self._since) / self._interval.length) + 3
        try:
            known = {pair.symbol for pair in self._services.market.instruments()}
            if symbol not in known:
                return []
            candles = await self._services.market.history(Symbol(symbol), self._interval, count)
        except KrakenError as error:
            log.info("no course of %s: %r", symbol, error)
            return []
        return _held(candles)


def _held(candles: Sequence[Candle]) -> Row:
    """Each close holds from the end of its candle on; the first open from its beginning."""
    if not candles:
        return []
    first = candles[0]
    return [
        (first.begin, first.open),
        *((each.begin + each.interval.length, each.close) for each in candles),
    ]
