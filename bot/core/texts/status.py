"""Status: what works right now. What is not known is shown as a dash, never as fine."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.numbers import clock_time, duration, fixed
from bot.core.page import Button, Page, Rows
from bot.core.settings import ChatSettings
from bot.core.texts.labels import icon, with_icon
from bot.core.texts.limits import WHY
from bot.core.texts.markup import esc, paragraphs, table
from bot.core.trade.limits import Limits, Pause
from bot.core.trade.types import Mode, Usage
from kraken.core.limiter import Load
from kraken.core.types import SystemState

UNKNOWN = "–"

_STATES = {
    SystemState.ONLINE: "online",
    SystemState.CANCEL_ONLY: "cancels",
    SystemState.POST_ONLY: "postonly",
    SystemState.LIMIT_ONLY: "limits",
    SystemState.MAINTENANCE: "down",
    SystemState.UNKNOWN: UNKNOWN,
}
_WARNINGS = {
    SystemState.CANCEL_ONLY: "Kraken takes only cancels now",
    SystemState.POST_ONLY: "Kraken takes only post-only orders now",
    SystemState.LIMIT_ONLY: "Kraken takes only limit orders now",
    SystemState.MAINTENANCE: "Kraken is in maintenance",
}


@dataclass(frozen=True, slots=True)
class TradeStatus:
    """What is known about trading in this chat."""

    mode: Mode
    pause: Pause | None
    limits: Limits
    usage: Usage
    is_current: bool | None
    """Whether the account's facts arrive now; None: nothing was asked of it yet."""
    key_tail: str = ""
    key_expires: datetime | None = None
    load: Load | None = None
    """None for practice, which has no limits."""
    deadman: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """What is known; None is not known."""

    version: str
    uptime: timedelta
    system: SystemState
    clock_offset: timedelta | None
    connected: bool | None
    frame_age: timedelta | None
    streams: int | None
    """Subscriptions to market data."""
    checksum_failures: int | None
    unverified: tuple[str, ...]
    telegram_age: timedelta | None
    """Since Telegram last answered."""
    queue: int | None
    watches: int
    """Messages in this chat that follow the market."""
    alerts: int = 0
    """Of this chat, those that wait for something."""
    plans: int = 0
    """Of this chat, those that are not over."""
    trade: TradeStatus | None = None
    """None where who asks may not trade."""


def status_page(status: Status, settings: ChatSettings, now: datetime) -> Page:
    """The table, with a first line that says so when Kraken is not fully there."""
    plain = settings.plain_text
    warning = _WARNINGS.get(status.system, "")
    paused = _paused(status)
    rows = [*_rows(status), *_trade_rows(status, now)]
    if plain:
        said = [f"KrakenBot {status.version}, up {duration(status.uptime)}"]
        said += [", ".join(part for part in row if part) for row in rows]
        body = "\n".join(esc(line, 128) for line in said)
    else:
        body = table([_head(status), *(_line(*row) for row in rows)])
    html = paragraphs(
        f"⚠ {warning}" if warning else "",
        paused,
        body,
        _used(status),
        _unverified(status),
        f"As of {esc(clock_time(now, settings.zone))}",
    )
    return Page(
        html,
        (
            (
                Button(icon("🔄", "Refresh", plain=plain), "status"),
                Button("Test message", "status_test"),
                Button("Copy report", "status_report"),
            ),
            *_stop_row(status, plain=plain),
        ),
    )


def test_page(now: datetime, settings: ChatSettings) -> Page:
    """What ``Test message`` sends."""
    return Page(f"Test message at {esc(clock_time(now, settings.zone))}")


def report_page(status: Status) -> Page:
    """The same facts to be copied into a report of a fault: nobody's name, chat or key in it."""
    facts = [
        f"version {status.version}",
        f"up {duration(status.uptime)}",
        *(" ".join(part for part in row if part) for row in _rows(status)),
        f"unverified {len(status.unverified)}",
    ]
    return Page(paragraphs("Report to copy", table(fact for fact in facts)))


def _head(status: Status) -> str:
    left = f"KrakenBot {status.version}"
    return left + f"up {duration(status.uptime)}".rjust(max(29 - len(left), 14))


def _rows(status: Status) -> list[tuple[str, str, str]]:
    link = {True: "ok", False: "down", None: UNKNOWN}[status.connected]
    seen = f"{_span(status.frame_age)} ago" if status.frame_age is not None else UNKNOWN
    answered = f"{_span(status.telegram_age)} ago" if status.telegram_age is not None else ""
    return [
        ("Kraken", _STATES[status.system], f"clock {_span(status.clock_offset)}"),
        ("Market WS", link, seen),
        ("Streams", _count(status.streams), f"bad sums {_count(status.checksum_failures)}"),
        ("Telegram", "ok" if answered else UNKNOWN, answered),
        ("Queue", f"{_count(status.queue)} waiting", ""),
        ("Alerts", f"{status.alerts}", f"plans {status.plans}"),
        ("Watching", f"{status.watches}", ""),
    ]


def _line(label: str, value: str, detail: str) -> str:
    return (label.ljust(13) + value.ljust(9) + detail).rstrip()


def _span(span: timedelta | None) -> str:
    """Short enough for a column: ``0.2s``, ``14s``, ``3min``, ``2h``, ``5d``."""
    if span is None:
        return UNKNOWN
    number, unit, *_ = duration(abs(span)).split()
    return number + unit


def _count(value: int | None) -> str:
    return UNKNOWN if value is None else str(value)


def _unverified(status: Status) -> str:
    if not status.unverified:
        return ""
    return f"⚠ Books that fail the checksum: {esc(', '.join(status.unverified), 128)}"


def _paused(status: Status) -> str:
    pause = status.trade.pause if status.trade else None
    return f"🛑 Trading is paused:\n{WHY[pause.kind]}. /resume" if pause else ""


def _used(status: Status) -> str:
    """What of the limits is used; a table would be too narrow for large numbers."""
    trade = status.trade
    if trade is None or trade.mode is not Mode.LIVE:
        return ""
    spent, day = fixed(trade.usage.spent_today, 2), fixed(trade.limits.day, 0)
    opened, most = trade.usage.open_orders, fixed(trade.limits.open, 0)
    return f"24 h: {spent} of {day} USD; open orders: {opened} of {most}"


def _stop_row(status: Status, *, plain: bool) -> Rows:
    trade = status.trade
    if trade is None:
        return ()
    if trade.pause is not None:
        return ((Button("▶ Resume", "resume"),),)
    return ((Button(with_icon("🛑", "Stop trading", plain=plain), "kill", {}, "danger"),),)


def _trade_rows(status: Status, now: datetime) -> list[tuple[str, str, str]]:
    trade = status.trade
    if trade is None:
        return []
    account = {True: "ok", False: "behind", None: UNKNOWN}[trade.is_current]
    rows = [("Mode", trade.mode.value.upper(), ""), ("Account", account, "")]
    if trade.load is not None:
        calls = f"{trade.load.calls:.0f} / {trade.load.calls_most:.0f}"
        orders = f"{trade.load.orders:.0f} / {trade.load.orders_most:.0f}"
        rows += [("REST limit", calls, ""), ("Orders limit", orders, "")]
    if trade.key_tail:
        left = f"{_span(trade.key_expires - now)} left" if trade.key_expires else ""
        rows.append(("Key", f"…{trade.key_tail}", left))
    if trade.deadman is not None:
        rows.append(("Dead man", f"on, {duration(trade.deadman)}", ""))
    return rows
