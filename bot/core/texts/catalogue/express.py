"""Sending without a preview."""

from bot.core.access import Access
from bot.core.texts.catalogue.entry import CommandHelp

EXPRESS = CommandHelp(
    name="express",
    summary="Send without a preview: /express 50",
    topic="trade",
    syntax="/express [amount|off]",
    examples=("/express", "/express 50", "/express off"),
    options=(
        ("50", "orders up to 50 USD go out as typed, for one hour; needs a typed word"),
        ("off", "at once"),
    ),
    limits=(
        "never in groups; only what you type as /buy or /sell",
        "limits hold; what is unusual or priced from old prices is previewed",
        "/kill, /paper and /live end it",
    ),
    scopes=(),
    access=Access.TRADER,
)
