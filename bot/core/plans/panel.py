"""The panel of a recurring buy as rules: its buttons lead to another plan, none starts one.

Rules: the panel holds no state but what its buttons carry; whatever it shows can be typed, too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

TIMES = ("07:00", "09:00", "12:00", "18:00", "21:00")
RHYTHMS = ("day", "weekday", "mon", "fri", "3 days", "2 weeks")
LIMIT = "limit -0.3% wait 1h then market"
DIP = "if dip 5% x2"


@dataclass(frozen=True, slots=True)
class DcaPanel:
    """A recurring buy that is being put together."""

    amount: str
    """A number, in the quote of the pair."""
    pair: str
    """``BTC/USD``."""
    rhythm: str = "day"
    at: str = "09:00"
    limit: bool = False
    """As a limit order below the market first."""
    dip: bool = False
    """Twice as much in a dip."""

    def text(self) -> str:
        """What stands after ``/dca``."""
        quote = self.pair.rpartition("/")[2].lower()
        when = f"every {self.rhythm} at {self.at}"
        options = (LIMIT if self.limit else "", DIP if self.dip else "")
        words = (f"{self.amount}{quote}", self.pair.lower(), when, *options)
        return " ".join(word for word in words if word)

    def payload(self) -> dict[str, str | int]:
        """What a button carries."""
        return {
            "amount": self.amount,
            "pair": self.pair,
            "rhythm": self.rhythm,
            "at": self.at,
            "limit": int(self.limit),
            "dip": int(self.dip),
        }


def read_panel(payload: Mapping[str, object]) -> DcaPanel:
    """What a button carried."""
    return DcaPanel(
        str(payload["amount"]),
        str(payload["pair"]),
        str(payload["rhythm"]),
        str(payload["at"]),
        bool(payload["limit"]),
        bool(payload["dip"]),
    )


def with_next_rhythm(panel: DcaPanel) -> DcaPanel:
    """Daily, on weekdays, weekly, and so on."""
    return replace(panel, rhythm=_after(RHYTHMS, panel.rhythm))


def with_next_time(panel: DcaPanel) -> DcaPanel:
    """The next usual time of day."""
    return replace(panel, at=_after(TIMES, panel.at))


def _after(choices: tuple[str, ...], now: str) -> str:
    return choices[(choices.index(now) + 1) % len(choices)] if now in choices else choices[0]
