"""Orders, balances, profit and files of the account that a chat trades on."""

from bot.core.access import Access
from bot.core.texts.catalogue.entry import PRIVATE, CommandHelp, Scope

UNLISTED: tuple[Scope, ...] = ()
"""Works, but stands in no menu: those stay short enough to be read."""

ORDERS = CommandHelp(
    name="orders",
    summary="See your orders: /orders btc",
    topic="trade",
    syntax="/orders [pair] [open|closed|stops|all] [page]",
    examples=("/orders", "/orders btc", "/orders stops", "/orders eth/eur closed 2"),
    options=(
        ("stops", "only those that wait for a trigger"),
        ("closed", "what ended in the last 30 days"),
        ("all", "both, the newest first"),
    ),
    limits=(
        "orders made elsewhere with the same key are marked ↗ app",
        "take-profits that I watch stand under “by bot”: they need me to run",
    ),
    aliases=("o",),
    access=Access.TRADER,
)
CANCEL = CommandHelp(
    name="cancel",
    summary="Cancel one order: /cancel last",
    topic="trade",
    syntax="/cancel [id|last]",
    # No “last” here: an example is a button, and this command asks nothing before it acts.
    examples=("/cancel", "/cancel OQCLML", "/cancel OQCLML-BW3P3-BUCMWZ"),
    options=(
        ("last", "the newest open order"),
        ("OQCLML", "an order’s id, or how it begins"),
    ),
    limits=(
        "as an answer to an order’s card it means that order",
        "only a protective stop is asked about first",
    ),
    scopes=UNLISTED,
    access=Access.TRADER,
    urgent=True,
)
CANCEL_ALL = CommandHelp(
    name="cancelall",
    summary="Cancel all orders, keeping the stops",
    topic="trade",
    syntax="/cancelall [pair] [entries|stops|all]",
    examples=("/cancelall", "/cancelall btc", "/cancelall stops", "/cancelall eth/eur all"),
    options=(
        ("entries", "all but protective stops; this is what it does when bare"),
        ("stops", "only protective stops"),
        ("all", "everything, also what was made elsewhere"),
    ),
    limits=("one tap confirms it", "when Kraken does not answer I go on until all are gone"),
    scopes=UNLISTED,
    access=Access.TRADER,
    urgent=True,
)
AMEND = CommandHelp(
    name="amend",
    summary="Change an order: /amend last 60000",
    topic="trade",
    syntax="/amend [id|last] [price] [amount=] [stop=] [trail=]",
    examples=(
        "/amend last 60000",
        "/amend last -1%",
        "/amend last amount=0.02",
        "/amend OQCLML 59500 stop=59000",
    ),
    options=(
        ("60000", "the new limit, or the new trigger of a plain stop"),
        ("-1% bid ask mid", "a price as after /buy: from the last trade, or from the book"),
        ("amount=0.02", "the new total, with what is filled already"),
        ("stop=58000", "the new trigger"),
        ("trail=2%", "needs a new order: I ask before I cancel the old one"),
    ),
    limits=(
        "as an answer to an order’s card it means that order",
        "a new price, or more amount, goes to the back of the queue",
    ),
    scopes=UNLISTED,
    access=Access.TRADER,
)
BALANCE = CommandHelp(
    name="balance",
    summary="See what you own and its worth",
    topic="account",
    syntax="/balance [all] [currency]",
    examples=("/balance", "/balance all", "/balance eur", "/balance all usd"),
    options=(("all", "unfolds what is worth less than 1"), ("eur", "values in euros")),
    limits=("what earns or is bonded stands apart: no order can use it",),
    aliases=("bal",),
    scopes=PRIVATE,
    access=Access.BALANCES,
)
TRADES = CommandHelp(
    name="trades",
    summary="See your fills: /trades btc 30d",
    topic="account",
    syntax="/trades [pair] [days]",
    examples=("/trades", "/trades btc", "/trades 30d", "/trades eth/eur 90"),
    options=(("30d", "how far back; without it 7 days"),),
    limits=("m is a maker’s fill, t a taker’s",),
    scopes=UNLISTED,
    access=Access.TRADER,
)
FEES = CommandHelp(
    name="fees",
    summary="See your fees and the next step",
    topic="account",
    syntax="/fees [pair]",
    examples=("/fees", "/fees btc", "/fees eth/eur", "/fees btc/usd"),
    limits=("the 30-day volume is in US dollars, as Kraken counts it",),
    scopes=UNLISTED,
    access=Access.TRADER,
)
PNL = CommandHelp(
    name="pnl",
    summary="See profit and loss: /pnl 30d",
    topic="account",
    syntax="/pnl [today|7d|30d|2026|all] [pair] [fifo|avg]",
    examples=("/pnl", "/pnl today", "/pnl 2026 avg", "/pnl btc/eur 30d"),
    options=(
        ("30d", "or 1d, 12w, 2y; without it 7 days"),
        ("fifo", "the oldest lot is sold first; the default"),
        ("avg", "the average cost of all lots"),
    ),
    limits=(
        "deposits are not profit; a lot that came by one has no cost until you set it",
        "currencies and dollar coins are cash, at the rate of the day",
        "fees are apart: net = realised − fees + unrealised",
    ),
    scopes=PRIVATE,
    access=Access.BALANCES,
)
PORTFOLIO = CommandHelp(
    name="portfolio",
    summary="See holdings, cost and their course",
    topic="account",
    syntax="/portfolio [days]",
    examples=("/portfolio", "/portfolio 7d", "/portfolio 90", "/portfolio 1y"),
    options=(("90", "days of the line; without it 30"),),
    limits=("the line begins where history is known; nothing is invented",),
    aliases=("pf",),
    scopes=UNLISTED,
    access=Access.BALANCES,
)
EXPORT = CommandHelp(
    name="export",
    summary="Get a file: /export trades 2026",
    topic="account",
    syntax="/export trades|orders|ledger|pnl [2026|from..to] [csv|json] [tax]",
    examples=(
        "/export trades",
        "/export ledger 30d json",
        "/export trades 2026-01-01..2026-03-31",
        "/export pnl 2026 tax",
    ),
    options=(
        ("trades", "each fill with its fee and its value on that day"),
        ("orders", "each order, open ones too"),
        ("ledger", "each change of a balance"),
        ("pnl", "each sale with its cost"),
        ("tax", "with pnl: each lot with its cost basis; avg instead of fifo if you write it"),
    ),
    limits=("private chats only", "times are UTC", "long ones are made in the background"),
    scopes=UNLISTED,
    access=Access.TRADER,
)
