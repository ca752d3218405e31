"""Pushes about orders: short, complete in the first line, as a reply to the order's card."""

from decimal import Decimal

from bot.core.page import Page
from bot.core.settings import ChatSettings
from bot.core.texts.amounts import ARROWS, PAST, amount, fitting, money, price
from bot.core.texts.cards import EXCHANGE
from bot.core.texts.labels import badge, run
from bot.core.texts.markup import FIRST_LINE, esc, paragraphs
from bot.core.texts.money import money_with_unit
from bot.core.texts.reasons import why_ended, why_not_sent, why_refused
from bot.core.trade.types import Intent, Mode, PlacedOrder, Standing
from kraken.core.holdings import LedgerEntry
from kraken.core.trading import Fill, Order, OrderStatus
from kraken.core.types import Instrument

ELSEWHERE = "Made elsewhere, not through me."


def ended_page(
    order: Order,
    mode: Mode,
    settings: ChatSettings,
    instrument: Instrument | None,
    *,
    is_stop: bool = False,
    is_elsewhere: bool = False,
) -> Page:
    """The order has ended, filled or not."""
    where = ELSEWHERE if is_elsewhere else _origin(order, mode, is_stop=is_stop)
    if order.filled_qty:
        lines = [_filled_line(order, mode, settings, instrument), _worth(order, settings)]
        if order.status is not OrderStatus.FILLED:
            lines.append(_rest(order, settings))
    else:
        word = "expired" if order.status is OrderStatus.EXPIRED else "cancelled"
        mark, arrow = badge(mode), ARROWS[order.side]
        head = f"{mark} {arrow} {order.symbol} {word}"
        lines = [
            esc(fitting(head, f"{mark} {arrow} {word}", limit=FIRST_LINE)),
            f"Nothing filled. It was {_what(order, settings, instrument)}.",
        ]
    reason = f"Reason: {why_ended(order.reason)}." if order.reason else ""
    return Page(paragraphs(*lines, reason, where))


def late_fill_page(
    fill: Fill, mode: Mode, settings: ChatSettings, instrument: Instrument | None
) -> Page:
    """A fill that was told after the order's end."""
    return Page(
        paragraphs(
            _fill_line(fill, mode, settings, instrument, "late fill"),
            f"It belongs to order {esc(fill.order_id)}, whose end you were told before.",
        )
    )


def part_page(
    fill: Fill, mode: Mode, settings: ChatSettings, instrument: Instrument | None
) -> Page:
    """One fill of an order that goes on."""
    return Page(_fill_line(fill, mode, settings, instrument, "part"))


def triggered_page(
    order: Order, mode: Mode, settings: ChatSettings, instrument: Instrument | None
) -> Page:
    """A waiting order has become live."""
    mark, arrow = badge(mode), ARROWS[order.side]
    at = ""
    if order.trigger is not None:
        at = f" @ {price(order.trigger.price, instrument, grouping=settings.grouping)}"
    head = f"{mark} ⚡ {arrow} {order.symbol} triggered"
    return Page(
        paragraphs(
            esc(fitting(head + at, head, f"{mark} ⚡ triggered", limit=FIRST_LINE)),
            f"{amount(order.qty, grouping=settings.grouping)} "
            f"{esc(order.symbol.partition('/')[0])} at the market now; I tell you what it got.",
        )
    )


def stands_page(placed: PlacedOrder, *, was_unknown: bool) -> Page:
    """An order that came to nothing, or one of unknown outcome that was found."""
    mark, where = badge(placed.intent.mode), EXCHANGE[placed.intent.mode]
    symbol, reason = placed.intent.request.symbol, placed.reason
    head, what = {
        Standing.REJECTED: ("❌ refused", f"{where}: {why_refused(reason)}. Nothing was placed."),
        Standing.NOT_SENT: ("❌ not sent", f"nothing was sent: {why_not_sent(reason)}."),
        Standing.ABSENT: (
            "❌ not placed",
            f"Proven: {where} never had this order. You may send it again.",
        ),
        Standing.ACKED: (
            "✔ was placed",
            f"The answer was lost, but {where} has the order. Do not send it again.",
        ),
    }[placed.standing]
    found = "I found out about the order that had no answer." if was_unknown else ""
    first = esc(fitting(f"{mark} {symbol} {head}", f"{mark} {head}", limit=FIRST_LINE))
    return Page(paragraphs(first, found, f"{what[0].upper()}{what[1:]}"))


def doubt_page(placed: PlacedOrder) -> Page:
    """An order of which nothing is known after a long look; not told where it is practice."""
    request = placed.intent.request
    arrow, qty = ARROWS[request.side], request.qty or request.cash_qty or Decimal(0)
    return Page(
        paragraphs(
            esc(
                fitting(
                    f"{badge(placed.intent.mode)} ❓ {arrow} {request.symbol} still unclear",
                    f"{badge(placed.intent.mode)} ❓ {arrow} still unclear",
                    limit=FIRST_LINE,
                )
            ),
            "I have not found out yet whether this order was placed, because Kraken does not "
            "answer. I keep looking and tell you. Do not send it again.",
            f"In Kraken’s app look for {request.side.value} {amount(qty)} {esc(request.symbol)} "
            "among the open orders, the closed ones and the trades.",
        )
    )


def former_key_page(placed: PlacedOrder) -> Page:
    """An order of unknown outcome whose key is gone, and that the key of now does not show."""
    request = placed.intent.request
    qty = request.qty or request.cash_qty or Decimal(0)
    return Page(
        paragraphs(
            f"{badge(placed.intent.mode)} ❓ An order stays unclear",
            f"I did not find out whether {request.side.value} {amount(qty)} "
            f"{esc(request.symbol)} was placed before its key was replaced. The key of now shows "
            "no such order: it was never placed, or this is another Kraken account, and then I "
            "cannot know.",
            "Look there in Kraken’s app, among the open orders, the closed ones and the trades. "
            "I look again now and then.",
        )
    )


def unprotected_page(intent: Intent, qty: Decimal) -> Page:
    """The stop was taken away for a take-profit that was then refused."""
    base = intent.request.symbol.partition("/")[0]
    return Page(
        paragraphs(
            f"{badge(intent.mode)} ⚠ No stop any more",
            f"I took the stop of {amount(qty)} {esc(base)} away to take the profit, and then "
            "the sale was refused. Nothing protects it now, and I do not try again.",
            "Sell it, or protect it again.",
        ),
        ((run("Protect again", "protect", intent.request.symbol.lower()),),),
    )


def no_pair_page(intent: Intent, qty: Decimal) -> Page:
    """The pair of a take-profit that no stop goes with is not listed any more."""
    symbol = intent.request.symbol
    return Page(
        paragraphs(
            f"{badge(intent.mode)} ⚠ Take-profit over",
            f"{esc(symbol, 16)} is not traded any more, so I cannot sell "
            f"{amount(qty)} {esc(symbol.partition('/')[0])} there. Nothing was sent.",
            "Kraken delisted it, or goes on with it under another name: see /balance.",
        )
    )


def sold_paused_page(intent: Intent, qty: Decimal, take: Decimal) -> Page:
    """Trading was paused when the stop had been taken away for a take-profit already."""
    base = intent.request.symbol.partition("/")[0]
    return Page(
        paragraphs(
            f"{badge(intent.mode)} Sold although paused",
            f"The price was reached before the pause, and the stop of {amount(qty)} {esc(base)} "
            f"is gone. So that it does not stay unprotected, I sell it @ {price(take, None)}.",
        )
    )


def held_back_page(intent: Intent, qty: Decimal) -> Page:
    """The same while the operator's switch lets nothing at all be sent."""
    base = intent.request.symbol.partition("/")[0]
    return Page(
        paragraphs(
            f"{badge(intent.mode)} ⚠ No stop any more",
            f"I took the stop of {amount(qty)} {esc(base)} away to take the profit, and then "
            "whoever runs the server stopped all trading. Nothing protects it now. I sell it as "
            "soon as that is over; until then only Kraken’s app can.",
        )
    )


def away_page(mode: Mode, since: str) -> Page:
    """Nothing is heard of the account."""
    if mode is Mode.PAPER:
        return Page(
            paragraphs(
                f"{badge(mode)} ⚠ No market to practise on",
                f"I see no prices since {esc(since)}. Your practice orders wait; what traded "
                "meanwhile is looked up when Kraken is back.",
            )
        )
    return Page(
        paragraphs(
            f"{badge(mode)} ⚠ Kraken is out of reach",
            f"I hear nothing of your orders since {esc(since)}. Orders and stops that rest at "
            "Kraken go on without me; take-profits that I watch do not. I keep trying and tell "
            "you when I am back.",
        )
    )


def deposit_page(entry: LedgerEntry, settings: ChatSettings) -> Page:
    """Money came in from outside."""
    came = money_with_unit(entry.amount, entry.asset, settings)
    return Page(
        paragraphs(
            f"{badge(Mode.LIVE)} 📥 {esc(came)} came in",
            f"A deposit, {entry.at.astimezone(settings.zone):%d %b %H:%M:%S %Z}.",
        )
    )


def back_page(mode: Mode, away: str) -> Page:
    """The account is heard of again."""
    return Page(
        paragraphs(
            f"{badge(mode)} ✔ Kraken is back",
            f"I heard nothing for {esc(away)}. What happened meanwhile has been told.",
        )
    )


def key_refused_page(reason: str) -> Page:
    """The key is no longer accepted."""
    return Page(
        paragraphs(
            f"{badge(Mode.LIVE)} ⛔ Kraken refuses your key",
            f"{esc(reason, 120)}" if reason else "",
            "Live trading has stopped here. Orders that rest at Kraken stay there: look at them "
            "in Kraken’s app. A new key: /connect",
        )
    )


def _filled_line(
    order: Order, mode: Mode, settings: ChatSettings, instrument: Instrument | None
) -> str:
    average = order.average or Decimal(0)
    return _line(mode, order, order.filled_qty, average, settings, instrument, "filled")


def _fill_line(
    fill: Fill, mode: Mode, settings: ChatSettings, instrument: Instrument | None, word: str
) -> str:
    return _line(mode, fill, fill.qty, fill.price, settings, instrument, word)


def _line(
    mode: Mode,
    of: Order | Fill,
    qty: Decimal,
    at: Decimal,
    settings: ChatSettings,
    instrument: Instrument | None,
    word: str,
) -> str:
    """``🔴 LIVE ▲ BTC/EUR filled 0.01 @ 60,000.0``, as much of it as fits."""
    grouping = settings.grouping
    head = f"{badge(mode)} {ARROWS[of.side]} {of.symbol} {word}"
    much = f"{head} {amount(qty, grouping=grouping)}"
    whole = f"{much} @ {price(at, instrument, grouping=grouping)}"
    base = f"{badge(mode)} {ARROWS[of.side]} {of.symbol.partition('/')[0]} {word}"
    without_quote = whole.replace(head, base, 1)
    short = f"{badge(mode)} {ARROWS[of.side]} {word}"
    return esc(fitting(whole, without_quote, much, head, short, limit=FIRST_LINE))


def _worth(order: Order, settings: ChatSettings) -> str:
    """All digits, for whoever reads more than the first line."""
    grouping = settings.grouping
    base, _, quote = order.symbol.partition("/")
    done = amount(order.filled_qty, grouping=grouping)
    cost = money(order.filled_cost, grouping=grouping)
    text = f"{PAST[order.side].capitalize()} {done} {base} for {cost} {quote}"
    if order.fee_asset is not None:
        text += f", fee {money(order.fee, grouping=grouping)} {order.fee_asset}"
    return esc(f"{text}.", 200)


def _rest(order: Order, settings: ChatSettings) -> str:
    rest = amount(order.remaining, grouping=settings.grouping)
    word = "expired" if order.status is OrderStatus.EXPIRED else "was cancelled"
    return f"The rest, {rest} {esc(order.symbol.partition('/')[0])}, {word}."


def _what(order: Order, settings: ChatSettings, instrument: Instrument | None) -> str:
    """``0.01 BTC @ 60,100.0``: which order it was, also where no card is answered."""
    base = esc(order.symbol.partition("/")[0])
    said = f"{amount(order.qty, grouping=settings.grouping)} {base}"
    at = order.limit_price
    if at is None and order.trigger is not None:
        at = order.trigger.price
    if at is None:
        return said
    return f"{said} @ {price(at, instrument, grouping=settings.grouping)}"


def _origin(order: Order, mode: Mode, *, is_stop: bool) -> str:
    return f"It was the stop that rested at {EXCHANGE[mode]}." if is_stop else ""
