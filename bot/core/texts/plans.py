"""Plans: what they are, what they did, and what they wait for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from bot.core.numbers import duration
from bot.core.page import Button, Page, Rows
from bot.core.plans.types import Draft, OrderPlan, Plan, PlanKind, PlanState, Step
from bot.core.plans.when import cadence_text, local_text
from bot.core.plans.words import amount_said, bought, edited, typed
from bot.core.settings import ChatSettings
from bot.core.slots import Slot
from bot.core.texts.labels import badge, in_rows, run_text
from bot.core.texts.markup import bold, code, ends, esc, paragraphs, table
from bot.core.texts.money import money_with_unit, price, short_quantity
from bot.core.trade.preview import Preview
from bot.core.trade.types import Mode
from bot.core.trade.wish import PriceWord, offset_text, span_text
from kraken.core.trading import PriceOffset
from kraken.core.types import Instrument, Side

_SIGNS = {
    PlanKind.DCA: "🔁",
    PlanKind.ORDER: "⏰",
    PlanKind.COMMAND: "📅",
    PlanKind.SLICES: "🧩",
}
_NAMES = {
    PlanKind.DCA: "DCA",
    PlanKind.ORDER: "Order",
    PlanKind.COMMAND: "Schedule",
    PlanKind.SLICES: "Order in parts",
}
_WAITING = {
    "funds": "waits for money",
    "blocked": "paused: I could not write here",
    "role": "paused: its maker may not trade here",
    "account": "paused: its account is gone",
    "delisted": "paused: its pair is gone",
    "refused": "paused",
}


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a plan that trades would come to."""

    instrument: Instrument
    cost: Decimal
    """Of one run, in quote, with the fee."""
    fee: Decimal
    month: Decimal
    """Of 30 days."""
    highest_month: Decimal
    """The same if each run bought more, as in a dip."""
    free: Decimal
    lasts: timedelta | None
    """How long what is free is enough; None: longer than the plan, or than a year."""
    slots: Sequence[Slot]
    market: Decimal = Decimal(0)
    """The price that a run would meet now."""


def title(plan: Plan) -> str:
    """``🔁 DCA #3``."""
    return f"{_SIGNS[plan.kind]} {_NAMES[plan.kind]} #{plan.number}"


def when_text(plan: Plan) -> str:
    """``every day at 09:00 (Europe/Berlin)``."""
    if plan.kind is PlanKind.SLICES:
        return f"one every {duration(plan.cadence.every)}"
    return _in_zone(cadence_text(plan.cadence, plan.clock), plan.zone)


def _in_zone(when: str, zone: str) -> str:
    """With the zone, unless a date that names it is said: that comes only once."""
    return when if when.startswith(_ONCE) else f"{when} ({zone})"


def _next(when: str, dates: Sequence[str], zone: str = "") -> str:
    """``In UTC. Next: Mon 23 Nov 08:00; Tue 24 Nov 08:00 UTC.``"""
    zone = "" if when.startswith(_ONCE) else zone
    zones = {date.rpartition(" ")[2] for date in dates}
    said = [date.rpartition(" ")[0] for date in dates[:-1]] if len(zones) == 1 else dates[:-1]
    return f"{esc(zone)} Next: {esc('; '.join([*said, *dates[-1:]]), 160)}.".strip()


_ONCE = "once, "


# -- making one


def forecast_page(
    body: OrderPlan,
    when: str,
    zone: str,
    forecast: Forecast,
    ticket: str,
    settings: ChatSettings,
    dates: Sequence[str],
) -> Page:
    """A recurring buy before it is confirmed."""
    quote = forecast.instrument.quote
    lines = [
        ends("Each run max", money_with_unit(forecast.cost, quote, settings)),
        ends("of it fee", money_with_unit(forecast.fee, quote, settings)),
        ends("30 days", money_with_unit(forecast.month, quote, settings)),
    ]
    if not settings.shared:
        lines.append(ends("Free now", money_with_unit(forecast.free, quote, settings)))
    if body.dip is not None:
        lines.append(
            ends("30 days of dips", money_with_unit(forecast.highest_month, quote, settings))
        )
    amount = amount_said(body.wish.amount) if body.wish.amount else ""
    base = forecast.instrument.base
    first = f"{badge(body.mode)} · 🔁 buy {esc(base)} for {esc(amount)}"
    return Page(
        paragraphs(
            first,
            esc(_in_zone(when, zone)),
            *_conditions(body, settings, forecast.instrument),
            _too_low(body, forecast, settings),
            table(lines),
            _next(when, dates),
            "" if settings.shared else _lasts(forecast),
            "One tap starts it. Its runs ask nothing; your limits hold.",
        ),
        _confirm("Start the plan", ticket),
    )


def _too_low(body: OrderPlan, forecast: Forecast, settings: ChatSettings) -> str:
    """Whoever names a highest price below the market may have slipped."""
    if body.highest is None or body.highest >= forecast.market:
        return ""
    now = f"{esc(price(forecast.market, forecast.instrument, settings))}"
    said = f"The price is {now} {esc(forecast.instrument.quote)} now"
    if body.highest * 2 >= forecast.market:
        return f"{said}: no run buys before it falls there."
    return f"⚠ {said}, far above that: no run would buy. Is max= meant so?"


def _lasts(forecast: Forecast) -> str:
    if not forecast.free:
        return "There is no money for it yet: it will say so once and wait."
    if forecast.lasts is None:
        return "What is free is enough for a year, or until it ends."
    if not forecast.lasts:
        return "What is free is not enough for one run."
    return f"What is free lasts {esc(duration(forecast.lasts))}."


def _conditions(body: OrderPlan, settings: ChatSettings, pair: Instrument) -> list[str]:
    lines = []
    wish = body.wish
    if isinstance(wish.price, PriceOffset):
        then = "then at the market" if body.then_market else "then not at all"
        span = span_text(wish.lasts) if wish.lasts else ""
        offset = esc(offset_text(wish.price))
        lines.append(f"As a limit {offset} from the last trade, {span} {then}.")
    else:
        lines.append("At the market, protected; not while bid and ask are over 1 % apart.")
    if body.highest is not None:
        lines.append(f"Not above {esc(price(body.highest, pair, settings))} {esc(pair.quote)}.")
    if body.dip is not None:
        lines.append(
            f"{body.factor:f} times as much when the price is {body.dip:f} % or more "
            "below the highest of 7 days."
        )
    if body.stop_after is not None:
        lines.append(f"Ends after {body.stop_after} runs.")
    lines.append(f"A missed run: {esc(_MISSED[body.missed])}.")
    return lines


_MISSED = {"skip": "is left out", "once": "is made up for, once", "ask": "I ask you"}


def schedule_page(
    commands: Sequence[str],
    when: str,
    zone: str,
    dates: Sequence[str],
    ticket: str,
    mode: Mode | None = None,
) -> Page:
    """Commands at a time, before they are confirmed; ``mode`` is the chat's where one trades."""
    return Page(
        paragraphs(
            f"📅 {esc(when)}" if mode is None else f"{badge(mode)} · 📅 {esc(when)}",
            *(code(command, 120) for command in commands),
            _next(when, dates, f"In {zone}."),
            "" if mode is None else "Its preview comes then, in the mode this chat has by then.",
        ),
        _confirm("Start it", ticket),
    )


def approved_page(
    body: OrderPlan,
    when: str,
    zone: str,
    dates: Sequence[str],
    ticket: str,
    pair: Instrument,
    settings: ChatSettings,
) -> Page:
    """An order that is sent at a time without another question."""
    most = []
    if body.highest is not None:
        most.append(f"Not above {esc(price(body.highest, pair, settings))} {esc(pair.quote)}.")
    if body.lowest is not None:
        most.append(f"Not below {esc(price(body.lowest, pair, settings))} {esc(pair.quote)}.")
    return Page(
        paragraphs(
            f"{badge(body.mode)} · ⏰ {esc(when)}",
            code(body.wish.command(), 120),
            *most,
            _next(when, dates, f"In {zone}."),
            "It is sent without another question; limits hold.",
        ),
        _confirm("Approve it", ticket),
    )


def parts_page(draft: Draft, whole: Preview, ticket: str, settings: ChatSettings) -> Page:
    """An order in parts before it is confirmed."""
    body, pair = draft.body, whole.instrument
    assert isinstance(body, OrderPlan), "an order in parts is one"
    lines = [
        line
        for number, step in enumerate(body.steps, 1)
        if number <= _SHOWN or number == len(body.steps)
        for line in [_step_line(number, step, body.wish.price, pair, settings)]
    ]
    if len(body.steps) > _SHOWN + 1:
        lines.insert(_SHOWN, "...")
    side = "buy" if whole.request.side is Side.BUY else "sell"
    return Page(
        paragraphs(
            f"{badge(body.mode)} · 🧩 {side} {esc(pair.base)} in {len(body.steps)} parts",
            table(lines),
            f"One every {esc(duration(draft.cadence.every))}; together "
            f"{short_quantity(whole.qty)} {esc(pair.base)}, about "
            f"{money_with_unit(whole.cost, pair.quote, settings)}.",
            "Each part is an order of its own. <b>I must be running to send them.</b>",
        ),
        _confirm("Send the parts", ticket),
    )


_SHOWN = 6


def _step_line(
    number: int,
    step: Step,
    asked: PriceWord | PriceOffset | None,
    pair: Instrument,
    settings: ChatSettings,
) -> str:
    at = "market" if isinstance(asked, PriceWord) and asked.is_market else "price of then"
    if step.price is not None:
        at = price(step.price, pair, settings)
    return ends(f"{number} {short_quantity(step.qty)}", at)


def _confirm(label: str, ticket: str) -> Rows:
    return (
        (Button(label, "plan_go", {"ticket": ticket}, "success"),),
        (Button("✖ Cancel", "plan_drop", {"ticket": ticket}),),
    )


def made_page(plan: Plan, now: datetime, *, changed: bool = False) -> Page:
    """It was confirmed."""
    mode = f"{badge(plan.order.mode)} · " if isinstance(plan.body, OrderPlan) else ""
    due = local_text(plan.due.at, plan.clock, now) if plan.due else "–"
    return Page(
        paragraphs(
            f"{mode}{title(plan)} {'changed' if changed else 'is on'}",
            f"{_does(plan)}, {esc(when_text(plan))}",
            f"Next: {esc(due)}.",
        ),
        (actions(plan), (Button("All plans", "plans", {}),)),
    )


def dropped_page() -> Page:
    """It was not wanted."""
    return Page("Not started. Nothing was changed.")


# -- the list


def plans_page(plans: Sequence[Plan], now: datetime) -> Page:
    """All of a chat that are not over."""
    if not plans:
        return Page(
            paragraphs(
                bold("No plans yet"),
                "I can buy for a fixed amount again and again, or run commands at a time.",
            ),
            in_rows(
                (
                    run_text("/dca 25usd btc every 1d at 09:00"),
                    run_text("/schedule every day 08:00 /price btc eth + /portfolio"),
                    run_text("/schedule every mon 08:00 /pnl 7d + /portfolio"),
                    run_text("/schedule every 6h /status"),
                )
            ),
        )
    rows = tuple(actions(plan) for plan in plans[:8])
    lines = [line for plan in plans[:20] for line in (_line(plan), _state(plan, now))]
    return Page(paragraphs(bold("Plans"), *lines), (*rows, (Button("🔄", "plans", {}),)))


def _line(plan: Plan) -> str:
    mode = f"{badge(plan.order.mode)} " if isinstance(plan.body, OrderPlan) else ""
    times = cadence_text(plan.cadence, plan.clock)
    if plan.kind is PlanKind.SLICES:
        times = when_text(plan)
    return f"{title(plan)} {mode}{esc(times)}"


def _state(plan: Plan, now: datetime) -> str:
    if plan.state is PlanState.PAUSED:
        state = _WAITING.get(plan.why, "paused")
    elif plan.due is None:
        state = "over"
    else:
        state = f"next {local_text(plan.due.at, plan.clock, now)}"
        if plan.why in _WAITING:
            state = f"{_WAITING[plan.why]}, {state}"
    return f"{_does(plan)}, {esc(state)}"


def _does(plan: Plan) -> str:
    """What it does: a recurring buy in words, the rest as it is typed."""
    return esc(bought(plan.order), 120) if plan.kind is PlanKind.DCA else code(typed(plan), 120)


def actions(plan: Plan) -> tuple[Button, ...]:
    def button(label: str, act: str) -> Button:
        return Button(f"{label} {plan.number}", "plan_act", {"plan": plan.number, "act": act})

    if plan.kind is PlanKind.SLICES:
        return (button("⏹ Stop", "stop"),)
    first = button("▶ Go on", "resume")
    if plan.state is PlanState.ACTIVE:
        first = button("⏸ Pause", "pause")
    more = (button("Stats", "stats"),) if plan.kind is PlanKind.DCA else ()
    return (first, button("⏹ Stop", "stop"), *more)


def acted_page(plan: Plan, act: str, now: datetime) -> Page:
    """Paused, gone on with, or ended."""
    if act == "stop":
        return Page(
            paragraphs(f"{title(plan)} has ended.", "Orders that it placed stay as they are.")
        )
    due = local_text(plan.due.at, plan.clock, now) if plan.due else "–"
    said = "is paused" if act == "pause" else "goes on"
    more = "" if act == "pause" else f"Next: {esc(due)}. What was missed is not made up for."
    return Page(paragraphs(f"{title(plan)} {said}.", more), (actions(plan),))


def edit_page(plan: Plan) -> Page:
    """How it is changed: the whole of it, typed again."""
    return Page(
        paragraphs(
            f"{title(plan)}: {esc(when_text(plan))}",
            "Send this with what should be different; nothing is changed until you confirm it:",
            code(edited(plan), 300),
        ),
        (actions(plan),),
    )


def not_scheduled_sentence(command: str, usable: Sequence[str]) -> str:
    """A command that is not run at a time."""
    names = " ".join(f"/{name}" for name in usable)
    return paragraphs(
        f"{esc(command)} is not run at a time.",
        f"Nothing was done. These are: {esc(names, 200)}.",
        f"Example: {code('/schedule every day 08:00 /price btc')}",
    )


def too_many_sentence(most: int) -> str:
    """More plans than a chat may have."""
    return f"This chat has {most} such plans already. End one first: {code('/dca list')}."
