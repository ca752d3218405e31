"""What stands after /alerts: a pair, or what is done to all of them."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from bot.core.args import OutOfRange, words
from bot.core.errors import BadArgument
from bot.core.numbers import read_duration
from bot.core.pair_names import PAIR

_LONGEST = timedelta(days=30)
_EXAMPLE = "/alerts off 2h"


class AlertsDo(StrEnum):
    """What is wanted of them."""

    LIST = "list"
    REST = "off"
    WAKE = "on"
    CLEAR = "clear"


@dataclass(frozen=True, slots=True)
class AlertsArgs:
    """``/alerts btc``, ``/alerts off 2h``, ``/alerts clear``."""

    does: AlertsDo = AlertsDo.LIST
    pair: str | None = None
    lasts: timedelta = timedelta()


def read_alerts(text: str) -> AlertsArgs:
    """Read it.

    Raises:
        BadArgument: what was not understood, with an example.
    """
    said = words(text)
    first = said[0].lower() if said else ""
    rest = said[1:]
    if first == AlertsDo.REST and len(said) == 2:
        return AlertsArgs(AlertsDo.REST, lasts=_lasts(said[1]))
    if first == AlertsDo.REST:
        raise BadArgument("time", " ".join(rest), _EXAMPLE, hint="30m, 2h, 7d")
    if first in (AlertsDo.WAKE, AlertsDo.CLEAR) and not rest:
        return AlertsArgs(AlertsDo(first))
    if not said:
        return AlertsArgs()
    pair = "/".join(said)
    if not PAIR.fullmatch(pair):
        raise BadArgument("pair", " ".join(said), "/alerts btc")
    return AlertsArgs(pair=pair)


def _lasts(said: str) -> timedelta:
    lasts = read_duration(said)
    if lasts is None:
        raise BadArgument("time", said, _EXAMPLE, hint="30m, 2h, 7d")
    if not timedelta(minutes=1) <= lasts <= _LONGEST:
        raise OutOfRange("time", said, _EXAMPLE, hint="1m to 30d")
    return lasts
