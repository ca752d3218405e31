"""Switching between practice money and real money."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from bot.core.keys import Permission
from bot.core.page import Button, Page
from bot.core.texts.key_report import AT_KRAKEN
from bot.core.texts.labels import badge, open_private, run
from bot.core.texts.limits import amount
from bot.core.texts.markup import bold, code, esc, paragraphs
from bot.core.trade.limits import FIRST_DAY, Limit, Limits
from bot.core.trade.types import Mode

WORD = "live"
"""What is typed to trade real money."""

_PAPER, _LIVE = badge(Mode.PAPER), badge(Mode.LIVE)


def paper_page(*, was_live: bool, still_open: int | None) -> Page:
    """After the switch to practice, which needs no confirmation."""
    if not was_live:
        return Page(
            paragraphs(f"{_PAPER} · you practise here already.", _HOW),
            (
                (run("Orders", "orders"), run("Balance", "balance")),
                (run("Stats", "paper", "stats"), run("How it fills", "paper", "how")),
            ),
        )
    left = {
        None: "Kraken does not answer: look at your live orders in its app.",
        0: "",
        1: "1 live order stays open at Kraken; /kill shows it.",
    }.get(still_open, f"{still_open} live orders stay open at Kraken; /kill shows them.")
    return Page(
        paragraphs(
            f"{_PAPER} · practice money from here on.",
            "Confirmations that waited are void. Nothing was sent.",
            left,
        ),
        ((run("Orders", "orders"), run("Go live", "live")),),
    )


_HOW = "Real prices, play money, no real orders. /live when you are ready."


def no_key_page(*, in_group: bool) -> Page:
    """Live needs a key."""
    to_do = (
        "Whoever has one lends it in private: /lend."
        if in_group
        else f"{code('/connect')} takes two minutes; the key needs no right to withdraw."
    )
    return Page(
        paragraphs("Live trading needs a Kraken key.", f"This chat has none. {to_do}"),
        ((open_private("connect") if in_group else run("Connect Kraken", "connect"),),),
    )


def reads_only_page(tail: str, missing: Sequence[Permission], *, in_group: bool) -> Page:
    """The key cannot trade, or is not to."""
    if missing:
        lacks = " and ".join(bold(AT_KRAKEN[each.value]) for each in missing)
        why = f"It lacks {lacks}. Add that to the key at Kraken"
    else:
        why = "It was connected to read only. Its permissions are fine"
    to_do = "whoever lent it connects it again." if in_group else f"{code('/connect')} it again."
    return Page(
        paragraphs(
            f"The key …{esc(tail, 8)} may not trade.",
            f"{why}, then {to_do} Nothing was changed: this chat practises.",
        ),
        () if in_group else ((run("Connect Kraken", "connect"),),),
    )


def already_live_page() -> Page:
    """It is live already."""
    return Page(
        paragraphs(f"{_LIVE} · real money already.", "/paper switches back at once."),
        ((run("Limits", "settings", "limits"), run("To paper", "paper")),),
    )


def live_page(
    *,
    tail: str,
    total: str,
    limits: Limits,
    is_first: bool,
    life: timedelta,
    in_group: bool,
) -> Page:
    """What changes; waits for the word."""
    typed = code(f"/live {WORD}") if in_group else bold(WORD)
    suggests = is_first and (limits.order, limits.day) != tuple(FIRST_DAY.values())
    order, day = amount(Limit.ORDER, limits.order), amount(Limit.DAY, limits.day)
    other = run("Other limits", "settings", "limits")
    take = Button(f"Take {FIRST_DAY[Limit.ORDER]}/{FIRST_DAY[Limit.DAY]}", "first_limits", {})
    suggestion = ((take, other),) if suggests else ((other,),)
    return Page(
        paragraphs(
            f"{_LIVE} · trade real money here?",
            f"Key …{esc(tail, 8)}{'' if in_group else f', {esc(total, 40)}'}.",
            f"Limits: {bold(order)} per order, {bold(day)} in 24 hours.",
            "What changes: confirmed orders go to Kraken and cost real money. Prices, cards and "
            "commands stay the same; every message says LIVE.",
            "For the first day I suggest 100 USD per order, 500 USD per day." if suggests else "",
            f"To do it, type {typed} within {int(life.total_seconds())} s.",
        ),
        suggestion if is_first else (),
        force_reply=not is_first,
    )


def live_now_page(limits: Limits) -> Page:
    """After the word."""
    return Page(
        paragraphs(
            f"{_LIVE} · real money from here on.",
            f"Limits: {amount(Limit.ORDER, limits.order)} per order, "
            f"{amount(Limit.DAY, limits.day)} in 24 hours.",
            "/paper switches back at once, /kill stops everything.",
        ),
        ((run("Balance", "balance"), run("Limits", "settings", "limits")),),
    )


def first_limits_page() -> Page:
    """After the suggestion was taken."""
    return Page(
        paragraphs(
            "Limits for the first day are set.",
            "100 USD per order, 500 USD in 24 hours.",
            f"Type {bold(WORD)} when you are ready.",
        )
    )


def other_mode_page(meant: Mode, now: Mode, command: str, args: str) -> Page:
    """A button of a card in one mode, pressed while the chat trades in the other."""
    back = {Mode.PAPER: "/paper", Mode.LIVE: "/live"}[meant]
    here = f"In {now.value.upper()} instead"
    return Page(
        paragraphs(
            f"That card is {badge(meant)}.",
            f"This chat is {badge(now)} now. Nothing was sent. {back} switches.",
        ),
        ((run(here, command, args),),),
    )


def moved_page() -> Page:
    """To a group that became a supergroup while it traded real money."""
    return Page(
        paragraphs(
            f"{_PAPER} · this group practises now.",
            "It became a supergroup and has another id. Open orders stay as they are.",
            "Its owner sends /live to trade real money again.",
        )
    )


def total_text(total: Decimal | None, currency: str) -> str:
    """What the account is worth, as far as it is known."""
    if total is None:
        return "balance not known now"
    return f"worth about {amount(Limit.PAIRS, total.quantize(Decimal('0.01')))} {currency}"
