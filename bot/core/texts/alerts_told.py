"""Alerts that have happened: the message, its buttons, and what else nobody asked for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from bot.core.alerts.words import Alert, Crossing, Kind, Source
from bot.core.numbers import clock_time, duration, percent
from bot.core.page import Button, Page, Rows
from bot.core.settings import ChatSettings
from bot.core.texts.alert_words import away_words, name_of, title, wish_words
from bot.core.texts.alerts import again_button, delete_button, head, quoted
from bot.core.texts.delivery import LONGEST_CAPTION, plain
from bot.core.texts.figures import plain_number, price_text
from bot.core.texts.labels import in_rows, run, with_icon
from bot.core.texts.markup import code, esc, paragraphs
from kraken.core.types import Instrument, Symbol

_SHOWN = 6
"""Alerts of one message that are told one by one."""
_EARLIER = 4
"""Events of one alert that are told beside the newest."""
_ROOM_FOR_MARKS = 64
_USUAL_ACTIONS = ("sell 25%", "sell 50%")
_ACCOUNT_PAGES = {
    Kind.FILL: ("Trades", "trades"),
    Kind.STALE: ("Orders", "orders"),
    Kind.BALANCE: ("Balance", "balance"),
    Kind.DEPOSIT: ("Balance", "balance"),
    Kind.PROFIT: ("P&L", "pnl"),
    Kind.FEED: ("Status", "status"),
    Kind.KEY: ("Connect", "connect"),
}


@dataclass(frozen=True, slots=True)
class Happened:
    """One alert with what came true and what is known of its market."""

    alert: Alert
    crossing: Crossing
    instrument: Instrument | None = None
    change: Decimal | None = None
    """Percent in 24 hours."""
    earlier: Sequence[Crossing] = ()
    """What came true just before, and is told with it."""


def fired_page(
    happened: Sequence[Happened], settings: ChatSettings, now: datetime, *, nags: int = 0
) -> Page:
    """One message, whatever has come true at once."""
    if len(happened) == 1:
        one = happened[0]
        again = f"Said again, {nags + 1} of 13, until you tap Seen." if nags else ""
        html = paragraphs(_block(one, settings, now), again)
        return Page(html, _fired_rows(one, settings))
    shown = happened[:_SHOWN]
    blocks = [_block(each, settings, now) for each in shown]
    more = len(happened) - len(shown)
    rest = f"… and {more} more." if more else ""
    html = "\n\n".join([f"🔔 {len(happened)} alerts at once", *blocks, *([rest] if rest else [])])
    numbers = tuple(
        Button(f"#{each.alert.number}", "alert_show", {"alert": each.alert.number})
        for each in shown
    )
    return Page(html, (*in_rows(numbers), (run("My alerts", "alerts"),)))


def _block(one: Happened, settings: ChatSettings, now: datetime) -> str:
    alert = one.alert
    words = wish_words(alert.wish, one.instrument, settings)
    name = head(name_of(alert), words)
    if one.crossing.said:
        return paragraphs(name, *_events(one), esc(_counted(one), 80), quoted(alert))
    return paragraphs(name, esc(_what(one, settings, now), 200), quoted(alert))


def _events(one: Happened) -> list[str]:
    """What happened, each in a line, the newest last."""
    found = [*one.earlier, one.crossing]
    shown = found[-_EARLIER - 1 :]
    more = len(found) - len(shown)
    return [f"{more} more before these."] * bool(more) + [esc(each.said, 160) for each in shown]


def _counted(one: Happened) -> str:
    return f"{one.alert.unsaid} more since the last message" if one.alert.unsaid else ""


def _what(one: Happened, settings: ChatSettings, now: datetime) -> str:
    """``Traded 65,003.2 at 12:04:31 UTC · 24h +9.80 %``."""
    crossing, condition = one.crossing, one.alert.wish.conditions[0]
    at = clock_time(crossing.at, settings.zone)
    said = f"True at {at}"
    if crossing.value is not None and one.alert.wish.is_level:
        what = {Source.BID: "Bid", Source.ASK: "Asked"}.get(condition.source, "Traded")
        said = f"{what} {price_text(crossing.value, one.instrument, settings)} at {at}"
    elif crossing.value is not None and len(one.alert.wish.conditions) == 1:
        value = round(crossing.value, 4).normalize()
        unit = " %" if condition.in_percent else ""
        said = f"{plain_number(value, settings)}{unit} at {at}"
    parts = [said]
    if crossing.away_since is not None:
        parts.append(away_words(crossing.away_since, now, settings))
    elif one.change is not None:
        parts.append(f"24h {percent(one.change)}")
    parts += [_counted(one)] if one.alert.unsaid else []
    return " · ".join(parts)


def _fired_rows(one: Happened, settings: ChatSettings) -> Rows:
    alert, plain = one.alert, settings.plain_text
    first = again_button(alert, plain)
    if alert.wish.options.nag:
        first = Button("Seen", "alert_seen", {"alert": alert.number})
    rest = Button(
        with_icon("💤", "1h", plain=plain), "alert_sleep", {"alert": alert.number, "for": 3600}
    )
    if alert.wish.is_own:
        label, command = _ACCOUNT_PAGES[alert.wish.conditions[0].kind]
        return ((first, rest, run(label, command)), (delete_button(alert, plain),))
    symbol = str(alert.symbol)
    wanted = alert.wish.options.actions or _USUAL_ACTIONS
    actions = tuple(_action(each, symbol) for each in wanted)
    chart = run(with_icon("🕯", "Chart", plain=plain), "candles", symbol)
    return (*in_rows(actions), (first, rest, chart), (delete_button(alert, plain),))


def _action(action: str, symbol: str) -> Button:
    """It opens a preview; nothing is sent by it."""
    side, _, amount = action.partition(" ")
    arrow = "▲ Buy" if side == "buy" else "▼ Sell"
    said = amount.replace("%", " %")
    return run(f"{arrow} {said}", side, f"{amount} {symbol} market")


def with_picture(page: Page, picture: bytes | None) -> Page:
    """The page with a picture over it, where the words fit under one."""
    if picture is None or len(plain(page)) > LONGEST_CAPTION - _ROOM_FOR_MARKS:
        return page
    return replace(page, photo=picture)


def summary_page(alerts: Sequence[Alert], since: timedelta) -> Page:
    """What was not said one by one, because it would have been too much."""
    times = sum(alert.unsaid for alert in alerts)
    lines = [
        f"#{alert.number} {esc(_short_name(alert), 24)}: {_times(alert.unsaid)}"
        for alert in alerts[:20]
    ]
    html = paragraphs(
        f"🔔 Fired {_times(times)} in {esc(duration(since))}",
        "I tell an alert at most every 5 minutes, and 20 an hour here; this is the rest.",
        *lines,
        f"… and {len(alerts) - 20} more alerts." if len(alerts) > 20 else "",
    )
    return Page(html, ((run("My alerts", "alerts"),),))


def _short_name(alert: Alert) -> str:
    return str(alert.symbol) or alert.wish.conditions[0].kind.value


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def expired_page(alert: Alert, instrument: Instrument | None, settings: ChatSettings) -> Page:
    """Its time is over."""
    html = paragraphs(
        f"🔔 Alert #{alert.number} has expired.",
        f"{esc(title(alert, instrument, settings), 200)} is not watched any more.",
    )
    return Page(html, ((again_button(alert, settings.plain_text),),), silent=True)


def pair_gone_page(alert: Alert) -> Page:
    """The pair is not listed any more, or has another name."""
    return Page(
        paragraphs(
            f"⏸ Alert #{alert.number} is paused.",
            f"Kraken does not list {esc(alert.symbol, 16)} any more, or under another name.",
            f"Delete it, or set it anew for another pair: {code('/alert')}.",
        ),
        ((Button("Delete", "alert_off", {"alert": alert.number}),),),
    )


def blind_page(symbol: Symbol, since: datetime, until: datetime, settings: ChatSettings) -> Page:
    """The trades of a gap could not be had."""
    return Page(
        paragraphs(
            f"⚠ A gap in the trades of {esc(symbol, 12)}",
            f"I was {esc(away_words(since, until, settings).removeprefix('while I was '), 64)} "
            "and cannot read all trades of that time.",
            "A price that was reached only then is not known. Your alerts watch again.",
        ),
        silent=True,
    )
