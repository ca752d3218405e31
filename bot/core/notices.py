"""What a chat is told without having asked, and how loudly."""

from enum import StrEnum

from bot.core.settings import ChatSettings
from bot.core.trade.types import Mode


class Notice(StrEnum):
    """A kind of push; each can be loud, silent or off in each chat."""

    FILL = "fill"
    PARTIAL = "partial"
    CANCEL = "cancel"
    REJECT = "reject"
    STOP = "stop"
    ALERT = "alert"
    DCA = "dca"
    DEPOSIT = "deposit"
    DIGEST = "digest"
    BOT = "bot"
    """The bot, or its way to the exchange, went away or came back."""
    HEARTBEAT = "heartbeat"


class Loudness(StrEnum):
    """How a push arrives."""

    LOUD = "on"
    SILENT = "silent"
    OFF = "off"


def loudness(settings: ChatSettings, notice: Notice, mode: Mode) -> Loudness:
    """How a push of this kind arrives in a chat with these settings."""
    return Loudness.SILENT if notice is Notice.PARTIAL else Loudness.LOUD
