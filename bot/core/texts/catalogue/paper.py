"""Practice."""

from bot.core.access import Access
from bot.core.texts.catalogue.entry import PRIVATE, CommandHelp

PAPER = CommandHelp(
    name="paper",
    summary="Practise with play money",
    topic="safety",
    syntax="/paper [reset|fee|latency|stats|how|why]",
    examples=("/paper stats", "/paper how", "/paper why", "/paper reset"),
    options=(
        ("reset 10000 eur btc=0.5", "new play money; alone: 10,000 of the chat’s currency"),
        ("fee maker=0.25 taker=0.40", "or mine: your key’s rates; or lowest: Kraken’s lowest"),
        ("latency 150ms", "how much later orders meet the market; or off"),
        ("stats", "return, drawdown, trades, win rate, fees, against holding"),
        ("how", "the rules by which practice orders fill"),
        ("why last", "what an open practice order waits for"),
    ),
    limits=(
        "alone it switches to practice at once; live orders stay open at Kraken",
        "in a group its owner switches, resets and sets fees",
    ),
    scopes=PRIVATE,
    access=Access.TRADER,
)
