"""What is left of orders that the bot sends in parts."""

from collections.abc import Mapping
from decimal import Decimal

from bot.core.plans.types import PlanKind, RunState
from bot.core.trade.listing import BotPart
from bot.desk.doors import ChatAccount
from bot.desk.services import Services
from kraken.core.trading import EXACT
from kraken.core.types import ClientOrderId, Instrument, Symbol


async def left_parts(
    services: Services, chat: ChatAccount, symbol: str, pairs: Mapping[Symbol, Instrument]
) -> list[BotPart]:
    """One line for each order in parts of this chat and account that is not over."""
    found = list[BotPart]()
    for plan in await services.plans.plans_of(chat.chat_id):
        if plan.kind is not PlanKind.SLICES or plan.order.account != chat.id:
            continue
        body, pair = plan.order, Symbol(plan.order.wish.pair)
        if symbol and pair != symbol:
            continue
        runs = await services.plans.runs_of(plan.id)
        over = {run.slot for run in runs if run.state is not RunState.BEGUN}
        rest = [step for number, step in enumerate(body.steps) if str(number) not in over]
        qty = Decimal(0)
        for step in rest:
            qty = EXACT.add(qty, step.qty)
        if rest:
            name = f"{len(rest)} of {len(body.steps)} parts, {body.wish.side.value}"
            found.append(
                BotPart(
                    ClientOrderId(f"plan-{plan.id}"),
                    pair,
                    body.wish.side,
                    qty,
                    rest[0].price,
                    pairs.get(pair),
                    what=name,
                    plan=plan.number,
                )
            )
    return found
