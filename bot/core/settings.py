"""What a chat has chosen: its currency, pair, time zone and how numbers and tables look.

Rules: a chat that chose nothing has the defaults; a choice is always something the bot can
show, so whoever changes one checks it first (``bot.desk.choices``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo


class PracticeFees(StrEnum):
    """What decides what practice pays."""

    KEY = "key"
    """The chat's own key, where there is one; without one Kraken's lowest tier."""
    CHOSEN = "chosen"
    """What somebody chose in the chat, the lowest tier or rates."""


CURRENCIES = ("USD", "EUR")
"""The currencies a tap on the button goes through; any other that pairs are priced in can be
typed."""


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """One chat's choices."""

    currency: str = "USD"
    """The quote of a bare asset: ``btc`` means BTC/USD."""
    pair: str = "BTC/USD"
    """The pair of a bare command."""
    time_zone: str = "UTC"
    """An IANA zone name."""
    grouping: bool = True
    """``1,234.5`` rather than ``1234.5``."""
    plain_text: bool = False
    """No tables, no pictures of text: for screen readers and narrow screens."""
    presets: tuple[Decimal, ...] = (Decimal(25), Decimal(50), Decimal(100))
    """Amounts of quote that the order panel offers."""
    protection: Decimal = Decimal("0.5")
    """Percent beyond the best price that a protected market order may cost."""
    renew: Decimal = Decimal("0.5")
    """A preview whose worst price moved by more percent is shown anew instead of sent."""
    practice_asks: bool = True
    """Practice orders are previewed and tapped, too; if not, what is typed goes out at once."""
    practice_fees: PracticeFees = PracticeFees.KEY
    notices: Mapping[str, str] = field(default_factory=dict)
    """How loud a kind of push is, where the chat chose: see ``bot.core.notices``."""
    quiet_from: int = 0
    quiet_until: int = 0
    """The hours, in the chat's zone, between which pushes are silent; equal: none."""
    greeted: bool = False
    """The chat has had its welcome; a second ``/start`` is one line."""
    shared: bool = False
    """Others read along, so what is owned is left out. Not chosen: it is so in every group."""

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which this chat reads times."""
        return ZoneInfo(self.time_zone)


@dataclass(frozen=True, slots=True)
class LiveRow:
    """A message that is being kept current, so that a restart resumes it or says it stopped."""

    chat_id: int
    message_id: int
    kind: str
    """``book`` or ``watch``: the key of ``bot.live.KINDS``."""
    payload: Mapping[str, str | int | bool]
    """What it shows, enough to go on with it after a restart."""
    ends_at: datetime
