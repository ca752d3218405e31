"""Candles: the caption under a chart, the table, the file, and the buttons of all three."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from bot.core.args import INTERVAL_NAMES, KRAKEN_KEEPS, CandlesArgs
from bot.core.numbers import percent
from bot.core.page import Button, Page, Rows
from bot.core.settings import ChatSettings
from bot.core.sparkline import sparkline
from bot.core.texts.labels import chosen, icon, run, run_text
from bot.core.texts.markup import FIRST_LINE, WIDTH, esc, paragraphs, table
from bot.core.texts.prices import price_of
from kraken.core.types import Candle, Instrument, Interval

EMA_PERIODS = (20, 50)
"""The averages that the EMA button draws."""
RSI_PERIOD = 14
"""Of the relative strength index that the RSI button draws."""

NO_TRADES = "no trades"

_OFFERED = (Interval.M15, Interval.H1, Interval.H4, Interval.D1)
_LONG = (Interval.D1, Interval.W1, Interval.D15)
_TABLE_MOST = 90
"""Rows of a table that fit one message."""


def chart_page(
    candles: Sequence[Candle],
    instrument: Instrument,
    args: CandlesArgs,
    settings: ChatSettings,
    picture: bytes | None,
) -> Page:
    """The chart with its caption; without a picture the caption says why it is missing."""
    html = caption(candles, instrument, args, settings)
    if picture is None:
        # A message without a picture cannot be turned into one with it: the button asks anew.
        words = command_of(instrument, args).removeprefix("/candles ")
        again = run("Try again", "candles", words)
        return Page(paragraphs(html, "The picture could not be drawn this time."), ((again,),))
    return Page(html, buttons(instrument, args, settings), photo=picture)


def caption(
    candles: Sequence[Candle], instrument: Instrument, args: CandlesArgs, settings: ChatSettings
) -> str:
    """The last closed candle, the open one marked so, and the course as a line of bars."""
    name = f"{instrument.symbol} {INTERVAL_NAMES[args.interval]}"
    traded = [candle for candle in candles if not candle.is_empty]
    if not traded:
        return paragraphs(esc(name), f"{NO_TRADES.capitalize()} in this time.")
    low = price_of(min(candle.low for candle in traded), instrument, settings)
    high = price_of(max(candle.high for candle in traded), instrument, settings)
    bars = sparkline([None if candle.is_empty else candle.close for candle in candles])
    return paragraphs(
        *map(esc, _last_closed(candles, instrument, name, settings)),
        esc(_open_one(candles, instrument, args.interval, settings)),
        bars,
        f"min {esc(low)} · max {esc(high)}",
        _gaps(candles),
        _missing(candles, args),
        _drawn(args),
    )


def _drawn(args: CandlesArgs) -> str:
    ema = f"EMA {' and '.join(map(str, EMA_PERIODS))}" if args.ema else ""
    rsi = f"RSI {RSI_PERIOD}" if args.rsi else ""
    return ", ".join(filter(None, (ema, rsi)))


def table_page(
    candles: Sequence[Candle], instrument: Instrument, args: CandlesArgs, settings: ChatSettings
) -> Page:
    """Newest first, closing prices and their changes."""
    shown = candles[-_TABLE_MOST:]
    if not shown:
        html = f"{esc(instrument.symbol)}: {NO_TRADES} in this time."
    elif settings.plain_text:
        head = f"{instrument.symbol} {INTERVAL_NAMES[args.interval]}"
        lines = [
            f"{time}: {close} {change}".rstrip()
            for time, close, change in _cells(candles, shown, instrument, settings)
        ]
        html = "\n".join(esc(line, 128) for line in (head, *lines))
    else:
        html = table(_table(candles, shown, instrument, args.interval, settings))
    cut = f"The newest {len(shown)} of {len(candles)}." if len(shown) < len(candles) else ""
    notes = (cut, _gaps(shown), _missing(candles, args))
    return Page(paragraphs(html, *notes), buttons(instrument, args, settings))


def csv_page(
    candles: Sequence[Candle], instrument: Instrument, args: CandlesArgs, settings: ChatSettings
) -> Page:
    """A file with all columns; times are UTC, numbers are not grouped."""
    name = INTERVAL_NAMES[args.interval]
    html = paragraphs(
        f"{esc(instrument.symbol)} {name} · {len(candles)} candles",
        "Times are UTC. The last candle is still open. An interval without trades has no prices.",
        _missing(candles, args),
    )
    file_name = f"{instrument.symbol.replace('/', '-')}_{name}.csv"
    return Page(html, document=csv_file(candles), filename=file_name)


def csv_file(candles: Sequence[Candle]) -> bytes:
    """Comma-separated, oldest first."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        ("begin_utc", "open", "high", "low", "close", "vwap", "volume", "trades", "state")
    )
    for candle in candles:
        prices = (candle.open, candle.high, candle.low, candle.close, candle.vwap)
        state = "open" if candle is candles[-1] else "closed"
        writer.writerow(
            (
                candle.begin.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                *("" if candle.is_empty else f"{price:f}" for price in prices),
                f"{candle.volume:f}",
                candle.count,
                state,
            )
        )
    return out.getvalue().encode()


def progress_page(instrument: Instrument, args: CandlesArgs, done: int, total: int) -> Page:
    """Edited while more candles than Kraken keeps are put together from single trades."""
    beyond, wanted = done - KRAKEN_KEEPS, total - KRAKEN_KEEPS
    share = f"{min(max(beyond, 0) * 100 // wanted, 100)} %" if wanted > 0 else "…"
    html = paragraphs(
        f"{esc(instrument.symbol)}: collecting candles, {share}",
        f"{args.count} of {INTERVAL_NAMES[args.interval]} are more than Kraken keeps. "
        "I put them together from single trades, which can take two minutes.",
    )
    return Page(html, silent=True)


def given_up_page(instrument: Instrument, args: CandlesArgs) -> Page:
    """Instead of a progress that would stand still for ever: something newer took its place."""
    again = run_text(command_of(instrument, args))
    html = paragraphs(
        f"{esc(instrument.symbol)}: stopped collecting.",
        "A newer request took its place, or I was restarted. Ask again if you want it.",
    )
    return Page(html, ((again,),), silent=True)


def command_of(instrument: Instrument, args: CandlesArgs) -> str:
    """The command that asks for these candles."""
    form = "" if args.form == "chart" else f" {args.form}"
    drawn = (" ema" if args.ema else "") + (" rsi" if args.rsi else "")
    interval = INTERVAL_NAMES[args.interval]
    return f"/candles {instrument.symbol} {interval} {args.count}{form}{drawn}"


def finished_page(instrument: Instrument, count: int) -> Page:
    """What the progress message says in the end, when the answer is there."""
    return Page(f"{esc(instrument.symbol)}: {count} candles collected.", silent=True)


def buttons(instrument: Instrument, args: CandlesArgs, settings: ChatSettings) -> Rows:
    """Other intervals, the indicators, and the same again."""
    plain = settings.plain_text
    intervals = tuple(
        _choice(chosen(INTERVAL_NAMES[each], each is args.interval), instrument, each, args)
        for each in _OFFERED
    )
    ema, rsi = replace(args, ema=not args.ema), replace(args, rsi=not args.rsi)
    indicators = (
        _choice("−EMA" if args.ema else "+EMA", instrument, args.interval, ema),
        _choice("−RSI" if args.rsi else "+RSI", instrument, args.interval, rsi),
    )
    again = _choice(icon("🔄", "Refresh", plain=plain), instrument, args.interval, args)
    other = (*indicators, again) if args.form == "chart" else (again,)
    return (intervals[:2], intervals[2:], other)


def _choice(label: str, instrument: Instrument, interval: Interval, args: CandlesArgs) -> Button:
    return Button(
        label,
        "candles",
        {
            "pair": instrument.symbol,
            "interval": INTERVAL_NAMES[interval],
            "count": args.count,
            "form": args.form,
            "ema": args.ema,
            "rsi": args.rsi,
        },
    )


def _last_closed(
    candles: Sequence[Candle], instrument: Instrument, name: str, settings: ChatSettings
) -> tuple[str, ...]:
    """One line, or two where a notification would cut it."""
    closed = [candle for candle in candles[:-1] if not candle.is_empty]
    if not closed:
        return (f"{name}: none closed yet",)
    last = closed[-1]
    change = _change(last, closed[-2] if len(closed) > 1 else None)
    line = f"{name} closed {price_of(last.close, instrument, settings)}"
    return (f"{line} {change}",) if len(line) + len(change) < FIRST_LINE else (line, change)


def _open_one(
    candles: Sequence[Candle], instrument: Instrument, interval: Interval, settings: ChatSettings
) -> str:
    last = candles[-1]
    since = time_of(last.begin, interval, settings)
    if last.is_empty:
        return f"Open since {since}: {NO_TRADES} yet"
    price = price_of(last.close, instrument, settings)
    return f"Open since {since}: {price}"


def _gaps(candles: Sequence[Candle]) -> str:
    count = sum(candle.is_empty for candle in candles[:-1])
    return f"{count} without a trade, left empty." if count else ""


def _missing(candles: Sequence[Candle], args: CandlesArgs) -> str:
    if len(candles) >= args.count:
        return ""
    return f"Only {len(candles)} of {args.count}: Kraken has no more."


def _table(
    candles: Sequence[Candle],
    shown: Sequence[Candle],
    instrument: Instrument,
    interval: Interval,
    settings: ChatSettings,
) -> list[str]:
    title = f"{instrument.symbol} {INTERVAL_NAMES[interval]}"
    rows = [*_cells(candles, shown, instrument, settings)]
    changes = max(6, *(len(change) for _, _, change in rows))
    closes = max(5, *(len(close) for _, close, _ in rows))
    left = max(len(title), *(len(time) for time, _, _ in rows))
    # Thirty columns when there is room, as many as needed otherwise.
    gap = max(1, min(2, WIDTH - left - closes - changes - 1))
    closes = max(closes, min(WIDTH, 30) - left - changes - gap)
    if left + closes + gap + changes > WIDTH:
        return [title, *(line for row in rows for line in _two_lines(*row))]
    return [
        title.ljust(left) + "close".rjust(closes) + "Δ%".rjust(gap + changes),
        *(
            time.ljust(left) + close.rjust(closes) + change.rjust(gap + changes)
            for time, close, change in rows
        ),
    ]


def _two_lines(time: str, close: str, change: str) -> tuple[str, str]:
    return time, f"  {close} {change}"


def _cells(
    candles: Sequence[Candle],
    shown: Sequence[Candle],
    instrument: Instrument,
    settings: ChatSettings,
) -> list[tuple[str, str, str]]:
    """(time, close, change) newest first; the running candle is marked."""
    rows: list[tuple[str, str, str]] = []
    first = len(candles) - len(shown)
    for index in range(len(candles) - 1, first - 1, -1):
        candle = candles[index]
        time = time_of(candle.begin, candle.interval, settings, candles[-1].begin)
        if index == len(candles) - 1:
            time += " open"
        if candle.is_empty:
            rows.append((time, NO_TRADES, ""))
            continue
        before = next((past for past in candles[index - 1 :: -1] if not past.is_empty), None)
        change = _change(candle, before if index else None).removesuffix(" %")
        rows.append((time, price_of(candle.close, instrument, settings), change))
    return rows


def _change(candle: Candle, before: Candle | None) -> str:
    """From close to close; without an earlier candle from its own open."""
    base = before.close if before else candle.open
    return percent((candle.close - base) / base * 100) if base else ""


def time_of(
    begin: datetime, interval: Interval, settings: ChatSettings, latest: datetime | None = None
) -> str:
    """``11:00``, ``3 Mar 11:00`` on another day than ``latest``, ``22 Nov`` for long candles."""
    # A daily candle is a UTC day wherever it is read.
    if interval in _LONG:
        return begin.astimezone(UTC).strftime("%-d %b")
    local = begin.astimezone(settings.zone)
    if latest and local.date() != latest.astimezone(settings.zone).date():
        return local.strftime("%-d %b %H:%M")
    return local.strftime("%H:%M")
