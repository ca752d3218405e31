"""``/protect``: a stop for what a chat holds, said as the sell order that it is.

Rules: a stop-loss rests at the exchange and a take-profit beside it is watched by the bot; a
take-profit alone rests at the exchange itself; a distance counts from the last price.
"""

from dataclasses import dataclass
from decimal import Decimal

from bot.core.errors import BadArgument
from bot.core.numbers import read_decimal
from kraken.core.trading import PriceKind, PriceOffset

EXAMPLE = "/protect btc sl=58000 tp=64000"
_OPTIONS = ("sl", "tp", "trailsl")


@dataclass(frozen=True, slots=True)
class ProtectArgs:
    """What was typed after ``/protect``; prices as they were typed."""

    pair: str = ""
    stop_loss: str = ""
    take_profit: str = ""
    trailing: str = ""

    def as_sell(self, take_profit: str) -> str:
        """What stands after ``/sell`` for it; the take-profit as a price."""
        stop = f"stop={self.stop_loss}" if self.stop_loss else ""
        trail = f"trail={self.trailing}" if self.trailing else ""
        take = "tp" if stop or trail else "take"
        words = ("max", self.pair, stop, trail, f"{take}={take_profit}" if take_profit else "")
        return " ".join(word for word in words if word)


def read_protect(text: str) -> ProtectArgs:
    """The words of the command.

    Raises:
        BadArgument: one is not understood, said twice, or no price is there at all.
    """
    found: dict[str, str] = {}
    pair: list[str] = []
    for word in text.split():
        name, sign, value = word.partition("=")
        name = name.lower()
        if not sign:
            pair.append(word)
        elif name not in _OPTIONS or not value or name in found:
            raise BadArgument("option", word, EXAMPLE, hint="sl=, tp=, trailsl=")
        else:
            found[name] = value
    if len(pair) > 1:
        raise BadArgument("option", pair[1], EXAMPLE, hint="sl=, tp=, trailsl=")
    if not found:
        raise BadArgument("stop-loss", "", EXAMPLE)
    if "sl" in found and "trailsl" in found:
        raise BadArgument("option", f"trailsl={found['trailsl']}", EXAMPLE, hint="sl=, tp=")
    return ProtectArgs(
        pair="".join(pair),
        stop_loss=found.get("sl", ""),
        take_profit=found.get("tp", ""),
        trailing=found.get("trailsl", ""),
    )


def is_distance(said: str) -> bool:
    """Whether it counts from a price instead of being one."""
    return said[:1] in ("+", "-") or said.endswith("%")


def above(last: Decimal, said: str) -> Decimal:
    """The price of a take-profit that was said as a distance.

    Raises:
        BadArgument: it is no number, or not above the price.
    """
    value = read_decimal(said.removeprefix("+").removesuffix("%"))
    if value is None:
        raise BadArgument("take-profit", f"tp={said}", EXAMPLE, hint="+6%, +500 or a price")
    kind = PriceKind.PERCENT if said.endswith("%") else PriceKind.QUOTE
    return PriceOffset(value, kind).at(last)
