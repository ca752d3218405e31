"""Balances: what an account owns and what that is worth."""

from collections.abc import Sequence
from datetime import datetime

from bot.core.numbers import clock_time
from bot.core.page import Button, Page
from bot.core.settings import ChatSettings
from bot.core.texts.figures import held_text, money, name, row, worth_text
from bot.core.texts.labels import badge, icon
from bot.core.texts.markup import esc, paragraphs, table
from bot.core.trade.holdings import Holding, Holdings, value_of
from bot.core.trade.moves import plain_asset
from bot.core.trade.types import Mode

_NAME = 5


def balance_page(holdings: Holdings, settings: ChatSettings, now: datetime) -> Page:
    """Everything that is owned, the most valuable first."""
    head = f"{badge(holdings.mode)} · balance in {esc(holdings.currency, 8)}"
    if settings.plain_text:
        body = "\n".join(esc(line, 128) for line in _sentences(holdings, settings))
    else:
        body = table(_lines(holdings, settings))
    notes = (
        "Earn is not for trading now." if holdings.earning else "",
        _unpriced(holdings.unpriced),
        f"As of {esc(clock_time(now, settings.zone))}",
    )
    return Page(paragraphs(head, body, *notes), _buttons(holdings, settings))


def _lines(holdings: Holdings, settings: ChatSettings) -> list[str]:
    word = "LIVE" if holdings.mode is Mode.LIVE else "PAPER"
    lines = row(word, holdings.currency)
    for each in holdings.trading:
        lines += row(*_cells(each, name(each.asset, 9), settings, holdings.currency))
        if each.held:
            lines += row("  held " + held_text(each.held, each.asset, settings), "")
    if holdings.small:
        worth = money(value_of(holdings.small), settings, holdings.currency)
        lines += row(f"{len(holdings.small)} small (<1)", worth)
    for each in holdings.earning:
        lines += row(
            *_cells(each, f"Earn {name(plain_asset(each.asset), 8)}", settings, holdings.currency)
        )
    return lines + row("TOTAL", money(holdings.total, settings, holdings.currency))


def _cells(each: Holding, label: str, settings: ChatSettings, currency: str) -> tuple[str, str]:
    left = f"{label.ljust(_NAME)} {held_text(each.total, plain_asset(each.asset), settings)}"
    return left, worth_text(each.value, settings, currency)


def _sentences(holdings: Holdings, settings: ChatSettings) -> list[str]:
    currency = holdings.currency
    lines = []
    for each in holdings.trading:
        held = (
            f", {held_text(each.held, each.asset, settings)} held by orders" if each.held else ""
        )
        lines.append(f"{each.asset}: {_said(each, settings, currency)}{held}")
    if holdings.small:
        worth = money(value_of(holdings.small), settings, currency)
        lines.append(f"{len(holdings.small)} small ones, below 1 each: {worth} {currency}")
    lines += [
        f"Earning {plain_asset(each.asset)}: {_said(each, settings, currency)}"
        for each in holdings.earning
    ]
    return [*lines, f"Total: {money(holdings.total, settings, currency)} {currency}"]


def _said(each: Holding, settings: ChatSettings, currency: str) -> str:
    amount = held_text(each.total, plain_asset(each.asset), settings)
    worth = worth_text(each.value, settings, currency)
    return f"{amount}, {worth}" + ("" if each.value is None else f" {currency}")


def _unpriced(unpriced: Sequence[Holding]) -> str:
    if not unpriced:
        return ""
    names = ", ".join(esc(each.asset, 16) for each in unpriced[:5])
    return f"Without a price, so not in the total: {names}."


def _buttons(holdings: Holdings, settings: ChatSettings) -> tuple[tuple[Button, ...], ...]:
    is_all = not holdings.small
    other = "EUR" if holdings.currency == "USD" else "USD"

    def shown(label: str, *, everything: bool, currency: str) -> Button:
        return Button(label, "balance", {"all": everything, "currency": currency})

    fold = (shown("All", everything=True, currency=holdings.currency),) if holdings.small else ()
    refresh = icon("🔄", "Refresh", plain=settings.plain_text)
    return (
        (
            *fold,
            shown(refresh, everything=is_all, currency=holdings.currency),
            shown(f"In {other}", everything=is_all, currency=other),
        ),
    )
