"""The order book: a table of at most 32 columns, what trading would cost, and its buttons."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from bot.core.grouping import plain as plain_number
from bot.core.grouping import steps_for
from bot.core.ladder import BookQuestion, Cost, Ladder, Rung
from bot.core.live import Stop
from bot.core.numbers import clock_time, fixed, percent
from bot.core.page import Button, Page, Rows
from bot.core.settings import ChatSettings
from bot.core.texts.labels import chosen, icon, with_icon
from bot.core.texts.live import stopped
from bot.core.texts.markup import WIDTH, esc, paragraphs, table
from bot.core.texts.prices import amount, price_of, status_line
from kraken.core.types import Instrument

UNVERIFIED = "⚠ Not verified: this book fails Kraken’s checksum, so it is asked for each time."
EMPTY = "no orders"
OWN = "◂"
"""Beside a price at which an own order rests."""

_COLUMNS = 31
"""Columns of a table whose numbers are as long as Bitcoin's; one more is in reserve."""

_SIZE_DECIMALS = 4
_MOST_DECIMALS = 10
_SUM_DECIMALS = 2
_SUM_COLUMN = 9
_GLUED = 32
"""Characters of a cost that fits into one line of a phone together with its verb."""


def book_page(ladder: Ladder, settings: ChatSettings) -> Page:
    """The book as it is now, to be refreshed by its buttons."""
    return Page(_text(ladder, settings), _buttons(ladder, settings))


def live_book_page(ladder: Ladder, settings: ChatSettings, ends_at: datetime) -> Page:
    """The book while the message follows it."""
    until = clock_time(ends_at, settings.zone, seconds=False)
    live = with_icon("📌", f"Live until {esc(until)}", plain=settings.plain_text)
    html = paragraphs(_text(ladder, settings), live)
    return Page(html, ((_stop(settings),),))


def resyncing_page(
    question: BookQuestion,
    waited: timedelta,
    settings: ChatSettings,
    *,
    connected: bool = True,
    live: bool = False,
) -> Page:
    """Said instead of numbers that may be wrong."""
    seconds = max(int(waited.total_seconds()), 1)
    trouble = "Book is re-syncing" if connected else "I cannot reach Kraken"
    html = paragraphs(
        f"{esc(question.instrument.symbol)}: {trouble} ({seconds} s)",
        "Old numbers are not shown."
        if live
        else "Old numbers are not shown. Refresh in a moment.",
    )
    again = _choice(icon("🔄", "Refresh", plain=settings.plain_text), question)
    return Page(html, ((_stop(settings) if live else again,),))


def stopped_book_page(
    ladder: Ladder | None,
    question: BookQuestion,
    settings: ChatSettings,
    stop: Stop,
    lasted: timedelta,
) -> Page:
    """The last words of a live book: why it stopped, and a way to go on."""
    text = _text(ladder, settings) if ladder else f"{esc(question.instrument.symbol)} book"
    again = live_button(with_icon("▶", "Go on", plain=settings.plain_text), question)
    return Page(paragraphs(text, stopped(stop, lasted)), ((again,),))


def live_button(label: str, question: BookQuestion) -> Button:
    """Starts following the book in the message that carries the button."""
    return Button(label, "book_live", question.payload())


def _text(ladder: Ladder, settings: ChatSettings) -> str:
    if settings.plain_text:
        body = "\n".join(esc(line, 128) for line in _sentences(ladder, settings))
    else:
        body = table(_table(ladder, settings))
    return paragraphs(
        body,
        _cost_line("Buy", ladder.buys, ladder, settings),
        _cost_line("Sell", ladder.sells, ladder, settings),
        _legend(ladder, settings),
        "" if ladder.verified else UNVERIFIED,
        status_line(ladder.question.instrument),
    )


def _legend(ladder: Ladder, settings: ChatSettings) -> str:
    is_marked = any(rung.is_own for rung in (*ladder.bids, *ladder.asks))
    return f"{OWN} your order" if is_marked and not settings.plain_text else ""


def _table(ladder: Ladder, settings: ChatSettings) -> list[str]:
    asks, bids = ladder.asks[::-1], ladder.bids
    rungs = (*asks, *bids)
    # The mark of an own order stands in the last column.
    is_marked = any(rung.is_own for rung in rungs)
    most = WIDTH - 1 if is_marked else WIDTH
    prices = [price_of(rung.price, ladder.question.instrument, settings) for rung in rungs]
    width = max(map(len, prices), default=8)
    sum_decimals = _sum_decimals(ladder.question.instrument)
    sizes, sums = _sizes_and_sums(rungs, most - width - 2, sum_decimals, settings)
    size_width, sum_width = max(map(len, sizes), default=0), max(map(len, sums), default=0)
    sum_column = min(max(_SUM_COLUMN, sum_width + 1), most - width - size_width - 1)
    size_column = max(_COLUMNS - width - sum_column, size_width + 1)
    columns = width + size_column + sum_column
    lines = [
        price.rjust(width) + size.rjust(size_column) + total.rjust(sum_column) + _mark(rung)
        for rung, price, size, total in zip(rungs, prices, sizes, sums, strict=True)
    ]
    heads = "size".rjust(width + size_column) + ("Σ" if sum_width else "").rjust(sum_column)
    return [
        *_head(ladder, settings, heads.rstrip()),
        *(lines[: len(asks)] or [EMPTY]),
        f"--- {_spread(ladder, settings)} ".ljust(columns, "-"),
        *(lines[len(asks) :] or [EMPTY]),
    ]


def _mark(rung: Rung) -> str:
    return OWN if rung.is_own else ""


def _head(ladder: Ladder, settings: ChatSettings, heads: str) -> list[str]:
    """The title and, each over its column, what the columns are: on one line if both fit."""
    title = f"{ladder.question.instrument.symbol} {clock_time(ladder.at, settings.zone)}"
    if heads[: len(title) + 1].isspace():
        return [title + heads[len(title) :]]
    return [title, heads]


def _sizes_and_sums(
    rungs: Sequence[Rung], room: int, sum_decimals: int, settings: ChatSettings
) -> tuple[list[str], list[str]]:
    """Both columns with as many digits as fit and as keep a small size from reading as zero.

    The sums have the pair's digits as long as they fit, so that the column of a live book stands
    still while its numbers change.

    A market counted in billions has its sizes without commas, or else without their sums: no
    number is cut.
    """
    if not rungs:
        return [], []
    wanted = _wanted_decimals([rung.qty for rung in rungs])
    tries = [(decimals, settings.grouping) for decimals in range(wanted, -1, -1)]
    for decimals, grouping in (*tries, (0, False)):
        sizes = [_size(rung.qty, decimals, grouping) for rung in rungs]
        sums = [_size(rung.total, min(sum_decimals, decimals), grouping) for rung in rungs]
        if max(map(len, sizes)) + max(map(len, sums)) <= room:
            return sizes, sums
    return sizes, [""] * len(sizes)


def _wanted_decimals(sizes: Sequence[Decimal]) -> int:
    """Four, fewer in a market of large sizes, more where a size would read as zero."""
    decimals = max(0, _SIZE_DECIMALS - max(max(sizes).adjusted() - 1, 0))
    least = min(sizes)
    while decimals < _MOST_DECIMALS and least and not round(least, decimals):
        decimals += 1
    return decimals


def _sum_decimals(instrument: Instrument) -> int:
    """One fewer than the smallest order has, and two at most."""
    return min(max(-instrument.min_qty.adjusted() - 1, 0), _SUM_DECIMALS)


def _size(value: Decimal, decimals: int, grouping: bool) -> str:
    # What is there must not read as nothing.
    if value and not round(value, decimals):
        return "<" + fixed(Decimal(1).scaleb(-decimals), decimals)
    return fixed(value, decimals, grouping=grouping)


def _spread(ladder: Ladder, settings: ChatSettings) -> str:
    if ladder.spread is None or not ladder.mid:
        return "no spread"
    relative = ladder.spread / ladder.mid * 100
    spread = price_of(ladder.spread, ladder.question.instrument, settings)
    return f"spread {spread} ({fixed(relative, 3)} %)"


def _cost_line(verb: str, costs: Sequence[Cost], ladder: Ladder, settings: ChatSettings) -> str:
    """``Buy 1 BTC ≈ 60,010.3 · 10 BTC ≈ 60,021.8 (+0.02 %)``."""
    if not costs:
        return ""
    sign = 1 if verb == "Buy" else -1
    first, *more = (_cost(cost, ladder, settings, sign) for cost in costs)
    glue = "\u00a0" if len(first) <= _GLUED else " "
    return " · ".join((f"{verb}{glue}{first}", *more))


def _cost(cost: Cost, ladder: Ladder, settings: ChatSettings, sign: int) -> str:
    qty = f"{amount(plain_number(cost.qty), settings, usual=0)} {ladder.question.instrument.base}"
    if cost.average is None:
        return esc(f"{qty}: more than the book shows")
    price = price_of(cost.average, ladder.question.instrument, settings)
    slip = round(cost.slippage_pct, 2)
    said = f"{qty} ≈ {price} ({percent(slip * sign)})" if slip else f"{qty} ≈ {price}"
    # A narrow screen breaks the line between two amounts, not inside one.
    return esc(said).replace(" ", "\u00a0")


def _sentences(ladder: Ladder, settings: ChatSettings) -> list[str]:
    at = clock_time(ladder.at, settings.zone)

    def line(word: str, rung: Rung) -> str:
        price = price_of(rung.price, ladder.question.instrument, settings)
        size, total = amount(rung.qty, settings), amount(rung.total, settings)
        yours = ", yours" if rung.is_own else ""
        return f"{word} {price}, size {size}, sum {total}{yours}"

    return [
        f"{ladder.question.instrument.symbol} book at {at}",
        *(line("Ask", rung) for rung in ladder.asks[::-1]),
        _spread(ladder, settings).capitalize(),
        *(line("Bid", rung) for rung in ladder.bids),
    ]


def _buttons(ladder: Ladder, settings: ChatSettings) -> Rows:
    plain, question = settings.plain_text, ladder.question
    first = (
        _choice(icon("🔄", "Refresh", plain=plain), question),
        *(
            _choice(chosen(str(rows), rows == question.rows), replace(question, rows=rows))
            for rows in (10, 25)
        ),
    )
    offered = steps_for(question.instrument, ladder.mid) if ladder.mid else ()
    steps = [
        _choice(f"Group {fixed(step, _decimals(step))}", replace(question, step=step))
        for step in offered
        if step != question.step
    ]
    if question.step is not None:
        steps.insert(0, _choice("No groups", replace(question, step=None)))
    live = live_button(with_icon("📌", "Live", plain=plain), question)
    return (first, tuple(steps[:3]), (live,)) if steps else (first, (live,))


def _choice(label: str, question: BookQuestion) -> Button:
    return Button(label, "book", question.payload())


def _stop(settings: ChatSettings) -> Button:
    return Button(with_icon("✖", "Stop", plain=settings.plain_text), "book_stop")


def _decimals(value: Decimal) -> int:
    exponent = plain_number(value).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
