"""Leagues: the words after ``/league``, and standings as a pure function of fills and prices.

Rules: everybody begins with the same money, late joiners too; who is worth more is ahead, and who
is worth the same shares the place; a ledger counts as it was at the league's last instant,
whatever was traded afterwards.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from bot.core.args import OutOfRange, TooManyArguments, words
from bot.core.errors import BadArgument
from bot.core.numbers import read_duration
from bot.core.practice_args import START_MONEY, read_practice
from bot.core.practice_stats import Performance, Price, perform
from bot.core.talk import nearest_names
from bot.core.trade.types import AccountId
from kraken.core.trading import Fill
from kraken.core.types import Asset

USUAL = timedelta(days=7)
SHORTEST, LONGEST = timedelta(minutes=10), timedelta(days=31)
DAY = timedelta(days=1)
PREFIX = "paper:league:"
"""What the name of a league's ledger begins with."""

_EXAMPLE = "/league start 7d 10000 usd"


class LeagueTopic(StrEnum):
    """What is asked of leagues."""

    SHOW = ""
    START = "start"
    JOIN = "join"
    LEAVE = "leave"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class LeagueWish:
    """One wish; the rest is for a start only."""

    topic: LeagueTopic = LeagueTopic.SHOW
    lasts: timedelta = USUAL
    currency: str = ""
    """Empty: the group's."""
    money: Decimal = START_MONEY


@dataclass(frozen=True, slots=True)
class League:
    """One league of one group."""

    id: int
    chat_id: int
    title: str
    """Of the group; not trusted."""
    currency: str
    money: Decimal
    starts_at: datetime
    ends_at: datetime
    started_by: int
    told_days: int = 0
    """Days whose standings were told."""
    ended_at: datetime | None = None

    def next_due(self) -> datetime:
        """When something is to be told next: after each whole day, and at the end."""
        return min(self.starts_at + DAY * (self.told_days + 1), self.ends_at)


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who plays, with a ledger of their own."""

    league_id: int
    user_id: int
    name: str
    """As the person wrote it; not trusted."""
    account: AccountId
    joined_at: datetime
    plays: bool = False
    """The private chat trades in the league rather than on its own practice money."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """What a member owns now, and every fill of the league."""

    member: Member
    owned: Mapping[Asset, Decimal]
    fills: Sequence[Fill]


@dataclass(frozen=True, slots=True)
class Place:
    """One line of the standings."""

    rank: int
    member: Member
    performance: Performance
    trades: int


def is_league(account: AccountId) -> bool:
    """Whether this ledger is one of a league, whose rules nobody changes alone."""
    return account.startswith(PREFIX)


def ledger_name(league_id: int, user_id: int) -> AccountId:
    """The ledger of one member."""
    return AccountId(f"{PREFIX}{league_id}L{user_id}")


def standings(
    ledgers: Sequence[Ledger], instants: Sequence[datetime], price: Price
) -> list[Place]:
    """Best first, as of the last instant; ties share a place and stand by name."""
    until = instants[-1]
    found = []
    for each in ledgers:
        trades = {fill.order_id for fill in each.fills if fill.at <= until}
        performance = perform(each.owned, each.fills, instants, price)
        found.append((each.member, performance, len(trades)))
    found.sort(key=lambda row: (-row[1].end, row[0].name, row[0].user_id))
    values = [performance.end for _, performance, _ in found]
    return [
        Place(values.index(performance.end) + 1, member, performance, trades)
        for member, performance, trades in found
    ]


def read_league(text: str) -> LeagueWish:
    """``start [7d] [10000 usd]``, ``join``, ``leave``, ``stop``, or nothing.

    Raises:
        BadArgument: something was not understood; nothing is changed.
    """
    said = words(text)
    if not said:
        return LeagueWish()
    name = said[0].lower()
    names = [topic.value for topic in LeagueTopic if topic.value]
    if name not in names:
        again = tuple(f"/league {near}" for near in nearest_names(name, names))
        raise BadArgument(
            "option", said[0], "/league start 7d", hint=", ".join(names), suggestions=again
        )
    topic = LeagueTopic(name)
    if topic is LeagueTopic.START:
        return _start(said[1:])
    if len(said) > 1:
        raise TooManyArguments("option", said[1], f"/league {name}")
    return LeagueWish(topic)


def _start(said: list[str]) -> LeagueWish:
    lasts, rest = USUAL, said
    if rest and (found := read_duration(rest[0])) is not None:
        lasts, rest = found, rest[1:]
        if not SHORTEST <= lasts <= LONGEST:
            raise OutOfRange("time", said[0], _EXAMPLE, hint="10 min to 31 d")
    money = read_practice(f"reset {' '.join(rest)}").balances
    if len(money) > 1:
        raise TooManyArguments("currency", rest[-1], _EXAMPLE, hint="1")
    for currency, amount in money.items():
        return LeagueWish(LeagueTopic.START, lasts, currency, amount)
    return LeagueWish(LeagueTopic.START, lasts)
