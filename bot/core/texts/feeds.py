"""What is posted in a channel, and how its owner chooses it."""

from collections.abc import Sequence
from dataclasses import replace

from bot.core.alerts.words import Alert
from bot.core.feeds import Channel, Part
from bot.core.page import Button, Page
from bot.core.settings import ChatSettings
from bot.core.texts.amounts import ARROWS, PAST, amount, fitting, price
from bot.core.texts.labels import LABEL, badge
from bot.core.texts.markup import FIRST_LINE, bold, code, esc, paragraphs
from bot.core.trade.news import Posted
from bot.core.trade.types import Mode
from bot.core.words import short
from kraken.core.trading import Order
from kraken.core.types import Instrument

_SHOWN = 8


def posted_trade(
    order: Order, mode: Mode, settings: ChatSettings, instrument: Instrument | None
) -> Posted:
    """A closed trade, with how much it was and without."""
    mark, did = badge(mode), f"{ARROWS[order.side]} {PAST[order.side]}"
    at = ""
    if order.average is not None:
        at = f" @ {price(order.average, instrument, grouping=settings.grouping)}"
    qty = amount(order.filled_qty, grouping=settings.grouping)
    base = order.symbol.partition("/")[0]
    full = fitting(
        f"{mark} {did} {qty} {order.symbol}{at}",
        f"{mark} {did} {qty} {base}{at}",
        f"{mark} {did} {qty} {base}",
        limit=FIRST_LINE,
    )
    bare = fitting(
        f"{mark} {did} {order.symbol}{at}", f"{mark} {did} {order.symbol}", limit=FIRST_LINE
    )
    return Posted(Page(esc(full)), Page(esc(bare)))


def posted_alerts(page: Page, alerts: Sequence[Alert]) -> Posted | None:
    """An alert without its buttons; not one that is about somebody's own money."""
    if any(alert.wish.is_own for alert in alerts):
        return None
    bare = replace(page, rows=())
    return Posted(bare, bare)


def channel_added_page(title: str) -> Page:
    """To who made the bot an administrator of a channel."""
    return Page(
        paragraphs(
            "📢 I may post in your channel now.",
            f"{esc(title, 40)}: nothing is posted yet. Send {code('/feed')} in the chat whose "
            "closed trades or alerts shall be read there: here, or in a group that you own.",
        )
    )


def feeds_page(channels: Sequence[Channel], chat_id: int, note: str = "") -> Page:
    """This person's channels, and what this chat posts there."""
    if not channels:
        return Page(
            paragraphs(
                "📢 You have no channel here yet.",
                "Make me an administrator of one, with the right to post. Then /feed here says "
                "what of this chat is read there.",
            )
        )
    shown = channels[:_SHOWN]
    return Page(
        paragraphs(
            "📢 What of this chat is posted where",
            *(_line(channel, chat_id) for channel in shown),
            note,
            "Sizes: how much was traded. Alerts about your own money are never posted.",
        ),
        tuple(_row(channel, chat_id) for channel in shown),
    )


NOT_YOURS = "That channel is not yours any more. Nothing was changed."


def _line(channel: Channel, chat_id: int) -> str:
    if channel.chat_id not in (None, chat_id):
        return f"{bold(short(channel.title, 24))}: fed from another chat"
    parts = ", ".join(f"{part.value} {_on(channel, part, chat_id)}" for part in Part)
    return f"{bold(short(channel.title, 24))}: {parts}"


def _row(channel: Channel, chat_id: int) -> tuple[Button, ...]:
    return tuple(
        Button(
            short(f"{_NAMES[part]}: {_on(channel, part, chat_id)}", LABEL),
            "feed",
            {
                "channel": channel.id,
                "part": part.value,
                "on": _on(channel, part, chat_id) != "on",
            },
        )
        for part in Part
    )


_NAMES = {Part.TRADES: "Trades", Part.ALERTS: "Alerts", Part.SIZES: "Sizes"}


def _on(channel: Channel, part: Part, chat_id: int) -> str:
    """As it is for this chat: another one's feed ends when this one's begins."""
    is_ours = channel.chat_id == chat_id or part is Part.SIZES
    return "on" if is_ours and channel.has(part) else "off"
