"""Stops for what a chat holds."""

from bot.core.access import Access
from bot.core.texts.catalogue.entry import CommandHelp

PROTECT = CommandHelp(
    name="protect",
    summary="Protect: /protect btc sl=58000 tp=64000",
    topic="trade",
    syntax="/protect [pair] sl=… tp=…",
    examples=(
        "/protect btc sl=58000",
        "/protect btc sl=58000 tp=64000",
        "/protect eth/eur sl=-3% tp=+6%",
        "/protect btc trailsl=2%",
    ),
    options=(
        ("sl", "stop-loss: a price, or a distance such as -3%"),
        ("tp", "take-profit: a price, or a distance such as +6%"),
        ("trailsl", "a stop that follows the price at this distance"),
    ),
    limits=(
        "for all that is free of the pair's base; a preview comes first",
        "the stop rests at Kraken; a take-profit beside it needs the bot",
    ),
    access=Access.TRADER,
    scopes=(),
)
