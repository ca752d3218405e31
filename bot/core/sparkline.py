"""A line of little bars that even a screen without pictures shows: ``▁▂▂▃▅▆▅▇``."""

from collections.abc import Sequence
from decimal import Decimal

BARS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[Decimal | None], width: int = 24) -> str:
    """The values in at most so many bars, the newest last; a gap where there is none.

    More values than bars are joined in equal parts, each shown by its last value.
    """
    shown = _sampled(values, width)
    known = [value for value in shown if value is not None]
    if not known:
        return ""
    low, span = min(known), max(known) - min(known)
    return "".join(" " if value is None else _bar(value - low, span) for value in shown)


def _sampled(values: Sequence[Decimal | None], width: int) -> list[Decimal | None]:
    if len(values) <= width:
        return list(values)
    return [values[(i + 1) * len(values) // width - 1] for i in range(width)]


def _bar(above: Decimal, span: Decimal) -> str:
    if not span:
        return BARS[len(BARS) // 2]
    return BARS[min(int(above / span * len(BARS)), len(BARS) - 1)]
