"""What plans did, and what was not done: one line for each of their times."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from bot.core.numbers import percent
from bot.core.page import Button, Page, Payload, Rows
from bot.core.plans.types import Done, OrderPlan, Plan, PlanState, Run
from bot.core.plans.when import cadence_text, local_text
from bot.core.plans.words import typed
from bot.core.settings import ChatSettings
from bot.core.texts.labels import badge, run
from bot.core.texts.markup import bold, code, ends, esc, paragraphs, table
from bot.core.texts.money import money, money_with_unit, price, short_quantity
from bot.core.texts.plans import actions, title
from bot.core.texts.reasons import why_refused
from kraken.core.trading import EXACT
from kraken.core.types import Instrument, Side

_SKIPPED = {
    "funds": "there is not enough money. The plan waits and tries again at its next time.",
    "price": "the price was beyond the one you allowed.",
    "spread": "bid and ask were more than 1 % apart.",
    "mode": "this chat practises now, and the plan is for real money.",
    "account": "the account it was made for is not here any more.",
    "delisted": "its pair is not traded any more.",
    "late": "Kraken could not be asked in time.",
    "refused": "the order did not fit.",
    "stopped": "the plan was paused or stopped.",
    "role": "whoever made it may not trade here any more.",
}
NOTHING = "Nothing was ordered."


def report_page(
    plan: Plan,
    run: Run,
    total: tuple[int, Done],
    pair: Instrument,
    settings: ChatSettings,
    *,
    is_last: bool,
    partly: bool,
) -> Page:
    """One line about a run that bought."""
    done, (count, all_of_it) = run.done, total
    arrow = "▲" if plan.order.wish.side is Side.BUY else "▼"
    at = _average(done)
    whole = Done(
        EXACT.add(all_of_it.qty, done.qty),
        EXACT.add(all_of_it.cost, done.cost),
        EXACT.add(all_of_it.fee, done.fee),
    )
    paid = money_with_unit(done.cost, pair.quote, settings)
    got = f"{short_quantity(done.qty)} {pair.base}"
    head = f"{badge(plan.order.mode)} {title(plan)} {arrow} {got}"
    more = (
        f"@ {price_text(at, pair, settings)} · {paid} · fee "
        f"{money(done.fee, pair.quote, settings)} · "
        f"avg {price_text(_average(whole), pair, settings)} · run {count + 1}"
    )
    late = "Not all of it was to be had." if partly else ""
    last = "That was the last run: the plan has ended." if is_last else ""
    return Page(paragraphs(esc(head), esc(more, 160), late, last))


def price_text(value: Decimal, pair: Instrument, settings: ChatSettings) -> str:
    """With the digits of the pair."""
    step = Decimal(1).scaleb(-pair.price_decimals)
    return price(value.quantize(step), pair, settings)


def skipped_page(plan: Plan, run: Run, why: str, because: str, now: datetime) -> Page:
    """A slot in which nothing was ordered."""
    reason = because or _SKIPPED.get(why, _SKIPPED["refused"])
    following = f"Next: {esc(local_text(plan.due.at, plan.clock, now))}." if plan.due else ""
    if plan.state is PlanState.PAUSED:
        following = f"The plan is paused. Go on with /dca resume {plan.number}."
    return Page(
        paragraphs(
            f"{badge(plan.order.mode)} {title(plan)} skipped",
            f"{NOTHING} Reason: {reason}" if not because else f"{NOTHING} {because}",
            following,
        )
    )


def nothing_page(plan: Plan, reason: str, now: datetime) -> Page:
    """The order of a slot got nothing."""
    why = f"Kraken: {why_refused(reason)}." if reason else "Nothing was to be had at that price."
    following = f"Next: {esc(local_text(plan.due.at, plan.clock, now))}." if plan.due else ""
    return Page(
        paragraphs(
            f"{badge(plan.order.mode)} {title(plan)} got nothing",
            f"Nothing was bought or sold. {why}",
            following,
        )
    )


def broken_page(plan: Plan, reference: str, now: datetime, *, was_sent: bool) -> Page:
    """A run that we could not bring to its end."""
    mode = f"{badge(plan.order.mode)} " if isinstance(plan.body, OrderPlan) else ""
    known = f"{NOTHING} Nothing is sent later for this time."
    if was_sent:
        known = "An order of it was sent and stands as it is: look at /orders. It is sent once."
    if not mode:
        known = "Not all of it may have been said."
    following = f"Next: {esc(local_text(plan.due.at, plan.clock, now))}." if plan.due else ""
    return Page(
        paragraphs(
            f"{mode}{title(plan)} was not finished",
            f"Something broke on my side (#{esc(reference)}). {known}",
            following,
        )
    )


def moved_page(plans: Sequence[Plan], now: datetime) -> Page:
    """Plans whose next time was reckoned by a clock that was ahead."""
    lines = [
        f"{title(plan)}: next {esc(local_text(plan.due.at, plan.clock, now))}"
        for plan in plans[:10]
        if plan.due is not None
    ]
    more = f"And {len(plans) - 10} more: {code('/dca list')}." if len(plans) > 10 else ""
    return Page(
        paragraphs(
            bold("My machine’s clock was ahead"),
            "It was set back. Plans that had moved on by it go on at these times; what they did "
            "meanwhile stays.",
            *lines,
            more,
        )
    )


def missed_page(plan: Plan, run: Run, others: int, now: datetime, *, asks: bool) -> Page:
    """The time of a slot had passed before anybody could look."""
    mode = f"{badge(plan.order.mode)} " if isinstance(plan.body, OrderPlan) else ""
    at = local_text(run.due_at, plan.clock, now)
    times = "time was" if others == 1 else "times were"
    more = f"{others} more {times} missed, too." if others else ""
    rows: Rows = ()
    if asks:
        given: Payload = {"plan": plan.id, "slot": run.slot}
        rows = (
            (
                Button("Buy now", "plan_missed", {**given, "act": "buy"}, "success"),
                Button("Skip", "plan_missed", {**given, "act": "skip"}),
            ),
        )
    nothing = NOTHING if mode else "It was not run."
    return Page(
        paragraphs(f"{mode}{title(plan)} missed", f"Missed {esc(at)}. {nothing}", more), rows
    )


def answered_page(plan: Plan, *, buys: bool) -> Page:
    """A person said what is done about a missed slot."""
    return Page(f"{badge(plan.order.mode)} {title(plan)}: {'buying now.' if buys else 'skipped.'}")


def with_head(plan: Plan, page: Page) -> Page:
    """What a scheduled command answers, with a line that says why it comes."""
    if page.photo is not None:
        return page
    head = f"{title(plan)} · {cadence_text(plan.cadence, plan.clock)}"
    return replace(page, html=paragraphs(esc(head), page.html))


def stats_page(
    plan: Plan,
    runs: Sequence[Run],
    total: Done,
    last: Decimal,
    pair: Instrument,
    settings: ChatSettings,
) -> Page:
    """What a recurring buy came to, against buying all of it at its first run."""
    bought = [run for run in runs if run.done.qty]
    head = f"{badge(plan.order.mode)} {title(plan)}"
    if not bought:
        return Page(paragraphs(head, "It has bought nothing yet."), (actions(plan),))
    worth = EXACT.multiply(total.qty, last)
    paid = EXACT.add(total.cost, total.fee)
    first = _average(bought[0].done)
    lump = EXACT.multiply(EXACT.divide(total.cost, first), last)
    lines = [
        ends("Runs", f"{len(bought)} of {len(runs)}"),
        ends("Bought", f"{short_quantity(total.qty)} {pair.base}"),
        ends("Paid with fees", money_with_unit(paid, pair.quote, settings)),
        ends("Average", price_text(_average(total), pair, settings)),
        ends("Worth now", money_with_unit(worth, pair.quote, settings)),
        ends("Gain", percent(_gain(worth, paid))),
        ends("All at first run", percent(_gain(lump, paid))),
    ]
    return Page(paragraphs(head, table(lines)), (actions(plan), (run("All plans", "dca"),)))


def _gain(worth: Decimal, paid: Decimal) -> Decimal:
    return EXACT.multiply(EXACT.divide(EXACT.subtract(worth, paid), paid), Decimal(100))


def _average(done: Done) -> Decimal:
    return EXACT.divide(done.cost, done.qty) if done.qty else Decimal(0)


def parts_done_page(plan: Plan, sent: int) -> Page:
    """All parts of an order had their time."""
    return Page(
        paragraphs(
            f"{badge(plan.order.mode)} {title(plan)} is over",
            f"{sent} of {len(plan.order.steps)} parts were sent. {code(typed(plan), 120)}",
        )
    )
