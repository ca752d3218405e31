"""Kraken keys: in, looked at, and out."""

from bot.core.access import Access
from bot.core.texts.catalogue.entry import PRIVATE, CommandHelp

CONNECT = CommandHelp(
    name="connect",
    summary="Connect your Kraken account",
    topic="account",
    syntax="/connect [name]",
    examples=("/connect", "/connect my main account", "/connect status"),
    options=(
        ("name", "what you call this key"),
        ("status", "what the key may do, how old it is, when it ends"),
    ),
    limits=(
        "in private only; a key that can withdraw is refused",
        "after it you are still in practice mode: /live is a step of its own",
        "without Telegram: kraken-bot connect on the server",
    ),
    scopes=PRIVATE,
    access=Access.TRADER,
)
DISCONNECT = CommandHelp(
    name="disconnect",
    summary="Destroy the key that is stored here",
    topic="account",
    syntax="/disconnect",
    examples=("/disconnect",),
    limits=("orders at Kraken stay as they are", "asks for a word first"),
    scopes=(),
    access=Access.TRADER,
)
