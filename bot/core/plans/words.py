"""What a plan does, as it would be typed: for the list, and to be changed and sent again."""

from bot.core.plans.types import CommandPlan, Missed, OrderPlan, Plan, PlanKind
from bot.core.plans.when import cadence_text
from bot.core.slots import Rhythm
from bot.core.trade.wish import Amount, AmountKind, Ladder, PriceWord, offset_text, span_text


def typed(plan: Plan) -> str:
    """What it does, without its times."""
    body = plan.body
    if isinstance(body, CommandPlan):
        return " + ".join(body.commands)
    if plan.kind is PlanKind.DCA:
        return " ".join((*_bought(body), *_options(body)))
    if plan.kind is PlanKind.SLICES:
        return _in_parts(plan)
    return body.wish.command()


def bought(body: OrderPlan) -> str:
    """``25 USD of BTC/USD, max=70000``: a recurring buy, to be read.

    What is usual of missed runs is not said.
    """
    assert body.wish.amount is not None, "a recurring buy has an amount"
    options = _options(body)
    if body.missed is Missed.ASK:
        del options[-1]
    return ", ".join((f"{amount_said(body.wish.amount)} of {body.wish.pair.upper()}", *options))


def amount_said(amount: Amount) -> str:
    """``25 USD``; what is no sum as it is typed."""
    is_sum = amount.kind is AmountKind.NAMED
    return f"{amount.value:f} {amount.asset}" if is_sum else amount.text()


def edited(plan: Plan) -> str:
    """The command that changes it, with everything as it is now."""
    if plan.kind is PlanKind.DCA:
        body = plan.order
        words = (*_bought(body), _times(plan), *_options(body))
        return f"/dca edit {plan.number} {' '.join(words)}"
    return f"/schedule edit {plan.number} {_times(plan)} {_approved(plan)}{typed(plan)}"


def _bought(body: OrderPlan) -> tuple[str, ...]:
    assert body.wish.amount is not None, "a recurring buy has an amount"
    return body.wish.amount.text(), body.wish.pair.lower()


def _options(body: OrderPlan) -> list[str]:
    found = list[str]()
    price = body.wish.price
    if price is not None and not isinstance(price, PriceWord) and body.wish.lasts is not None:
        then = "market" if body.then_market else "skip"
        found.append(f"limit {offset_text(price)} wait {span_text(body.wish.lasts)} then {then}")
    if body.highest is not None:
        found.append(f"max={body.highest:f}")
    if body.stop_after is not None:
        found.append(f"stop after {body.stop_after}")
    if body.dip is not None:
        found.append(f"if dip {body.dip:f}% x{body.factor:f}")
    return [*found, f"missed {body.missed.value}"]


def _approved(plan: Plan) -> str:
    if not isinstance(plan.body, OrderPlan):
        return ""
    highest, lowest = plan.body.highest, plan.body.lowest
    return f"auto max={highest:f} " if highest is not None else f"auto min={lowest:f} "


def _times(plan: Plan) -> str:
    if plan.cadence.rhythm is Rhythm.ONCE:
        local = plan.cadence.start.astimezone(plan.clock)
        return f"{local:%Y-%m-%d %H:%M} {plan.zone}"
    return f"{cadence_text(plan.cadence, plan.clock)} {plan.zone}"


def _in_parts(plan: Plan) -> str:
    body = plan.order
    prices = [step.price for step in body.steps if step.price is not None]
    count = len(body.steps)
    if prices:
        amount = body.wish.amount.text() if body.wish.amount is not None else ""
        ladder = Ladder(min(prices), max(prices), count)
        head = f"/{body.wish.side.value} {amount} {body.wish.pair.lower()}"
        return f"{head} ladder={ladder.text()}"
    return f"{body.wish.command()} in={span_text(plan.cadence.every * count)} parts={count}"
