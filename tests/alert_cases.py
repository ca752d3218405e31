"""Alerts as tests write them: from what people type."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from bot.core.alerts.engine import Engine
from bot.core.alerts.syntax import read_alert
from bot.core.alerts.words import Alert, Crossing, Progress
from kraken.core.types import Side, Symbol, Ticker, Trade
from tests.fakes import NOON
from tests.market_values import ticker

TICK = Decimal("0.1")
BTC = Symbol("BTC/USD")


def alert(text: str, number: int = 1, **progress: object) -> Alert:
    """``> 65000 every``; armed from below or above as ``above`` says."""
    wish = read_alert(text).wish
    assert wish is not None
    return Alert(
        id=number,
        chat_id=1,
        number=number,
        user_id=7,
        symbol=BTC,
        wish=wish,
        created_at=NOON,
        progress=Progress(**progress),  # type: ignore[arg-type]  # as the words say
    )


def trade(price: object, number: int, at: datetime | None = None, qty: str = "1") -> Trade:
    """A trade a second after the one before it."""
    when = at or NOON + timedelta(seconds=number)
    return Trade(BTC, number, Side.BUY, Decimal(str(price)), Decimal(qty), "market", when)


@dataclass
class Tape:
    """An engine with trades that follow each other."""

    engine: Engine = field(default_factory=lambda: Engine(TICK))
    number: int = 0

    def watch(self, *texts: str) -> "Tape":
        for number, text in enumerate(texts, 1):
            self.engine.add(alert(text, number, armed=None))
        return self

    def trades(self, *prices: object) -> list[Crossing]:
        """What comes true with these."""
        found: list[Crossing] = []
        for price in prices:
            self.number += 1
            found += self.engine.trade(trade(price, self.number))
        return found

    def fired(self, *prices: object) -> list[int]:
        return [crossing.alert_id for crossing in self.trades(*prices)]

    def quote(self, bid: str, ask: str, seconds: float | None = None) -> Sequence[Crossing]:
        after = self.number if seconds is None else seconds
        return self.engine.quote(quote(bid, ask, NOON + timedelta(seconds=after)))


def quote(bid: str, ask: str, at: datetime) -> Ticker:
    known = ticker("BTC/USD", bid, at)
    return replace(known, bid=Decimal(bid), ask=Decimal(ask), received_at=at)
