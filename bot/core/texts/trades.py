"""Fills: one by one, as they happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.core.page import Button, Page, Payload, Rows
from bot.core.settings import ChatSettings
from bot.core.texts.amounts import money
from bot.core.texts.figures import (
    ROW,
    arrow,
    name,
    price_text,
    qty_text,
    row,
    side_word,
)
from bot.core.texts.labels import badge, icon, run
from bot.core.texts.markup import esc, paragraphs, table
from bot.core.trade.types import Mode
from kraken.core.trading import Fill, Liquidity
from kraken.core.types import Instrument, Symbol

PER_PAGE = 10


@dataclass(frozen=True, slots=True)
class TradeList:
    """One page of fills, the newest first."""

    mode: Mode
    pair: str
    days: int
    fills: Sequence[Fill]
    instruments: Mapping[Symbol, Instrument]
    total: int
    page: int
    pages: int
    is_complete: bool = True
    """False: there were more than are read at once; the file has all."""


def trades_page(listing: TradeList, settings: ChatSettings, now: datetime) -> Page:
    """Two lines a fill: when, what, how much; at which price, as maker or taker, and the fee."""
    span = "1 day" if listing.days == 1 else f"{listing.days} days"
    pair = esc(listing.pair, 20)
    head = f"{badge(listing.mode)} · fills of {span}"
    if not listing.fills:
        more = run("30 days", "trades", f"{listing.pair} 30d".strip())
        return Page(paragraphs(head, pair, "None in this time."), ((more,),))
    if settings.plain_text:
        body = "\n".join(esc(_sentence(each, listing, settings), 160) for each in listing.fills)
    else:
        lines = [line for each in listing.fills for line in _lines(each, listing, settings, now)]
        body = table(lines)
    count = f"{listing.total} fills" if listing.total > 1 else "1 fill"
    rest = "" if listing.is_complete else " at least: the file has all"
    zone = now.astimezone(settings.zone).strftime("%Z")
    legend = "" if settings.plain_text else " · m maker, t taker"
    html = paragraphs(head, pair, body, f"{count}{rest}{legend} · times {esc(zone)}")
    return Page(html, _buttons(listing, settings))


def _lines(fill: Fill, listing: TradeList, settings: ChatSettings, now: datetime) -> list[str]:
    instrument = listing.instruments.get(fill.symbol)
    when = _when(fill.at, settings, now)
    left = f"{when} {arrow(fill.side)} {name(fill.symbol)}"
    price = f"  @ {price_text(fill.price, instrument, settings)} {fill.liquidity.value}"
    fee = f"fee {_fee(fill, settings)}"
    return [*row(left, qty_text(fill.qty, instrument, settings), ROW), *row(price, fee, ROW)]


def _fee(fill: Fill, settings: ChatSettings) -> str:
    return f"{money(fill.fee, grouping=settings.grouping)} {fill.fee_asset}"


def _when(at: datetime, settings: ChatSettings, now: datetime) -> str:
    """The time today, else the day."""
    local = at.astimezone(settings.zone)
    if local.date() == now.astimezone(settings.zone).date():
        return local.strftime("%H:%M")
    return local.strftime("%-d %b" if local.year == now.year else "%-d %b %y")


def _sentence(fill: Fill, listing: TradeList, settings: ChatSettings) -> str:
    instrument = listing.instruments.get(fill.symbol)
    when = fill.at.astimezone(settings.zone).strftime("%-d %b %H:%M")
    liquidity = "maker" if fill.liquidity is Liquidity.MAKER else "taker"
    return (
        f"{when}: {side_word(fill.side)} {qty_text(fill.qty, instrument, settings)} "
        f"{fill.symbol} at {price_text(fill.price, instrument, settings)}, {liquidity}, "
        f"fee {_fee(fill, settings)}"
    )


def _buttons(listing: TradeList, settings: ChatSettings) -> Rows:
    def turn(label: str, page: int) -> Button:
        payload: Payload = {"pair": listing.pair, "days": listing.days, "page": page}
        return Button(label, "trades", payload)

    refresh = turn(icon("🔄", "Refresh", plain=settings.plain_text), listing.page)
    file = run("CSV", "export", f"trades {listing.days}d")
    if listing.pages == 1:
        return ((refresh, file),)
    before = listing.page - 1 or listing.pages
    after = listing.page % listing.pages + 1
    count = turn(f"{listing.page}/{listing.pages}", listing.page)
    return (refresh, file), (turn("‹", before), count, turn("›", after))
