"""The welcome, and the one line that every later ``/start`` is."""

from decimal import Decimal

from bot.core.numbers import fixed
from bot.core.page import Button, Page, Rows
from bot.core.practice_args import START_MONEY
from bot.core.quotes import Quote
from bot.core.settings import ChatSettings
from bot.core.texts.commands import BY_NAME
from bot.core.texts.figures import money
from bot.core.texts.help import first_steps
from bot.core.texts.labels import badge, run, with_icon
from bot.core.texts.markup import FIRST_LINE, code, esc, paragraphs
from bot.core.texts.prices import NO_PRICE, price_of
from bot.core.trade.types import Mode
from bot.core.words import columns

_SMALL = {"JPY": 5000}
"""What a first order may cost, where 50 is too little."""


def welcome_page(settings: ChatSettings, mode: Mode, *, may_trade: bool) -> Page:
    """The first ``/start`` of a chat."""
    wave = "" if settings.plain_text else "👋 "
    if not may_trade:
        return Page(
            paragraphs(
                f"{wave}I show Kraken’s live market here.",
                "Prices, order books checked message by message, charts.",
                "",
                f"Try: {code('/book btc')} · {code('/candles eth 4h')} · {code('/watch btc eth')}",
            ),
            first_steps(settings),
        )
    currency = settings.currency
    amount, asset = _some(currency), settings.pair.partition("/")[0].lower()
    practice = (
        f"You are in 🧪 PAPER with {fixed(START_MONEY, 0, grouping=settings.grouping)} "
        f"{esc(currency, 8)} of play money. Real prices, no real orders."
        if mode is Mode.PAPER
        else "You are in 🔴 LIVE: confirmed orders cost real money. /paper switches back."
    )
    alert = f" · {code(f'/alert {asset} +5%')}" if "alert" in BY_NAME else ""
    html = paragraphs(
        f"{wave}I trade on Kraken from this chat.",
        practice,
        "",
        f"Try: {code(f'/buy {amount} {asset}')}",
        f"Then: /orders{alert} · {code(f'/watch {asset}')}",
        "Real account: /connect (2 minutes, key without withdrawal right)",
    )
    return Page(html, _welcome_buttons(settings, mode, f"{amount} {asset} market"))


def _welcome_buttons(settings: ChatSettings, mode: Mode, order: str) -> Rows:
    plain = settings.plain_text
    pair = run(with_icon("📈", settings.pair, plain=plain), "ticker", settings.pair)
    buy = run("▲ Practise a buy", "buy", order) if mode is Mode.PAPER else run("Orders", "orders")
    alert = run(with_icon("🔔", "Set an alert", plain=plain), "alert")
    label = with_icon("🔑", "Connect Kraken", plain=plain)
    connect = Button(label, "run", {"command": "connect", "args": ""})
    help_ = run(with_icon("❓", "Help", plain=plain), "help")
    second = (alert, connect) if "alert" in BY_NAME else (connect,)
    return (pair, buy), second, (help_,)


def _some(currency: str) -> str:
    """A small amount of the chat's money, as it is typed."""
    return f"{_SMALL.get(currency, 50)}{currency.lower()}"


def again_page(
    quote: Quote | None,
    settings: ChatSettings,
    mode: Mode,
    *,
    is_paused: bool,
    total: Decimal | None = None,
    orders: int | None = None,
) -> Page:
    """A later ``/start``: one line. Nothing is changed by it.

    ``total`` is what the account is worth; None where it is not known, or not for this person.
    """
    head = f"{badge(mode)} · {'🛑 paused' if is_paused else 'ready'}"
    currency = settings.currency
    known = [] if total is None else [f"{money(total, settings, currency)} {currency}"]
    if orders is not None:
        known.append(f"{orders} open {'order' if orders == 1 else 'orders'}")
    if not known:
        known = [_price(quote, settings)]
    line, rest = " · ".join([head, *known]), " · ".join(known)
    if columns(line) <= FIRST_LINE:
        return Page(esc(line, 128), first_steps(settings))
    return Page(paragraphs(esc(head), esc(rest, 128)), first_steps(settings))


def _price(quote: Quote | None, settings: ChatSettings) -> str:
    if quote is None or quote.ticker is None:
        return f"{settings.pair}: {NO_PRICE}"
    last = price_of(quote.ticker.last, quote.instrument, settings)
    return f"{quote.instrument.symbol} {last}"
