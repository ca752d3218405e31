"""The welcome, and the one line that every later ``/start`` is."""

from bot.core.page import Page
from bot.core.quotes import Quote
from bot.core.settings import ChatSettings
from bot.core.texts.help import NOT_YET, first_steps
from bot.core.texts.markup import code, esc, paragraphs
from bot.core.texts.prices import NO_PRICE, price_of


def welcome_page(settings: ChatSettings) -> Page:
    """The first ``/start`` of a chat."""
    wave = "" if settings.plain_text else "👋 "
    html = paragraphs(
        f"{wave}I show Kraken’s live market here.",
        "Prices, order books checked message by message, charts. No account, no key needed.",
        "",
        f"Try: {code('/book btc')} · {code('/candles eth 4h')} · {code('/watch btc eth')}",
        NOT_YET,
    )
    return Page(html, first_steps(settings))


def again_page(quote: Quote | None, settings: ChatSettings) -> Page:
    """A later ``/start``: one line. Nothing is changed by it."""
    if quote is None or quote.ticker is None:
        line = f"Ready. {esc(settings.pair)}: {NO_PRICE}"
    else:
        price = price_of(quote.ticker.last, quote.instrument, settings)
        line = f"Ready. {esc(quote.instrument.symbol)} {esc(price)}"
    return Page(line, first_steps(settings))
