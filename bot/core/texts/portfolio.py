"""The portfolio: what is held at which cost, and the course of its worth."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bot.core.numbers import clock_time, fixed, percent
from bot.core.page import Button, Page, Rows
from bot.core.settings import ChatSettings
from bot.core.texts.figures import gain, held_text, money, name, row, worth_text
from bot.core.texts.labels import badge, chosen, icon, run
from bot.core.texts.markup import esc, paragraphs, table
from bot.core.trade.equity import Equity
from bot.core.trade.holdings import Position
from bot.core.trade.types import Mode
from kraken.core.trading import EXACT

_DAYS = (("7d", 7), ("30d", 30), ("1y", 365))
_SHOWN = 6
"""Positions that a caption has room for."""


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Everything held, and how its worth went."""

    mode: Mode
    currency: str
    total: Decimal
    positions: Sequence[Position]
    equity: Equity
    days: int
    """Asked for; the line may be shorter."""
    is_complete: bool
    """The costs were reckoned from the whole history."""


def portfolio_page(
    portfolio: Portfolio, settings: ChatSettings, now: datetime, picture: bytes | None
) -> Page:
    """The caption under the line, or the same without a picture and why."""
    currency = esc(portfolio.currency, 8)
    total = money(portfolio.total, settings, portfolio.currency)
    shown = portfolio.positions[:_SHOWN]
    if settings.plain_text:
        body = "\n".join(esc(_sentence(each, portfolio, settings), 160) for each in shown)
    else:
        lines = [line for each in shown for line in _lines(each, portfolio, settings)]
        body = table(lines) if lines else ""
    rest = len(portfolio.positions) - len(shown)
    html = paragraphs(
        f"{badge(portfolio.mode)} · {esc(total)} {currency}",
        body,
        f"{rest} more in /balance." if rest else "",
        _course(portfolio, settings),
        _unpriced(portfolio),
        "" if portfolio.is_complete else "Costs leave out fills that were not read yet.",
        "" if picture or len(portfolio.equity.points) < 2 else "The picture could not be drawn.",
        f"As of {esc(clock_time(now, settings.zone))}",
    )
    if picture is None:
        return Page(html, _typed_buttons(portfolio))
    return Page(html, _buttons(portfolio, settings), photo=picture)


def _lines(each: Position, portfolio: Portfolio, settings: ChatSettings) -> list[str]:
    left = f"{name(each.asset, 9).ljust(5)} {held_text(each.qty, each.asset, settings)}"
    lines = row(left, worth_text(each.value, settings, portfolio.currency))
    share = f"{fixed(each.share, 1)} %" if each.share is not None else ""
    average = f"  avg {_price(each.average, settings)}" if each.average is not None else ""
    right = gain(each.unrealised, settings, portfolio.currency) if each.unrealised else ""
    lines += row(average, right) if average else []
    return lines + (row("  " + share, "") if share else [])


def _sentence(each: Position, portfolio: Portfolio, settings: ChatSettings) -> str:
    worth = worth_text(each.value, settings, portfolio.currency)
    words = [f"{each.asset}: {held_text(each.qty, each.asset, settings)}, {worth}"]
    if each.average is not None:
        words.append(f"average cost {_price(each.average, settings)}")
    if each.unrealised is not None:
        words.append(f"unrealised {gain(each.unrealised, settings, portfolio.currency)}")
    if each.share is not None:
        words.append(f"{fixed(each.share, 1)} % of all")
    return ", ".join(words)


def _price(value: Decimal, settings: ChatSettings) -> str:
    """A cost of one: two digits, more for small ones."""
    decimals = 2 if value >= 1 else min(10, 3 - value.adjusted()) if value else 2
    return fixed(value, decimals, grouping=settings.grouping)


def _course(portfolio: Portfolio, settings: ChatSettings) -> str:
    """How it went, and why the line is shorter than asked for."""
    points = portfolio.equity.points
    if len(points) < 2:
        return "No line yet: there is no history to draw."
    first, last = points[0], points[-1]
    since = first.at.astimezone(settings.zone).strftime("%-d %b %Y")
    change = EXACT.subtract(last.value, first.value)
    said = gain(change, settings, portfolio.currency)
    share = ""
    if first.value:
        share = f" ({percent(EXACT.divide(change.scaleb(2), first.value))})"
    short = "" if len(points) > portfolio.days else " Older history is not known."
    return f"Since {esc(since)}: {said}{share}, deposits and withdrawals included.{short}"


def _unpriced(portfolio: Portfolio) -> str:
    names = portfolio.equity.unpriced
    if not names:
        return ""
    return f"Not in the line, no price: {', '.join(esc(each, 12) for each in names[:5])}."


def _buttons(portfolio: Portfolio, settings: ChatSettings) -> Rows:
    spans = tuple(
        Button(chosen(label, days == portfolio.days), "portfolio", {"days": days})
        for label, days in _DAYS
    )
    refresh = icon("🔄", "Refresh", plain=settings.plain_text)
    return spans, (Button(refresh, "portfolio", {"days": portfolio.days}),)


def _typed_buttons(portfolio: Portfolio) -> Rows:
    """A message without a picture cannot be turned into one with it: these ask anew."""
    return (tuple(run(label, "portfolio", label) for label, _ in _DAYS),)
