"""Alerts in words: what is waited for, as short as people type it."""

from datetime import datetime, timedelta
from decimal import Decimal

from bot.core.alerts.words import Alert, Condition, Kind, Op, Source, Wish
from bot.core.args import INTERVAL_NAMES
from bot.core.numbers import clock_time, duration
from bot.core.settings import ChatSettings
from bot.core.texts.alert_own import badge_of, own_words
from bot.core.texts.figures import plain_number, price_text
from kraken.core.types import Instrument, Interval

_DAY = 86400


def span(seconds: int) -> str:
    """``30m``, as it is typed."""
    for unit, length in (("d", _DAY), ("h", 3600), ("m", 60)):
        if seconds % length == 0:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


def condition_words(
    condition: Condition, instrument: Instrument | None, settings: ChatSettings
) -> str:
    """``> 65,000.0``, ``±5 % in 1h``, ``rsi14 1h < 30``."""
    match condition.kind:
        case Kind.PRICE:
            price = price_text(condition.value, instrument, settings)
            source = "" if condition.source is Source.LAST else f" {condition.source}"
            return f"{condition.op} {price}{source}"
        case Kind.MOVE:
            sign = {Op.ABOVE: "+", Op.BELOW: "−"}.get(condition.op, "±")
            return f"{sign}{_number(condition.value, settings)} % in {span(condition.seconds)}"
        case Kind.STEP:
            return f"step {_number(condition.value, settings)}{_percent(condition)}"
        case Kind.EXTREME:
            side = "high" if condition.op is Op.ABOVE else "low"
            return f"new {span(condition.seconds)} {side}"
        case Kind.CANDLE:
            return _candle_words(condition, settings)
        case Kind.SPREAD | Kind.VOLUME | Kind.DEPTH:
            return _market_words(condition, settings)
        case _:
            return own_words(condition, settings)


def wish_words(wish: Wish, instrument: Instrument | None, settings: ChatSettings) -> str:
    """All conditions."""
    joined = f" {wish.joiner} "
    return joined.join(condition_words(each, instrument, settings) for each in wish.conditions)


def name_of(alert: Alert, *, with_number: bool = False) -> str:
    """``🔔 #12 BTC/EUR``; where it is about money, whose that is comes first."""
    number = f"#{alert.number}" if with_number else ""
    return " ".join(each for each in (badge_of(alert), "🔔", number, str(alert.symbol)) if each)


def title(alert: Alert, instrument: Instrument | None, settings: ChatSettings) -> str:
    """``BTC/EUR > 65,000.0``."""
    return f"{alert.symbol} {wish_words(alert.wish, instrument, settings)}".strip()


def how_often(alert: Alert, settings: ChatSettings, now: datetime) -> str:
    """``once``, ``every 30m, until 12:04 UTC``."""
    options = alert.wish.options
    said = ["every time" if options.repeats and not options.every else ""]
    said += [f"every {span(options.every)}" if options.every else ""]
    said += ["" if options.repeats else "once"]
    said += [f"nag {span(options.nag)}" if options.nag else ""]
    said += [f"between {options.begin}-{options.end}" if options.begin != options.end else ""]
    said += [options.sound, "with chart" if options.chart else ""]
    if alert.until is not None:
        said.append(f"for {duration(alert.until - now)}")
    if alert.rests_until is not None:
        said.append(f"rests until {clock_time(alert.rests_until, settings.zone, seconds=False)}")
    return ", ".join(each for each in said if each)


def distance(alert: Alert, last: Decimal | None) -> str:
    """``+8.31 %``: how far the price has to go; empty where that says nothing."""
    condition = alert.wish.conditions[0]
    if last is None or not last or alert.wish.is_own or len(alert.wish.conditions) > 1:
        return ""
    target = condition.value if condition.kind is Kind.PRICE else None
    if condition.kind is Kind.EXTREME:
        target = alert.progress.base
    if target is None:
        return ""
    change = (target - last) / last * 100
    return f"{'+' if change >= 0 else '−'}{abs(change):.2f} %"


def away_words(since: datetime, until: datetime, settings: ChatSettings) -> str:
    """``while I was away (11:40-11:52 UTC)``."""
    long = until - since >= timedelta(minutes=1)
    begin = since.astimezone(settings.zone).strftime("%H:%M" if long else "%H:%M:%S")
    return f"while I was away ({begin}–{clock_time(until, settings.zone, seconds=not long)})"


def _candle_words(condition: Condition, settings: ChatSettings) -> str:
    interval = INTERVAL_NAMES[Interval(condition.interval)]
    right = condition.right or _number(condition.value, settings)
    if condition.right:
        return f"{condition.left} {condition.op} {right} {interval}"
    return f"{condition.left} {interval} {condition.op} {right}"


def _market_words(condition: Condition, settings: ChatSettings) -> str:
    value = _number(condition.value, settings)
    if condition.kind is Kind.SPREAD:
        held = f" for {span(condition.seconds)}" if condition.seconds else ""
        return f"spread {condition.op} {value} %{held}"
    if condition.kind is Kind.VOLUME:
        return f"vol {span(condition.seconds)} {condition.op} {value}x"
    near = _number(condition.percent, settings)
    return f"{condition.left} {near} % {condition.op} {value}"


def _number(value: Decimal, settings: ChatSettings) -> str:
    return plain_number(value, settings)


def _percent(condition: Condition) -> str:
    return " %" if condition.in_percent else ""
