"""Changing an order: before and after, what it costs, and what became of it."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from bot.core.page import Button, Page, Payload, Rows
from bot.core.settings import ChatSettings
from bot.core.texts.cards import EXCHANGE
from bot.core.texts.figures import ROW, arrow, price_text, qty_text, row, side_word
from bot.core.texts.labels import badge, run, run_text, with_icon
from bot.core.texts.markup import WIDTH, code, esc, paragraphs, table
from bot.core.texts.reasons import why_refused
from bot.core.trade.change import Obstacle, Plan, Remark
from bot.core.trade.listing import OrderRow, is_protective
from bot.core.trade.types import Mode
from kraken.core.trading import Order
from kraken.core.types import Instrument

_REMARKS = {
    Remark.BACK_OF_QUEUE: "It goes to the back of the queue at its price.",
    Remark.EARLY: "It is younger than 15 s: the change costs extra points of Kraken’s limit.",
    Remark.ENDS_REST: "That is not more than what is filled: the rest would be cancelled.",
    Remark.FAR: "⚠ That is far from the market. Is a digit too much or missing?",
    Remark.MATCHES: "⚠ That reaches the market: it may trade at once, as taker.",
}
_OBSTACLES = {
    Obstacle.CLOSE: "Kraken does not change an order that carries a stop for its fills.",
    Obstacle.TRAIL: "Kraken does not change the distance of a trailing stop.",
}
LASTS = "60 s"


def amend_page(
    plan: Plan,
    ticket: str,
    mode: Mode,
    instrument: Instrument,
    settings: ChatSettings,
    *,
    has_take_profit: bool = False,
) -> Page:
    """Before and after, and one tap; ``has_take_profit``: one of this order is watched."""
    order = plan.order
    html = paragraphs(
        f"{badge(mode)} · change, valid {LASTS}",
        _what(order),
        _before_after(plan, instrument, settings),
        *(_REMARKS[remark] for remark in plan.remarks),
        *_legs(order, mode, settings, has_take_profit=has_take_profit),
    )
    word = "LIVE" if mode is Mode.LIVE else "PAPER"
    is_odd = {Remark.FAR, Remark.ENDS_REST} & set(plan.remarks)
    go = Button(
        f"Change it · {word}", "amend_go", {"ticket": ticket}, "danger" if is_odd else "success"
    )
    return Page(html, ((go,), _leave(order)))


def _legs(
    order: Order, mode: Mode, settings: ChatSettings, *, has_take_profit: bool
) -> Iterator[str]:
    """What of a bracket rests at the exchange, and what only the bot does."""
    plain = settings.plain_text
    if is_protective(order):
        yield with_icon("🛡", f"This stop rests at {EXCHANGE[mode]}.", plain=plain)
    if has_take_profit:
        watched = "Its TP stays as it is: watched by me, only while I run."
        yield with_icon("🤖", watched, plain=plain)


def replace_page(plan: Plan, mode: Mode, command: str, settings: ChatSettings) -> Page:
    """It cannot be changed: cancel it and prepare a new one, if that is wanted."""
    assert plan.obstacle is not None
    order = plan.order
    html = paragraphs(
        f"{badge(mode)} · this needs a new order",
        _what(order),
        _OBSTACLES[plan.obstacle],
        "I can cancel it and then show you the preview of the new one. "
        "In between there is no order. Nothing was changed so far.",
        code(command, 120),
    )
    payload: Payload = {
        "order": order.order_id,
        "command": command,
        "filled": f"{order.filled_qty:f}",
    }
    return Page(
        html, ((Button("Cancel it first", "amend_replace", payload, "danger"),), _leave(order))
    )


def replaced_page(order: Order, mode: Mode, command: str) -> Page:
    """The old one is gone; the new one is only a preview away."""
    html = paragraphs(
        f"{badge(mode)} · cancelled",
        _what(order),
        "Now the new one. It is a preview first:",
        code(command, 120),
    )
    label = "Preview the new order"
    name, _, args = command.removeprefix("/").partition(" ")
    return Page(html, ((Button(label, "run", {"command": name, "args": args}),),))


def not_replaced_page(order: Order, mode: Mode) -> Page:
    """It ended otherwise, or is not confirmed to be gone: no new one."""
    said = (
        "It was filled before it could be cancelled, so there is nothing to replace."
        if not order.is_open and order.filled_qty
        else "Its end is not confirmed yet. I prepare no new order before it is."
    )
    html = paragraphs(f"{badge(mode)} · not replaced", _what(order), said)
    return Page(html, ((run("Orders", "orders"),),))


def amended_page(
    order: Order, mode: Mode, instrument: Instrument | None, settings: ChatSettings
) -> Page:
    """The order as the answer told it."""
    html = paragraphs(
        f"{badge(mode)} · changed", _what(order), table(_terms(order, instrument, settings))
    )
    return Page(html, ((Button("Show order", "order", {"order": order.order_id}),),))


def refused_page(
    order: Order,
    mode: Mode,
    reason: str,
    instrument: Instrument | None,
    settings: ChatSettings,
) -> Page:
    """The change was refused, and the order is open as before."""
    html = paragraphs(
        f"{badge(mode)} · not changed",
        _what(order),
        f"{EXCHANGE[mode].capitalize()} refused it: {why_refused(reason)}. "
        "The order stays as it was:",
        table(_terms(order, instrument, settings)),
    )
    return Page(html, ((Button("Show order", "order", {"order": order.order_id}),),))


def ask_price_page(
    order: Order, mode: Mode, instrument: Instrument | None, settings: ChatSettings
) -> Page:
    """The question behind “Change price”; its answer is one number."""
    html = paragraphs(
        f"{badge(mode)} · the new price?",
        _what(order),
        table(_terms(order, instrument, settings)),
        "Answer with a price: a number, -1%, bid, ask. You see before and after first.",
    )
    return Page(html, force_reply=True)


def pick_page(rows: Sequence[OrderRow], mode: Mode, settings: ChatSettings) -> Page:
    """``/amend`` without a name: the open orders as buttons."""
    if not rows:
        buy = run("Buy", "buy")
        return Page(f"{badge(mode)} · no open orders.\nThere is nothing to change.", ((buy,),))
    buttons: Rows = tuple(
        (Button(_label(each, settings), "amend", {"order": each.order.order_id}),) for each in rows
    )
    return Page(f"{badge(mode)} · which one to change?", buttons)


def no_pair_page(order: Order, mode: Mode) -> Page:
    """The pair is not listed any more, so that no price can be checked."""
    html = paragraphs(
        f"{badge(mode)} · this pair is not listed.",
        esc(order.symbol, 20),
        "I cannot check a new price. Nothing was changed; you can still cancel the order.",
    )
    return Page(html, ((run_text(f"/cancel {order.order_id}"),),))


def _what(order: Order) -> str:
    return (
        f"{arrow(order.side)} {side_word(order.side)} {esc(order.symbol, 24)} "
        f"{code(order.order_id)}"
    )


def _before_after(plan: Plan, instrument: Instrument, settings: ChatSettings) -> str:
    old, new = plan.order, plan.after
    cells: list[tuple[str, str, str]] = []
    if old.limit_price is not None and new.limit_price is not None:
        cells.append(("Price", *_prices(old.limit_price, new.limit_price, instrument, settings)))
    if old.trigger is not None and new.trigger is not None:
        stops = _prices(old.trigger.price, new.trigger.price, instrument, settings)
        cells.append(("Stop", *stops))
    cells.append(
        (
            "Amount",
            qty_text(old.qty, instrument, settings),
            qty_text(new.qty, instrument, settings),
        )
    )
    if settings.plain_text:
        return "\n".join(
            f"{name}: {esc(after)}" + (f", now {esc(before)}" if before != after else "")
            for name, before, after in cells
        )
    lines: list[str] = []
    for name, before, after in cells:
        change = f"{before} → {after}" if before != after else after
        if len(change) <= WIDTH:
            lines += row(name, change)
        else:
            lines += [*row(name, before), after.rjust(ROW)]
    return table(lines)


def _prices(
    old: Decimal, new: Decimal, instrument: Instrument, settings: ChatSettings
) -> tuple[str, str]:
    return price_text(old, instrument, settings), price_text(new, instrument, settings)


def _terms(order: Order, instrument: Instrument | None, settings: ChatSettings) -> list[str]:
    lines: list[str] = []
    if order.limit_price is not None:
        lines += row("Price", price_text(order.limit_price, instrument, settings))
    if order.trigger is not None:
        lines += row("Stop", price_text(order.trigger.price, instrument, settings))
    return lines + row("Amount", qty_text(order.qty, instrument, settings))


def _label(each: OrderRow, settings: ChatSettings) -> str:
    order = each.order
    price = order.trigger.price if order.trigger else order.limit_price
    said = price_text(price, each.instrument, settings) if price is not None else ""
    return f"{arrow(order.side)} {order.symbol} {said}".strip()[:32]


def _leave(order: Order) -> tuple[Button, ...]:
    return (Button("Leave it", "order", {"order": order.order_id}),)
