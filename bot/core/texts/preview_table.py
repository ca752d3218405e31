"""The table of a preview: what would be sent, in numbers that stand below each other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bot.core.numbers import fixed, percent
from bot.core.settings import ChatSettings
from bot.core.texts.markup import WIDTH, esc, table
from bot.core.texts.money import money, price, quantity, short_quantity
from bot.core.trade.preview import Preview
from bot.core.trade.situation import distance
from bot.core.trade.wish import OrderWish, offset_text
from kraken.core.trading import EXACT, PriceKind, TimeInForce
from kraken.core.types import Side

_ENDS = 21
"""The column that numbers end in, so that units stand below each other."""


@dataclass(frozen=True, slots=True)
class _Row:
    label: str
    number: str
    unit: str = ""
    is_long: bool = False
    """A quantity with all its digits: it stands one column further right."""


def numbers_of(preview: Preview, settings: ChatSettings) -> str:
    """The table; sentences where somebody has it read aloud."""
    rows = list(_rows(preview, settings))
    title = _title(preview)
    if settings.plain_text:
        lines = [f"{row.label}: {row.number} {row.unit}".rstrip() for row in rows]
        return "\n".join(esc(line, 128) for line in ("  ".join(title), *lines))
    return table([*_title_lines(title), *(line for row in rows for line in _line(row))])


def _title(preview: Preview) -> list[str]:
    request = preview.request
    kind = "market" if preview.is_market else request.type.value
    flags = []
    if request.post_only:
        flags.append("post-only")
    if request.time_in_force is not TimeInForce.GTC and not preview.is_protected:
        flags.append(request.time_in_force.value)
    return [request.side.value.upper(), str(preview.instrument.symbol), kind, *flags]


def _title_lines(words: Sequence[str]) -> list[str]:
    for gap in ("  ", " "):
        if len(line := gap.join(words)) <= WIDTH:
            return [line]
    return ["  ".join(words[:2]), "  ".join(words[2:])]


def _line(row: _Row) -> list[str]:
    width = _ENDS + 1 if row.is_long else _ENDS
    if len(row.label) + 1 + len(row.number) <= width:
        gap = "   " if row.unit.endswith("%") else " " if row.is_long else "  "
        line = row.label + row.number.rjust(width - len(row.label)) + gap + row.unit
        if len(line.rstrip()) <= WIDTH:
            return [line.rstrip()]
    joined = f"{row.number} {row.unit}".rstrip()
    if len(row.label) + 1 + len(joined) <= WIDTH:
        return [f"{row.label} {joined}"]
    return [row.label, joined.rjust(WIDTH)]


def _rows(preview: Preview, settings: ChatSettings) -> Iterator[_Row]:
    pair = preview.instrument
    yield _Row("Amount", quantity(preview.qty, pair, settings), str(pair.base), is_long=True)
    yield from _price_rows(preview, settings)
    quote = str(pair.quote)
    rate = fixed(EXACT.multiply(preview.fee_rate, Decimal(100)), 2)
    is_buy = preview.request.side is Side.BUY
    yield _Row("Cost" if is_buy else "Worth", money(preview.cost, quote, settings), quote)
    yield _Row(f"Fee ({rate} %)", money(preview.fee, quote, settings), quote)
    label = "Total max" if is_buy else "You get"
    yield _Row(label, money(preview.total, quote, settings), quote)
    yield _market_row(preview, settings)
    if preview.free_after is None or settings.shared:
        return
    if is_buy:
        yield _Row("Free after", money(preview.free_after, quote, settings), quote)
    else:
        yield _Row(
            "Free after",
            quantity(preview.free_after, pair, settings),
            str(pair.base),
            is_long=True,
        )


def _price_rows(preview: Preview, settings: ChatSettings) -> Iterator[_Row]:
    pair, request = preview.instrument, preview.request
    quote = str(pair.quote)
    if preview.is_market:
        yield from _market_rows(preview, settings)
        return
    trigger = request.trigger
    if trigger is not None:
        name = {"take": "Take at", "trail": "Trails by"}.get(_kind(preview.wish), "Stop at")
        if trigger.price.kind is PriceKind.STATIC:
            yield _Row(name, price(trigger.price.value, pair, settings), quote)
        elif trigger.price.kind is PriceKind.PERCENT:
            yield _Row(name, short_quantity(trigger.price.value), "%")
        else:
            yield _Row(name, price(trigger.price.value, pair, settings), quote)
    if request.limit_price is not None:
        label = "Price" if trigger is None else "Limit"
        yield _Row(label, price(request.limit_price, pair, settings), quote)
    if request.limit_offset is not None:
        yield _Row("Limit", offset_text(request.limit_offset), "of stop")
    if request.display_qty is not None:
        yield _Row(
            "Shown", quantity(request.display_qty, pair, settings), str(pair.base), is_long=True
        )


def _market_rows(preview: Preview, settings: ChatSettings) -> Iterator[_Row]:
    pair, taken = preview.instrument, preview.taken
    quote = str(pair.quote)
    if taken.average is not None and taken.worst is not None:
        average = round(taken.average, pair.price_decimals)
        yield _Row("Average ≈", price(average, pair, settings), quote)
        yield _Row("Worst", price(taken.worst, pair, settings), quote)
    if taken.slippage is not None:
        slippage = fixed(EXACT.multiply(taken.slippage, Decimal(100)), 3)
        yield _Row("Slippage", slippage, "%")


def _market_row(preview: Preview, settings: ChatSettings) -> _Row:
    number = price(preview.last, preview.instrument, settings)
    limit = preview.request.limit_price
    if limit is None or preview.is_market:
        return _Row("Market", number, str(preview.instrument.quote))
    return _Row("Market", number, percent(distance(limit, preview.last)))


def _kind(wish: OrderWish) -> str:
    return next((name for name in ("stop", "take", "trail") if getattr(wish, name)), "")
