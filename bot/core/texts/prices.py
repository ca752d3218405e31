"""Prices: the lines of ``/price`` and the card of ``/ticker``."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from bot.core.numbers import clock_time, duration, fixed, percent, signed, volume
from bot.core.page import Button, Page
from bot.core.quotes import Quote
from bot.core.settings import ChatSettings
from bot.core.texts.labels import icon, run, with_icon
from bot.core.texts.markup import WIDTH, ends, esc, paragraphs, table
from kraken.core.types import Instrument, InstrumentStatus, Ticker

NO_PRICE = "no price yet"

_CARD = 27
"""Columns of a card whose numbers are as long as Bitcoin's; longer ones widen it."""

_STATUS = {
    InstrumentStatus.CANCEL_ONLY: "takes only cancels now",
    InstrumentStatus.POST_ONLY: "is post-only now",
    InstrumentStatus.LIMIT_ONLY: "takes only limit orders now",
    InstrumentStatus.REDUCE_ONLY: "is reduce-only now",
    InstrumentStatus.MAINTENANCE: "is in maintenance",
    InstrumentStatus.DELISTED: "is delisted",
    InstrumentStatus.WORK_IN_PROGRESS: "is being set up",
}


def price_of(value: Decimal, instrument: Instrument, settings: ChatSettings) -> str:
    """A price with the digits of its pair's tick."""
    return fixed(value, instrument.price_decimals, grouping=settings.grouping)


def amount(value: Decimal, settings: ChatSettings, usual: int = 3) -> str:
    """A quantity with fewer digits the larger it is, and never so few that it looks like zero."""
    decimals = max(0, usual - max(value.adjusted(), 0)) if value else usual
    while value and decimals < 10 and not round(value, decimals):
        decimals += 1
    return fixed(value, decimals, grouping=settings.grouping)


def old_mark(quote: Quote) -> str:
    """``price 14 s old ⚠``, or nothing while it is fresh."""
    return f"price {duration(quote.age)} old ⚠" if quote.is_old and quote.ticker else ""


def status_line(instrument: Instrument) -> str:
    """A warning when the market does not take every order; else nothing."""
    said = _STATUS.get(instrument.status)
    return f"⚠ {esc(instrument.symbol)} {said}" if said else ""


def price_page(quotes: Sequence[Quote], settings: ChatSettings, now: datetime) -> Page:
    """One line a pair."""
    if settings.plain_text:
        said = ((_price_sentence(quote, settings), old_mark(quote)) for quote in quotes)
        html = "\n".join(esc(line, 128) for lines in said for line in lines if line)
    else:
        html = table(_price_lines(quotes, settings))
    warnings = [status_line(quote.instrument) for quote in quotes]
    names = " ".join(quote.instrument.symbol for quote in quotes)
    first = quotes[0].instrument.symbol
    rows = (
        (
            Button(icon("🔄", "Refresh", plain=settings.plain_text), "price", {"pairs": names}),
            run(with_icon("📌", "Watch", plain=settings.plain_text), "watch", _watchable(quotes)),
            run(with_icon("📖", "Book", plain=settings.plain_text), "book", first),
        ),
        (run(with_icon("🔔", "Alert", plain=settings.plain_text), "alert", first),),
    )
    asked = f"As of {esc(clock_time(now, settings.zone))}"
    meaning = "" if settings.plain_text else ", change over 24 h"
    return Page(paragraphs(html, *warnings, asked + meaning), rows)


def ticker_page(quote: Quote, settings: ChatSettings, now: datetime) -> Page:
    """The card of one pair."""
    if quote.ticker is None:
        html = f"{esc(quote.instrument.symbol)}: {NO_PRICE}."
    elif settings.plain_text:
        html = "\n".join(esc(line, 128) for line in _sentences(quote, quote.ticker, settings))
    else:
        html = table(_card(quote, quote.ticker, settings))
    asked = f"As of {esc(clock_time(now, settings.zone))}"
    return Page(
        paragraphs(html, old_mark(quote), status_line(quote.instrument), asked),
        _ticker_rows(quote.instrument, settings),
    )


def _ticker_rows(instrument: Instrument, settings: ChatSettings) -> tuple[tuple[Button, ...], ...]:
    plain, symbol = settings.plain_text, instrument.symbol
    return (
        (
            Button(icon("🔄", "Refresh", plain=plain), "ticker", {"pair": symbol}),
            run(with_icon("📖", "Book", plain=plain), "book", symbol),
            run(with_icon("🕯", "Chart", plain=plain), "candles", symbol),
        ),
        (
            run(with_icon("▲", "Buy", plain=plain), "buy", symbol),
            run(with_icon("▼", "Sell", plain=plain), "sell", symbol),
            run(with_icon("📌", "Watch", plain=plain), "watch", symbol),
        ),
        (run(with_icon("🔔", "Alert", plain=plain), "alert", symbol),),
    )


def _watchable(quotes: Sequence[Quote]) -> str:
    return " ".join(quote.instrument.symbol for quote in quotes[:6])


def _price_lines(quotes: Sequence[Quote], settings: ChatSettings) -> list[str]:
    cells = [_cells(quote, settings) for quote in quotes]
    rows = _fitting(cells)
    lines: list[str] = []
    for quote, row in zip(quotes, rows, strict=True):
        lines += row
        if mark := old_mark(quote):
            lines.append("  " + mark)
    return lines


def _fitting(cells: Sequence[tuple[str, str, str]]) -> list[list[str]]:
    """One line a row with the decimal points in one column, if that fits; else two lines."""
    names, plain, changes = zip(*cells, strict=True)
    name_width, change_width = max(map(len, names)), max(map(len, changes))
    for prices in (_aligned(plain), plain):
        price_width = max(map(len, prices))
        gap = min(3, (WIDTH - name_width - price_width - change_width) // 2)
        if gap > 0:
            return [
                [
                    (" " * gap).join(
                        (n.ljust(name_width), p.rjust(price_width), c.rjust(change_width))
                    )
                ]
                for n, p, c in zip(names, prices, changes, strict=True)
            ]
    return [[name, ends("", f"{price} {change}")] for name, price, change in cells]


def _aligned(prices: Sequence[str]) -> list[str]:
    """The numbers with blanks after them, so that their points stand in one column."""
    tails = [len(price) - price.index(".") if "." in price else 0 for price in prices]
    return [price + " " * (max(tails) - tail) for price, tail in zip(prices, tails, strict=True)]


def _cells(quote: Quote, settings: ChatSettings) -> tuple[str, str, str]:
    symbol = str(quote.instrument.symbol)
    if quote.ticker is None:
        return symbol, NO_PRICE, ""
    price = price_of(quote.ticker.last, quote.instrument, settings)
    return symbol, price, percent(quote.ticker.change_pct)


def _price_sentence(quote: Quote, settings: ChatSettings) -> str:
    symbol, price, change = _cells(quote, settings)
    return f"{symbol}: {price}, 24 h {change}" if change else f"{symbol}: {price}"


def _card(quote: Quote, ticker: Ticker, settings: ChatSettings) -> list[str]:
    instrument = quote.instrument

    def price(value: Decimal) -> str:
        return price_of(value, instrument, settings)

    change = signed(ticker.change, instrument.price_decimals, grouping=settings.grouping)
    pairs = [
        (str(ticker.symbol), price(ticker.last)),
        ("24h   " + percent(ticker.change_pct), change),
        ("High", price(ticker.high)),
        ("Low", price(ticker.low)),
    ]
    width = max(_CARD, *(len(left) + len(right) + 1 for left, right in pairs))
    bid = f"{price(ticker.bid)} × {amount(ticker.bid_qty, settings)}"
    ask = f"{price(ticker.ask)} × {amount(ticker.ask_qty, settings)}"
    spread = spread_of(ticker.bid, ticker.ask, instrument, settings)
    label = 9 if 9 + max(len(bid), len(ask)) <= WIDTH else 4
    return [
        *(ends(left, right, width) for left, right in pairs),
        "Bid".ljust(label) + bid,
        "Ask".ljust(label) + ask,
        "Spread".ljust(9 if 9 + len(spread) <= WIDTH else 7) + spread,
        f"Volume   {volume(ticker.volume, grouping=settings.grouping)} {instrument.base}",
    ]


def _sentences(quote: Quote, ticker: Ticker, settings: ChatSettings) -> list[str]:
    instrument = quote.instrument

    def price(value: Decimal) -> str:
        return price_of(value, instrument, settings)

    return [
        f"{ticker.symbol}: {price(ticker.last)}",
        f"24 hours: {percent(ticker.change_pct)}",
        f"High: {price(ticker.high)}",
        f"Low: {price(ticker.low)}",
        f"Bid: {price(ticker.bid)}, size {amount(ticker.bid_qty, settings)}",
        f"Ask: {price(ticker.ask)}, size {amount(ticker.ask_qty, settings)}",
        f"Spread: {spread_of(ticker.bid, ticker.ask, instrument, settings)}",
        f"Volume: {volume(ticker.volume, grouping=settings.grouping)} {instrument.base}",
    ]


def spread_of(bid: Decimal, ask: Decimal, instrument: Instrument, settings: ChatSettings) -> str:
    """``0.1  (0.000 %)``: in quote and relative to the mid price."""
    mid = (bid + ask) / 2
    relative = (ask - bid) / mid * 100 if mid else Decimal(0)
    return f"{price_of(ask - bid, instrument, settings)}  ({fixed(relative, 3)} %)"
