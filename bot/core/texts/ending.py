"""Ending orders after a kill: how far it is, until the exchange says that nothing is left."""

from datetime import timedelta

from bot.core.numbers import duration
from bot.core.page import Page
from bot.core.texts.cards import EXCHANGE
from bot.core.texts.labels import badge
from bot.core.texts.markup import esc, paragraphs
from bot.core.trade.types import Mode


def begun_page(mode: Mode) -> Page:
    """Before the first order was ended."""
    return Page(f"{badge(mode)} ⏳ Cancelling…")


def ending_page(
    mode: Mode, ended: int, left: int | None, waited: timedelta, refused: str, *, over: bool
) -> Page:
    """How far cancelling is; ``left`` is None while the exchange does not answer."""
    done = f"{_orders(ended)} ended so far."
    if refused == "no answer":
        return _page(
            mode,
            "⚠ Not all orders ended.",
            f"{done} Kraken has not let me finish for {duration(waited)}, so I stop trying.",
            "Look in Kraken’s app, or send /kill again.",
        )
    if refused:
        return _page(
            mode,
            "⚠ Kraken refuses my key.",
            f"{done} Cancel the rest in Kraken’s app.",
            f"<blockquote expandable>{esc(refused, 200)}</blockquote>",
        )
    if over and not ended:
        return _page(mode, "· nothing was open.")
    if over:
        where = EXCHANGE[mode]
        said = f"{_orders(ended)} ended; nothing of {'it' if ended == 1 else 'them'} is open at"
        return _page(mode, "⚪ Cancelled", f"{said} {where}.")
    if left is None:
        return _page(
            mode,
            "⏳ Kraken does not answer.",
            f"{done} I keep trying; cancelling twice does no harm.",
        )
    return _page(mode, "⏳ Cancelling…", f"{done} {left} left.")


def _page(mode: Mode, first: str, *lines: str) -> Page:
    return Page(paragraphs(f"{badge(mode)} {first}", *lines))


def _orders(number: int) -> str:
    return f"{number} {'order' if number == 1 else 'orders'}"
