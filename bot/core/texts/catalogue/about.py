"""The bot itself: its state, its settings, its help."""

from bot.core.texts.catalogue.entry import CommandHelp

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
        ("presets 25 50 100", "the amounts that the order panel offers"),
        ("protection 0.5", "percent beyond the best price that a market order may go"),
        ("renew 0.5", "percent by which a preview may be off before it is shown anew"),
        ("confirm off", "practice orders go out as typed, without the tap"),
        ("limits order 50", "what live orders may come to; lower at once, higher after a wait"),
        ("limits second 100", "in a group: above it a second trader has to tap; “off” ends that"),
        ("notifications", "which pushes are loud, silent or off"),
        ("quiet 23-7", "hours in which pushes are silent"),
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
