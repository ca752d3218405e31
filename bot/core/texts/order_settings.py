"""The page of /settings about asking for orders."""

from decimal import Decimal

from bot.core.page import Button, Page
from bot.core.settings import ChatSettings
from bot.core.texts.labels import chosen
from bot.core.texts.markup import bold, code, paragraphs
from bot.core.texts.money import short_quantity

_PERCENTS = (Decimal("0.2"), Decimal("0.5"), Decimal("1"))


def presets_label(settings: ChatSettings) -> str:
    """``25·50·100``."""
    return "·".join(short_quantity(each) for each in settings.presets)


def order_settings_page(settings: ChatSettings, *, changed: bool) -> Page:
    """All three, with the usual values as buttons."""
    html = paragraphs(
        "How orders are asked for here",
        f"Amounts on the panel {bold(presets_label(settings))}, "
        f"change them with {code('/settings presets 25 50 100')}",
        f"Protection {bold(short_quantity(settings.protection))} %: "
        "a market order goes no further than that beyond the best price.",
        f"Renewal {bold(short_quantity(settings.renew))} %: "
        "a preview whose price moved by more is shown anew instead of sent.",
        "Changed." if changed else "",
    )
    return Page(
        html,
        (
            _row("Protect", "protection", settings.protection),
            _row("Renew", "renew", settings.renew),
            (Button("‹ Back", "settings", {"what": ""}),),
        ),
    )


def _row(label: str, what: str, now: Decimal) -> tuple[Button, ...]:
    return tuple(
        Button(
            chosen(f"{label} {short_quantity(each)} %", each == now),
            "settings",
            {"what": what, "value": short_quantity(each)},
        )
        for each in _PERCENTS
    )
