"""For the owner of the bot alone: nothing here updates, configures or runs anything else."""

from bot.core.access import Access
from bot.core.texts.catalogue.entry import CommandHelp

BROADCAST = CommandHelp(
    name="broadcast",
    summary="Say something to everybody",
    topic="bot",
    syntax="/broadcast <text>",
    examples=("/broadcast Back in ten minutes",),
    limits=("shown first; one tap sends it", "to who is let in and to open groups"),
    scopes=(),
    access=Access.OWNER,
)
BACKUP = CommandHelp(
    name="backup",
    summary="Get a sealed copy of the database",
    topic="bot",
    syntax="/backup",
    examples=("/backup",),
    limits=("in private; opens with the master key alone",),
    scopes=("owner",),
    access=Access.OWNER,
)
ROTATE = CommandHelp(
    name="rotate",
    summary="Seal stored keys with the new master key",
    topic="bot",
    syntax="/rotate",
    examples=("/rotate",),
    limits=("the master key is set on the server, never typed here",),
    scopes=(),
    access=Access.OWNER,
)
ERRORS = CommandHelp(
    name="errors",
    summary="See what went wrong lately",
    topic="bot",
    syntax="/errors",
    examples=("/errors",),
    limits=("the last ten since the start, without secrets",),
    scopes=("owner",),
    access=Access.OWNER,
)
VERSION = CommandHelp(
    name="version",
    summary="See which version runs",
    topic="bot",
    syntax="/version",
    examples=("/version",),
    scopes=(),
    access=Access.OWNER,
)
