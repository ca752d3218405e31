"""What the bot does at a time."""

from bot.core.access import Access
from bot.core.texts.catalogue.entry import PRIVATE, CommandHelp

DCA = CommandHelp(
    name="dca",
    summary="Buy again and again: /dca 25usd btc",
    topic="plans",
    syntax="/dca <amount> <pair> every <time> [options] | list|pause|resume|edit|stop|stats <n>",
    examples=(
        "/dca",
        "/dca 25usd btc every 1d at 09:00",
        "/dca 50usd btc every mon 18:00 limit -0.3% wait 1h then market",
        "/dca 20usd eth every 1d at 07:30 max=9000 if dip 5% x2 missed skip",
    ),
    options=(
        ("every", "1d at 09:00, mon 18:00, 4h; a zone may follow: Europe/Berlin"),
        ("limit -0.3% wait 1h", "rests below the last trade; then market or then skip"),
        ("max=70000", "nothing is bought above this price"),
        ("stop after 12", "ends after so many runs"),
        ("if dip 5% x2", "twice as much when it is 5 % below the highest of 7 days"),
        ("missed ask", "when I was off: skip, once (made up for), or ask"),
    ),
    limits=(
        "one tap for the plan, its runs ask nothing; your limits hold",
        "one order a run; a run is missed after 15 minutes",
        "up to 5 recurring buys in a chat",
    ),
    access=Access.TRADER,
    scopes=PRIVATE,
)
SCHEDULE = CommandHelp(
    name="schedule",
    summary="Run a command at a time",
    topic="plans",
    syntax="/schedule <time> <command> [+ <command>] | list|pause|resume|edit|stop <n>",
    examples=(
        "/schedule",
        "/schedule every day 08:00 /price btc eth + /portfolio",
        "/schedule every fri 20:00 /pnl 7d",
        "/schedule 18:00 /sell 25% btc @ ask",
    ),
    options=(
        ("time", "18:00, fri 20:00, every day 08:00, every 4h, 2026-12-01 10:00"),
        ("tell me btc and my portfolio", "the same in words; without a slash, too"),
        ("/alerts /limits /dca list", "these lists, and whatever only shows something"),
        ("auto max=70000", "sends a /buy without asking; a /sell with min=50000"),
    ),
    limits=(
        "without every it happens once; times are those of your /settings zone",
        "a /buy or /sell sends its preview then",
    ),
    access=Access.TRADER,
    scopes=(),
)
