"""Leagues: everybody in a group who wants to starts with the same play money and trades it alone.

Rules: a member trades in private, on a ledger that is nobody else's, so nobody sees another's
orders; whoever switches between that ledger and their own practice loses the confirmations that
wait; the standings are told after each day and at the end, once, also over restarts; when a league
is over, what is open in it ends.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from bot.charts import ChartFailed, LineChart
from bot.core.league import League, LeagueWish, Ledger, Member, Place, standings
from bot.core.queue import Priority
from bot.core.texts.league import daily_page, result_page
from bot.core.trade.equity import EquityPoint
from bot.core.trade.types import Mode
from bot.desk import take_profits
from bot.desk.course import Course
from bot.desk.services import Services
from bot.store import StoreUnavailable
from kraken.core.errors import KrakenError

log = logging.getLogger(__name__)

_LONGEST_SLEEP = 600.0
_AGAIN = 30.0
_PATIENCE = timedelta(minutes=30)
"""How long the end waits for prices that are missing."""
_LATE = timedelta(minutes=2)
"""After it, an end is judged by the prices of then, not by those of now."""


class LeagueRecords(Protocol):
    """What is asked of the store: ``bot.store.league.Leagues``."""

    async def start_league(
        self,
        chat_id: int,
        *,
        currency: str,
        money: Decimal,
        lasts: timedelta,
        by: int,
        now: datetime,
    ) -> League: ...
    async def league(self, league_id: int) -> League | None: ...
    async def league_of(self, chat_id: int) -> League | None: ...
    async def running_leagues(self) -> Sequence[League]: ...
    async def leagues_of_person(self, user_id: int) -> Sequence[tuple[League, Member]]: ...
    async def league_members(self, league_id: int) -> Sequence[Member]: ...
    async def join_league(
        self, league_id: int, user_id: int, name: str, now: datetime
    ) -> bool: ...
    async def leave_league(self, league_id: int, user_id: int, now: datetime) -> bool: ...
    async def play(self, user_id: int, league_id: int | None) -> bool: ...
    async def note_told_days(self, league_id: int, days: int) -> None: ...
    async def end_league(self, league_id: int, now: datetime) -> None: ...


@dataclass(frozen=True, slots=True)
class Table:
    """The standings at one time."""

    places: Sequence[Place]
    at: datetime

    @property
    def is_priced(self) -> bool:
        """Nothing that somebody owns is left out for want of a price."""
        return not any(place.performance.unpriced for place in self.places)


async def start(
    services: Services, chat_id: int, user_id: int, wish: LeagueWish, now: datetime
) -> League:
    """Begin one in this group.

    Raises:
        AlreadySent: one runs here.
    """
    settings = await services.store.chat_settings(chat_id)
    league = await services.leagues.start_league(
        chat_id,
        currency=wish.currency or settings.currency,
        money=wish.money,
        lasts=wish.lasts,
        by=user_id,
        now=now,
    )
    _watch(services, league.id)
    return league


def knows(services: Services, currency: str) -> bool:
    """Whether something can be bought with it. Raises NotSent while Kraken was not reached."""
    return any(pair.quote == currency for pair in services.market.instruments())


async def read_table(services: Services, league: League) -> Table:
    """The standings as of now, or as of the end."""
    now = services.clock.now()
    at = min(now, league.ends_at)
    ledgers = [
        await _ledger(services, member)
        for member in await services.leagues.league_members(league.id)
    ]
    course = Course(services, league.currency, league.starts_at, at, is_now=now - at < _LATE)
    await course.load({asset for each in ledgers for asset in _assets(each)})
    return Table(standings(ledgers, course.instants(60), course.price), at)


async def draw(services: Services, league: League, table: Table, zone: str) -> bytes | None:
    """The course of whoever leads; None where there is none, or it could not be drawn."""
    if not table.places:
        return None
    first = table.places[0]
    points: Sequence[EquityPoint] = first.performance.points
    if len(points) < 2 or points[0].at == points[-1].at:
        return None
    chart = LineChart(
        title="League",
        subtitle=f"{first.member.name[:24]} leads",
        unit=league.currency,
        times=tuple(point.at for point in points),
        values=tuple(point.value for point in points),
        zone=zone,
    )
    try:
        return await services.charts.line(chart)
    except ChartFailed:
        return None


async def play(services: Services, user_id: int, league_id: int | None, now: datetime) -> bool:
    """Trade in this league in private from here on, or on one's own; False if it is over.

    Confirmations that wait are void, because they were for the other ledger.
    """
    if not await services.leagues.play(user_id, league_id):
        return False
    await services.safety.switch(user_id, Mode.PAPER, by=user_id, now=now)
    return True


async def leave(services: Services, league: League, user_id: int, now: datetime) -> bool:
    """Play no longer; False for somebody who does not."""
    members = await services.leagues.league_members(league.id)
    if any(each.user_id == user_id and each.plays for each in members):
        await play(services, user_id, None, now)
    return await services.leagues.leave_league(league.id, user_id, now)


async def resume(services: Services) -> None:
    """Go on with every league that an earlier run left."""
    for league in await services.leagues.running_leagues():
        _watch(services, league.id)


async def stop(services: Services, league: League) -> None:
    """Over at once, whoever asked."""
    services.tasks.stop(("league", league.id))
    await _finish(services, league, await read_table(services, league))


def _watch(services: Services, league_id: int) -> None:
    services.tasks.start(("league", league_id), follow(services, league_id))


async def follow(services: Services, league_id: int) -> None:
    """Tell the standings after each day, and the result; returns when it is over.

    What cannot be read or written now is tried again: a league must not end untold.
    """
    await services.market.ready()
    while True:
        try:
            wait = await _step(services, league_id)
        except (StoreUnavailable, KrakenError, TimeoutError) as error:
            log.warning("league %s: %r; again soon", league_id, error)
            wait = _AGAIN
        if wait is None:
            return
        await services.sleep(wait)


async def _step(services: Services, league_id: int) -> float | None:
    """Do what is due; the seconds until there may be more, None when the league is over."""
    league = await services.leagues.league(league_id)
    if league is None or league.ended_at is not None:
        return None
    now, due = services.clock.now(), league.next_due()
    if now < due:
        return min(_LONGEST_SLEEP, (due - now).total_seconds())
    table = await read_table(services, league)
    if now < league.ends_at:
        await _tell_day(services, league, table)
    elif table.is_priced or now - league.ends_at > _PATIENCE:
        await _finish(services, league, table)
    else:
        return _AGAIN
    return 0.0


async def _tell_day(services: Services, league: League, table: Table) -> None:
    days = (services.clock.now() - league.starts_at) // timedelta(days=1)
    settings = await services.store.chat_settings(league.chat_id)
    picture = await draw(services, league, table, settings.time_zone)
    page = daily_page(league, table.places, table.at, days, settings, picture)
    key = f"league:{league.id}:day:{days}"
    await services.outbox.push(league.chat_id, page, Priority.DIGEST, key)
    await services.leagues.note_told_days(league.id, days)


async def _finish(services: Services, league: League, table: Table) -> None:
    """Tell the result first: a restart in between tells nothing twice."""
    settings = await services.store.chat_settings(league.chat_id)
    picture = await draw(services, league, table, settings.time_zone)
    page = result_page(league, table.places, table.at, settings, picture)
    await services.outbox.push(league.chat_id, page, Priority.ALERT, f"league:{league.id}:end")
    members = await services.leagues.league_members(league.id)
    await services.leagues.end_league(league.id, services.clock.now())
    for member in members:
        await _put_away(services, member)


async def _put_away(services: Services, member: Member) -> None:
    """End what is open in a ledger that is over, and void what waits to be confirmed for it."""
    if member.plays and await services.accounts.mode(member.user_id) is Mode.PAPER:
        now = services.clock.now()
        await services.safety.switch(member.user_id, Mode.PAPER, by=None, now=now)
    await take_profits.end(services, await take_profits.watched_on(services, member.account))
    try:
        await (await services.accounts.by_id(member.account)).cancel_all()
    except KrakenError as error:
        log.info("orders of %s stay open in a league that is over: %r", member.account, error)


async def _ledger(services: Services, member: Member) -> Ledger:
    account = await services.accounts.by_id(member.account)
    owned = {asset: each.total for asset, each in (await account.balances()).items()}
    return Ledger(member, owned, await services.past.past_fills(member.account))


def _assets(ledger: Ledger) -> set[str]:
    traded = {name for fill in ledger.fills for name in fill.symbol.split("/")}
    return {*ledger.owned, *traded, *(fill.fee_asset for fill in ledger.fills)}
