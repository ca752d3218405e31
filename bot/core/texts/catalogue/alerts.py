"""Alerts."""

from bot.core.texts.catalogue.entry import CommandHelp

ALERT = CommandHelp(
    name="alert",
    summary="Be told: /alert btc > 65000",
    topic="alerting",
    syntax="/alert [pair] <condition> [and|or <condition>] [options]",
    examples=(
        "/alert",
        "/alert btc +5%",
        "/alert eth ±5% 1h",
        "/alert btc rsi14 1h < 30 every 4h",
    ),
    options=(
        ("> 65000", "above; < below, x either way; bid or ask behind it for those prices"),
        ("±5% 1h", "a move within that time; +5% or -3% for one way; without a time from now"),
        ("step 2%", "each time it is so far from the last alert; also step 1000"),
        ("rsi14 1h < 30", "at the end of a candle; also close, ema50, sma200, macd, bbu20, bbl20"),
        ("ema50 x ema200 4h", "when two of them cross"),
        ("high 30d", "a new high or low of so many days"),
        ("spread > 0.3% for 1m", "the gap between bid and ask"),
        ("vol 5m > 3x", "what is traded, against the mean of 24 hours"),
        ("bids 1% < 20", "what rests in the book so near; also asks"),
        ("every 30m", "again after it came back, at most that often; every alone: each time"),
        ("nag 5m", "again until you tap Seen"),
        ("until 7d", "how long it is kept"),
        ("between 8-22", "only in these hours"),
        ("loud, silent", "whatever the hour"),
        ('note="sell?"', "is shown with it"),
        ("sell 25%", "a button that opens a preview; never an order. Also buy 50eur"),
    ),
    limits=(
        "50 per chat; at most 20 messages an hour, the rest as a summary",
        "on every trade, so a wick counts; a single print far off the market does not",
        "tells again only after the price left the level by 0.1 %",
        "after an outage the trades of the gap are read, and you are told",
    ),
    aliases=("al",),
)
ALERTS = CommandHelp(
    name="alerts",
    summary="See and change your alerts",
    topic="alerting",
    syntax="/alerts [pair|off <time>|on|clear]",
    examples=("/alerts", "/alerts btc", "/alerts off 2h", "/alerts on"),
    options=(
        ("off 2h", "none is told for so long"),
        ("clear", "deletes all, after one question"),
    ),
    limits=("a deleted alert’s number is never used again",),
)
