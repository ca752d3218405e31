"""What is said of practice money: its new start, its fees, how it fills, and why not yet."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal

from bot.core.page import Page
from bot.core.texts.labels import badge, run
from bot.core.texts.markup import code, esc, paragraphs
from bot.core.trade.types import Mode
from kraken.core.fees import FeeTier
from kraken.core.practice.why import WhyNot
from kraken.core.types import Side

_PAPER = badge(Mode.PAPER)
_SHOWN = 8


def reset_page(money: Mapping[str, Decimal]) -> Page:
    """After a new start."""
    listed = ", ".join(f"{amount.normalize():f} {esc(name, 12)}" for name, amount in money.items())
    return Page(
        paragraphs(
            f"{_PAPER} · a new start",
            f"You have {listed}.",
            "Practice orders and their history are gone; nothing real changed.",
        ),
        ((run("Balance", "balance"), run("Orders", "orders")),),
    )


def fees_page(fees: FeeTier | None) -> Page:
    """After the fees were set."""
    if fees is None:
        said = "Kraken’s lowest tier"
    else:
        maker, taker = (rate * 100 for rate in (fees.maker, fees.taker))
        said = f"maker {maker.normalize():f} %, taker {taker.normalize():f} %"
    return Page(paragraphs(f"{_PAPER} · fees are set", f"From the next fill on: {said}."))


def latency_page(latency: timedelta) -> Page:
    """After the latency was set."""
    milliseconds = latency // timedelta(milliseconds=1)
    return Page(
        paragraphs(
            f"{_PAPER} · latency is set",
            f"Orders meet the market {milliseconds} ms after they are sent.",
        )
    )


def how_page() -> Page:
    """How practice orders are filled."""
    return Page(
        paragraphs(
            f"{_PAPER} · how it fills",
            "Prices, books and trades are Kraken’s own, live.",
            "A market order walks the visible book, level by level.",
            "A limit order rests behind the size that is visible at its price and fills when "
            "trades go through.",
            "Post-only is refused if it would cross. Stops trigger on last trades.",
            "Nobody sees your orders, and they move no price.",
            f"Why one is not filled: {code('/paper why')}",
        )
    )


def why_page(reasons: Sequence[WhyNot]) -> Page:
    """What each open order waits for."""
    if not reasons:
        return Page(f"{_PAPER} · no open orders.")
    return Page(
        paragraphs(
            f"{_PAPER} · what they wait for",
            *map(_reason, reasons[:_SHOWN]),
            f"and {len(reasons) - _SHOWN} more" if len(reasons) > _SHOWN else "",
        )
    )


def _reason(why: WhyNot) -> str:
    order = why.order
    is_buy = order.side is Side.BUY
    price = f" @ {order.limit_price:f}" if order.limit_price is not None else ""
    head = f"{'▲' if is_buy else '▼'} {order.remaining:f} {esc(order.symbol)}{price}:"
    if why.trigger_distance is not None:
        return f"{head} the last trade is {why.trigger_distance:f} away from its trigger."
    said = []
    if why.opposite is not None:
        said.append(f"the best {'ask' if is_buy else 'bid'} is {why.opposite:f}")
    if why.best_seen is not None:
        said.append(f"it was {why.best_seen:f} at best")
    if why.ahead is not None:
        said.append(f"{why.ahead:f} {esc(order.symbol.partition('/')[0])} is ahead of you")
    return f"{head} {'; '.join(said) or 'its market is not followed yet'}."
