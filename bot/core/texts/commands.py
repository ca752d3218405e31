"""The commands as people know them: names, menu lines, help, examples. The one list.

The handlers' table, the menus in Telegram, ``/help``, the nearest command to a misspelt one and
the tests that parse every example are all made from it. Only what works is listed.
"""

from dataclasses import dataclass
from typing import Literal

from bot.core.access import Access

Scope = Literal["default", "private", "group", "group_admin"]
"""The menus a command stands in; a menu is a convenience, access is checked elsewhere."""

EVERYWHERE: tuple[Scope, ...] = ("private", "group")
PRIVATE: tuple[Scope, ...] = ("private",)


@dataclass(frozen=True, slots=True)
class CommandHelp:
    """What a person may know about one command."""

    name: str
    summary: str
    """The line in Telegram's menu: at most 40 characters, begins with a verb."""
    topic: str
    syntax: str
    examples: tuple[str, ...]
    """Four, as typed; each is a button that runs it and each is tested to parse."""
    options: tuple[tuple[str, str], ...] = ()
    limits: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    scopes: tuple[Scope, ...] = EVERYWHERE
    access: Access = Access.APPROVED


TICKER = CommandHelp(
    name="ticker",
    summary="See one pair: /ticker btc",
    topic="prices",
    syntax="/ticker [pair...]",
    examples=("/ticker", "/ticker btc", "/ticker eth/eur", "/ticker btc eth"),
    options=(
        ("pair", "btc, BTC/USD, xbtusd, btc-eur; without it this chat’s pair"),
        ("eur", "at the end: all of them in euros, as in btc eth eur"),
    ),
    limits=("up to 3 pairs at once", "from the live stream; older than 5 s is marked"),
)
PRICE = CommandHelp(
    name="price",
    summary="Get prices: /price btc eth sol",
    topic="prices",
    syntax="/price [pair...]",
    examples=("/price", "/price btc", "/price btc eth sol", "/price btc/eur doge"),
    options=(
        ("pair", "btc, BTC/USD, xbtusd, btc-eur; without it this chat’s pair"),
        ("eur", "at the end: all of them in euros, as in btc eth eur"),
    ),
    limits=("up to 10 pairs at once", "from the live stream; older than 5 s is marked"),
    aliases=("p",),
)
BOOK = CommandHelp(
    name="book",
    summary="See the order book: /book btc 10",
    topic="prices",
    syntax="/book [pair] [depth] [group <step>] [live]",
    examples=("/book", "/book btc", "/book eth/eur 25", "/book btc 10 group 50"),
    options=(
        ("depth", "5 to 25 rows a side; without it 10"),
        ("group 50", "joins prices in steps of 50"),
        ("live", "keeps it current for 15 minutes"),
    ),
    limits=(
        "every book is checked against Kraken’s checksum",
        "live: one per chat, at most one change a second",
    ),
)
CANDLES = CommandHelp(
    name="candles",
    summary="Draw a chart: /candles btc 1h",
    topic="prices",
    syntax="/candles [pair] [interval] [count] [text|csv] [ema]",
    examples=("/candles", "/candles btc 15m", "/candles eth/eur 1d 90", "/candles btc 1h 24 text"),
    options=(
        ("interval", "1m 5m 15m 30m 1h 4h 1d 1w 15d; without it 1h"),
        ("count", "5 or more; without it 60"),
        ("text", "a table instead of a picture"),
        ("csv", "a file"),
        ("ema", "adds the moving averages of 20 and 50 candles"),
    ),
    limits=(
        "a table shows at most 90",
        "up to 2 days beyond the 720 that Kraken keeps are put together from single trades",
    ),
    aliases=("c", "chart"),
)
WATCH = CommandHelp(
    name="watch",
    summary="Follow prices: /watch btc eth for 30m",
    topic="prices",
    syntax="/watch [pair...] [every 5s] [for 30m]",
    examples=("/watch", "/watch btc", "/watch btc eth sol", "/watch btc every 10s for 2h"),
    options=(
        ("every 10s", "how often; at least 5s in private, 10s in groups"),
        ("for 2h", "how long, up to 24h; without it 30m"),
    ),
    limits=("2 watches per chat, 6 pairs each", "stops by itself and says so"),
)
STATUS = CommandHelp(
    name="status",
    summary="Check the bot and Kraken",
    topic="bot",
    syntax="/status",
    examples=("/status",),
)
SETTINGS = CommandHelp(
    name="settings",
    summary="Choose currency, pair, zone, numbers",
    topic="bot",
    syntax="/settings [what] [value]",
    examples=(
        "/settings",
        "/settings pair eth/eur",
        "/settings zone Europe/Berlin",
        "/settings currency eur",
    ),
    options=(
        ("currency eur", "what prices are in when only btc is named"),
        ("pair eth/eur", "the pair of a command that names none"),
        ("zone Europe/Berlin", "the time zone of every time I show"),
        ("numbers 1234.5", "or 1,234.5"),
        ("plain on", "no tables: for screen readers"),
    ),
    limits=("one set per chat",),
    scopes=("private", "group_admin"),
)
HELP = CommandHelp(
    name="help",
    summary="Find a command: /help book",
    topic="bot",
    syntax="/help [command or topic]",
    examples=("/help", "/help book", "/help prices", "/help candles"),
    aliases=("h",),
    scopes=("default", "private", "group"),
)
START = CommandHelp(
    name="start",
    summary="Begin here",
    topic="bot",
    syntax="/start",
    examples=("/start",),
    scopes=("default",),
)

CATALOGUE: tuple[CommandHelp, ...] = (
    TICKER,
    BOOK,
    CANDLES,
    WATCH,
    PRICE,
    STATUS,
    SETTINGS,
    HELP,
    START,
)
"""In the order of the menus: what is used most comes first."""

BY_NAME = {name: entry for entry in CATALOGUE for name in (entry.name, *entry.aliases)}
"""By name and by alias."""
