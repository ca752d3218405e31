"""The card of an order through its life: one message, edited as more is known.

What it says is what is written down: an order without an answer is "unknown" and never "failed",
and a quantity of which the fills are not all there is said to be the exchange's word.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from bot.core.league import is_league
from bot.core.page import Button, Page, Payload
from bot.core.settings import ChatSettings
from bot.core.texts.amounts import ARROWS, amount, fitting, money, price
from bot.core.texts.card_buttons import buttons_of
from bot.core.texts.card_states import CardState, state_of
from bot.core.texts.express import sent_line
from bot.core.texts.labels import badge
from bot.core.texts.markup import FIRST_LINE, code, ends, esc, paragraphs, table
from bot.core.texts.reasons import why_ended, why_not_sent, why_refused
from bot.core.texts.take_profits import WITH_ITS_STOP
from bot.core.trade.exits import Exit, ExitState, is_protection
from bot.core.trade.types import Mode, PlacedOrder, Standing
from kraken.core.trading import (
    EXACT,
    Order,
    OrderRequest,
    OrderStatus,
    PriceKind,
    PriceOffset,
)
from kraken.core.types import Instrument

NOT_CONNECTED = paragraphs(
    "Connect a key first: /connect",
    "Or go on practising: /paper. Nothing was sent.",
)
NO_KEY = paragraphs(
    "This chat has no key of its own.",
    "/connect one in your private chat, and use this there. Nothing was sent.",
)
UNSETTLED = paragraphs(
    "An earlier order is not clear yet.",
    "I am finding out what became of it, since before my restart. Nothing was sent now. "
    "Ask again in a moment.",
)

EXCHANGE = {Mode.LIVE: "Kraken", Mode.PAPER: "the practice market"}


@dataclass(frozen=True, slots=True)
class CardView:
    """Everything that a card shows."""

    placed: PlacedOrder
    instrument: Instrument | None
    """None while the pairs are not known, or when it is not listed any more."""
    settings: ChatSettings = field(default_factory=ChatSettings)
    stops: tuple[Order, ...] = ()
    exit: Exit | None = None
    take: Decimal | None = None
    """The price that is watched for."""

    @property
    def state(self) -> CardState:
        return state_of(self.placed)

    @property
    def request(self) -> OrderRequest:
        return self.placed.intent.request

    @property
    def base(self) -> str:
        return self.request.symbol.partition("/")[0]

    @property
    def quote(self) -> str:
        return self.request.symbol.partition("/")[2]


def card_page(view: CardView) -> Page:
    """The card as it is now."""
    return Page(
        paragraphs(_first_line(view), _what(view), *_more(view)),
        buttons_of(view.placed, view.instrument, view.state, view.exit),
    )


def _first_line(view: CardView) -> str:
    mark, grouping = badge(view.placed.intent.mode), view.settings.grouping
    arrow = ARROWS[view.request.side]
    head, order = f"{mark} {_HEADS[view.state]}", view.placed.order
    done = order.filled_qty if order is not None else Decimal(0)
    if view.state is CardState.PART_FILLED and order is not None and order.qty:
        share = EXACT.divide(EXACT.multiply(done, Decimal(100)), order.qty)
        head = f"{mark} 🟨 {int(share)} % filled"
    if view.state in _TELLING_QUANTITY:
        qty = done if view.state is CardState.FILLED else _wanted(view)
        at = order.average if order and view.state is CardState.FILLED else _limit(view)
        of = f"{head} {arrow} {amount(qty, grouping=grouping)} {view.base}"
        with_price = f"{of} @ {price(at, view.instrument, grouping=grouping)}" if at else of
        without_arrow = with_price.replace(f" {arrow}", "", 1)
        short = f"{head} {arrow} {view.base}"
        return esc(fitting(with_price, without_arrow, of, short, limit=FIRST_LINE))
    if view.state is CardState.CANCELLED and done:
        part = f"{head} ({amount(done, grouping=grouping)} filled"
        whole = f"{part} before)"
        return esc(fitting(whole, f"{part})", f"{head}, partly filled", limit=FIRST_LINE))
    return esc(fitting(f"{head} {arrow} {view.request.symbol}", head, limit=FIRST_LINE))


_HEADS = {
    CardState.SENDING: "⏳ Sending…",
    CardState.UNKNOWN: "❓ No answer. Checking.",
    CardState.OPEN: "🟦 Open",
    CardState.WAITING: "🟦 Waits",
    CardState.PART_FILLED: "🟨 Partly filled",
    CardState.TRIGGERED: "⚡ Triggered",
    CardState.FILLED: "✅ Filled",
    CardState.CANCELLED: "⚪ Cancelled",
    CardState.EXPIRED: "⚪ Expired",
    CardState.REJECTED: "❌ Refused",
    CardState.NOT_SENT: "❌ Not sent",
    CardState.ABSENT: "❌ Not placed",
}
_TELLING_QUANTITY = frozenset(
    {CardState.OPEN, CardState.WAITING, CardState.PART_FILLED, CardState.FILLED}
)


def _wanted(view: CardView) -> Decimal:
    order = view.placed.order
    if order is not None:
        return order.qty
    return view.request.qty or Decimal(0)


def _limit(view: CardView) -> Decimal | None:
    order = view.placed.order
    if order is not None and order.trigger is not None:
        return order.trigger.price
    return order.limit_price if order is not None else view.request.limit_price


def _what(view: CardView) -> str:
    """The sentence under the first line, where one is due."""
    where = EXCHANGE[view.placed.intent.mode]
    reason = view.placed.reason
    match view.state:
        case CardState.SENDING:
            if view.placed.standing is Standing.ACKED:
                return f"{_begin(where)} has it. Its fills come in a moment."
            return f"Sent to {where}. The answer is not there yet."
        case CardState.UNKNOWN:
            return (
                f"It was sent, and {where} did not answer. I am looking for it and will tell you. "
                "<b>Do not send it again.</b>"
            )
        case CardState.REJECTED:
            return f"{_begin(where)} refused: {why_refused(reason)}. Nothing was placed."
        case CardState.NOT_SENT:
            return f"Nothing was sent: {why_not_sent(reason)}."
        case CardState.ABSENT:
            return f"Proven: {where} never had this order. Nothing was placed."
        case CardState.CANCELLED | CardState.EXPIRED:
            return f"Reason: {why_ended(reason)}." if reason else ""
        case _:
            return ""


def _begin(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}"


def _more(view: CardView) -> list[str]:
    rows = _rows(view)
    plain = view.settings.plain_text
    lines = (
        [f"{esc(name)}: {esc(value)}" for name, value in rows]
        if plain
        else [table(_table_lines(rows))]
    )
    return [*lines, *_missing(view), *_exits(view), *_note(view)]


def _table_lines(rows: list[tuple[str, str]]) -> list[str]:
    """Name and value at both ends; a value that does not fit has a line to itself."""
    lines: list[str] = []
    for name, value in rows:
        if len(name) + len(value) < _WIDTH:
            lines.append(ends(name, value))
        else:
            lines += [name, value[:_WIDTH].rjust(_WIDTH)]
    return lines


_WIDTH = 32


def _rows(view: CardView) -> list[tuple[str, str]]:
    order, request, grouping = view.placed.order, view.request, view.settings.grouping
    rows = [(f"{request.side.value.upper()} {request.symbol}", _kind(request))]
    if request.qty is not None or order is not None:
        rows.append(("Amount", f"{amount(_wanted(view), grouping=grouping)} {view.base}"))
    if request.display_qty is not None:
        rows.append(("Shown", f"{amount(request.display_qty, grouping=grouping)} {view.base}"))
    if request.cash_qty is not None:
        rows.append(("For", f"{amount(request.cash_qty, grouping=grouping)} {view.quote}"))
    limit = order.limit_price if order is not None else request.limit_price
    if limit is not None:
        rows.append(("Limit", f"{price(limit, view.instrument, grouping=grouping)} {view.quote}"))
    rows += _trigger_rows(view)
    if order is not None and order.filled_qty and view.state is not CardState.SENDING:
        rows += _filled_rows(view, order)
    return rows


def _kind(request: OrderRequest) -> str:
    words = [request.type.value]
    if request.post_only:
        words.append("post")
    if request.time_in_force != "GTC":
        words.append(request.time_in_force.value)
    return " ".join(words)


def _trigger_rows(view: CardView) -> list[tuple[str, str]]:
    order, trigger = view.placed.order, view.request.trigger
    rows: list[tuple[str, str]] = []
    if order is not None and order.trigger is not None:
        at = price(order.trigger.price, view.instrument, grouping=view.settings.grouping)
        rows.append(("Triggers at", f"{at} {view.quote}"))
    elif trigger is not None and trigger.price.kind is PriceKind.STATIC:
        at = price(trigger.price.value, view.instrument, grouping=view.settings.grouping)
        rows.append(("Triggers at", f"{at} {view.quote}"))
    if trigger is not None and trigger.price.kind is not PriceKind.STATIC:
        unit = "%" if trigger.price.kind is PriceKind.PERCENT else view.quote
        rows.append(("Distance", f"{amount(trigger.price.value)} {unit}"))
    return rows


def _filled_rows(view: CardView, order: Order) -> list[tuple[str, str]]:
    grouping = view.settings.grouping
    rows = [("Filled", f"{amount(order.filled_qty, grouping=grouping)} {view.base}")]
    if order.average is not None:
        average = price(order.average, view.instrument, grouping=grouping)
        rows.append(("Average", f"{average} {view.quote}"))
    rows.append(("Worth", f"{money(order.filled_cost, grouping=grouping)} {view.quote}"))
    if not order.misses_fills and order.fee_asset is not None:
        rows.append(("Fee", f"{money(order.fee, grouping=grouping)} {order.fee_asset}"))
    return rows


def _missing(view: CardView) -> list[str]:
    order = view.placed.order
    if order is None or not order.misses_fills:
        return []
    where = EXCHANGE[view.placed.intent.mode]
    return [
        f"“Filled” is what {where} says; I have the trades of "
        f"{amount(order.booked_qty, grouping=view.settings.grouping)} {esc(view.base)} so far and "
        "am reading the rest. The fee is not known yet."
    ]


def _exits(view: CardView) -> list[str]:
    intent, grouping = view.placed.intent, view.settings.grouping
    lines: list[str] = []
    if view.state in _NEVER_PLACED:
        return lines
    resting = [stop for stop in view.stops if stop.is_open]
    where = EXCHANGE[intent.mode]
    if resting and resting[-1].trigger is not None:
        at = price(resting[-1].trigger.price, view.instrument, grouping=grouping)
        lines.append(f"🛡 SL {code(at)} rests at {where}.")
    elif is_protection(intent) and intent.take_profit and view.state is CardState.WAITING:
        lines.append(f"🛡 This stop rests at {where}.")
    elif intent.request.close is not None and not view.stops and view.state not in _ENDED:
        trigger = intent.request.close.trigger
        at = f" {_offset(trigger.price, view)}" if trigger is not None else ""
        lines.append(f"🛡 SL{at} is placed at {where} with each fill.")
    if intent.take_profit is not None:
        lines.append(_take_profit(view))
    return lines


_NEVER_PLACED = frozenset({CardState.REJECTED, CardState.NOT_SENT, CardState.ABSENT})
_ENDED = frozenset({CardState.CANCELLED, CardState.EXPIRED})


def _take_profit(view: CardView) -> str:
    state = view.exit.state if view.exit is not None else ExitState.ENDED
    if state is ExitState.ENDED:
        return "🤖 TP is over: nothing waits for it any more."
    at = code(price(view.take, view.instrument)) if view.take is not None else _target(view)
    if state is ExitState.CLOSING:
        return f"🤖 TP {at} reached: taking the stop away and selling."
    return f"🤖 TP {at} needs the bot: it works only while I run."


def _target(view: CardView) -> str:
    """What is going to be watched for, once there is something to sell."""
    wanted = view.placed.intent.take_profit
    return f"{_offset(wanted, view)} after the fill" if wanted is not None else "after the fill"


def _offset(offset: PriceOffset, view: CardView) -> str:
    """A price; or a distance in percent with its sign, as it was asked for."""
    if offset.kind is PriceKind.STATIC:
        return code(price(offset.value, view.instrument, grouping=view.settings.grouping))
    sign = "−" if offset.value < 0 else "+"
    unit = " %" if offset.kind is PriceKind.PERCENT else ""
    return f"{sign}{amount(abs(offset.value))}{unit}"


def _note(view: CardView) -> list[str]:
    intent = view.placed.intent
    league = [IN_LEAGUE] if is_league(intent.account) else []
    if intent.approved_by is not None:
        by = f"Asked for by {code(intent.user_id)}, let go by {code(intent.approved_by)}."
        league = [*league, by]
    if intent.express_until is not None:
        zone, plain = view.settings.zone, view.settings.plain_text
        league = [*league, sent_line(intent.express_until, zone, plain=plain)]
    return [*league, *([f"Note: {esc(intent.note, 120)}"] if intent.note else [])]


IN_LEAGUE = "🏆 LEAGUE: it counts there, not in your own practice."


LOOKING = "I am looking for it at Kraken."
KNOWN = "It is known by now: see the card."
CANCEL_ASKED = "Asked to cancel. The card says when it has ended."


def cancelled(order: Order | None) -> str:
    """The toast after a cancel: what became of the order, as far as that is known."""
    if order is None or order.is_open:
        return CANCEL_ASKED
    if order.status is OrderStatus.FILLED:
        return "Too late: it was filled before the cancel came."
    if order.filled_qty:
        return f"Cancelled. {amount(order.filled_qty)} were filled before."
    return "Cancelled. Nothing was filled."


def sure_page(placed: PlacedOrder, *, has_take_profit: bool = False) -> Page:
    """Asks once before a stop that protects something is taken away."""
    request = placed.intent.request
    payload: Payload = {"id": str(placed.intent.client_id), "sure": True}
    return Page(
        paragraphs(
            f"{badge(placed.intent.mode)} 🛡 Cancel this stop?",
            f"It protects {amount(_qty_of(placed))} {esc(request.symbol.partition('/')[0])}. "
            "Without it nothing is sold when the price falls. Nothing was sent yet.",
            WITH_ITS_STOP if has_take_profit else "",
        ),
        ((Button("Cancel the stop", "order_cancel", payload, "danger"),),),
    )


def asked_page(placed: PlacedOrder) -> Page:
    """The question was answered."""
    return Page(
        paragraphs(f"{badge(placed.intent.mode)} Asked to cancel the stop.", "See its card.")
    )


def _qty_of(placed: PlacedOrder) -> Decimal:
    return placed.order.remaining if placed.order else placed.intent.request.qty or Decimal(0)
