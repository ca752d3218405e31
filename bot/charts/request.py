"""What a chart shows, as one value that travels to the drawing process."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from kraken.core.types import Candle


@dataclass(frozen=True, slots=True)
class LineChart:
    """One picture of a course, 1280 x 720: what something was worth over days."""

    title: str
    subtitle: str
    unit: str
    """What the values are in: ``USD``."""
    times: tuple[datetime, ...]
    """Oldest first; at least two."""
    values: tuple[Decimal, ...]
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class OwnTrade:
    """What was bought or sold here, marked at its candle."""

    at: datetime
    price: Decimal
    is_buy: bool


@dataclass(frozen=True, slots=True)
class OwnPrice:
    """A price that means something to whoever looks: drawn as a line where it is in sight."""

    price: Decimal
    kind: Literal["buy", "sell", "alert", "average"]


@dataclass(frozen=True, slots=True)
class CandleChart:
    """One picture of candles with volume, 1280 x 720."""

    symbol: str
    interval: str
    """As people write it: ``1h``, ``15m``."""
    candles: tuple[Candle, ...]
    """Oldest first; the last one is the running candle. Empty ones are left as gaps."""
    price_decimals: int
    shown: int = 0
    """How many of the newest candles are drawn; earlier ones only warm up the averages. 0: all."""
    ema: tuple[int, ...] = ()
    """Periods of exponential moving averages of the close to draw over the candles."""
    rsi: int = 0
    """Period of a relative strength index in a panel of its own; 0: none."""
    trades: tuple[OwnTrade, ...] = ()
    prices: tuple[OwnPrice, ...] = ()
    change_24h: Decimal | None = None
    """In percent; None leaves it out."""
    zone: str = "UTC"
    """IANA name of the time zone of the axis."""

    @property
    def length(self) -> timedelta:
        """How long one candle lasts."""
        return self.candles[0].interval.length


@dataclass(frozen=True, slots=True)
class Drawing:
    """What travels to the drawing process: one of them is given."""

    candles: CandleChart | None = None
    line: LineChart | None = None
