"""A stored key: what is known of it, its end, and what its holder is told unasked."""

from datetime import datetime, timedelta

from bot.core.keys import KeyRecord, KeyState, Leaving, PermissionReport
from bot.core.numbers import duration
from bot.core.page import Page, Rows
from bot.core.texts.key_report import (
    AGAIN,
    AT_KRAKEN,
    KRAKEN_PAGE,
    named,
    permission_lines,
)
from bot.core.texts.labels import run
from bot.core.texts.markup import bold, code, esc, paragraphs

WORD = "disconnect"
"""What is typed to destroy a key here."""


def status_page(
    key: KeyRecord | None, chat_id: int, used_at: datetime | None, now: datetime
) -> Page:
    """What is known of this chat's key."""
    if key is None:
        return Page(
            paragraphs("No key is connected here.", "Everything works in 🧪 PAPER without one."),
            ((AGAIN,),),
        )
    found = PermissionReport(key.permissions)
    lent = "" if key.chat_id == chat_id else "It is lent to this group by the person who holds it."
    html = paragraphs(
        f"🔑 {bold('Kraken key')} {named(key)}",
        f"Called {bold(key.label)}" if key.label else "",
        _state_line(key),
        *permission_lines(found),
        "Read-only by your choice." if key.reads_only and not found.missing else "",
        f"{'✅ IP limit' if key.has_address_limit else '⚠️ No IP limit'}  {_expiry(key, now)}",
        f"Connected {_ago(key.created_at, now)}, checked {_ago(key.checked_at, now)}, "
        f"last used {_ago(used_at, now) if used_at else 'never'}",
        lent,
    )
    rows: Rows = () if lent else ((run("Replace", "connect"), run("Disconnect", "disconnect")),)
    return Page(html, rows)


def _state_line(key: KeyRecord) -> str:
    match key.state:
        case KeyState.OK:
            return "✅ In use"
        case KeyState.REFUSED:
            return f"❌ Kraken refuses it ({esc(key.reason, 80)}). Nothing is done with it."
        case KeyState.LOCKED:
            return f"⛔ Locked: it may {esc(AT_KRAKEN.get(key.reason, key.reason), 80)}."


def _expiry(key: KeyRecord, now: datetime) -> str:
    if key.valid_until is None:
        return "⚠️ No expiry"
    left = key.valid_until - now
    sign = "✅" if left > timedelta(days=14) else "⚠️"
    when = f"{key.valid_until:%Y-%m-%d}"
    return f"{sign} Expires {when}" if left > timedelta(0) else f"❌ Expired {when}"


def _ago(at: datetime, now: datetime) -> str:
    passed = now - at
    return "just now" if passed < timedelta(minutes=1) else f"{esc(duration(passed))} ago"


def disconnect_page(key: KeyRecord, stays: Leaving) -> Page:
    """What stays and what stops; asks for the word."""
    if stays.open_orders is None:
        orders = "I could not count your open orders; they stay at Kraken."
    elif stays.open_orders:
        stay = "stays" if stays.open_orders == 1 else "stay"
        orders = f"{_count(stays.open_orders, 'open order')} at Kraken {stay} there."
    else:
        orders = "No order is open at Kraken."
    stops = [_count(stays.take_profits, "take-profit")] * bool(stays.take_profits)
    stops += [_count(stays.plans, "plan")] * bool(stays.plans)
    stops += [f"live trading in {_count(stays.groups, 'group')}"] * bool(stays.groups)
    return Page(
        paragraphs(
            f"Disconnect the key {code('…' + key.tail)}?",
            orders,
            f"What I run stops: {', '.join(stops)}." if stops else "Nothing that I run stops.",
            "The key is destroyed here, and the chat goes back to 🧪 PAPER.",
            f"Type {bold(WORD)} within 2 minutes to do it.",
        ),
        force_reply=True,
    )


def disconnected_page(key: KeyRecord) -> Page:
    return Page(
        paragraphs(
            "Disconnected. You are in 🧪 PAPER.",
            f"The key {code('…' + key.tail)} was destroyed here; orders at Kraken stay as they "
            "are. Delete the key at Kraken, too:",
        ),
        ((KRAKEN_PAGE,),),
    )


def nothing_to_disconnect_page() -> Page:
    return Page(paragraphs("No key is connected here.", "Nothing was changed."), ((AGAIN,),))


def locked_page(key: KeyRecord, forbidden: tuple[str, ...]) -> Page:
    """Pushed: a key can do more than when it was taken."""
    what = ", ".join(AT_KRAKEN.get(name, name) for name in forbidden)
    return Page(
        paragraphs(
            "⛔ Your Kraken key is locked.",
            f"The key {code('…' + key.tail)} may now: {bold(what)}. It could not when you "
            "connected it. If that was not you, somebody is in your Kraken account: change your "
            "password there and delete the key.",
            "I do nothing with it until it is replaced. Open orders stay at Kraken.",
        ),
        ((KRAKEN_PAGE,), (AGAIN,)),
    )


def refused_page(key: KeyRecord, reason: str) -> Page:
    """Pushed: Kraken does not take the key any more."""
    return Page(
        paragraphs(
            "❌ Kraken no longer accepts the key.",
            f"{code('…' + key.tail)} was deleted, changed or expired. Live trading is paused; "
            "open orders stay at Kraken.",
            f"<blockquote expandable>{esc(reason, 200)}</blockquote>" if reason else "",
        ),
        ((run("🔑 Reconnect", "connect"),), (KRAKEN_PAGE,)),
    )


def lost_rights_page(key: KeyRecord, lost: tuple[str, ...]) -> Page:
    """Pushed: a permission was taken from the key."""
    what = ", ".join(AT_KRAKEN.get(name, name) for name in lost)
    return Page(
        paragraphs(
            "⚠️ Your Kraken key may do less now.",
            f"The key {code('…' + key.tail)} lacks: {bold(what)}. What needs it does not work; "
            "nothing was sent. Tick it again at Kraken, or connect another key.",
        ),
        ((run("🔑 Key status", "connect", "status"),), (KRAKEN_PAGE,)),
    )


def expiry_page(key: KeyRecord, ends_at: datetime, days: int) -> Page:
    """Pushed: the key ends soon."""
    left = "1 day" if days == 1 else f"{days} days"
    return Page(
        paragraphs(
            f"⚠️ Your Kraken key ends in {left}.",
            f"{code('…' + key.tail)} is valid until {ends_at:%Y-%m-%d %H:%M} UTC. After "
            "that I cannot trade, and open orders stay at Kraken. Make a new key in time.",
        ),
        ((AGAIN,), (KRAKEN_PAGE,)),
    )


def lost_page(key: KeyRecord) -> Page:
    """Pushed: the master key was lost, and with it what it sealed."""
    return Page(
        paragraphs(
            "🔑 Your Kraken key has to be renewed.",
            f"What sealed {code('…' + key.tail)} on this server was lost, so I destroyed it. You "
            "are in 🧪 PAPER. Open orders stay at Kraken. Delete that key there, make a new one, "
            "and connect it.",
        ),
        ((AGAIN,), (KRAKEN_PAGE,)),
    )


def connected_on_server_page(key: KeyRecord) -> Page:
    """Pushed: whoever runs the bot connected a key to this chat."""
    return Page(
        paragraphs(
            "🔑 A Kraken key was connected.",
            f"It was entered on the server: {named(key)}. You are still in 🧪 PAPER; /live when "
            "ready. If you did not expect this: /disconnect, and ask the owner.",
        ),
        ((run("🔑 Key status", "connect", "status"),),),
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
