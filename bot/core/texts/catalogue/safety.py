"""Modes, stopping, and who may do what."""

from bot.core.access import Access
from bot.core.texts.catalogue.entry import EVERYWHERE, PRIVATE, CommandHelp

KILL = CommandHelp(
    name="kill",
    summary="Stop trading at once: /kill",
    topic="safety",
    syntax="/kill [all]",
    examples=("/kill",),
    options=(("all", "in every chat of this bot; for its owner"),),
    limits=(
        "acts at once and asks afterwards: no new orders, waiting confirmations are void",
        "open orders stay until you cancel them with the buttons below the answer",
        "works while my database or Kraken does not answer",
    ),
    aliases=("stop", "panic", "x"),
    scopes=EVERYWHERE,
    access=Access.TRADER,
    urgent=True,
)
LIMITS = CommandHelp(
    name="limits",
    summary="How much live orders may be",
    topic="safety",
    syntax="/limits [name] [value]",
    examples=("/limits", "/limits order 200"),
    limits=("lower counts at once; higher is typed and waits", "the same as /settings limits"),
    scopes=(),
)
RESUME = CommandHelp(
    name="resume",
    summary="Let trading go on after a stop",
    topic="safety",
    syntax="/resume [all]",
    examples=("/resume",),
    options=(("all", "also what holds for every chat; for the owner of this bot"),),
    limits=("shows why trading stands still, and asks once",),
    scopes=(),
    access=Access.CHAT_OWNER,
)
DEADMAN = CommandHelp(
    name="deadman",
    summary="Cancel all if I vanish: /deadman on 60s",
    topic="safety",
    syntax="/deadman [on <time>|off]",
    examples=("/deadman",),
    options=(
        ("on 60s", "Kraken cancels all orders when it has not heard from me for so long"),
        ("off", "at once"),
    ),
    limits=(
        "it ends all orders of the account: also those made elsewhere, also stops",
        "rests while Kraken is in maintenance",
        "45 s to 1 h; I give a sign of life every 20 s",
    ),
    scopes=(),
    access=Access.CHAT_OWNER,
)
LIVE = CommandHelp(
    name="live",
    summary="Trade real money here",
    topic="safety",
    syntax="/live",
    examples=("/live",),
    limits=(
        "needs a key (/connect) and a typed word",
        "limits are on and low: /settings limits",
        "in a group only its owner may",
    ),
    scopes=PRIVATE,
    access=Access.CHAT_OWNER,
)
