"""Asking for orders."""

from bot.core.access import Access
from bot.core.texts.catalogue.entry import CommandHelp

_OPTIONS = (
    ("amount", "0.01, 0.01btc, 50usd, 25% or max of what is free"),
    ("price", "@ 60000, @ bid, @ ask, @ mid, @ -0.5% from the last trade, market"),
    ("post", "rests as maker, or nothing"),
    ("ioc fok gtd=4h", "now or never, all or nothing, good for 4 hours"),
    ("stop=58000", "waits for the price; with @ it becomes a limit order"),
    ("take=66000", "the same on the winning side"),
    ("trail=2%", "a stop that follows the market; trigger=index for what it looks at"),
    ("sl=-3% tp=+6%", "stop-loss and take-profit after a buy; trailsl=2% follows"),
    ("show=0.05", "shows only a part of the order"),
    ("in=4h parts=8", "in equal parts over the time; the bot must be running"),
    ("ladder=59000..61000x5", "five limit orders at even distances"),
    ('note="dip"', "your own note, kept here"),
    ("check", "lets Kraken check it and sends nothing"),
)
_LIMITS = (
    "nothing is sent before you tap on the preview, unless you asked for /express",
    "market is protected by a limit 0.5 % beyond the best price; market plain is not",
)

BUY = CommandHelp(
    name="buy",
    summary="Buy: /buy 50usd btc @ 60000",
    topic="trade",
    syntax="/buy [amount] [pair] [price] [options]",
    examples=(
        "/buy",
        "/buy 5% btc market",
        "/buy 0.01 btc @ -1% post",
        "/buy 25% btc @ bid sl=-3% tp=+6%",
    ),
    options=_OPTIONS,
    limits=_LIMITS,
    aliases=("b",),
    access=Access.TRADER,
)
SELL = CommandHelp(
    name="sell",
    summary="Sell: /sell 25% btc @ ask",
    topic="trade",
    syntax="/sell [amount] [pair] [price] [options]",
    examples=(
        "/sell",
        "/sell 25% btc @ ask",
        "/sell 0.01 btc stop=-3%",
        "/sell max eth trail=2%",
    ),
    options=_OPTIONS,
    limits=_LIMITS,
    aliases=("s",),
    access=Access.TRADER,
)
