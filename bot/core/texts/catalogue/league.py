"""Leagues."""

from bot.core.texts.catalogue.entry import CommandHelp

LEAGUE = CommandHelp(
    name="league",
    summary="Compete with play money in a group",
    topic="trade",
    syntax="/league [start|join|leave|stop]",
    examples=("/league", "/league start 7d", "/league join", "/league leave"),
    options=(
        ("start 7d 10000 usd", "begins one in this group; alone: 7 days, 10,000"),
        ("join leave", "everybody starts with the same money, late joiners too"),
        ("stop", "ends it early: whoever started it, or the group’s owner"),
    ),
    limits=(
        "trade in private: /league there; nobody sees another’s orders",
        "the standings come every day and at the end",
        "10 minutes to 31 days, one at a time",
    ),
    scopes=("group",),
)
