"""Orders: the list, one order of it, and what becomes of a cancel."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.core.numbers import MINUS, clock_time, duration, percent
from bot.core.page import Button, Page, Payload, Rows
from bot.core.settings import ChatSettings
from bot.core.texts.figures import (
    KINDS,
    ROW,
    arrow,
    name,
    price_text,
    qty_text,
    row,
    short_qty,
    side_word,
)
from bot.core.texts.labels import WHY, badge, icon, in_rows, run, with_icon
from bot.core.texts.markup import WIDTH, code, ends, esc, paragraphs, table
from bot.core.texts.take_profits import WITH_ITS_STOP, part_buttons
from bot.core.trade.listing import BotPart, OrderList, OrderRow, filled_share, is_protective
from bot.core.trade.types import Mode
from bot.core.trade.wish import offset_text
from kraken.core.trading import Order, OrderStatus, OrderType

_SHORT = {
    OrderType.MARKET: "mkt",
    OrderType.LIMIT: "lim",
    OrderType.ICEBERG: "ice",
    OrderType.STOP_LOSS: "stop",
    OrderType.STOP_LOSS_LIMIT: "st-l",
    OrderType.TAKE_PROFIT: "take",
    OrderType.TAKE_PROFIT_LIMIT: "tp-l",
    OrderType.TRAILING_STOP: "trail",
    OrderType.TRAILING_STOP_LIMIT: "tr-l",
}
_ENDED = {
    OrderStatus.FILLED: "filled",
    OrderStatus.CANCELED: "cancelled",
    OrderStatus.EXPIRED: "expired",
}
_TITLES = {"open": "open", "closed": "closed", "stops": "waiting", "all": "recent"}
ELSEWHERE = "↗ app"


def orders_page(listing: OrderList, settings: ChatSettings, now: datetime) -> Page:
    """The list with a button for each order."""
    if not listing.total and not listing.by_bot:
        return _empty_page(listing, settings)
    noun = "order" if listing.total == 1 else "orders"
    title = f"{badge(listing.mode)} · {listing.total} {_TITLES[listing.which]} {noun}"
    numbered = list(enumerate(listing.rows, listing.first))
    if settings.plain_text:
        body = "\n".join(esc(_sentence(number, each, settings), 160) for number, each in numbered)
    else:
        lines = [line for number, each in numbered for line in _lines(number, each, settings)]
        body = table(lines) if lines else ""
    html = paragraphs(
        title,
        esc(listing.pair),
        body,
        *_by_bot(listing.by_bot, settings),
        _legend(listing, settings),
        other_mode_line(listing.mode, listing.in_other_mode),
        f"As of {esc(clock_time(now, settings.zone))}",
    )
    ends_ = part_buttons(listing, settings)
    rows = (*_number_buttons(listing, settings), *ends_, *_list_buttons(listing, settings))
    return Page(html, rows)


def other_mode_line(mode: Mode, count: int) -> str:
    """Orders that this list does not show, because they are of the other mode."""
    if not count:
        return ""
    other = Mode.PAPER if mode is Mode.LIVE else Mode.LIVE
    verb = "is" if count == 1 else "are"
    return f"{badge(other)}: {count} more {verb} open there."


def card_page(
    row_: OrderRow, mode: Mode, settings: ChatSettings, now: datetime, note: str = ""
) -> Page:
    """One order with everything known of it, wherever it was made."""
    order, instrument = row_.order, row_.instrument
    head = f"{badge(mode)} {arrow(order.side)} {side_word(order.side)} {esc(order.symbol, 20)}"
    facts = [
        ("Type", KINDS[order.type]),
        ("Amount", qty_text(order.qty, instrument, settings)),
        ("Filled", f"{filled_share(order):.0f} %"),
        *_price_facts(row_, settings),
        ("Market", percent(row_.distance) if row_.distance is not None else ""),
        ("State", state_word(order)),
    ]
    shown = [(label, value) for label, value in facts if value]
    if settings.plain_text:
        body = "\n".join(f"{label}: {esc(value)}" for label, value in shown)
    else:
        body = table([line for label, value in shown for line in row(label, value)])
    html = paragraphs(
        head,
        body,
        f"Order {code(order.order_id)}",
        "" if row_.is_ours else f"{ELSEWHERE}: not made through this bot.",
        f"Ended: {esc(order.reason, 100)}" if order.reason and not order.is_open else "",
        note,
        f"As of {esc(clock_time(now, settings.zone))}",
    )
    return Page(html, _card_buttons(order, mode, settings))


def state_word(order: Order) -> str:
    """Where it is in its life, in a word or two."""
    if order.status in _ENDED:
        return _ENDED[order.status]
    if order.trigger is not None and not order.trigger.is_fired:
        return "waiting"
    return "partly filled" if order.filled_qty else "open"


# -- cancelling


def pick_page(listing: OrderList, settings: ChatSettings) -> Page:
    """``/cancel`` without a name: the open orders as buttons."""
    if not listing.rows:
        return _empty_page(listing, settings)
    buttons = tuple(
        Button(_pick_label(each, settings), "list_cancel", {"order": each.order.order_id})
        for each in listing.rows
    )
    more = f"The newest {len(listing.rows)} of {listing.total}." if listing.pages > 1 else ""
    html = paragraphs(f"{badge(listing.mode)} · which one to cancel?", more)
    everything = Button("Cancel all…", "cancel_all", {"whom": "entries", "pair": listing.pair})
    return Page(html, (*((button,) for button in buttons), (everything,)))


def cancelling_page(order: Order, mode: Mode) -> Page:
    return Page(f"{badge(mode)} · cancelling…\n{_what(order)}")


def cancel_stop_page(
    row_: OrderRow, mode: Mode, settings: ChatSettings, *, has_take_profit: bool = False
) -> Page:
    """A protective stop is not taken away by one tap."""
    order = row_.order
    qty = short_qty(order.remaining, settings)
    base = order.symbol.partition("/")[0]
    html = paragraphs(
        f"{badge(mode)} · cancel a protective stop?",
        _what(order),
        f"It protects {esc(qty)} {esc(base)}. Without it nothing sells when the price falls.",
        WITH_ITS_STOP if has_take_profit else "",
    )
    payload: Payload = {"order": order.order_id, "sure": True}
    return Page(
        html,
        (
            (Button("Cancel the stop", "list_cancel", payload, style="danger"),),
            (Button("Keep it", "order", {"order": order.order_id}),),
        ),
    )


def cancelled_page(order: Order, mode: Mode, settings: ChatSettings, now: datetime) -> Page:
    """What became of it: cancelled, too late, or still on its way."""
    base = esc(order.symbol.partition("/")[0])
    filled = f"{esc(short_qty(order.filled_qty, settings))} {base}"
    if order.status is OrderStatus.FILLED:
        ago = max(now - order.updated_at, timedelta()) if order.updated_at else None
        when = f" {esc(duration(ago))} before" if ago is not None else " before"
        first = f"{badge(mode)} · too late"
        said = f"It was filled{when}: {filled}."
    elif order.status.is_final:
        first = f"{badge(mode)} · {_ENDED[order.status]}"
        said = f"{filled} had been filled." if order.filled_qty else "Nothing had been filled."
    else:
        first = f"{badge(mode)} · cancel requested"
        said = "Kraken has not confirmed it yet; the list shows when it is gone."
    return Page(paragraphs(first, _what(order), said), _after_cancel(settings))


def gone_page(said: str, mode: Mode, settings: ChatSettings) -> Page:
    """Neither open nor ended: the exchange knows no such order."""
    if said == "last":
        html = f"{badge(mode)} · no open orders.\nNothing was done."
        return Page(html, ((run("Closed ones", "orders", "closed"),),))
    html = paragraphs(
        f"{badge(mode)} · no such order",
        f"{code(said, 40)} is neither open nor among the closed ones. Nothing was done.",
    )
    return Page(html, _after_cancel(settings))


def unclear_page(client_id: str, mode: Mode) -> Page:
    """The exchange has not said whether it has the order: nobody can say that it is gone."""
    html = paragraphs(
        f"{badge(mode)} · not clear yet",
        "Kraken has not said whether this order exists. I keep asking, and its card says when I "
        "know. Nothing was done; do not send the order again.",
    )
    return Page(html, ((Button("Check now", "order_check", {"id": client_id}),),))


def ambiguous_page(
    said: str, rows: Sequence[OrderRow], mode: Mode, settings: ChatSettings
) -> Page:
    """A beginning that several orders share."""
    html = paragraphs(
        f"{badge(mode)} · which of these?",
        f"{code(said, 16)} may be any of them. Nothing was done.",
    )
    buttons = tuple(
        (Button(_pick_label(each, settings), "order", {"order": each.order.order_id}),)
        for each in rows[:6]
    )
    return Page(html, buttons)


# -- parts


def _what(order: Order) -> str:
    return (
        f"{arrow(order.side)} {side_word(order.side)} {esc(order.symbol, 24)} "
        f"{KINDS[order.type]} {code(order.order_id)}"
    )


def _lines(number: int, each: OrderRow, settings: ChatSettings) -> list[str]:
    order = each.order
    left = f"{number} {arrow(order.side)} {name(order.symbol)}  {_SHORT[order.type]}"
    first = row(left, qty_text(order.qty, each.instrument, settings))
    return [*first, *_second_line(each, settings)]


def _second_line(each: OrderRow, settings: ChatSettings) -> list[str]:
    """Price, what is filled, where it was made, and how far it is; two lines if they must be."""
    order = each.order
    left = _prices(each, settings)
    if order.is_open and (order.filled_qty or not _waits(order)):
        left.append(f"{filled_share(order):.0f} %")
    if not order.is_open:
        left.append(_ENDED[order.status])
    if not each.is_ours:
        left.append(ELSEWHERE)
    right = percent(each.distance) if each.distance is not None else ""
    lines = ["   " + "   ".join(part for part in left if part)]
    if len(lines[0]) > WIDTH:
        lines = ["   " + part for part in left if part]
    if right and len(lines[-1]) + 1 + len(right) <= WIDTH:
        return [*lines[:-1], ends(lines[-1], right, ROW)]
    return [*lines, right.rjust(ROW)] if right else lines


def _prices(each: OrderRow, settings: ChatSettings) -> list[str]:
    order = each.order
    if not order.is_open and order.average is not None and order.filled_qty:
        return ["avg " + price_text(order.average, each.instrument, settings)]
    parts = []
    if order.trigger is not None and _waits(order):
        parts.append("! " + price_text(order.trigger.price, each.instrument, settings))
    if order.limit_price is not None:
        parts.append("@ " + price_text(order.limit_price, each.instrument, settings))
    return parts


def _waits(order: Order) -> bool:
    return order.trigger is not None and not order.trigger.is_fired


def _sentence(number: int, each: OrderRow, settings: ChatSettings) -> str:
    order = each.order
    words = [
        f"{number}. {side_word(order.side)} {order.symbol} {KINDS[order.type]}",
        qty_text(order.qty, each.instrument, settings),
    ]
    if order.trigger is not None and _waits(order):
        words.append(f"stop {price_text(order.trigger.price, each.instrument, settings)}")
    if order.limit_price is not None:
        words.append(f"at {price_text(order.limit_price, each.instrument, settings)}")
    words.append(f"{filled_share(order):.0f} % filled" if order.is_open else state_word(order))
    if each.distance is not None:
        words.append(f"{percent(each.distance)} from the market")
    if not each.is_ours:
        words.append("made elsewhere")
    return ", ".join(words)


def _by_bot(parts: Sequence[BotPart], settings: ChatSettings) -> list[str]:
    if not parts:
        return []
    lines = []
    for part in parts:
        price = f"at {price_text(part.price, part.instrument, settings)}" if part.price else ""
        if not price and part.offset is not None:
            price = f"{offset_text(part.offset)} from the fill".replace("-", MINUS)
        base = part.symbol.partition("/")[0]
        qty = esc(short_qty(part.qty, settings))
        lines.append(f"{esc(part.what)} {esc(base)} {qty} {esc(price)}".rstrip())
    return ["By bot, while it runs:", *lines]


def _legend(listing: OrderList, settings: ChatSettings) -> str:
    """What the signs of the table mean, as far as it has them."""
    if settings.plain_text or not listing.rows:
        return ""
    signs = []
    if any(each.order.trigger is not None and _waits(each.order) for each in listing.rows):
        signs.append("! trigger")
    if any(not each.is_ours for each in listing.rows):
        signs.append(f"{ELSEWHERE} made elsewhere")
    return " · ".join(signs)


def _price_facts(each: OrderRow, settings: ChatSettings) -> list[tuple[str, str]]:
    order, found = each.order, list[tuple[str, str]]()
    if order.trigger is not None:
        found.append(("Trigger", price_text(order.trigger.price, each.instrument, settings)))
    if order.limit_price is not None:
        found.append(("Limit", price_text(order.limit_price, each.instrument, settings)))
    if order.average is not None and order.filled_qty:
        found.append(("Average", price_text(order.average, each.instrument, settings)))
    return found


def _pick_label(each: OrderRow, settings: ChatSettings) -> str:
    order = each.order
    price = " ".join(_prices(each, settings)) or KINDS[order.type]
    text = f"{arrow(order.side)} {order.symbol} {price}"
    return text if len(text) <= 32 else f"{arrow(order.side)} {name(order.symbol)}"


def _number_buttons(listing: OrderList, settings: ChatSettings) -> Rows:
    return in_rows(
        tuple(
            Button(str(number), "order", {"order": each.order.order_id})
            for number, each in enumerate(listing.rows, listing.first)
        )
    )


def _list_buttons(listing: OrderList, settings: ChatSettings) -> Rows:
    def turn(label: str, page: int) -> Button:
        return Button(
            label, "orders", {"which": listing.which, "pair": listing.pair, "page": page}
        )

    why: Rows = ()
    first = [turn(icon("🔄", "Refresh", plain=settings.plain_text), listing.page)]
    if any(each.order.is_open for each in listing.rows):
        everything: Payload = {"whom": "entries", "pair": listing.pair}
        first.append(Button("Cancel all…", "cancel_all", everything))
        if listing.mode is Mode.PAPER:
            why = ((run(WHY, "paper", "why"),),)  # too long for a third of a small phone
    if listing.pages == 1:
        return (tuple(first), *why)
    before = listing.page - 1 or listing.pages
    after = listing.page % listing.pages + 1
    count = turn(f"{listing.page}/{listing.pages}", listing.page)
    return tuple(first), *why, (turn("‹", before), count, turn("›", after))


def _card_buttons(order: Order, mode: Mode, settings: ChatSettings) -> Rows:
    payload: Payload = {"order": order.order_id}
    refresh = Button(icon("🔄", "Refresh", plain=settings.plain_text), "order", payload)
    back = Button("‹ Orders", "orders", {"which": "open", "pair": "", "page": 1})
    if not order.is_open:
        return ((refresh, back),)
    label = "Cancel…" if is_protective(order) else "Cancel"
    cancel = Button(label, "list_cancel", payload)
    why = ((Button(WHY, "why", payload),),) if mode is Mode.PAPER else ()
    return ((Button("Change price", "amend", payload), cancel), *why, (refresh, back))


def _after_cancel(settings: ChatSettings) -> Rows:
    return ((run("Orders", "orders"),),)


def _empty_page(listing: OrderList, settings: ChatSettings) -> Page:
    what = {"open": "open orders", "closed": "closed orders", "stops": "stops", "all": "orders"}
    html = paragraphs(
        f"{badge(listing.mode)} · no {what[listing.which]}.",
        f"Looked at {esc(listing.pair, 20)} only." if listing.pair else "",
        other_mode_line(listing.mode, listing.in_other_mode),
    )
    buy = run(with_icon("▲", "Buy", plain=settings.plain_text), "buy", listing.pair)
    closed = run("Closed ones", "orders", f"{listing.pair} closed".strip())
    return Page(html, ((buy,) if listing.which == "closed" else (buy, closed),))
