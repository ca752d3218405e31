"""What has to wait: the rate limit of the exchange at the tap, and a preview without a price."""

from datetime import timedelta

from bot.core.numbers import duration
from bot.core.page import Button, Page
from bot.core.settings import ChatSettings
from bot.core.texts.labels import badge, run, with_icon
from bot.core.texts.markup import code, esc, paragraphs
from bot.core.trade.types import Mode
from bot.core.trade.wish import OrderWish


def wait_page(
    mode: Mode, wish: OrderWish, wait: timedelta, ticket: str, settings: ChatSettings
) -> Page:
    """The tap came while the exchange counts too many changes: it can be sent when it may."""
    html = paragraphs(
        f"{badge(mode)} · wait {esc(duration(wait))}",
        f"Kraken lets you send again in {esc(duration(wait))}. Nothing was sent.",
        code(wish.command(), 200),
        "“Send then” sends it when it may be, if it still is what you saw.",
    )
    send = Button("Send then", "ticket_later", {"ticket": ticket}, "success")
    return Page(html, ((send,), (_cancel(ticket, settings),)))


def sends_then_page(
    mode: Mode, wish: OrderWish, wait: timedelta, ticket: str, settings: ChatSettings
) -> Page:
    """It waits for its moment; a tap still ends it."""
    html = paragraphs(
        f"{badge(mode)} ⏳ goes out in {esc(duration(wait))}",
        "Not sent yet. I look at the price again then; what has moved is shown instead of sent.",
        code(wish.command(), 200),
    )
    return Page(html, ((_cancel(ticket, settings),),))


def interrupted_page(wish: OrderWish) -> Page:
    """The bot is stopping while an order waits for its moment."""
    return Page(
        paragraphs(
            "⌛ I am being restarted.",
            "What was not sent by now is not sent any more: /orders shows what is there.",
            code(wish.command(), 200),
        ),
        ((run("Orders", "orders"),),),
    )


def preview_later_page(command: str, lasts: timedelta) -> Page:
    """A preview is made as soon as it can be; an order never."""
    return Page(
        paragraphs(
            "⏳ The preview comes by itself.",
            f"I try for {esc(duration(lasts))}, as long as I run. Nothing is sent: the preview "
            "waits for your tap.",
            code(command, 200),
        )
    )


def preview_came_page(command: str) -> Page:
    """It can be made again: it stands below."""
    return Page(paragraphs("✔ The preview stands below.", code(command, 200)))


def preview_never_page(command: str) -> Page:
    """The time is over, or the bot stops."""
    name, _, args = command.removeprefix("/").partition(" ")
    again = Button("Preview again", "run", {"command": name, "args": args})
    return Page(
        paragraphs(
            "⌛ No preview yet.", "I stopped trying. Nothing was sent.", code(command, 200)
        ),
        ((again,),),
    )


def _cancel(ticket: str, settings: ChatSettings) -> Button:
    label = with_icon("✖", "Cancel", plain=settings.plain_text)
    return Button(label, "ticket_drop", {"ticket": ticket})
