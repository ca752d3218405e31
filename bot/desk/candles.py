"""Candles: the row that was asked for, and its picture."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from bot.charts import CandleChart, ChartFailed
from bot.core.args import INTERVAL_NAMES, KRAKEN_KEEPS, CandlesArgs
from bot.core.settings import ChatSettings
from bot.core.texts.candles import EMA_PERIODS, RSI_PERIOD
from bot.desk.charted import Own
from bot.desk.prices import read_quotes
from bot.desk.services import Progress, Services
from kraken.core.errors import KrakenError
from kraken.core.types import Candle, Instrument, Interval

log = logging.getLogger(__name__)

_WARM_UP = 3 * max(EMA_PERIODS)
"""Candles before the first one shown, so that an indicator starts where it would have been."""


@dataclass(frozen=True, slots=True)
class CandleRow:
    """Candles for one answer."""

    candles: Sequence[Candle]
    """Newest last, the last one is running; with earlier ones in front when averages need them."""
    shown: int

    @property
    def visible(self) -> Sequence[Candle]:
        """Those that were asked for."""
        return self.candles[-self.shown :] if self.shown else ()


def takes_long(args: CandlesArgs) -> bool:
    """More than Kraken hands out at once: they are put together from single trades."""
    return args.count > KRAKEN_KEEPS


async def read_candles(
    services: Services,
    instrument: Instrument,
    args: CandlesArgs,
    progress: Progress | None = None,
) -> CandleRow:
    """The newest candles; fewer if there are no more.

    Raises:
        KrakenError: Kraken did not answer.
    """
    spare = max(KRAKEN_KEEPS - args.count, 0)
    count = args.count + (min(_WARM_UP, spare) if args.ema or args.rsi else 0)
    candles = await services.market.history(instrument.symbol, args.interval, count, progress)
    return CandleRow(candles, min(args.count, len(candles)))


async def draw(
    services: Services,
    instrument: Instrument,
    args: CandlesArgs,
    settings: ChatSettings,
    row: CandleRow,
    own: Own,
) -> bytes | None:
    """The picture; None when it could not be drawn, which the log explains."""
    if not row.candles:
        return None
    (quote,) = await read_quotes(services, [instrument])
    chart = CandleChart(
        symbol=instrument.symbol,
        interval=INTERVAL_NAMES[args.interval],
        candles=tuple(row.candles),
        price_decimals=instrument.price_decimals,
        shown=row.shown,
        ema=EMA_PERIODS if args.ema else (),
        rsi=RSI_PERIOD if args.rsi else 0,
        trades=own.trades,
        prices=own.prices,
        change_24h=quote.ticker.change_pct if quote.ticker else None,
        zone=settings.time_zone,
    )
    try:
        return await services.charts.candles(chart)
    except ChartFailed:
        log.warning("no chart of %s %s", chart.symbol, chart.interval, exc_info=True)
        return None


async def last_hour(services: Services, instrument: Instrument) -> list[Decimal]:
    """Closing prices of the last twelve five minutes; none when Kraken does not answer."""
    try:
        candles = await services.market.history(instrument.symbol, Interval.M5, 12)
    except KrakenError as error:
        log.info("no last hour of %s: %r", instrument.symbol, error)
        return []
    return [candle.close for candle in candles]
