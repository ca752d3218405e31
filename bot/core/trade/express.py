"""Express: one person's orders in one private chat go out without a preview, for an hour.

Rules: it is off until a word was typed; it holds for one account and for orders up to a maximum;
a kill, another mode or the hour ends it; whatever would be asked twice, or is priced from old
prices, is previewed all the same.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from bot.core.args import CommaForDot, OutOfRange, TooManyArguments, words
from bot.core.errors import BadArgument
from bot.core.numbers import read_decimal, with_dots
from bot.core.quotes import OLD
from bot.core.trade.caution import Reason
from bot.core.trade.preview import Preview
from bot.core.trade.types import AccountId

LASTS = timedelta(hours=1)
HIGHEST = Decimal(10_000)
"""US dollars of one order that go without a look, at the most."""
AT_ONCE = "at-once"
"""How the name of a ticket begins that nobody taps on; its chat and its message follow."""
OFF = "off"
_EXAMPLE = "/express 50"


@dataclass(frozen=True, slots=True)
class Express:
    """What one person may send at once in one chat."""

    chat_id: int
    user_id: int
    account: AccountId
    most: Decimal
    """US dollars of one order."""
    until: datetime


@dataclass(frozen=True, slots=True)
class ExpressWish:
    """Show it, end it, or begin it with a maximum."""

    most: Decimal | None = None
    ends: bool = False


class Held(StrEnum):
    """Why an order is previewed although express is on."""

    LARGE = "large"
    """It moves more than the maximum."""
    OLD = "old"
    """Its price is not of this moment."""
    DOUBTED = "doubted"
    """Something about it is asked twice."""


def read_express(text: str) -> ExpressWish:
    """``50``, ``50usd``, ``off``, or nothing.

    Raises:
        BadArgument: something else; nothing was changed.
    """
    said = words(text)
    if not said:
        return ExpressWish()
    if len(said) > 1 and said[1].lower() != "usd":
        raise TooManyArguments("amount", said[1], _EXAMPLE, hint="1")
    word = said[0]
    if word.lower() == OFF:
        return ExpressWish(ends=True)
    number = word.lower().removeprefix("$").removesuffix("usd")
    if readings := with_dots(number):
        raise CommaForDot("amount", number, readings, f"/express {number}")
    value = read_decimal(number)
    if value is None or value == 0:
        raise BadArgument("amount", word, _EXAMPLE, hint="US dollars of one order, or off")
    if value > HIGHEST:
        raise OutOfRange("amount", word, _EXAMPLE, hint=f"up to {HIGHEST} USD")
    return ExpressWish(value)


def why_held(
    express: Express, preview: Preview, value: Decimal, reasons: tuple[Reason, ...]
) -> Held | None:
    """Why this order is not sent at once; None if it may be.

    ``value`` is what it moves, in US dollars.
    """
    if value > express.most:
        return Held.LARGE
    if preview.age > OLD:
        return Held.OLD
    return Held.DOUBTED if reasons else None
