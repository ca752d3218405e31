"""Prices, books, candles, watches."""

from bot.core.texts.catalogue.entry import PRIVATE, CommandHelp

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
    scopes=(),
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
    syntax="/candles [pair] [interval] [count] [text|csv] [ema] [rsi]",
    examples=("/candles", "/candles btc 15m", "/candles eth/eur 1d 90", "/candles btc 1h 24 text"),
    options=(
        ("interval", "1m 5m 15m 30m 1h 4h 1d 1w 15d; without it 1h"),
        ("count", "5 or more; without it 60"),
        ("text", "a table instead of a picture"),
        ("csv", "a file"),
        ("ema", "adds the moving averages of 20 and 50 candles"),
        ("rsi", "adds the relative strength index of 14 candles"),
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
    syntax="/watch [pair...|orders|portfolio|pnl] [every 5s] [for 30m]",
    examples=("/watch", "/watch btc eth sol", "/watch btc every 10s for 2h", "/watch orders"),
    options=(
        ("orders", "your open orders; portfolio: what you own; pnl: what today earned"),
        ("every 10s", "how often; at least 5s in private, 10s in groups"),
        ("for 2h", "how long, up to 24h; without it 30m"),
    ),
    limits=(
        "2 watches per chat, 6 pairs each",
        "an account in private only, every 15s at most",
        "stops by itself and says so",
    ),
    scopes=PRIVATE,
)
