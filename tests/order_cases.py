"""One market and one account at one instant, for tests of what an order would come to."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from bot.core.trade.preview import Preview, preview_of
from bot.core.trade.situation import Situation
from bot.core.trade.syntax import read_order
from bot.core.trade.types import AccountId, Mode
from kraken.core.holdings import Balance
from kraken.core.types import Asset, Side
from tests.fakes import NOON
from tests.market_values import BTC_ASKS, BTC_BIDS, book, instrument, ticker

EUR_BOOK = book("BTC/EUR", BTC_BIDS, BTC_ASKS)


def money(**free: str) -> dict[Asset, Balance]:
    return {Asset(asset): Balance(Decimal(total)) for asset, total in free.items()}


def situation(**changes: Any) -> Situation:
    """BTC/EUR at 60,010.2 / 60,010.3 with 1,240 euros and half a bitcoin, in paper mode."""
    usual = Situation(
        instrument=instrument("BTC/EUR", 1),
        mode=Mode.PAPER,
        account=AccountId("paper:1"),
        ticker=ticker("BTC/EUR", "60010.3"),
        book=EUR_BOOK,
        age=timedelta(),
        maker=Decimal("0.0025"),
        taker=Decimal("0.004"),
        now=NOON,
        balances=money(EUR="1240", BTC="0.5"),
    )
    return replace(usual, **changes)


def preview(text: str, **changes: Any) -> Preview:
    """``/buy 0.01 btc @ 60000`` as it would be previewed."""
    side, _, words = text.removeprefix("/").partition(" ")
    wish = replace(read_order(Side(side), words), pair="BTC/EUR")
    return preview_of(wish, situation(**changes))
