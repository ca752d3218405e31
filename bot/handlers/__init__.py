"""Telegram in, Telegram out: parse, ask the desk, answer. No rule, no sentence, no ``except``.

``COMMANDS`` and ``TAPS`` are the whole surface of the bot: the Telegram edge walks them, and so
do the tests.
"""

from bot.handlers.command import Command, Tap
from bot.handlers.table import (
    COMMANDS,
    COMMANDS_BY_NAME,
    KEY_TEXTS,
    TAPS,
    free_text,
    unknown_command,
)

__all__ = [
    "COMMANDS",
    "COMMANDS_BY_NAME",
    "KEY_TEXTS",
    "TAPS",
    "Command",
    "Tap",
    "free_text",
    "unknown_command",
]
