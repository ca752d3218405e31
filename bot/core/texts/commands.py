"""The commands as people know them: the one list, in the order of the menus.

The handlers' table, the menus in Telegram, ``/help``, the nearest command to a misspelt one and
the tests that parse every example are all made from it. Only what works is listed.
"""

from bot.core.texts.catalogue.about import HELP, SETTINGS, START, STATUS
from bot.core.texts.catalogue.account import (
    AMEND,
    BALANCE,
    CANCEL,
    CANCEL_ALL,
    EXPORT,
    FEES,
    ORDERS,
    PNL,
    PORTFOLIO,
    TRADES,
)
from bot.core.texts.catalogue.admin import BACKUP, BROADCAST, ERRORS, ROTATE, VERSION
from bot.core.texts.catalogue.alerts import ALERT, ALERTS
from bot.core.texts.catalogue.entry import CommandHelp
from bot.core.texts.catalogue.express import EXPRESS
from bot.core.texts.catalogue.keys import CONNECT, DISCONNECT
from bot.core.texts.catalogue.league import LEAGUE
from bot.core.texts.catalogue.market import BOOK, CANDLES, PRICE, TICKER, WATCH
from bot.core.texts.catalogue.paper import PAPER
from bot.core.texts.catalogue.people import (
    APPROVE,
    AUDIT,
    BLOCK,
    FEED,
    HERE,
    INVITE,
    LEND,
    ROLE,
    SETUP,
    UNLEND,
    USERS,
)
from bot.core.texts.catalogue.plans import DCA, SCHEDULE
from bot.core.texts.catalogue.protect import PROTECT
from bot.core.texts.catalogue.safety import DEADMAN, KILL, LIMITS, LIVE, RESUME
from bot.core.texts.catalogue.trade import BUY, SELL

CATALOGUE: tuple[CommandHelp, ...] = (
    BUY,
    SELL,
    PROTECT,
    ORDERS,
    CANCEL,
    CANCEL_ALL,
    AMEND,
    BALANCE,
    TICKER,
    BOOK,
    CANDLES,
    WATCH,
    PRICE,
    ALERT,
    ALERTS,
    PNL,
    PORTFOLIO,
    TRADES,
    FEES,
    EXPORT,
    DCA,
    SCHEDULE,
    CONNECT,
    DISCONNECT,
    STATUS,
    KILL,
    SETTINGS,
    LEAGUE,
    PAPER,
    LIVE,
    LIMITS,
    RESUME,
    DEADMAN,
    EXPRESS,
    ROLE,
    SETUP,
    FEED,
    HERE,
    LEND,
    UNLEND,
    AUDIT,
    USERS,
    APPROVE,
    INVITE,
    BLOCK,
    BROADCAST,
    BACKUP,
    ROTATE,
    ERRORS,
    VERSION,
    HELP,
    START,
)
"""In the order of the menus: what is used most comes first."""

BY_NAME = {name: entry for entry in CATALOGUE for name in (entry.name, *entry.aliases)}
"""By name and by alias."""

URGENT = frozenset(name for name, entry in BY_NAME.items() if entry.urgent)
"""Names of what stops or ends something: heard however late and however often it is said."""

STOPS = frozenset((KILL.name, *KILL.aliases))
"""Names of what stops trading, also while the database does not answer."""
