"""Cancelling many orders: what it would end, how far it is, and what it left."""

from collections.abc import Sequence

from bot.core.page import Button, Page
from bot.core.settings import ChatSettings
from bot.core.texts.figures import arrow, name, price_text, qty_text, row, short_qty, side_word
from bot.core.texts.labels import badge, run, run_text
from bot.core.texts.markup import esc, paragraphs, table
from bot.core.texts.take_profits import counted, have_ended, would_end
from bot.core.trade.account_args import Whom
from bot.core.trade.listing import OrderRow, is_protective, protected, waits_for
from bot.core.trade.types import Mode
from kraken.core.trading import Order, OrderStatus

_SHOWN = 10
_MARKS = {OrderStatus.FILLED: "filled", OrderStatus.EXPIRED: "expired"}


def confirm_page(
    mode: Mode,
    whom: Whom,
    symbol: str,
    rows: Sequence[OrderRow],
    spared: int,
    ticket: str,
    settings: ChatSettings,
    *,
    profits: int = 0,
) -> Page:
    """The list, the counts, and one tap."""
    count = len(rows)
    noun = "order" if count == 1 else "orders"
    asked = f"cancel {count} {noun}?" if count else f"end {counted(profits)}?"
    orders = [each.order for each in rows]
    body = [line for each in rows[:_SHOWN] for line in _lines(each, settings)]
    elsewhere = sum(not each.is_ours for each in rows)
    html = paragraphs(
        f"{badge(mode)} · {asked}",
        esc(symbol, 20),
        _body(body, settings),
        f"and {count - _SHOWN} more" if count > _SHOWN else "",
        _stops_line(orders, settings),
        would_end(profits),
        f"{spared} protective {'stop stays' if spared == 1 else 'stops stay'}." if spared else "",
        f"{elsewhere} of them not made through this bot (↗ app)." if elsewhere else "",
    )
    word = "LIVE" if mode is Mode.LIVE else "PAPER"
    go = Button(
        f"{f'Cancel {count}' if count else f'End {profits}'} · {word}",
        "cancel_all_go",
        {"ticket": ticket},
        "danger",
    )
    keep: tuple[Button, ...] = (run("Keep them", "orders"),)
    if whom == "entries" and spared:
        everything = Button("Stops too…", "cancel_all", {"whom": "all", "pair": symbol})
        keep = (*keep, everything)
    return Page(html, ((go,), keep))


def nothing_page(mode: Mode, whom: Whom, symbol: str, spared: int) -> Page:
    """Nothing of that kind is open."""
    what = {"entries": "open orders", "stops": "protective stops", "all": "open orders"}[whom]
    rest = "1 protective stop is open and stays."
    if spared != 1:
        rest = f"{spared} protective stops are open and stay."
    html = paragraphs(
        f"{badge(mode)} · no {what}.",
        f"Looked at {esc(symbol, 20)} only." if symbol else "",
        rest if spared else "",
    )
    more = ((run_text(f"/cancelall {symbol} all".replace("  ", " ")),),) if spared else ()
    return Page(html, more or ((run("Orders", "orders"),),))


def sweep_page(
    mode: Mode,
    ended: Sequence[Order],
    left: Sequence[Order],
    settings: ChatSettings,
    *,
    is_silent: bool = False,
    is_over: bool = False,
    refused: str = "",
    profits: int = 0,
) -> Page:
    """One line for each that ended, and what is still to come."""
    whole = len(ended) + len(left)
    state = "cancelled" if is_over and not refused else "cancelling…"
    if is_over and refused:
        state = "stopped"
    lines = [f"{_mark(order)} {_short(order, settings)}" for order in ended[:_SHOWN]]
    lines += [f"open {_short(order, settings)}" for order in left[: max(0, _SHOWN - len(lines))]]
    html = paragraphs(
        f"{badge(mode)} · {state} {len(ended)} of {whole}"
        if whole
        else f"{badge(mode)} · {state}",
        *map(esc, lines),
        have_ended(profits),
        _trouble(is_silent=is_silent, refused=refused),
    )
    return Page(html, ((run("Orders", "orders"),),) if is_over else ())


def swept_push(
    mode: Mode, unfilled: Sequence[Order], ended: int, left: int, settings: ChatSettings
) -> Page:
    """Orders were ended together: one message for all of them that were not filled at all."""
    count = len(unfilled)
    lines = [esc(_short(order, settings)) for order in unfilled[:_SHOWN]]
    more = f"and {count - _SHOWN} more" if count > _SHOWN else ""
    others = ended - count
    filled = f"{others} more ended with a fill: told apart." if others else ""
    still = f"{left} {'is' if left == 1 else 'are'} open still: /orders" if left else ""
    orders = "order" if count == 1 else "orders"
    return Page(
        paragraphs(
            f"{badge(mode)} · {count} {orders} cancelled",
            *lines,
            more,
            f"Nothing of {'it' if count == 1 else 'them'} was filled.",
            filled,
            still,
        )
    )


def given_up_page(mode: Mode) -> Page:
    """The bot is stopping in the middle of it."""
    html = paragraphs(
        f"{badge(mode)} · cancelling was interrupted.",
        "Some orders may be open still: look, and cancel the rest again. It does no harm.",
    )
    return Page(html, ((run("Orders", "orders"), run("Cancel all", "cancelall")),))


def _trouble(*, is_silent: bool, refused: str) -> str:
    if refused:
        return f"It ended before all were gone: {esc(refused, 80)}. Look at Kraken’s app."
    return "Kraken makes me wait. I keep trying until all are gone." if is_silent else ""


def _stops_line(orders: Sequence[Order], settings: ChatSettings) -> str:
    stops = sum(map(is_protective, orders))
    if not stops:
        return ""
    held = ", ".join(
        f"{short_qty(qty, settings)} {base}" for base, qty in protected(orders).items()
    )
    if len(orders) == 1:
        return f"⚠ It is a stop protecting {esc(held, 80)}."
    verb = "is a stop" if stops == 1 else "are stops"
    return f"⚠ {stops} of them {verb} protecting {esc(held, 80)}."


def _lines(each: OrderRow, settings: ChatSettings) -> list[str]:
    order = each.order
    price = waits_for(order)
    said = price_text(price, each.instrument, settings) if price is not None else ""
    mark = " ↗ app" if not each.is_ours else ""
    left = f"{arrow(order.side)} {name(order.symbol)}{mark}"
    if settings.plain_text:
        qty = qty_text(order.remaining, each.instrument, settings)
        return [f"{side_word(order.side)} {order.symbol} {qty} at {said}{mark}"]
    return [
        *row(left, qty_text(order.remaining, each.instrument, settings)),
        *(row("", ("! " if order.trigger else "@ ") + said) if said else []),
    ]


def _body(lines: Sequence[str], settings: ChatSettings) -> str:
    if settings.plain_text or not lines:
        return "\n".join(map(esc, lines))
    return table(lines)


def _mark(order: Order) -> str:
    return _MARKS.get(order.status, "gone")


def _short(order: Order, settings: ChatSettings) -> str:
    qty = short_qty(order.remaining if order.is_open else order.qty, settings)
    filled = (
        f", {short_qty(order.filled_qty, settings)} had been filled"
        if order.filled_qty and not order.is_open
        else ""
    )
    return f"{side_word(order.side)} {qty} {order.symbol}{filled}"
