"""What can be wrong with the words of an order, before the market is asked about it."""

from enum import StrEnum

from bot.core.errors import BadArgument


class Clash(StrEnum):
    """Two parts of one order that cannot both be meant."""

    TWICE = "twice"
    POST_MARKET = "post_market"
    POST_TAKES = "post_takes"
    POST_TRIGGER = "post_trigger"
    TIMES = "times"
    MARKET_WAITS = "market_waits"
    TRIGGER_TIME = "trigger_time"
    TRIGGERS = "triggers"
    TRAIL_LIMIT = "trail_limit"
    STOP_LIMIT_WORD = "stop_limit_word"
    SHOW_NEEDS_LIMIT = "show_needs_limit"
    SHOW_SIZE = "show_size"
    REFERENCE_ALONE = "reference_alone"
    STOPS = "stops"
    BRACKET_ON_SELL = "bracket_on_sell"
    STOP_LOSS_SIDE = "stop_loss_side"
    TAKE_PROFIT_SIDE = "take_profit_side"
    PARTS_ALONE = "parts_alone"
    PARTS_LADDER = "parts_ladder"
    PARTS_OTHERS = "parts_others"
    LADDER_PRICE = "ladder_price"


class Contradiction(BadArgument):
    """Two parts that do not go together; ``what`` and ``said`` are as they were typed."""

    def __init__(
        self, clash: Clash, first: str, second: str, suggestions: tuple[str, ...] = ()
    ) -> None:
        super().__init__(first, second, suggestions=suggestions)
        self.clash = clash


class NoSign(BadArgument):
    """A distance without a plus or minus: above or below is not guessed."""


class WhichCurrency(BadArgument):
    """``50 eur``: fifty euros' worth, or fifty of the euro itself."""
