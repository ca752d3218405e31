"""The commands as people know them: the one list, in the order of the menus.

The handlers' table, the menus in Telegram, ``/help``, the nearest command to a misspelt one and
the tests that parse every example are all made from it. Only what works is listed.
"""

from bot.core.texts.catalogue.about import HELP, SETTINGS, START, STATUS
from bot.core.texts.catalogue.entry import CommandHelp
from bot.core.texts.catalogue.keys import CONNECT, DISCONNECT
from bot.core.texts.catalogue.market import BOOK, CANDLES, PRICE, TICKER, WATCH
from bot.core.texts.catalogue.safety import DEADMAN, KILL, LIVE, PAPER, RESUME

CATALOGUE: tuple[CommandHelp, ...] = (
    TICKER,
    BOOK,
    CANDLES,
    WATCH,
    PRICE,
    CONNECT,
    DISCONNECT,
    STATUS,
    KILL,
    SETTINGS,
    PAPER,
    LIVE,
    RESUME,
    DEADMAN,
    HELP,
    START,
)
"""In the order of the menus: what is used most comes first."""

BY_NAME = {name: entry for entry in CATALOGUE for name in (entry.name, *entry.aliases)}
"""By name and by alias."""
