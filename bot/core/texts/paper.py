"""Practice: the money, its fees, how it fills, how it went, and why an order does not fill."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from bot.core.numbers import clock_time, duration, fixed, percent
from bot.core.page import Button, Page, Payload, Rows
from bot.core.practice_stats import Stats
from bot.core.settings import ChatSettings
from bot.core.texts.amounts import amount
from bot.core.texts.figures import (
    KINDS,
    arrow,
    gain,
    money,
    price_text,
    row,
    short_qty,
    side_word,
)
from bot.core.texts.labels import badge, icon, run
from bot.core.texts.markup import code, esc, paragraphs, table
from bot.core.trade.types import Mode
from kraken.core.fees import SPOT_FEES, FeeTier
from kraken.core.practice.rates import OwnVolume
from kraken.core.practice.replay import Unchecked
from kraken.core.practice.why import WhyNot
from kraken.core.trading import EXACT, Order
from kraken.core.types import Instrument, Side

_PAPER = badge(Mode.PAPER)
_PERCENT = Decimal(100)

HOW = (
    "A market order walks the live book. I see 100 levels a side; what they do not hold is "
    "cancelled.",
    "A limit waits behind the size that stands at its price. A trade beyond its price fills it "
    "whole; a trade at its price fills what is left after those ahead of you.",
    "What you take stays in the public book. I remember it for you alone: you move no price.",
    "Stops and trailing stops go by the last trade, also with trigger=index, then meet the book.",
    "Orders meet the book I heard last: up to 0.1 s late, plus the latency you set.",
    "Fees are those of your key’s volume, of Kraken’s lowest tier where there is no key, or the "
    "ones you chose. What you trade in practice never lowers them.",
    "While I was away public trades decide. A stop fills at the price of the trade that fired "
    "it. Where the trades cannot be had I tell you which orders and which time.",
    "There is no rate limit. A client id is good once. “Deadline elapsed” and “Unavailable” are "
    "a clear no here.",
)
"""In what practice fills differ from Kraken's, or are worth knowing."""


def how_page() -> Page:
    """How practice orders fill."""
    lines = [f"{number}. {esc(rule, 300)}" for number, rule in enumerate(HOW, 1)]
    html = paragraphs(f"{_PAPER} · how orders fill here", *lines, "Everything else is as live.")
    return Page(html, ((run("Why not filled?", "paper", "why"), run("Stats", "paper", "stats")),))


# -- money


def reset_page(
    balances: Mapping[str, Decimal], orders: int, exits: int, ticket: str, settings: ChatSettings
) -> Page:
    """Done, or waiting for a tap because something is open."""
    given = ", ".join(
        f"{esc(short_qty(value, settings))} {esc(asset, 12)}" for asset, value in balances.items()
    )
    if not ticket:
        return Page(
            paragraphs(
                f"{_PAPER} · new play money",
                f"You own {given}.",
                f"{_ended(orders, exits)} ended." if orders or exits else "",
                "Profit, trades and stats begin anew. Live money is not touched.",
            ),
            ((run("Balance", "balance"), run("▲ Buy", "buy")),),
        )
    payload: Payload = {"ticket": ticket}
    return Page(
        paragraphs(
            f"{_PAPER} · start anew?",
            f"You would own {given}.",
            f"{_ended(orders, exits)} would end, and the history of your practice with it. "
            "Nothing was changed yet.",
            "Valid 60 s.",
        ),
        ((Button("Start anew", "paper_reset", payload, "danger"),),),
    )


def _ended(orders: int, exits: int) -> str:
    words = []
    if orders:
        words.append(f"{orders} open {'order' if orders == 1 else 'orders'}")
    if exits:
        words.append(f"{exits} {'take-profit' if exits == 1 else 'take-profits'}")
    return " and ".join(words)


def fee_page(fees: FeeTier | None, volume: OwnVolume | None, *, changed: bool) -> Page:
    """What practice pays."""
    tier = fees or (SPOT_FEES.at(volume.usd) if volume else SPOT_FEES.tiers[0])
    rates = f"{_share(tier.maker)} % maker, {_share(tier.taker)} % taker"
    if fees is not None:
        said = f"{rates}, in all pairs."
    elif volume is not None:
        said = (
            f"Those of your key: {rates} for most pairs, by its volume of "
            f"{esc(amount(volume.usd.quantize(Decimal(1))))} USD in 30 days. I ask once a day."
        )
    else:
        said = f"Kraken’s lowest tier for each kind of pair: {rates} for most."
    html = paragraphs(
        f"{_PAPER} · {'fees changed' if changed else 'fees'}",
        said,
        "They count from the next order on." if changed else "",
        f"Change: {code('/paper fee maker=0.25 taker=0.40')}, {code('/paper fee mine')} or "
        f"{code('/paper fee lowest')}.",
    )
    return Page(
        html, ((run("My key’s", "paper", "fee mine"), run("Lowest", "paper", "fee lowest")),)
    )


def _share(rate: Decimal) -> str:
    return amount(EXACT.multiply(rate, _PERCENT))


def latency_page(latency: timedelta, *, changed: bool) -> Page:
    """How much later orders meet the market."""
    now = f"Orders meet the market {latency_text(latency)} later than you send them."
    html = paragraphs(
        f"{_PAPER} · {'latency changed' if changed else 'latency'}",
        now if latency else "Orders meet the market at once.",
        f"Change: {code('/paper latency 150ms')} or {code('/paper latency off')}.",
    )
    return Page(html)


def latency_text(latency: timedelta) -> str:
    """``150 ms``, ``1.5 s``."""
    thousands = latency // timedelta(milliseconds=1)
    return f"{thousands} ms" if thousands < 1000 else duration(latency)


# -- how it went


def stats_page(
    stats: Stats, pair: Instrument | None, settings: ChatSettings, now: datetime
) -> Page:
    """Return, drawdown, trades and fees since the money was given."""
    cells = _cells(stats, pair, settings)
    if settings.plain_text:
        body = "\n".join(f"{esc(left)}: {esc(right)}" for left, right in cells)
    else:
        body = table([line for cell in cells for line in row(*cell)])
    since = stats.since.astimezone(settings.zone).strftime("%d %b %Y %H:%M %Z")
    unpriced = ", ".join(esc(asset, 12) for asset in stats.performance.unpriced)
    html = paragraphs(
        f"{_PAPER} · how it goes",
        body,
        f"Since {esc(since)}, in {esc(settings.currency, 8)}.",
        f"Not counted, no price: {unpriced}." if unpriced else "",
        f"As of {esc(clock_time(now, settings.zone))}",
    )
    buttons = (run("🔄" if not settings.plain_text else "Refresh", "paper", "stats"),)
    return Page(html, ((*buttons, run("P&L", "pnl"), run("Trades", "trades")),))


def _cells(stats: Stats, pair: Instrument | None, settings: ChatSettings) -> list[tuple[str, str]]:
    found, currency = stats.performance, settings.currency
    base = pair.base if pair else settings.pair.partition("/")[0]
    won = f"won {stats.won} of {stats.closed}" if stats.closed else ""
    share = f"{fixed(Decimal(stats.won * 100) / stats.closed, 0)} %" if stats.closed else "–"
    return [
        ("Start", money(found.start, settings, currency)),
        ("Now", money(found.end, settings, currency)),
        ("Return", percent_text(found.gained)),
        (f"Holding {base}"[:20], percent_text(stats.held)),
        ("Max drawdown", percent_text(-found.drawdown)),
        (f"Trades {stats.trades}", won),
        ("Win rate", share),
        ("Fees", gain(-stats.fees, settings, currency)),
    ]


def percent_text(value: Decimal | None) -> str:
    """``+1.24 %``, or a dash where it is not known."""
    return "–" if value is None else percent(value)


# -- why an order does not fill


def why_page(
    why: WhyNot,
    pair: Instrument | None,
    settings: ChatSettings,
    now: datetime,
    unknown: Sequence[Unchecked] = (),
) -> Page:
    """What an open practice order waits for, in numbers; ``unknown`` are times without trades."""
    html = paragraphs(
        f"{_PAPER} · why not filled?",
        _order_line(why.order, pair, settings),
        *_reasons(why, pair, settings),
        *(_unknown(each, settings) for each in unknown),
        f"As of {esc(clock_time(now, settings.zone))}",
    )
    payload: Payload = {"order": why.order.order_id}
    again = Button(icon("🔄", "Refresh", plain=settings.plain_text), "why_again", payload)
    return Page(html, ((again, run("How it fills", "paper", "how")),))


def _unknown(span: Unchecked, settings: ChatSettings) -> str:
    since, until = (esc(clock_time(at, settings.zone)) for at in (span.since, span.until))
    return f"From {since} to {until} I was away: nobody knows what traded then."


def _order_line(order: Order, pair: Instrument | None, settings: ChatSettings) -> str:
    at = ""
    if order.limit_price is not None:
        at = f" @ {esc(price_text(order.limit_price, pair, settings))}"
    qty = esc(short_qty(order.remaining, settings))
    return (
        f"{arrow(order.side)} {side_word(order.side)} {qty} {esc(order.symbol, 20)} "
        f"{KINDS[order.type]}{at}"
    )


def _reasons(why: WhyNot, pair: Instrument | None, settings: ChatSettings) -> list[str]:
    order = why.order
    if order.trigger is not None and not order.trigger.is_fired:
        return _trigger_reasons(why, pair, settings)
    is_buy = order.side is Side.BUY
    name, never = ("ask", "below") if is_buy else ("bid", "above")
    if why.opposite is None:
        return ["There is no verified book to look at now. It stays open as it is."]
    reasons = [f"The best {name} is {esc(price_text(why.opposite, pair, settings))} now."]
    if why.best_seen is not None and why.seen_since is not None:
        since = esc(clock_time(why.seen_since, settings.zone))
        best = esc(price_text(why.best_seen, pair, settings))
        reasons.append(f"Since {since} the best {name} was never {never} {best}.")
    base = esc(order.symbol.partition("/")[0], 12)
    if why.ahead:
        ahead = f"{esc(short_qty(why.ahead, settings))} {base}"
        reasons.append(f"{ahead} is ahead of you at your price.")
    elif why.ahead is not None:
        reasons.append("Nobody is ahead of you at your price: the next trade there is yours.")
    else:
        reasons.append("Your price is out of sight: nobody knows how much is ahead of you there.")
    return reasons


def _trigger_reasons(why: WhyNot, pair: Instrument | None, settings: ChatSettings) -> list[str]:
    trigger = why.order.trigger
    assert trigger is not None, "it waits for one"
    at = esc(price_text(trigger.price, pair, settings))
    if why.last is None or why.trigger_distance is None:
        return [f"It waits for a trade at {at}. No trade was seen yet."]
    last = esc(price_text(why.last, pair, settings))
    far = esc(price_text(why.trigger_distance, pair, settings))
    return [f"It waits for a trade at {at}.", f"The last trade was at {last}: {far} away."]


def not_open_page() -> Page:
    """The order has ended, or never was here."""
    return Page(
        paragraphs(f"{_PAPER} · not open", "No open practice order has that name."),
        ((run("Orders", "orders"),),),
    )


def pick_why_page(orders: Sequence[Order], settings: ChatSettings) -> Page:
    """``/paper why`` without a name."""
    if not orders:
        return Page(
            paragraphs(f"{_PAPER} · nothing waits", "There is no open practice order."),
            ((run("▲ Buy", "buy"), run("Closed ones", "orders", "closed")),),
        )
    shown = orders[:_PICKED]
    more = f"The newest {_PICKED} of {len(orders)}." if len(orders) > _PICKED else ""
    rows: Rows = tuple((Button(_label(each), "why", {"order": each.order_id}),) for each in shown)
    return Page(paragraphs(f"{_PAPER} · which order?", more), rows)


_PICKED = 8


def _label(order: Order) -> str:
    price = order.trigger.price if order.trigger is not None else order.limit_price
    text = f"{arrow(order.side)} {order.symbol} {KINDS[order.type]}"
    with_price = f"{text} {amount(price, grouping=False)}" if price is not None else text
    return with_price if len(with_price) <= 32 else text[:32]


# -- what nobody knows


def unchecked_page(unchecked: Unchecked, settings: ChatSettings) -> Page:
    """The trades of a time when the bot was away cannot be had."""
    since = esc(clock_time(unchecked.since, settings.zone))
    until = esc(clock_time(unchecked.until, settings.zone))
    count = len(unchecked.orders)
    shown = ", ".join(code(each, 24) for each in unchecked.orders[:_PICKED])
    more = f" and {count - _PICKED} more" if count > _PICKED else ""
    whom = "this order" if count == 1 else f"these {count} orders"
    return Page(
        paragraphs(
            f"{_PAPER} ❓ {esc(unchecked.symbol, 16)}: not known",
            f"I was away from {since} to {until}, and Kraken does not tell the trades of that "
            f"time any more. Nobody knows whether {whom} would have filled:",
            f"{shown}{more}",
            "They stay open as they were.",
        ),
        ((run("Orders", "orders"),),),
    )
