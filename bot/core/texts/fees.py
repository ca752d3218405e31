"""Fees: what trading costs, and what would make it cheaper."""

from decimal import Decimal

from bot.core.numbers import fixed
from bot.core.page import Button, Page
from bot.core.settings import ChatSettings
from bot.core.texts.figures import money, row
from bot.core.texts.labels import badge, icon
from bot.core.texts.markup import esc, paragraphs, table
from bot.core.trade.holdings import FeeReport
from bot.core.trade.types import Mode
from kraken.core.trading import EXACT


def fees_page(report: FeeReport, settings: ChatSettings) -> Page:
    """Own fees of one pair, the next tier, and this month."""
    cells = _cells(report, settings)
    if settings.plain_text:
        body = "\n".join(f"{esc(left)}: {esc(right)}" for left, right in cells)
    else:
        body = table([line for left, right in cells for line in row(left, right)])
    html = paragraphs(
        f"{badge(report.mode)} · fees for {esc(report.symbol, 16)}",
        body,
        _next_tier(report, settings),
        _saved(report, settings),
        _unpriced(report),
    )
    label = icon("🔄", "Refresh", plain=settings.plain_text)
    return Page(html, ((Button(label, "fees", {"pair": report.symbol}),),))


def percent_text(value: Decimal) -> str:
    """``0.25 %``: a rate, which has no sign."""
    return f"{fixed(value, 2 if value == round(value, 2) else 4)} %"


def _cells(report: FeeReport, settings: ChatSettings) -> list[tuple[str, str]]:
    paid = money(report.month, settings, report.currency)
    found: list[tuple[str, str]] = []
    if report.volume or report.mode is Mode.LIVE:  # practice counts none, whatever was traded
        found.append(("30 days", f"{money(report.volume, settings)} USD"))
    if report.maker is not None:
        found.append(("Maker", percent_text(report.maker)))
    if report.taker is not None:
        found.append(("Taker", percent_text(report.taker)))
    return [*found, ("Paid this month", f"{paid} {report.currency}")]


def _next_tier(report: FeeReport, settings: ChatSettings) -> str:
    tier = report.next_tier
    if tier is None:
        return ""
    missing = money(EXACT.subtract(tier.volume, report.volume), settings)
    maker, taker = percent_text(tier.maker.scaleb(2)), percent_text(tier.taker.scaleb(2))
    return (
        f"Kraken’s next step: {maker} maker, {taker} taker, after {missing} USD more in 30 days."
    )


def _saved(report: FeeReport, settings: ChatSettings) -> str:
    if report.saved <= 0:
        return ""
    saved = money(report.saved, settings, report.currency)
    return f"Post-only would have saved {saved} {esc(report.currency, 8)} this month."


def _unpriced(report: FeeReport) -> str:
    if not report.unpriced:
        return ""
    return f"{report.unpriced} fees are not in it: no price in {esc(report.currency, 8)}."
