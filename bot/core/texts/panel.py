"""The order panel: one message, edited; it shows what the order would be and sends nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from bot.core.numbers import fixed
from bot.core.page import Button, Page, Rows
from bot.core.settings import ChatSettings
from bot.core.texts.labels import LABEL, badge, chosen, in_rows, with_icon
from bot.core.texts.markup import code, esc, paragraphs
from bot.core.texts.money import money_with_unit, price, quantity, short_quantity
from bot.core.trade import panel
from bot.core.trade.situation import Situation
from bot.core.trade.types import Mode
from bot.core.trade.wish import AmountKind, OrderWish, PriceWord, offset_text
from bot.core.words import short
from kraken.core.trading import PriceOffset, TimeInForce
from kraken.core.types import Side

NO_AMOUNT = "Choose an amount first."
CLOSED = "Closed. Nothing was sent."
_SIGNS = {"EUR": "€", "USD": "$", "GBP": "£"}
_WORDS = {PriceWord.BID: "best bid", PriceWord.ASK: "best ask", PriceWord.MID: "mid"}


@dataclass(frozen=True, slots=True)
class PanelFacts:
    """What the panel shows besides the wish."""

    situation: Situation
    qty: Decimal | None
    """What the amount comes to; None while there is none."""
    limit: Decimal | None
    """The price that would be sent now."""


def panel_page(wish: OrderWish, facts: PanelFacts, settings: ChatSettings) -> Page:
    """The panel as it stands."""
    situation = facts.situation
    extras = [part for part in (_options(wish), _bracket(wish)) if part]
    html = paragraphs(
        _head(wish, situation.mode),
        _market(wish, situation, settings),
        f"Amount: {_amount(wish, facts, settings)}",
        f"Type: {_type(wish, facts, settings)}",
        *extras,
        "Reply with an amount, or with @ and a price.",
    )
    return Page(html, _rows(wish, situation, settings))


def pair_page(wish: OrderWish, pairs: Sequence[str], mode: Mode, settings: ChatSettings) -> Page:
    """Another pair to choose; any other can be sent as a reply."""
    head = _head(wish, mode)
    html = paragraphs(
        f"{head} · which pair?",
        f"Any other: reply with it, like {code('sol/usd')}. Nothing was sent.",
    )
    buttons = tuple(
        _to(short(f"• {pair}" if pair == wish.pair else pair, LABEL), replace(wish, pair=pair))
        for pair in pairs
    )
    return Page(html, (*in_rows(buttons), (_to("‹ Back", wish),)))


def bracket_page(wish: OrderWish, mode: Mode, settings: ChatSettings) -> Page:
    """A stop-loss and a take-profit to choose; prices can be sent as a reply."""
    html = paragraphs(
        f"{_head(wish, mode)} · SL and TP",
        _bracket(wish) or "Stop-loss and take-profit after the fill: none yet.",
        f"Own ones: reply like {code('sl=58500 tp=64000')}. Nothing was sent.",
    )
    stops = tuple(
        _to(f"SL {fixed(each, 0)} %", panel.with_stop(wish, each), "bracket")
        for each in panel.STOPS
    )
    targets = tuple(
        _to(f"TP +{fixed(each, 0)} %", panel.with_target(wish, each), "bracket")
        for each in panel.TARGETS
    )
    bare = panel.with_target(panel.with_stop(wish, None), None)
    return Page(html, (stops, targets, (_to("None", bare, "bracket"), _to("‹ Back", wish))))


def _head(wish: OrderWish, mode: Mode) -> str:
    return f"{badge(mode)} · {'▲ BUY' if wish.side is Side.BUY else '▼ SELL'}"


def closed_page() -> Page:
    """The panel was put away."""
    return Page(CLOSED)


def _market(wish: OrderWish, situation: Situation, settings: ChatSettings) -> str:
    pair = situation.instrument
    last = situation.last
    now = esc(price(last, pair, settings)) if last is not None else "no price yet"
    if settings.shared:
        return f"{esc(pair.symbol, 16)} {now}"
    if wish.side is Side.BUY:
        free = money_with_unit(situation.free(pair.quote), pair.quote, settings)
    else:
        free = f"{quantity(situation.free(pair.base), pair, settings)} {pair.base}"
    return f"{esc(pair.symbol, 16)} {now} · free {esc(free)}"


def _amount(wish: OrderWish, facts: PanelFacts, settings: ChatSettings) -> str:
    amount, pair = wish.amount, facts.situation.instrument
    if amount is None:
        return "choose one below"
    qty = f"{quantity(facts.qty, pair, settings)} {pair.base}" if facts.qty is not None else ""
    if amount.kind is AmountKind.BASE or amount.asset == pair.base:
        return esc(qty or amount.text())
    said = {
        AmountKind.NAMED: f"{short_quantity(amount.value)} {amount.asset}",
        AmountKind.PERCENT: f"{short_quantity(amount.value)} % of what is free",
    }.get(amount.kind, "all that is free")
    return esc(f"{said}  ≈ {qty}" if qty else said)


def _type(wish: OrderWish, facts: PanelFacts, settings: ChatSettings) -> str:
    pair = facts.situation.instrument
    at = esc(price(facts.limit, pair, settings)) if facts.limit is not None else ""
    if wish.is_triggered:
        return esc(wish.text(), 48)
    if wish.is_market:
        return f"market, protected at {at}" if at else "market, not protected"
    if isinstance(wish.price, PriceOffset):
        said = esc(offset_text(wish.price))
        return f"limit @ {at or said}"
    return f"limit @ {at} ({_WORDS.get(wish.price or PriceWord.BID, '')})"


def _options(wish: OrderWish) -> str:
    post = "post-only" if wish.post else ""
    force = wish.time_in_force.value if wish.time_in_force else ""
    show = f"shows {short_quantity(wish.show)}" if wish.show is not None else ""
    said = ", ".join(part for part in (post, force, show) if part)
    return f"Options: {esc(said)}" if said else ""


def _bracket(wish: OrderWish) -> str:
    legs = [
        f"{name} {offset_text(leg)}"
        for name, leg in (
            ("SL", wish.stop_loss),
            ("trailing SL", wish.trailing_stop_loss),
            ("TP", wish.take_profit),
        )
        if leg is not None
    ]
    return f"After the fill: {esc(', '.join(legs))}" if legs else ""


def _rows(wish: OrderWish, situation: Situation, settings: ChatSettings) -> Rows:
    pair, quote = situation.instrument, str(situation.instrument.quote)
    side = "▲ BUY ⇄" if wish.side is Side.BUY else "▼ SELL ⇄"
    presets = tuple(
        _to(
            short(f"{short_quantity(each)} {_SIGNS.get(quote, quote)}", LABEL),
            panel.with_money(wish, each, quote),
        )
        for each in settings.presets[:3]
    )
    percents = (
        *(_to(f"{fixed(each, 0)} %", panel.with_percent(wish, each)) for each in panel.PERCENTS),
        _to("Max", panel.with_all(wish)),
    )
    words = tuple(
        _to(chosen(word.value.title(), wish.price is word), panel.with_price(wish, word))
        for word in (PriceWord.BID, PriceWord.MID, PriceWord.ASK)
    )
    kind = "Market ▾" if wish.is_market else "Limit ▾"
    time = (wish.time_in_force or TimeInForce.GTC).value
    options: tuple[Button, ...] = (
        _to("☑ Post" if wish.post else "☐ Post", panel.with_post(wish)),
        _to(f"{time} ▾", panel.with_time(wish)),
    )
    if wish.side is Side.BUY:
        options = (*options, _to("+ SL/TP", wish, "bracket"))
    plain = settings.plain_text
    return (
        (
            _to(f"{short(pair.symbol, LABEL - 2)} ▾", wish, "pair"),
            _to(side, panel.with_side(wish)),
            _to(kind, panel.with_kind(wish)),
        ),
        *((presets,) if presets else ()),
        percents,
        words,
        options,
        (
            Button("Preview ›", "panel_preview", {"text": wish.command()}, "success"),
            Button(with_icon("✖", "Close", plain=plain), "panel_close"),
        ),
    )


def _to(label: str, wish: OrderWish, view: str = "") -> Button:
    """A button that leads to this wish, on this page of the panel."""
    payload = {"text": wish.command(), **({"view": view} if view else {})}
    return Button(label, "panel", payload)
