"""Alerts about an account or the bot itself, in words: what is waited for, and what happened."""

from datetime import datetime
from decimal import Decimal

from bot.core.alerts.words import Alert, Condition, Kind
from bot.core.numbers import MINUS, clock_time, duration
from bot.core.pair_names import CURRENCIES
from bot.core.settings import ChatSettings
from bot.core.texts.amounts import amount
from bot.core.texts.figures import price_text
from bot.core.texts.labels import badge
from bot.core.texts.money import money_with_unit
from bot.core.trade.types import Mode
from kraken.core.holdings import LedgerEntry
from kraken.core.trading import Fill, Order
from kraken.core.types import Instrument, Side


def badge_of(alert: Alert) -> str:
    """``🧪 PAPER``; empty where it is about no money."""
    mode = alert.wish.conditions[0].mode
    return badge(Mode(mode)) if mode else ""


def own_words(condition: Condition, settings: ChatSettings) -> str:
    """``EUR < 100``, ``order open for 24h``."""
    match condition.kind:
        case Kind.FILL:
            return f"big fill, {_money(condition.value, condition.right, settings)}"
        case Kind.STALE:
            return f"order open for {_span(condition.seconds)}"
        case Kind.BALANCE:
            least = _number(condition.value, settings)
            return f"{condition.left} balance {condition.op} {least}"
        case Kind.DEPOSIT:
            return "deposit"
        case Kind.PROFIT:
            bound = _money(condition.value, condition.right, settings)
            return f"P&L {condition.left} {condition.op} {bound}"
        case Kind.FEED:
            return f"no data for {_span(condition.seconds)}"
        case _:
            return f"key ends within {_span(condition.seconds)}"


def checked_words(condition: Condition) -> str:
    """When it is looked at, and what counts."""
    match condition.kind:
        case Kind.FILL:
            return "Checked on every fill of the account; the fills of one order count together."
        case Kind.STALE:
            return "Checked every minute. Orders that are older already are not told."
        case Kind.BALANCE:
            return "Checked on every change. What open orders hold counts as owned."
        case Kind.DEPOSIT:
            return "Told when Kraken credits it."
        case Kind.PROFIT:
            begins = {"day": "00:00 UTC", "week": "Monday, 00:00 UTC"}
            since = begins.get(condition.left, "the 1st of the month, UTC")
            return f"Checked on every fill: what was realised since {since}, fees taken off."
        case Kind.FEED:
            return "I tell you when data comes again, too."
        case _:
            return "I tell you 14, 3 and 1 days before the end anyway."


def fill_said(
    fill: Fill, filled: Decimal, instrument: Instrument | None, settings: ChatSettings
) -> str:
    """``Sold BTC/EUR for 600.31 EUR, the last at 60,031.0 at 12:04:31 UTC``."""
    quote = fill.symbol.partition("/")[2]
    verb = "Bought" if fill.side is Side.BUY else "Sold"
    at = clock_time(fill.at, settings.zone)
    price = price_text(fill.price, instrument, settings)
    return f"{verb} {fill.symbol} for {_money(filled, quote, settings)}, last at {price}, {at}"


def stale_said(order: Order, now: datetime, settings: ChatSettings) -> str:
    """``Buy 0.01 BTC/EUR is open for 1 d, filled: 0``."""
    side = "Buy" if order.side is Side.BUY else "Sell"
    size = amount(order.qty, grouping=settings.grouping)
    filled = amount(order.filled_qty, grouping=settings.grouping)
    age = duration(now - order.created_at) if order.created_at is not None else "long"
    return f"{side} {size} {order.symbol} is open for {age}, filled: {filled}"


def deposit_said(entry: LedgerEntry, settings: ChatSettings) -> str:
    """``500.00 EUR came in at 12:04:31 UTC``."""
    came = _money(entry.amount, entry.asset, settings)
    return f"{came} came in at {clock_time(entry.at, settings.zone)}"


def balance_said(condition: Condition, value: Decimal, settings: ChatSettings) -> str:
    """``Now 60.31 EUR``; where others read along not how much."""
    return _SO if settings.shared else f"Now {_money(value, condition.left, settings)}"


def balance_known(condition: Condition, value: Decimal, settings: ChatSettings) -> str:
    """The same in the answer to a new one, with a word on what it is not."""
    note = RATE_NOTE if condition.left.lower() in CURRENCIES else ""
    said = "" if settings.shared else f"{balance_said(condition, value, settings)}."
    return f"{said} {note}".strip()


def profit_said(condition: Condition, value: Decimal, settings: ChatSettings) -> str:
    """``Now 51.20 USD``, with a minus for a loss; where others read along not how much."""
    return _SO if settings.shared else f"Now {_money(value, condition.right, settings)}"


def silence_said(since: datetime, settings: ChatSettings) -> str:
    """``Nothing came from Kraken since 12:04:31 UTC``."""
    return f"Nothing came from Kraken since {clock_time(since, settings.zone)}"


def heard_said(since: datetime, settings: ChatSettings) -> str:
    """``Data comes again, at 12:09:02 UTC``."""
    return f"Data comes again, at {clock_time(since, settings.zone)}"


def key_said(ends_at: datetime, tail: str) -> str:
    """``The key …x1Yz is valid until 2026-12-01 10:00 UTC``."""
    return f"The key …{tail} is valid until {ends_at:%Y-%m-%d %H:%M} UTC"


_SO = "It is so now"
ENDLESS_KEY = "Your key has no end now; I look again every day."
NO_DEPOSITS = (
    "There are no deposits in practice.",
    "They come to your account at Kraken. Nothing was set. Change to /live first.",
)
NO_KEY_TO_WATCH = (
    "No Kraken key is connected here.",
    "Nothing was set. See /connect.",
)
RATE_NOTE = "For a rate name the pair, as in /alert eur/usd < 1.05."


def _money(value: Decimal, asset: str, settings: ChatSettings) -> str:
    text = money_with_unit(abs(value), asset, settings)
    return f"{MINUS}{text}" if value < 0 else text


def _number(value: Decimal, settings: ChatSettings) -> str:
    return amount(value, grouping=settings.grouping)


def _span(seconds: int) -> str:
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds % length == 0:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"
