"""Express: orders without a preview, and what every card says while it is on."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from bot.core.numbers import clock_time
from bot.core.page import Button, Page
from bot.core.settings import ChatSettings
from bot.core.texts.labels import badge, chosen, run, with_icon
from bot.core.texts.markup import bold, code, esc, paragraphs
from bot.core.texts.money import money
from bot.core.trade.express import Express, Held
from bot.core.trade.types import Mode
from bot.core.trade.wish import OrderWish

WORD = "express"
"""What is typed to send without a preview."""

NOT_IN_GROUPS = paragraphs(
    "No express in groups.",
    "Here every order is previewed. /express works in your private chat. Nothing was changed.",
)


def express_page(express: Express | None, settings: ChatSettings, mode: Mode) -> Page:
    """Whether it is on, and how to change that."""
    if express is None:
        html = paragraphs(
            f"{badge(mode)} · express is off",
            "Every order is previewed and waits for your tap.",
            f"On: {code('/express 50')} lets you send orders up to 50 USD without a preview, "
            "for one hour.",
        )
        return Page(html, ((run("Express 50", "express", "50"),),))
    html = paragraphs(
        f"{badge(mode)} · ⚡ express is on",
        on_line(express, settings),
        "What you type as /buy or /sell goes out at once. Buttons, replies and plain words are "
        "previewed as ever.",
    )
    return Page(html, ((run("Express off", "express", "off"),),))


def offer_page(mode: Mode, most: Decimal, life: timedelta, settings: ChatSettings) -> Page:
    """What changes; waits for the word."""
    return Page(
        paragraphs(
            f"{badge(mode)} · ⚡ send without a preview?",
            f"What you type as /buy or /sell up to {bold(_usd(most, settings))} would go out at "
            f"once, with {'real' if mode is Mode.LIVE else 'play'} money, for one hour.",
            "Limits hold. What I would ask about twice is previewed. A typing error is sent as "
            "you typed it.",
            f"To do it, type {bold(WORD)} within {int(life.total_seconds())} s.",
        ),
        force_reply=True,
    )


def ended_page(*, was_on: bool, mode: Mode) -> Page:
    """Off again, which needs no confirmation."""
    first = "express is off now" if was_on else "express was off already"
    return Page(paragraphs(f"{badge(mode)} · {first}", "Every order is previewed again."))


def on_line(express: Express, settings: ChatSettings) -> str:
    """What every preview says while it is on."""
    until = esc(clock_time(express.until, settings.zone))
    said = f"Express is on until {until}, up to {_usd(express.most, settings)}: /express off"
    return with_icon("⚡", said, plain=settings.plain_text)


def sent_line(until: datetime, zone: ZoneInfo, *, plain: bool) -> str:
    """What the card of an order says that went out without a preview."""
    said = f"Sent by express, without a preview; it is on until {esc(clock_time(until, zone))}."
    return with_icon("⚡", f"{said} /express off", plain=plain)


def with_express(page: Page, express: Express, held: Held | None, settings: ChatSettings) -> Page:
    """A preview while express is on, and why it is one."""
    why = _HELD[held] if held is not None else ""
    return replace(page, html=paragraphs(page.html, why, on_line(express, settings)))


_HELD = {
    Held.LARGE: "It is larger than what express sends, so I ask.",
    Held.OLD: "The price is not of this moment, so I ask.",
    Held.DOUBTED: "Something about it is unusual, so I ask.",
}


def sending_page(mode: Mode, wish: OrderWish) -> Page:
    """The card of an order that goes out at once, until it is known how it stands."""
    return Page(paragraphs(f"{badge(mode)} ⏳ Sending…", code(wish.command(), 200)))


def confirm_page(settings: ChatSettings, *, changed: bool) -> Page:
    """The page of /settings about what has to be confirmed."""
    asks = settings.practice_asks
    html = paragraphs(
        "How orders are confirmed here",
        f"{badge(Mode.LIVE)} preview and one tap, always; {code('/express')} is the exception.",
        f"{badge(Mode.PAPER)} {bold('preview and one tap' if asks else 'none')}"
        f"{'' if asks else ': what you type as /buy or /sell goes out at once.'}",
        "Changed." if changed else "",
    )
    return Page(
        html,
        (
            (
                _choice("Practice: tap", "on", asks),
                _choice("Practice: none", "off", not asks),
            ),
            (run("⚡ Express", "express"), Button("‹ Back", "settings", {"what": ""})),
        ),
    )


def confirm_label(settings: ChatSettings) -> str:
    """On the button that leads there."""
    return "Confirm: preview" if settings.practice_asks else "Confirm: live"


def _choice(label: str, value: str, now: bool) -> Button:
    return Button(chosen(label, now), "settings", {"what": "confirm", "value": value})


def _usd(value: Decimal, settings: ChatSettings) -> str:
    return f"{money(value, 'USD', settings)} USD"
