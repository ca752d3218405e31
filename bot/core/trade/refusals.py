"""Why an order is not even previewed, and the repaired orders that are offered instead.

Everything here is judged on this machine: nothing was sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from bot.core.errors import UserError
from bot.core.trade.types import Mode
from bot.core.trade.wish import OrderWish
from kraken.core.types import Instrument


class Refusal(StrEnum):
    """What is wrong with an order here and now."""

    SYSTEM = "system"
    """Kraken as a whole takes no such order now."""
    PAIR = "pair"
    """This pair takes no such order now."""
    GONE = "gone"
    """This pair is not traded any more, and nobody can say by what it was followed."""
    NO_PRICE = "no_price"
    OLD_PRICE = "old_price"
    WRONG_ASSET = "wrong_asset"
    """The amount is in an asset that this pair does not trade."""
    QTY_STEP = "qty_step"
    TOO_SMALL = "too_small"
    PRICE_STEP = "price_step"
    PRICE_FAR = "price_far"
    """A digit too many or too few."""
    TRIGGERS_NOW = "triggers_now"
    POST_MATCHES = "post_matches"
    FUNDS = "funds"
    NOTHING_FREE = "nothing_free"
    SHOWN = "shown"
    TIME = "time"
    STOP_SIDE = "stop_side"
    TARGET_SIDE = "target_side"
    NO_VALUE = "no_value"
    """What it moves cannot be told in US dollars, so no limit could be kept."""
    WAIT = "wait"
    """The exchange counts too many changes on this pair."""


class Fix(StrEnum):
    """What a repaired order changes; the label of its button is made from it."""

    AMOUNT = "amount"
    PRICE = "price"
    AT_BID = "@ bid"
    AT_ASK = "@ ask"
    WITHOUT_POST = "without post"
    WITH_POST = "with post"
    ANEW = "anew"


@dataclass(frozen=True, slots=True)
class Repair:
    """An order that would fit."""

    fix: Fix
    wish: OrderWish
    value: Decimal | None = None


class OrderRefused(UserError):
    """It does not fit; nothing was sent."""

    def __init__(
        self,
        why: Refusal,
        wish: OrderWish,
        instrument: Instrument,
        values: Mapping[str, Decimal | str] | None = None,
        repairs: tuple[Repair, ...] = (),
    ) -> None:
        super().__init__(why)
        self.why = why
        self.wish = wish
        self.instrument = instrument
        self.values = values or {}
        """The numbers of the sentence, by the names that it uses."""
        self.repairs = repairs
        self.mode: Mode | None = None
        """Whose money it would have been; None where that was not asked yet."""

    def discreet(self) -> "OrderRefused":
        """The same where others read along: without what is free, and what would use it up."""
        values = {name: value for name, value in self.values.items() if name != "free"}
        repairs = self.repairs if self.why is not Refusal.FUNDS else ()
        return OrderRefused(self.why, self.wish, self.instrument, values, repairs)
