"""The welcome, and the one line that every later ``/start`` is."""

from bot.core.page import Page
from bot.core.quotes import Quote
from bot.core.settings import ChatSettings
from bot.core.texts.help import NOT_YET, first_steps
from bot.core.texts.labels import badge, run
from bot.core.texts.markup import code, esc, paragraphs
from bot.core.texts.prices import NO_PRICE, price_of
from bot.core.trade.types import Mode


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
    amount = f"50{settings.currency.lower()}"
    asset = settings.pair.partition("/")[0].lower()
    practice = (
        "You are in 🧪 PAPER with play money. Real prices, no real orders."
        if mode is Mode.PAPER
        else "You are in 🔴 LIVE: confirmed orders cost real money. /paper switches back."
    )
    html = paragraphs(
        f"{wave}I trade on Kraken from this chat.",
        practice,
        "",
        f"Try: {code(f'/buy {amount} {asset}')}",
        f"Then: /orders · {code(f'/watch {asset}')} · /balance",
        "Real account: /connect (2 minutes, key without withdrawal right)",
        NOT_YET,
    )
    trade = (
        run("▲ Practise a buy", "buy", f"{amount} {asset} market")
        if mode is Mode.PAPER
        else run("Orders", "orders"),
        run("Connect Kraken", "connect"),
    )
    return Page(html, (trade, *first_steps(settings)))


def again_page(
    quote: Quote | None, settings: ChatSettings, mode: Mode, *, is_paused: bool
) -> Page:
    """A later ``/start``: one line. Nothing is changed by it."""
    state = "🛑 paused" if is_paused else "ready"
    if quote is None or quote.ticker is None:
        price = f"{esc(settings.pair)}: {NO_PRICE}"
    else:
        last = price_of(quote.ticker.last, quote.instrument, settings)
        price = f"{esc(quote.instrument.symbol)} {esc(last)}"
    return Page(f"{badge(mode)} · {state} · {price}", first_steps(settings))
