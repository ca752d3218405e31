"""Take-profits that the bot watches, where a person ends them."""

from collections.abc import Sequence

from bot.core.page import Button, Page, Payload, Rows
from bot.core.settings import ChatSettings
from bot.core.texts.figures import price_text
from bot.core.texts.labels import LABEL_ALONE, badge, run_in
from bot.core.texts.markup import paragraphs
from bot.core.trade.listing import BotPart, OrderList
from bot.core.trade.types import Mode
from bot.core.words import short
from kraken.core.trading import Order

END = "End TP"
OVER = "This take-profit is over already."
WITH_ITS_STOP = "Its take-profit ends with it."
_MOST = 10
"""Buttons of one list; what is ended makes room for the next."""


def counted(number: int) -> str:
    """``2 take-profits``."""
    return f"{number} {'take-profit' if number == 1 else 'take-profits'}"


def would_end(number: int) -> str:
    """Before everything is cancelled; empty if there are none."""
    return f"{counted(number)} that I watch would end." if number else ""


def have_ended(number: int | None) -> str:
    """After it; None: it could not be written down."""
    if number is None:
        return (
            "⚠ My database does not answer, so the take-profits that I watch could not be ended. "
            "Ask again in a moment."
        )
    return f"{counted(number)} ended: I watch for no price of theirs any more." if number else ""


def ended_toast(*, was_closing: bool, stop_rests: bool) -> str:
    """What the tap did, and what it left."""
    if was_closing:
        return (
            "Ended. Its price had been reached: its sale may be on its way, and its stop may be "
            "gone. Look at /orders."
        )
    return "Take-profit ended. " + (
        "Its stop stays." if stop_rests else "Nothing sells by itself."
    )


def end_button(client_id: str) -> Button:
    """On the card of its order."""
    return Button(END, "exit_end", {"id": client_id})


def part_buttons(listing: OrderList, settings: ChatSettings) -> Rows:
    """To end what the bot does, one in each row."""
    return tuple((_part_button(part, listing, settings),) for part in listing.by_bot[:_MOST])


def _part_button(part: BotPart, listing: OrderList, settings: ChatSettings) -> Button:
    if part.plan is not None:
        return Button(f"⏹ Stop {part.plan}", "plan_act", {"plan": part.plan, "act": "stop"})
    at = f" {price_text(part.price, part.instrument, settings)}" if part.price else ""
    payload: Payload = {
        "id": str(part.client_id),
        "which": listing.which,
        "pair": listing.pair,
        "page": listing.page,
    }
    label = f"⏹ {END} {part.symbol.partition('/')[0]}{at}"
    return Button(short(label, LABEL_ALONE), "list_exit_end", payload)


def freed_page(mode: Mode, stops: Sequence[Order], profits: int, command: str, args: str) -> Page:
    """Stops were ended for a sale, which has to be asked for: nothing was sold."""
    left = sum(stop.is_open for stop in stops)
    late = sum(bool(stop.filled_qty) for stop in stops)
    word = "stop" if len(stops) == 1 else "stops"
    html = paragraphs(
        f"{badge(mode)} {'⏳ Asked to end' if left else '⚪ Ended'} {len(stops)} {word}.",
        have_ended(profits),
        "⚠ Something was sold by it before: look at /orders." if late else "",
        "Kraken has not confirmed it yet: wait a moment, then preview the sale." if left else "",
        "Nothing protects that holding now, and nothing was sold yet." if not left else "",
    )
    return Page(html, ((run_in(mode, "Preview the sale", command, args),),))
