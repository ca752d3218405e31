"""Connecting a Kraken key: the questions, and what is said of a key that is not taken.

A page never holds anything that was typed: only how long it was.
"""

from bot.core.keys import READING, KeyRecord, Permission
from bot.core.page import Button, Page
from bot.core.texts.key_report import AGAIN, AT_KRAKEN, KRAKEN_PAGE, NOTHING_KEPT
from bot.core.texts.labels import open_private
from bot.core.texts.markup import bold, code, esc, paragraphs


def intro_page(chat_id: int, earlier: KeyRecord | None, *, reads_only: bool) -> Page:
    """Step 1: how to make the key."""
    needed = READING if reads_only else tuple(p for p in Permission if p is not Permission.LEDGER)
    instead = (
        f"This chat has the key {code('…' + earlier.tail)}. The new one will replace it."
        if earlier
        else ""
    )
    html = paragraphs(
        f"🔑 {bold('Connect Kraken (1/3)')}",
        "Make a key for this bot only: kraken.com › Settings › API › Add key",
        "\nTick",
        *(f"☑ {esc(AT_KRAKEN[need])}" for need in needed),
        "Leave OFF: deposit, withdraw, everything else.",
        "Best: limit the key to this server’s IP address, and set an expiry date.",
        "If you like: “Query ledger entries”, for deposits in the history.",
        instead,
        "\nTelegram’s servers see what you type here. Without that, on the server: "
        f"{code(f'kraken-bot connect {chat_id}')}",
    )
    other = (
        Button("Trading, too", "connect_intro", {"reads_only": False})
        if reads_only
        else Button("Read-only", "connect_intro", {"reads_only": True})
    )
    return Page(
        html,
        (
            (KRAKEN_PAGE,),
            (Button("I have my key ›", "connect_key", {"reads_only": reads_only}, "success"),),
            (other, Button("✖ Cancel", "connect_cancel")),
        ),
    )


def no_master_key_page() -> Page:
    """Nothing can be sealed: how its owner makes a master key."""
    return Page(
        paragraphs(
            "I cannot keep keys yet.",
            "Keys are stored sealed, and this bot has no master key to seal them with. "
            f"{NOTHING_KEPT} Whoever runs the bot makes one, on the server:",
            code("(umask 077; head -c 32 /dev/urandom | base64 | tr '+/' '-_' > master-key)", 99),
            f"sets {code('KRAKEN_BOT_MASTER_KEY_FILE')} to that file and starts me again. "
            "The file must not lie in the data folder, and a copy belongs in a safe place: "
            "without it, stored keys are lost.",
        )
    )


def group_page(*, deleted: bool | None) -> Page:
    """Keys are a private matter; ``deleted`` is None where there was nothing to delete."""
    return Page(
        paragraphs(
            "Keys are entered only in private.",
            f"{NOTHING_KEPT} {_fate(deleted)}",
            "Open a private chat with me and send /connect there."
            if deleted is None
            else "Everybody here may have seen that key: delete it at Kraken, make a new one, "
            "and send /connect in a private chat with me.",
        ),
        ((open_private("connect"),),),
    )


def ask_key_page() -> Page:
    """Step 2: the first half."""
    return Page(
        paragraphs(
            f"🔑 {bold('Connect Kraken (2/3)')}",
            f"Send the {bold('API key')}. I delete your message at once.",
            "You may send both keys in one message, on two lines.",
        ),
        force_reply=True,
    )


def ask_other_half_page(*, have_key: bool, chat_id: int) -> Page:
    """Step 2: what is still missing."""
    what = "private key" if have_key else "API key"
    first = "Thank you." if have_key else "That was the private key. Fine."
    return Page(
        paragraphs(
            f"🔑 {first}",
            f"Now the {bold(what)}. I delete that message, too.",
            f"On the server instead: {code(f'kraken-bot connect {chat_id}')}",
        ),
        force_reply=True,
    )


def odd_page(length: int, *, deleted: bool) -> Page:
    """What was typed is neither half of a key."""
    what = f"It has {length} characters. " if length else ""
    return Page(
        paragraphs(
            "That is not a whole key.",
            f"{what}An API key has 56, a private key 88 and ends with ==. Copy it whole.",
            f"{NOTHING_KEPT} {_fate(deleted)} Send it again, as an answer to this message.",
        ),
        force_reply=True,
    )


def not_deleted_page() -> Page:
    """The message with a key is still there."""
    return Page(
        paragraphs(
            "⚠️ I could not delete your message.",
            bold("Delete it yourself now."),
        )
    )


def stray_page(*, deleted: bool) -> Page:
    """A key that nobody asked for."""
    return Page(
        paragraphs(
            "That looks like a Kraken key.",
            f"No /connect was waiting for it. {NOTHING_KEPT} {_fate(deleted)}",
        ),
        ((AGAIN,),),
    )


def secondhand_page(*, deleted: bool) -> Page:
    """A key in a forwarded or an edited message."""
    return Page(
        paragraphs(
            "I take keys from new messages only.",
            f"This one was forwarded or edited. {NOTHING_KEPT} {_fate(deleted)} "
            "Start again and send the key as a new message.",
        ),
        ((AGAIN,),),
    )


def lost_page(*, deleted: bool) -> Page:
    """The bot was restarted before it could use what was typed, which is kept nowhere."""
    return Page(
        paragraphs(
            "I was restarted in the middle.",
            f"What you typed looked like a key, so I kept none of it. {_fate(deleted)} "
            "Nothing was connected. Send it again.",
        ),
        ((AGAIN,),),
    )


def cancelled_page() -> Page:
    return Page(f"Not connected. {NOTHING_KEPT}", ((AGAIN,),))


def _fate(deleted: bool | None) -> str:
    if deleted is None:
        return ""
    return "I deleted your message." if deleted else bold("Delete your message yourself now.")
