"""Indicators of finished candles, computed by talipp. An indicator is no money: floats are fine.

Names are as people type them: ``close``, ``rsi14``, ``ema50``, ``sma200``, ``macd`` (12, 26, 9)
with its ``signal``, and the bands of Bollinger (2 deviations) ``bbu20``, ``bbm20``, ``bbl20``.
"""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from talipp.indicators import BB, EMA, MACD, RSI, SMA

from kraken.core.types import Candle

LONGEST = 240
"""Candles that an average may look back; three times as many are needed until it has settled."""

USUAL = {"rsi": 14, "ema": 20, "sma": 20, "bbu": 20, "bbm": 20, "bbl": 20}
_NAME = re.compile(r"(rsi|ema|sma|bbu|bbm|bbl)([0-9]{0,3})", re.ASCII)
_ALONE = ("close", "macd", "signal")
_BAND = {"bbu": "ub", "bbm": "cb", "bbl": "lb"}

Value = Decimal | None


def series_name(word: str) -> str | None:
    """The full name of a series, ``rsi14`` for ``rsi``; None if there is none of that name."""
    word = {"price": "close"}.get(word, word)
    if word in _ALONE:
        return word
    match = _NAME.fullmatch(word)
    if match is None:
        return None
    length = int(match[2] or USUAL[match[1]])
    return f"{match[1]}{length}" if 2 <= length <= LONGEST else None


def values(name: str, candles: Sequence[Candle]) -> list[Value]:
    """The value of a series at the end of each candle; None while it has too few."""
    if name == "close":
        return [candle.close for candle in candles]
    closes = [float(candle.close) for candle in candles]
    if name in ("macd", "signal"):
        return [_of(each, name) for each in MACD(12, 26, 9, closes)]
    kind, length = name[:3], int(name[3:])
    if kind in _BAND:
        return [_of(each, _BAND[kind]) for each in BB(length, 2, closes)]
    makers: dict[str, Callable[..., Any]] = {"rsi": RSI, "ema": EMA, "sma": SMA}
    return [_exact(each) for each in makers[kind](length, closes)]


def _of(found: Any, part: str) -> Value:
    return None if found is None else _exact(getattr(found, part))


def _exact(value: float | None) -> Value:
    return None if value is None else Decimal(repr(value))
