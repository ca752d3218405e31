"""What the gate says: to strangers, to the owner about them, about what it does not run."""

from datetime import timedelta

from bot.core.access import Role
from bot.core.numbers import duration
from bot.core.page import Button, Page
from bot.core.texts.errors import what_was_sent
from bot.core.texts.labels import run_text
from bot.core.texts.markup import code, esc, paragraphs

FINISHED = "This button is finished. Send the command again."
NOT_YOURS = "This button is somebody else’s."
PRIVATE = "This bot is private."
TOO_MANY_TAPS = "Too many taps at once. Wait a moment."
TOO_MANY_CHARTS = "I draw six charts a minute for one person. Wait a moment."
NOT_ALLOWED = "You may not do this here."

_NO_LIVE_ORDERS = (
    "Until you send /resume all, no new live order goes out in any chat; cancels work, and stops "
    "at Kraken stay."
)
_QUOTE = 40
"""Columns of somebody's own words when they are quoted to them."""

_ROLES = {
    Role.TRADER: "Is now a trader",
    Role.VIEWER: "May now look at the market",
    Role.BLOCKED: "Is blocked and gets no answer any more",
    Role.STRANGER: "Has no role any more",
    Role.CHAT_OWNER: "Owns a chat",
    Role.OWNER: "Is the owner",
}


def stranger_page(user_id: int, *, has_owner: bool) -> Page:
    """To somebody without a role; once a day."""
    told = "I have asked its owner." if has_owner else "It has no owner yet."
    return Page(f"This bot is private. {told} Your id: {code(user_id)}")


def request_page(user_id: int, name: str) -> Page:
    """To the owner, about a stranger who wrote."""
    who: dict[str, str | int] = {"user_id": user_id, "name": name}
    return Page(
        paragraphs(
            "Somebody wants to use this bot.",
            f"{esc(name)}, id {code(user_id)}. The name is what they call themselves.",
        ),
        (
            (
                Button("Trader", "role", {**who, "role": Role.TRADER.value}, "success"),
                Button("Viewer", "role", {**who, "role": Role.VIEWER.value}),
                Button("Block", "role", {**who, "role": Role.BLOCKED.value}, "danger"),
            ),
        ),
    )


def decided_page(user_id: int, name: str, role: Role) -> Page:
    """To the owner, after the decision; it can be changed."""
    others = [other for other in (Role.TRADER, Role.VIEWER, Role.BLOCKED) if other is not role]
    labels = {Role.TRADER: "Trader", Role.VIEWER: "Viewer", Role.BLOCKED: "Block"}
    who: dict[str, str | int] = {"user_id": user_id, "name": name}
    row = tuple(Button(labels[other], "role", {**who, "role": other.value}) for other in others)
    who_it_is = esc(name, 16) or "Somebody"
    said = paragraphs(f"{who_it_is}, id {code(user_id)}", f"{_ROLES[role]}.")
    return Page(said, (row,))


def admitted_page(role: Role) -> Page:
    """To somebody whom the owner let in."""
    as_what = "a trader" if role is Role.TRADER else "a viewer"
    what = "You may practise and trade here." if role is Role.TRADER else "You may look around."
    return Page(
        paragraphs(f"The owner has let you in as {as_what}.", what), ((run_text("/start"),),)
    )


def owner_page() -> Page:
    """To whoever sent the code from the console."""
    return Page(
        paragraphs(
            "You are the owner of this bot.",
            "Nobody else can use it until you let them in.",
        ),
        ((run_text("/start"), run_text("/help")),),
    )


def group_request_page(chat_id: int, title: str, by_user_id: int = 0) -> Page:
    """To the owner: of a group that is not open, where the owner speaks or a trader asks."""
    payload: dict[str, str | int] = {"chat_id": chat_id, "title": title}
    if by_user_id:
        first = "A trader wants me in a group."
        asked = f"User {code(by_user_id)} asks for {esc(title, 40)} and would own it."
        payload["keeper"] = by_user_id
    else:
        first, asked = "I don’t work in this group yet.", ""
    return Page(
        paragraphs(
            first,
            asked,
            "If you open it, people who have a role can look on there. Others cannot.",
        ),
        ((Button("Open it", "open_group", payload, "success"),),),
    )


def group_open_page() -> Page:
    """To a group that the owner opened."""
    return Page(
        paragraphs(
            "I work in this group now.",
            "People who have a role can look at the market here; /setup and /role say who may "
            "trade. I answer commands only.",
        ),
        ((run_text("/help"),),),
    )


def edited_page(command: str) -> Page:
    """About a message that was changed after it was sent."""
    html = paragraphs(
        "I don’t run edited messages.",
        f"Nothing was done. {'Send it again, or:' if command else 'Send it again.'}",
    )
    return Page(html, ((_use(command),),) if command else ())


def forwarded_page(command: str) -> Page:
    """About a message that somebody else wrote."""
    html = paragraphs("I don’t run forwarded messages.", "Nothing was done. If you mean it:")
    return Page(html, ((_use(command),),))


def stale_page(age: timedelta) -> Page:
    """Before the answer to something that was written long ago."""
    return Page(
        f"⏱ You sent this {esc(duration(age))} ago, while I was away. This is how it is now:"
    )


def backlog_page(count: int, age: timedelta, last: str) -> Page:
    """Instead of many answers to what was written long ago."""
    html = paragraphs(
        f"⏱ You sent {count} messages while I was away.",
        f"The last one is {esc(duration(age))} old. I answered only the first.",
        "Send again what you still need.",
    )
    return Page(html, ((run_text(last),),) if last.startswith("/") else ())


def wordless_page() -> Page:
    """To somebody who sent a sticker, a picture, a voice message, a place or a file."""
    html = paragraphs("I can read text only.", "Nothing was done with what you sent.")
    return Page(html, ((run_text("/help"),),))


def impersonal_page() -> Page:
    """To an anonymous admin, a channel or another bot."""
    return Page(
        paragraphs(
            "I cannot see who wrote this.",
            "I take commands from people only: not from anonymous admins, channels or bots.",
            "Nothing was done.",
        )
    )


def busy_page(left_out: str) -> Page:
    """To a chat in which too much is waiting; said once, about the first that is left out."""
    what = f"“{esc(left_out, _QUOTE)}”" if left_out else "a message or a tap"
    return Page(
        paragraphs(
            "Too many messages at once.",
            f"I left out {what}, and perhaps what came right after it.",
            "Nothing of that was done. Try again in a moment.",
        )
    )


def too_many_charts_page() -> Page:
    """To somebody who asks for charts faster than they are drawn."""
    return Page(TOO_MANY_CHARTS)


def too_slow_page(reference: str, *, maybe_sent: bool) -> Page:
    """About something that did not finish in time."""
    return Page(
        paragraphs(
            f"That took too long, so I stopped it (#{esc(reference)}).",
            what_was_sent(maybe_sent=maybe_sent),
        )
    )


def conflict_page() -> Page:
    """To the owner: another program reads this bot's messages."""
    return Page(
        paragraphs(
            "⚠ Another program uses my token.",
            "Telegram gives my messages to it and to me in turns, so I may miss some.",
            "If you did not start a second copy of me, somebody has my token: "
            "open @BotFather, send /revoke, and start me with the new token.",
            _NO_LIVE_ORDERS,
        )
    )


def webhook_page() -> Page:
    """To the owner: somebody directed this bot's messages elsewhere."""
    return Page(
        paragraphs(
            "⚠ A webhook was set for my token.",
            "My messages went to that address. I removed it and go on.",
            "If it was not you, somebody has my token: open @BotFather, send /revoke, "
            "and start me with the new token.",
            _NO_LIVE_ORDERS,
        )
    )


def _use(command: str) -> Button:
    name, _, args = command.removeprefix("/").partition(" ")
    return Button("Use this text", "run", {"command": name, "args": args})
