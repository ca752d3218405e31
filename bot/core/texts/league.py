"""Leagues: how they work, the standings, the result, and who plays."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.core.league import League, Member, Place
from bot.core.numbers import clock_time, duration, percent
from bot.core.page import Button, Page, Payload, Rows
from bot.core.settings import ChatSettings
from bot.core.texts.figures import money, short_qty
from bot.core.texts.labels import badge, icon, run
from bot.core.texts.markup import bold, code, ends, esc, paragraphs, table
from bot.core.texts.paper import percent_text
from bot.core.trade.types import Mode
from bot.core.words import short

LEAGUE = "🏆 LEAGUE"
_PAPER = badge(Mode.PAPER)
_NAME = 16
_SHOWN = 20

JOINED = "You are in. In private: /league to trade."
IS_IN = "You play already. In private: /league to trade."


def no_league_page() -> Page:
    """In a group without one."""
    html = paragraphs(
        f"{LEAGUE} · none runs here",
        "Everybody who joins gets the same play money and trades it in private. The standings "
        "come here, every day and at the end.",
        f"Start one: {code('/league start 7d')} or {code('/league start 7d 10000 usd')}.",
    )
    return Page(html, ((run("Start 7 days", "league", "start 7d"),),))


def started_page(league: League, settings: ChatSettings) -> Page:
    """A new one; whoever started it has to join, too."""
    lasts = duration(league.ends_at - league.starts_at)
    html = paragraphs(
        f"{LEAGUE} · it begins",
        f"Everybody starts with {_money(league, settings)} of play money. It ends on "
        f"{_time(league.ends_at, settings)}, in {esc(lasts)}.",
        "Join, then trade in private: nobody sees your orders. The standings come here every day.",
    )
    return Page(html, ((_join(league),),))


def runs_already_page(league: League, settings: ChatSettings) -> Page:
    """One at a time."""
    html = paragraphs(
        f"{LEAGUE} · one runs here already",
        f"It ends on {_time(league.ends_at, settings)}. Nothing was started.",
    )
    return Page(html, ((run("Standings", "league"), _join(league)),))


def no_currency_page(currency: str) -> Page:
    """Nothing can be bought with it."""
    return Page(
        paragraphs(
            f"{LEAGUE} · not started",
            f"Nothing can be bought with {code(currency, 12)} at Kraken. Example: "
            f"{code('/league start 7d 10000 usd')}",
        )
    )


def table_page(
    league: League,
    places: Sequence[Place],
    at: datetime,
    settings: ChatSettings,
    photo: bytes | None = None,
) -> Page:
    """The standings now."""
    left = max(league.ends_at - at, timedelta())
    html = paragraphs(
        f"{LEAGUE} · {esc(duration(left))} left",
        *_standings(league, places, settings),
        f"As of {esc(clock_time(at, settings.zone))}",
    )
    return Page(html, _buttons(league, settings), photo=photo)


def daily_page(
    league: League,
    places: Sequence[Place],
    at: datetime,
    days: int,
    settings: ChatSettings,
    photo: bytes | None,
) -> Page:
    """The standings after a day."""
    html = paragraphs(
        f"{LEAGUE} · day {days}",
        *_standings(league, places, settings),
        f"Ends at {_time(league.ends_at, settings)}.",
    )
    return Page(html, _buttons(league, settings), photo=photo)


def result_page(
    league: League,
    places: Sequence[Place],
    at: datetime,
    settings: ChatSettings,
    photo: bytes | None,
) -> Page:
    """It is over."""
    winners = [place.member for place in places if place.rank == 1]
    who = " and ".join(bold(short(each.name, _NAME)) for each in winners[:3])
    verb = "wins" if len(winners) == 1 else "share the first place"
    html = paragraphs(
        f"{LEAGUE} · it is over",
        f"{who} {verb}." if winners else "Nobody played.",
        *(_standings(league, places, settings) if places else ()),
        f"As of {_time(at, settings)}. What was open in it has ended.",
    )
    again = run("Another 7 days", "league", "start 7d")
    return Page(html, ((again,),), photo=photo)


def members_page(league: League, members: Sequence[Member], settings: ChatSettings) -> Page:
    """Somebody joined or left."""
    names = ", ".join(esc(each.name, _NAME) for each in members[:_SHOWN])
    more = f" and {len(members) - _SHOWN} more" if len(members) > _SHOWN else ""
    html = paragraphs(
        f"{LEAGUE} · {len(members)} {'member' if len(members) == 1 else 'members'}",
        f"{names}{more}" if members else "Nobody plays yet.",
        f"{_money(league, settings)} each, until {_time(league.ends_at, settings)}.",
        f"Trade in private: {code('/league')}. Nobody sees your orders.",
    )
    return Page(html, ((_join(league), run("Standings", "league")),))


def left_page(*, did: bool) -> Page:
    """After ``/league leave``."""
    said = (
        "You left. Your ledger stays as it is; join again to go on with it."
        if did
        else "You do not play in this league. Nothing was changed."
    )
    return Page(paragraphs(f"{LEAGUE} · {'left' if did else 'not a member'}", said))


def not_running_page() -> Page:
    """Something was asked of a league that is not there."""
    return Page(
        paragraphs(
            f"{LEAGUE} · none runs", "It is over, or you do not play in it. Nothing was changed."
        ),
        ((run("League", "league"),),),
    )


def not_yours_page() -> Page:
    """Only whoever started it, or the group's owner, ends it early."""
    return Page(
        paragraphs(
            f"{LEAGUE} · goes on",
            "Only whoever started it, or the owner of the group, ends it early. "
            "Nothing was changed.",
        )
    )


# -- in private


def private_page(
    played: Sequence[tuple[League, Member]], settings: ChatSettings, now: datetime
) -> Page:
    """Which ledger this chat trades on, and the others."""
    if not played:
        return Page(
            paragraphs(
                f"{LEAGUE} · you play in none",
                f"A league belongs to a group: {code('/league start 7d')} there. Everybody who "
                "joins gets the same play money and trades it here, in private.",
            )
        )
    lines = [_line(league, member, settings, now) for league, member in played]
    plays = [league for league, member in played if member.plays]
    where = _title(plays[0]) if plays else "on your own practice money"
    html = paragraphs(
        f"{LEAGUE} · your leagues",
        *lines,
        f"You trade {'in ' if plays else ''}{where} here.",
        "Balance, orders and stats are those of that ledger." if plays else "",
    )
    rows: list[tuple[Button, ...]] = [
        (Button(short(f"Trade in {league.title or 'it'}", 32), "league_play", _payload(league)),)
        for league, member in played
        if not member.plays
    ]
    if plays:
        rows.append((Button("My own practice", "league_play", {"league": 0}),))
    return Page(html, tuple(rows))


def playing_page(league: League | None, settings: ChatSettings) -> Page:
    """After the switch."""
    if league is None:
        return Page(
            paragraphs(
                f"{_PAPER} · your own practice again",
                "Confirmations that waited are void. Your league ledger stays as it is.",
            ),
            ((run("Balance", "balance"), run("League", "league")),),
        )
    return Page(
        paragraphs(
            f"{_PAPER} · you trade in the league now",
            f"{LEAGUE} {_title(league)}, until {_time(league.ends_at, settings)}. "
            "Confirmations that waited are void.",
            "Everything works as before: /buy, /sell, /orders, /balance and "
            f"{code('/paper stats')}. Nobody else sees it.",
        ),
        ((run("Balance", "balance"), run("▲ Buy", "buy")), (run("League", "league"),)),
    )


def fixed_rules_page() -> Page:
    """Money, fees and latency are the same for everybody."""
    return Page(
        paragraphs(
            f"{LEAGUE} · the same for everybody",
            "In a league nobody changes their money, fees or latency. Nothing was changed. "
            f"{code('/league')} leads back to your own practice.",
        ),
        ((run("League", "league"),),),
    )


# -- parts


def _standings(league: League, places: Sequence[Place], settings: ChatSettings) -> list[str]:
    if not places:
        return ["Nobody plays yet."]
    shown = places[:_SHOWN]
    more = f"and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
    if settings.plain_text:
        body = "\n".join(_sentence(place) for place in shown)
    else:
        body = table([line for place in shown for line in _rows(place)])
    unpriced = sorted({asset for place in places for asset in place.performance.unpriced})
    missing = f"Not counted, no price: {', '.join(esc(each, 12) for each in unpriced)}."
    start = f"Start {_money(league, settings)}; return, deepest fall, trades."
    return [body, more, missing if unpriced else "", start]


def _rows(place: Place) -> tuple[str, str]:
    name = f"{place.rank} {short(place.member.name, _NAME)}"
    trades = f"{place.trades} {'trade' if place.trades == 1 else 'trades'}"
    fall = percent(-place.performance.drawdown)
    return ends(name, percent_text(place.performance.gained), 30), ends(f"  {trades}", fall, 30)


def _sentence(place: Place) -> str:
    return esc(
        f"{place.rank}. {short(place.member.name, _NAME)}: "
        f"{percent_text(place.performance.gained)}, fall "
        f"{percent(-place.performance.drawdown)}, {place.trades} trades",
        120,
    )


def _line(league: League, member: Member, settings: ChatSettings, now: datetime) -> str:
    mark = "▸ " if member.plays else "– "
    left = duration(max(league.ends_at - now, timedelta()))
    return f"{mark}{_title(league)}: {_money(league, settings)}, {esc(left)} left"


def _title(league: League) -> str:
    return esc(league.title or "the league", 32)


def _money(league: League, settings: ChatSettings) -> str:
    amount = league.money
    whole = amount == amount.to_integral_value()
    text = short_qty(amount, settings) if whole else money(amount, settings, league.currency)
    return f"{esc(text)} {esc(league.currency, 8)}"


def _time(at: datetime, settings: ChatSettings) -> str:
    return esc(at.astimezone(settings.zone).strftime("%d %b %H:%M %Z"))


def _payload(league: League) -> Payload:
    return {"league": league.id}


def _join(league: League) -> Button:
    return Button("Join", "league_join", _payload(league), "success")


def _buttons(league: League, settings: ChatSettings) -> Rows:
    refresh = Button(
        icon("🔄", "Refresh", plain=settings.plain_text), "league_table", _payload(league)
    )
    return ((refresh, _join(league)),)
