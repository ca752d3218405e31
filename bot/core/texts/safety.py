"""Stopping: what /kill says, what it offers, and how ending orders goes on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from bot.core.numbers import duration, fixed
from bot.core.page import Button, Page
from bot.core.texts.labels import run
from bot.core.texts.limits import WHY
from bot.core.texts.markup import bold, code, esc, paragraphs
from bot.core.texts.take_profits import counted, would_end
from bot.core.trade.limits import Pause, PauseKind

WORD = "sell"
"""What is typed to sell everything."""

_ENTRIES, _STOPS = ("entry", "entries"), ("protective stop", "protective stops")
_RESUME = Button("▶ Resume", "resume")


@dataclass(frozen=True, slots=True)
class Open:
    """What is open in one account of the chat; None: the exchange does not answer."""

    is_live: bool
    entries: int = 0
    stops: int = 0
    holdings: tuple[tuple[str, str], ...] = ()
    is_shared: bool = False
    """Others read along: it is not said what is held."""
    is_known: bool = True
    profits: int = 0
    """Take-profits that the bot watches."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of what would be sold, or was."""

    symbol: str
    qty: str
    price: str = ""
    proceeds: str = ""
    slippage: Decimal | None = None
    said: str = ""


def kill_page(took: timedelta, accounts: Sequence[Open], *, kept: bool, everywhere: bool) -> Page:
    """What stands still, what is open, and what can be done about it."""
    where = "in all chats" if everywhere else "here"
    html = paragraphs(
        f"🛑 Trading paused {where}{_after(took)}.",
        "No new orders go out; confirmations that waited are void.",
        "" if kept else _IN_MEMORY,
        *map(_open_line, accounts),
    )
    entries = sum(one.entries for one in accounts)
    anything = any(one.entries or one.stops or one.profits or not one.is_known for one in accounts)
    held = any(one.holdings for one in accounts)
    rows = [
        (Button(f"Cancel {_count(entries, _ENTRIES)}", "kill_entries"),) if entries else (),
        (Button("Cancel everything…", "kill_all"),) if anything else (),
        (Button("Sell everything…", "kill_sell"),) if held else (),
        (_RESUME,),
    ]
    return Page(html, tuple(row for row in rows if row))


def _after(took: timedelta) -> str:
    """How long it took, where somebody had to wait for it."""
    return f" ({duration(took)})" if took >= timedelta(seconds=1) else ""


_IN_MEMORY = (
    "⚠ My database does not answer, so I hold this in memory only and keep trying to write it "
    "down. If I am restarted before that, send /kill again."
)


def emergency_page(*, stopped: bool, cancelling: bool) -> Page:
    """The answer to a kill or a cancel that cannot be written down: no button can be kept."""
    cancels = (
        "I cancel at Kraken now, and go on until nothing of it is open. Protective stops stay."
        if cancelling
        else "I cannot find out which account is yours: look in Kraken’s app."
    )
    return Page(
        paragraphs(
            "🛑 Trading is paused here." if stopped else "⚠ My database does not answer.",
            _IN_MEMORY if stopped else "I do this all the same:",
            cancels,
            f"To cancel the stops, too: {code('/cancelall all')}",
        )
    )


def all_sure_page(stops: int, profits: int = 0) -> Page:
    """Before everything is cancelled."""
    protection = (
        f"{_count(stops, _STOPS).capitalize()} would go, too: nothing protects the holdings then."
        if stops
        else "No protective stop is among them."
    )
    return Page(
        paragraphs(
            "Cancel every open order?",
            "Also those made elsewhere with this key, if one is connected.",
            protection,
            would_end(profits),
        ),
        (
            (Button("Yes, cancel all", "kill_all", {"sure": True}, "danger"),),
            (Button("‹ Back", "kill_back"),),
        ),
    )


def all_begun_page() -> Page:
    """In place of the question: how far it is stands in messages of its own."""
    return Page(
        paragraphs("🛑 Every open order is cancelled now.", "How far it is I say below."),
        ((_RESUME,),),
    )


def sell_page(lines: Sequence[Line], unsellable: Sequence[str], badge: str) -> Page:
    """What selling everything would bring; waits for the word."""
    listed = [
        f"▼ {esc(line.qty, 24)} {esc(line.symbol)} ≈ {esc(line.proceeds, 24)}, "
        f"not below {esc(line.price, 24)}{_slip(line.slippage)}"
        for line in lines
    ]
    cannot = f"Cannot be sold here: {esc(', '.join(unsellable), 96)}." if unsellable else ""
    if not lines:
        return Page(paragraphs(f"{badge} · nothing to sell", cannot, "Nothing was sent."))
    return Page(
        paragraphs(
            f"{badge} · sell everything?",
            *listed,
            cannot,
            "First I cancel all orders, stops too; then each goes out as a limit order that "
            "trades at once or not at all. What is left over I tell you.",
            f"To do it, type {bold(WORD)} within 60 s; in a group {code(f'/kill {WORD}')}.",
        ),
        force_reply=True,
    )


def late_word_page(word: str, command: str) -> Page:
    """To somebody who typed a word that nothing waits for."""
    return Page(
        paragraphs(
            f"Nothing waits for “{esc(word, 12)}” now.",
            f"Nothing was sent. If you mean it: {code(command)}",
        )
    )


def selling_page(badge: str) -> Page:
    """After the word."""
    return Page(paragraphs(f"{badge} · ⏳ selling everything…", "Cancelling orders first."))


def sold_page(badge: str, lines: Sequence[Line] | None) -> Page:
    """What became of it; None: nothing was begun, because nobody knows what there is."""
    listed = [f"▼ {esc(line.symbol)}: {line.said}" for line in lines or ()]
    none = "There was nothing to sell."
    return Page(
        paragraphs(
            f"{badge} · {'nothing was sold' if lines is None else 'sold what could be sold'}",
            "Kraken did not say what you hold. Send /kill again." if lines is None else "",
            *(listed or [none if lines is not None else ""]),
            "Trading is still paused here: /resume ends that.",
        )
    )


def sold_said(wanted: Decimal, filled: Decimal | None, state: str) -> str:
    """What became of one sale, in words."""
    if state == "none":
        return "cannot be sold here"
    if state in ("unknown", "sent"):
        return "❓ no answer from Kraken; I am checking, do not sell it again"
    if state != "acked":
        return "❌ not sold: it was refused or not sent"
    if filled is None:
        return "❓ sent; what was sold is not known yet: I tell its fills, do not sell it again"
    if filled == wanted:
        return f"✅ {wanted.normalize():f} sold"
    rest = (wanted - filled).normalize()
    return f"🟨 {filled.normalize():f} sold, {rest:f} left over"


def resume_page(pauses: Sequence[Pause], now: datetime) -> Page:
    """Before trading goes on: why it stands still."""
    if not pauses:
        return Page("Trading is not paused here.")
    return Page(
        paragraphs(
            "Let trading go on here?",
            *(f"Paused {duration(now - one.since)} ago: {WHY[one.kind]}." for one in pauses),
            _ELSEWHERE if any(one.everywhere for one in pauses) else "",
        ),
        ((Button("▶ Yes, resume", "resume", {"sure": True}, "danger"),),),
    )


_ELSEWHERE = "What holds for all chats is ended by the owner of this bot: /resume all."


def resumed_page(still: Pause | None) -> Page:
    """After it."""
    if still is None:
        return Page("▶ Trading goes on here.", ((run("Status", "status"),),))
    return Page(
        paragraphs(
            "Trading is still paused here.", f"Because {WHY[still.kind]}. {_FOR_ALL[still.kind]}"
        )
    )


_FOR_ALL = dict.fromkeys(PauseKind, "The owner of this bot ends that with /resume all.")
_FOR_ALL[PauseKind.SWITCH] = "Whoever runs the server takes the file away."
_FOR_ALL[PauseKind.DISK] = "It ends when there is space again."


def paused_note_page(kind: PauseKind) -> Page:
    """To a chat that was paused without having asked."""
    return Page(
        paragraphs(
            "🛑 Trading is paused here.",
            f"Because {WHY[kind]}. Open orders stay as they are.",
        ),
        ((Button("What is open", "kill_back"),), (_RESUME,)),
    )


def deadman_page(delay: timedelta | None) -> Page:
    """How the dead man's switch is, and what it does."""
    state = f"It is on: {duration(delay)}." if delay else "It is off."
    return Page(
        paragraphs(
            "☠ Dead man’s switch",
            state,
            f"{code('/deadman on 60s')} · {code('/deadman off')}",
        )
    )


def deadman_sure_page(delay: timedelta) -> Page:
    """The red warning."""
    return Page(
        paragraphs(
            "🔴 Read this before you turn it on",
            f"If I lose contact for {duration(delay)}, Kraken cancels <b>all</b> orders of the "
            "account: also those made elsewhere, also stops that protect you.",
            "It fires when my server, its network or Kraken’s engine is away for that long.",
        ),
        (
            (
                Button(
                    "Turn it on",
                    "deadman_on",
                    {"seconds": int(delay.total_seconds())},
                    "danger",
                ),
            ),
            (run("Leave it off", "status"),),
        ),
    )


def deadman_set_page(delay: timedelta | None) -> Page:
    """After it was turned."""
    if delay is None:
        return Page("☠ Dead man’s switch is off.")
    return Page(
        paragraphs(
            f"☠ Dead man’s switch is on: {duration(delay)}.",
            "I tell Kraken every 20 s that I am here. /deadman off ends it.",
        )
    )


def deadman_fired_page(away: timedelta) -> Page:
    """After a gap that was longer than the delay."""
    return Page(
        paragraphs(
            "☠ The dead man’s switch has fired.",
            f"Kraken did not hear from me for {duration(away)}, so it has cancelled all orders "
            "of the account. Look at /orders. The switch is armed again.",
        )
    )


def deadman_left_page(delay: timedelta) -> Page:
    """The key went before the switch could be turned off."""
    return Page(
        paragraphs(
            "⚠ The dead man’s switch was still on.",
            f"Kraken did not answer when I turned it off, and the key is gone: within "
            f"{duration(delay)} Kraken cancels all orders of the account, also stops. "
            "Look at them in Kraken’s app.",
        )
    )


def deadman_resting_page(*, resting: bool) -> Page:
    """Around a maintenance."""
    if resting:
        return Page(
            paragraphs(
                "☠ Dead man’s switch rests.",
                "Kraken is in maintenance: with the switch on it would cancel everything when "
                "it comes back. I turn it on again by myself.",
            ),
            silent=True,
        )
    return Page("☠ Dead man’s switch is on again.", silent=True)


def _open_line(one: Open) -> str:
    who = "🔴 LIVE" if one.is_live else "🧪 PAPER"
    if not one.is_known:
        return f"{who}: Kraken does not answer; what is open is not known."
    held = ", ".join(f"{esc(qty, 20)} {esc(asset, 12)}" for asset, qty in one.holdings[:8])
    holdings = "" if one.is_shared else f" Holdings {held or 'none'}."
    return (
        f"{who}: {_count(one.entries, _ENTRIES)}, {_count(one.stops, _STOPS)} open.{holdings}"
        f"{f' {counted(one.profits)} watched.' if one.profits else ''}"
    )


def _slip(slippage: Decimal | None) -> str:
    return f" (slippage {fixed(slippage, 2)} %)" if slippage is not None else ""


def _count(number: int, words: tuple[str, str]) -> str:
    return f"{number} {words[number != 1]}"


def restored_page(made_at: datetime) -> Page:
    """To the owner of the bot, at the first start after a restore."""
    return Page(
        paragraphs(
            "♻ My database was put back.",
            f"From a copy of {made_at:%Y-%m-%d %H:%M} UTC. What happened since then I do not "
            "know: compare with Kraken’s app.",
            "Chats that trade real money are paused; /resume there lets them go on. "
            "Confirmations and invitations that waited are void, dead man’s switches and live "
            "take-profits are off.",
        )
    )


def little_space_page() -> Page:
    """To the owner of the bot: the disk fills up."""
    return Page(
        paragraphs(
            "⚠ Little space on my disk.",
            "Less than 200 MB are free. Below 50 MB no new live order goes out, because it could "
            "not be written down before it is sent. Make space on the server.",
        )
    )
