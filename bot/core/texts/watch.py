"""The watch: a pinned message that follows up to six pairs, or an account."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from bot.core.live import WATCHES_MOST, Stop
from bot.core.numbers import clock_time, duration, percent
from bot.core.page import Button, Page, Payload
from bot.core.quotes import Quote
from bot.core.settings import ChatSettings, LiveRow
from bot.core.sparkline import sparkline
from bot.core.texts.figures import gain, name
from bot.core.texts.labels import badge, open_private, run, with_icon
from bot.core.texts.live import stopped
from bot.core.texts.markup import WIDTH, esc, paragraphs, table
from bot.core.texts.prices import NO_PRICE, old_mark, price_of
from bot.core.texts.profit import ProfitReport
from bot.core.words import columns

_ROW = 28
"""Columns of a row, as wide as the first one usually is."""


def watch_page(
    quotes: Sequence[Quote],
    closes: Sequence[Decimal],
    settings: ChatSettings,
    every: timedelta,
    ends_at: datetime,
    today: ProfitReport | None = None,
) -> Page:
    """The watch while it runs; ``closes`` are the first pair's of the last hour, ``today`` is
    what the chat's own account earned.
    """
    until = clock_time(ends_at, settings.zone, seconds=False)
    plain = settings.plain_text
    pace = f"{esc(duration(every))} until {esc(until)}"
    html = paragraphs(
        _numbers(quotes, closes, settings, today),
        f"Every {pace}" if plain else f"24 h change, every {pace}",
    )
    symbol = quotes[0].instrument.symbol
    trade = (
        run(with_icon("▲", "Buy", plain=plain), "buy", symbol),
        run(with_icon("▼", "Sell", plain=plain), "sell", symbol),
    )
    return Page(html, (_while_it_runs(plain), trade))


def account_watch_page(
    seen: tuple[str, bool], settings: ChatSettings, every: timedelta, ends_at: datetime
) -> Page:
    """The account while it is watched: what was seen of it, and whether that is old by now."""
    until = clock_time(ends_at, settings.zone, seconds=False)
    pace = f"Every {esc(duration(every))} until {esc(until)}"
    return Page(paragraphs(_seen(seen), pace), (_while_it_runs(settings.plain_text),))


def stopped_account_watch_page(
    seen: tuple[str, bool],
    settings: ChatSettings,
    stop: Stop,
    lasted: timedelta,
    payload: Payload,
) -> Page:
    """Its last words; the button goes on with the same."""
    go_on = Button(with_icon("▶", "Go on", plain=settings.plain_text), "watch_go_on", payload)
    return Page(paragraphs(_seen(seen), stopped(stop, lasted)), ((go_on,),))


def private_watch_page(what: str) -> Page:
    """An account was to be watched in a group."""
    return Page(
        f"/watch {esc(what)} is for private chats only.\n"
        "A group would read along: write to me directly. Nothing was shown here.",
        ((open_private("watch"),),),
    )


def _seen(seen: tuple[str, bool]) -> str:
    html, is_old = seen
    if not html:
        return "I cannot look at the account now.\nI try again."
    return paragraphs(html, "⚠ Not looked up again since: I try again." if is_old else "")


def _while_it_runs(plain: bool) -> tuple[Button, ...]:
    pause = Button(with_icon("⏸", "Pause", plain=plain), "watch_pause")
    return (pause, _stop_button("Stop", plain))


def stopped_watch_page(
    quotes: Sequence[Quote],
    closes: Sequence[Decimal],
    settings: ChatSettings,
    stop: Stop,
    lasted: timedelta,
    payload: Payload,
    now: datetime,
) -> Page:
    """Its last words; the button goes on with the same pairs. No quotes: it did not run."""
    pairs = esc(str(payload["pairs"]).replace(" ", ", "), 30)
    numbers = _numbers(quotes, closes, settings) if quotes else f"Watch of {pairs}"
    asked = f"As of {esc(clock_time(now, settings.zone))}" if quotes else ""
    html = paragraphs(numbers, asked, stopped(stop, lasted))
    go_on = Button(with_icon("▶", "Go on", plain=settings.plain_text), "watch_go_on", payload)
    return Page(html, ((go_on,),))


def too_many_page(rows: Sequence[LiveRow], settings: ChatSettings) -> Page:
    """The chat's budget is used up; each running watch can be stopped here."""
    buttons = tuple(
        Button(
            with_icon("✖", _name(row), plain=settings.plain_text),
            "watch_stop",
            {"message": row.message_id},
        )
        for row in rows
    )
    html = paragraphs(
        f"This chat has {len(rows)} watches already.",
        f"More than {WATCHES_MOST} are too much for Telegram. Stop one, then ask again.",
    )
    return Page(html, (buttons[:3],))


def stopped_elsewhere_page(row: LiveRow) -> Page:
    """Said where a watch was stopped from another message."""
    return Page(f"Stopped the watch of {esc(_name(row), 16)}.\nThere is room for one now.")


def _name(row: LiveRow) -> str:
    return str(row.payload.get("what") or row.payload.get("pairs", "")).split(" ")[0]


def _stop_button(word: str, plain: bool) -> Button:
    return Button(with_icon("✖", word, plain=plain), "watch_stop")


def _numbers(
    quotes: Sequence[Quote],
    closes: Sequence[Decimal],
    settings: ChatSettings,
    today: ProfitReport | None = None,
) -> str:
    if settings.plain_text:
        said = ((_sentence(quote, settings), old_mark(quote)) for quote in quotes)
        rows = [line for lines in said for line in lines if line]
        return "\n".join(esc(line, 128) for line in [*rows, *_earned_said(today, settings)])
    first, *others = quotes
    lines = _headline(first, settings)
    if first.is_old and first.ticker:
        lines.append("   " + old_mark(first))
    if len(closes) > 1:
        bars = sparkline(closes)
        lines.append(f"{bars}  1h")
    for quote in others:
        lines += _row(quote, settings)
    return table([*lines, *_earned(today, settings)])


def _headline(quote: Quote, settings: ChatSettings) -> list[str]:
    symbol = str(quote.instrument.symbol)
    if quote.ticker is None:
        return [f"📌 {symbol} {NO_PRICE}"]
    change = quote.ticker.change_pct
    arrow = "▲" if change > 0 else "▼" if change < 0 else "="
    price = price_of(quote.ticker.last, quote.instrument, settings)
    line = f"📌 {symbol} {price}  {arrow} {percent(change)}"
    # The pin is two columns wide.
    return [line] if len(line) < WIDTH else [f"📌 {symbol}", f"{price} {arrow} {percent(change)}"]


def _row(quote: Quote, settings: ChatSettings) -> list[str]:
    symbol = str(quote.instrument.symbol)
    if quote.ticker is None:
        return [f"{symbol} {NO_PRICE}"]
    price = price_of(quote.ticker.last, quote.instrument, settings)
    change = percent(quote.ticker.change_pct)
    right = f"{price} {change.rjust(8)}"
    lines = [symbol + right.rjust(max(_ROW - len(symbol), len(right) + 1))]
    if len(lines[0]) > WIDTH:
        lines = [symbol, right.rjust(_ROW)]
    return [*lines, "   " + old_mark(quote)] if quote.is_old else lines


def _earned(today: ProfitReport | None, settings: ChatSettings) -> list[str]:
    """In one row with the sign of the mode, or in two."""
    if today is None:
        return []
    left = f"{badge(today.mode).split()[0]} My P&L today"
    right = f"{gain(today.profit.net, settings, today.currency)} {name(today.currency, 5)}"
    space = max(_ROW - columns(left) - len(right), 1)
    line = left + " " * space + right
    return [line] if columns(line) <= WIDTH else [left, right.rjust(_ROW)]


def _earned_said(today: ProfitReport | None, settings: ChatSettings) -> list[str]:
    if today is None:
        return []
    net = gain(today.profit.net, settings, today.currency)
    return [f"{badge(today.mode).split()[1]}, my P&L today: {net} {today.currency}"]


def _sentence(quote: Quote, settings: ChatSettings) -> str:
    symbol = quote.instrument.symbol
    if quote.ticker is None:
        return f"{symbol}: {NO_PRICE}"
    price = price_of(quote.ticker.last, quote.instrument, settings)
    return f"{symbol}: {price}, 24 h {percent(quote.ticker.change_pct)}"
