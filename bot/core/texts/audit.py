"""The audit log, as a person reads it: who, when, what, with which result."""

import json
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.core.audit import Entry
from bot.core.page import Page
from bot.core.texts.markup import code, esc, paragraphs


def audit_page(entries: Sequence[Entry], head: str, zone: ZoneInfo) -> Page:
    """The newest rows, the newest first."""
    if not entries:
        return Page("Nothing is written down here yet.")
    return Page(
        paragraphs(
            "Who did what, newest first",
            *(_line(entry, zone) for entry in entries),
            f"Head {code(head)}",
        )
    )


def head_page(head: str) -> Page:
    """To the owner, once a day: the anchor outside of the database."""
    return Page(
        paragraphs(
            "🧾 Audit head of today",
            code(head),
            "Keep this message: kraken-bot audit verify --head finds with it whether rows were "
            "cut off.",
        ),
        silent=True,
    )


def _line(entry: Entry, zone: ZoneInfo) -> str:
    at = datetime.fromisoformat(entry.at).astimezone(zone)
    who = "the bot" if entry.actor is None else code(entry.actor)
    detail = json.loads(entry.body)
    said = " ".join(f"{name} {value}" for name, value in detail.items() if value is not None)
    return f"{entry.seq} {at:%m-%d %H:%M:%S} {who} {esc(entry.action)} {esc(said, 96)}".rstrip()
