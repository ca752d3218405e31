"""The picture that comes with an alert: the market around the moment in which it came true."""

from bot.charts import CandleChart, OwnPrice
from bot.core.alerts.words import Alert, Kind
from bot.core.args import INTERVAL_NAMES
from bot.core.settings import ChatSettings
from bot.desk.alerts_tell import Draw
from bot.desk.services import Artist, MarketData
from kraken.core.types import Interval

_SHOWN = 60


def picture_of(market: MarketData, artist: Artist) -> Draw:
    """Draws one with candles of the alert's own length, or of a quarter of an hour."""

    async def draw(alert: Alert, settings: ChatSettings) -> bytes | None:
        length = max(each.interval for each in alert.wish.conditions) or Interval.M15.value
        interval = Interval(length)
        candles = await market.history(alert.symbol, interval, _SHOWN)
        if not candles:
            return None
        chart = CandleChart(
            symbol=alert.symbol,
            interval=INTERVAL_NAMES[interval],
            candles=tuple(candles),
            price_decimals=market.instrument(alert.symbol).price_decimals,
            shown=len(candles),
            prices=tuple(
                OwnPrice(each.value, "alert")
                for each in alert.wish.conditions
                if each.kind is Kind.PRICE
            ),
            zone=settings.time_zone,
        )
        return await artist.candles(chart)

    return draw
