"""The panel of a recurring buy: one message, edited; it shows what would be bought and when."""

from collections.abc import Sequence
from dataclasses import replace

from bot.core.page import Button, Page, Rows
from bot.core.plans.panel import DcaPanel, with_next_rhythm, with_next_time
from bot.core.settings import ChatSettings
from bot.core.texts.labels import LABEL, badge, chosen, in_rows, with_icon
from bot.core.texts.markup import code, esc, paragraphs
from bot.core.texts.money import money_with_unit, price, short_quantity
from bot.core.texts.panel import PanelFacts
from bot.core.words import short


def dca_panel_page(
    panel: DcaPanel, facts: PanelFacts, settings: ChatSettings, *, plans: int
) -> Page:
    """The panel as it stands."""
    situation = facts.situation
    pair = situation.instrument
    last = situation.last
    now = esc(price(last, pair, settings)) if last is not None else "no price yet"
    free = money_with_unit(situation.free(pair.quote), pair.quote, settings)
    each = f"{panel.amount} {pair.quote}"
    if facts.qty is not None:
        each += f" ≈ {short_quantity(facts.qty)} {pair.base}"
    how = "limit −0.3 %, after 1 h at the market" if panel.limit else "at the market, protected"
    html = paragraphs(
        f"{badge(situation.mode)} · 🔁 buy again and again",
        f"{esc(pair.symbol, 16)} {now} · free {esc(free)}",
        f"Each time: {esc(each)}",
        f"When: every {esc(panel.rhythm)} at {esc(panel.at)} ({esc(settings.time_zone)})",
        f"How: {how}",
        "Twice as much 5 % below the highest of 7 days" if panel.dip else "",
        f"Or type it: {code('/dca ' + panel.text(), 160)}",
    )
    return Page(html, _rows(panel, str(pair.quote), settings, plans))


def dca_pair_page(panel: DcaPanel, pairs: Sequence[str]) -> Page:
    """Another pair to choose."""
    buttons = tuple(
        _to(short(chosen(pair, pair == panel.pair), LABEL), replace(panel, pair=pair))
        for pair in pairs
    )
    html = paragraphs("Which pair?", f"Any other: {code('/dca 25usd sol every 1d at 09:00')}")
    return Page(html, (*in_rows(buttons), (_to("‹ Back", panel),)))


def _rows(panel: DcaPanel, quote: str, settings: ChatSettings, plans: int) -> Rows:
    plain = settings.plain_text
    presets = tuple(
        _to(
            short(chosen(f"{number} {quote}", number == panel.amount), LABEL),
            replace(panel, amount=number),
        )
        for number in (f"{each.normalize():f}" for each in settings.presets[:3])
    )
    kept = Button(f"Plans ({plans})" if plans else "Plans", "plans", {})
    return (
        (
            Button(short(f"{panel.pair} ▾", LABEL), "dca", {**panel.payload(), "view": "pair"}),
            _to(f"{panel.rhythm} ⇄", with_next_rhythm(panel)),
            _to(f"{panel.at} ⇄", with_next_time(panel)),
        ),
        *((presets,) if presets else ()),
        (
            _to(
                "☑ Limit −0.3 %" if panel.limit else "☐ Limit −0.3 %",
                replace(panel, limit=not panel.limit),
            ),
            _to("☑ Dip ×2" if panel.dip else "☐ Dip ×2", replace(panel, dip=not panel.dip)),
        ),
        (
            Button("Preview ›", "dca_preview", {"text": panel.text()}, "success"),
            kept,
            Button(with_icon("✖", "Close", plain=plain), "panel_close"),
        ),
    )


def _to(label: str, panel: DcaPanel) -> Button:
    return Button(label, "dca", panel.payload())
