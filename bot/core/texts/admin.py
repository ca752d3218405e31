"""What only the owner of the bot asks for: its state, its errors, its copies, a word to all."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.core.numbers import duration
from bot.core.page import Button, Page
from bot.core.texts.labels import open_private
from bot.core.texts.markup import code, esc, paragraphs

_LINE = 300
"""Characters of one error: its first line says what it is."""


def version_page(version: str, python: str, up: timedelta) -> Page:
    """Which program runs, and since when."""
    return Page(
        paragraphs(
            f"kraken-bot {esc(version)}",
            f"Python {esc(python, 24)}, up for {esc(duration(up))}.",
            "It is brought up to date on the server, never from a chat.",
        )
    )


def errors_page(errors: Sequence[tuple[datetime, str]], zone: ZoneInfo) -> Page:
    """The last of them, the newest first; secrets were taken out when they were written."""
    if not errors:
        return Page("No error since I was started.")
    lines = (
        f"<blockquote expandable>{at.astimezone(zone):%d %b %H:%M:%S} "
        f"{esc(' '.join(text.split()), _LINE)}</blockquote>"
        for at, text in errors
    )
    where = "The whole of each is in the log of the server."
    return Page(paragraphs(f"The last {len(errors)} errors", *lines, where))


def copy_page(content: bytes, at: datetime) -> Page:
    """The sealed copy."""
    return Page(
        paragraphs(
            f"💾 Backup, {len(content):,} bytes",
            "It is sealed with the master key, and opens with that alone: keep the key somewhere "
            "else.",
            f"Put it back on the server: {code('kraken-bot restore FILE')}",
        ),
        document=content,
        filename=f"kraken-bot-{at:%Y-%m-%d-%H%M}.sealed",
    )


def in_private_page(command: str) -> Page:
    """Asked for in a group."""
    return Page(
        paragraphs(f"/{esc(command)} is for private chats only.", "Nothing was done."),
        ((open_private(),),),
    )


def no_copy_page(reason: str) -> Page:
    """It could not be made, or not be sent."""
    return Page(
        paragraphs(
            "There is no backup.",
            f"{esc(reason, 300)}",
            f"On the server: {code('kraken-bot backup FILE')}",
        )
    )


TOO_LARGE = "The database is larger than what Telegram takes of a bot."


def resealed_page(keys: int, given: int) -> Page:
    """After everything was sealed with the first master key."""
    said = "1 stored key is" if keys == 1 else f"{keys} stored keys are"
    if given == 1:
        return Page(
            paragraphs(
                "🔑 One master key is set.",
                f"{said} sealed with it, and nothing else is needed.",
                "To change it: on the server put a new one first, a comma, this one behind it; "
                "start me again, and send /rotate once more. The key itself is never typed here.",
            )
        )
    return Page(
        paragraphs(
            f"✅ {said} sealed anew.",
            "They open with the first master key alone. Now take the others out on the server and "
            "start me again; keep an old one only as long as you keep backups made with it.",
        )
    )


def not_resealed_page(reason: str) -> Page:
    """Nothing was sealed anew."""
    return Page(paragraphs("Nothing was sealed anew.", esc(reason, 300)))


NO_MASTER_KEY = "This bot has no master key: /connect says how one is made."


def broadcast_page(text: str, chats: int) -> Page:
    """What would be said, and to how many; the button sends it."""
    to = "1 chat" if chats == 1 else f"{chats} chats"
    payload: dict[str, str] = {"text": text}
    return Page(
        paragraphs(f"📣 To {to}, as you see it here:", _said(text), "Nothing was sent yet."),
        ((Button(f"Send to {to}", "broadcast_go", payload, "success"),),),
    )


def said_page(text: str) -> Page:
    """To everybody."""
    return Page(paragraphs("📣 From the owner of this bot", _said(text)))


def broadcast_done_page(chats: int) -> Page:
    """After it was handed to the outbox."""
    to = "1 chat" if chats == 1 else f"{chats} chats"
    return Page(paragraphs(f"📣 Sent to {to}.", "It goes out as fast as Telegram allows."))


def no_broadcast_page() -> Page:
    """Nothing to say."""
    return Page(
        paragraphs(
            "What shall I say?",
            f"{code('/broadcast Back in ten minutes')}: to everybody who is let in, and to every "
            "open group. I show it before it goes out.",
        )
    )


def _said(text: str) -> str:
    return f"<blockquote>{esc(text, 1000)}</blockquote>"
