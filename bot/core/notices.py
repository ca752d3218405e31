"""What a chat is told without having asked, and how loudly."""

from enum import StrEnum


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
