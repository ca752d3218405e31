"""What inline mode offers, and what it posts in chats where the bot may not be.

Everybody there reads it, so there is nothing of the asker in it: no balance, no zone of theirs.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from bot.core.inline import Article
from bot.core.numbers import clock_time, percent
from bot.core.page import PRIVATE_CHAT, Button, Page
from bot.core.quotes import Quote
from bot.core.settings import ChatSettings
from bot.core.sparkline import sparkline
from bot.core.texts.figures import money, short_qty
from bot.core.texts.markup import bold, esc, paragraphs
from bot.core.texts.prices import amount, old_mark, price_of, status_line

START_BUTTON = "Start the bot to use it here"
NO_PAIR_BUTTON = "No such pair. Open the bot"
NO_PRICE_BUTTON = "No price now. Open the bot"

_EVERYWHERE = ZoneInfo("UTC")


def price_article(
    quote: Quote, settings: ChatSettings, now: datetime, closes: Sequence[Decimal] = ()
) -> Article:
    """The price of one pair, and how its last day went."""
    assert quote.ticker is not None, "what has no price is not offered"
    symbol, change = str(quote.instrument.symbol), quote.ticker.change_pct
    price = price_of(quote.ticker.last, quote.instrument, settings)
    arrow = "▲" if change > 0 else "▼" if change < 0 else "="
    moved = f"{arrow} {percent(change)} in 24 h"
    html = paragraphs(
        f"{bold(symbol)} {esc(price)}",
        esc(moved),
        esc(sparkline(closes)) if len(closes) > 1 else "",
        esc(old_mark(quote)),
        status_line(quote.instrument),
        _as_of(now),
    )
    rows = ((_open(symbol),),)
    return Article(symbol, f"{symbol} {price}", moved, Page(html, rows))


def value_article(
    asked: tuple[Decimal, str], found: tuple[Decimal, str], settings: ChatSettings, now: datetime
) -> Article:
    """What an amount is worth in something else, each with its name."""
    left = f"{short_qty(asked[0], settings)} {asked[1]}"
    right = f"{_worth(*found, settings)} {found[1]}"
    page = Page(paragraphs(f"{esc(left, 40)} = {bold(right)}", _as_of(now)), ((_open(""),),))
    return Article(f"{asked[1]} {found[1]}"[:40], f"{left} = {right}", "at last prices", page)


def _worth(value: Decimal, unit: str, settings: ChatSettings) -> str:
    text = money(value, settings, unit)
    return text if any(digit in text for digit in "123456789") else amount(value, settings)


def _as_of(now: datetime) -> str:
    return f"As of {esc(clock_time(now, _EVERYWHERE))}, Kraken"


def _open(symbol: str) -> Button:
    start = f"pair_{symbol.replace('/', '-')}" if symbol else "hello"
    return Button("Open in bot", url=f"{PRIVATE_CHAT}{start}")
