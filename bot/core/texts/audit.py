"""The audit log, as a person reads it: who, when, what, with which result."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from bot.core.audit import Action, Entry
from bot.core.numbers import fixed
from bot.core.page import Button, Page
from bot.core.texts.limits import limit_words
from bot.core.texts.markup import code, esc, paragraphs
from bot.core.trade.limits import Limit

Detail = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Shown:
    """Some rows of the log, the newest first, and what is known about them."""

    entries: Sequence[Entry]
    names: Mapping[int, str]
    """What people called themselves, by id; not trusted."""
    results: Mapping[str, str] = field(default_factory=dict)
    """What became of orders, by our names for them."""
    count: int = 10
    """Rows of a page."""
    is_first: bool = True
    has_older: bool = False
    of_all_chats: bool = False


def audit_page(shown: Shown, head: str, zone: ZoneInfo) -> Page:
    """A page of the log."""
    if not shown.entries:
        return Page("Nothing is written down here yet.")
    where = "in all chats" if shown.of_all_chats else "in this chat"
    return Page(
        paragraphs(
            f"🧾 Who did what {where}",
            *(_line(entry, shown, zone) for entry in shown.entries),
            f"Newest first; times in {esc(zone.key, 32)}. Head {code(head)}",
        ),
        _buttons(shown),
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


def told(action: str, detail: Detail) -> str:
    """What was done, in words; raw, for what a later version wrote down."""
    return _WORDS.get(action, _unknown)(detail)


def _buttons(shown: Shown) -> tuple[tuple[Button, ...], ...]:
    row = []
    if not shown.is_first:
        row.append(Button("‹ Newest", "audit", {"count": shown.count, "before": 0}))
    if shown.has_older:
        before = shown.entries[-1].seq
        row.append(Button("Older ›", "audit", {"count": shown.count, "before": before}))
    return (tuple(row),) if row else ()


def _line(entry: Entry, shown: Shown, zone: ZoneInfo) -> str:
    at = datetime.fromisoformat(entry.at).astimezone(zone)
    detail = entry.detail
    words = told(entry.action, detail)
    chat = f" · chat {code(entry.chat_id)}" if shown.of_all_chats and entry.chat_id else ""
    became = shown.results.get(str(detail.get("order", "")), "")
    if entry.action == Action.ORDER and detail.get("second") is not None:
        words += f" (two traders: {entry.actor} and {detail['second']})"
    result = f" → {esc(became)}" if became and entry.action == Action.ORDER else ""
    return f"<b>{at:%d %b %H:%M:%S}</b> {_who(entry, shown)}: {esc(words, 160)}{result}{chat}"


def _who(entry: Entry, shown: Shown) -> str:
    if entry.actor is None:
        return "the bot"
    name = shown.names.get(entry.actor, "")
    return f"{esc(name, 16)} {code(entry.actor)}".strip()


def _unknown(detail: Detail) -> str:
    return " ".join(f"{name} {value}" for name, value in detail.items() if value is not None)


def _order(detail: Detail) -> str:
    value = _number(detail.get("value"))
    worth = f", {fixed(value, 2)} USD" if value is not None else ""
    source = detail.get("source", "chat")
    by = "" if source == "chat" else f", {source}"
    kind = str(detail.get("type", "")).replace("-", " ")
    return f"{detail['side']} {detail['qty']} {detail['symbol']} {kind}{worth}{by}"


def _refused(detail: Detail) -> str:
    why = str(detail.get("why", ""))
    if why == Limit.PAUSED:
        return f"refused: {_order(detail)}, because trading is paused"
    return f"refused: {_order(detail)}, by the limit “{limit_words(why)}”"


def _limit(detail: Detail) -> str:
    name = limit_words(str(detail["limit"]))
    before = f" from {detail['before']}" if detail.get("before") else ""
    return f"limit {name}{before} to {detail['after'] or 'all'}"


def _role(detail: Detail) -> str:
    said = {"stranger": "no role", "chat_owner": "owner", "seeing": "viewer who sees balances"}
    role = said.get(detail["role"], detail["role"])
    most = f", at most {detail['most']} USD" if detail.get("most") else ""
    until = f", until {str(detail['until'])[:16].replace('T', ' ')}" if detail.get("until") else ""
    invited = ", by invitation" if detail.get("invited") else ""
    return f"user {detail['user']} is now: {role}{most}{until}{invited}"


def _invite(detail: Detail) -> str:
    if detail.get("withdrawn"):
        return f"withdrew the invitation of a {detail['role']}"
    until = str(detail["until"])[:16].replace("T", " ")
    return f"made an invitation for one {detail['role']}, until {until}"


def _lend(detail: Detail) -> str:
    most = detail.get("most")
    if most == "taken back":
        return "took the key back from this group"
    return f"lent a key to this group, at most {most} USD an order" if most else "lent a key"


def _key(detail: Detail) -> str:
    reads = ", for reading only" if detail.get("reads_only") else ""
    return f"…{detail['key']} ({detail['fingerprint']}){reads}"


def _setting(detail: Detail) -> str:
    return f"setting {detail.get('setting', '')} to {detail.get('after', '')}"


def _count(detail: Detail, name: str, one: str) -> str:
    number = detail.get(name, 0)
    return f"1 {one}" if number == 1 else f"{number} {one}s"


def _cancel(detail: Detail) -> str:
    if "order" in detail:
        return f"cancelled {detail['order']}"
    return f"cancelled {detail.get('which', 'all')} orders, {detail.get('ended', 0)} ended"


def _deadman(detail: Detail) -> str:
    seconds = detail.get("seconds")
    return f"dead man’s switch on, {seconds} s" if seconds else "dead man’s switch off"


_PAUSED = {"kill": "stopped trading", "loss": "daily loss reached: trading paused"}

_WORDS: Mapping[str, Callable[[Detail], str]] = {
    Action.START: lambda detail: f"started, version {detail.get('version', '')}",
    Action.CONNECT: lambda detail: f"connected the key {_key(detail)}",
    Action.DISCONNECT: lambda detail: f"the key {_key(detail)} was destroyed",
    Action.KEY_CHECKED: lambda detail: (
        f"key …{detail.get('key', '')} is not used any more: {detail.get('reason', '')}"
    ),
    Action.KEY_ROTATED: lambda detail: f"sealed anew: {_count(detail, 'keys', 'key')}",
    Action.MODE: lambda detail: f"switched to {str(detail.get('mode', '')).upper()}",
    Action.LIMIT: _limit,
    Action.SETTING: _setting,
    Action.ROLE: _role,
    Action.INVITE: _invite,
    Action.GROUP: lambda detail: "opened this group" if detail.get("open") else "looked at /setup",
    Action.LEND: _lend,
    Action.ORDER: _order,
    Action.REFUSED: _refused,
    Action.AMEND: lambda detail: f"changed the order {detail.get('order', '')}",
    Action.CANCEL: _cancel,
    Action.KILL: lambda detail: _PAUSED.get(
        str(detail.get("kind")), f"trading paused: {detail.get('kind')}"
    ),
    Action.RESUME: lambda detail: "trading goes on",
    Action.FLATTEN: lambda detail: "sells everything",
    Action.DEADMAN: _deadman,
    Action.BACKUP: lambda detail: "made a backup",
    Action.BROADCAST: lambda detail: f"said something to {_count(detail, 'chats', 'chat')}",
    Action.RESTORE: lambda detail: "the database was put back from a backup",
}


def _number(value: object) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None
