"""Orders that the bot sends in parts: over a time, or as a ladder of limit orders.

Rules: the parts are plans' rows, so they survive a restart; each is an order of its own that goes
the way of every order; a part that is late is sent late, and the others move with it, so that
nothing is sent in a burst.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from functools import reduce

from bot.core.errors import BadArgument
from bot.core.plans.types import MOST_PLANS, Draft, OrderPlan, PlanKind, Step
from bot.core.settings import ChatSettings
from bot.core.slots import Cadence, Rhythm, Slot
from bot.core.trade.preview import Preview
from bot.core.trade.wish import Amount, AmountKind, Ladder, OrderWish
from bot.desk.doors import ChatAccount
from bot.desk.forbidding import check_one_trader, check_parts
from bot.desk.plans import check_room
from bot.desk.preview import make_preview, value_of
from bot.desk.services import Services
from bot.desk.tickets import Person, intent_of
from kraken.core.rules import round_price, round_qty
from kraken.core.trading import EXACT, PriceOffset
from kraken.core.types import Instrument, Side

_RUNG = timedelta(seconds=7)
"""Between two orders of a ladder: fewer than ten a minute."""
_SHORTEST = timedelta(seconds=10)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Parts:
    """An order in parts that waits for its confirmation."""

    draft: Draft
    whole: Preview
    """All of it at once, at the worst of its prices."""


async def propose(
    services: Services, chat: ChatAccount, settings: ChatSettings, user_id: int, wish: OrderWish
) -> Parts:
    """Cut it and look at the whole and at the smallest part.

    Raises:
        BadArgument: a part would be smaller than the exchange takes, or come too fast.
        OrderRefused, LimitReached, KrakenError: as for any order.
    """
    await check_room(services, chat.chat_id, PlanKind.SLICES, MOST_PLANS)
    bare = replace(wish, spread=None, parts=None, ladder=None)
    if wish.ladder is not None:
        worst = wish.ladder.high if wish.side is Side.BUY else wish.ladder.low
        bare = replace(bare, price=PriceOffset(worst))
    whole, _ = await make_preview(services, settings, chat, bare)
    pair = whole.instrument
    steps = _rungs(wish.ladder, whole, pair) if wish.ladder else _slices(wish, whole.qty, pair)
    _check_steps(steps, whole, wish)
    every = _every(wish)
    await _check_limits(services, settings, chat, user_id, _Cut(whole, steps, every))
    now = services.clock.now().replace(microsecond=0)
    body = OrderPlan(
        wish=replace(bare, pair=str(pair.symbol), amount=wish.amount),
        account=chat.id,
        mode=chat.mode,
        steps=tuple(steps),
    )
    cadence = Cadence(Rhythm.INTERVAL, now, every=every)
    draft = Draft(
        chat.chat_id, user_id, PlanKind.SLICES, body, cadence, settings.time_zone, Slot("0", now)
    )
    return Parts(draft, whole)


@dataclass(frozen=True, slots=True)
class _Cut:
    whole: Preview
    steps: list[Step]
    every: timedelta

    def cost(self, step: Step) -> Decimal:
        """In quote."""
        return EXACT.multiply(step.qty, step.price or self.whole.worst)


async def _check_limits(
    services: Services, settings: ChatSettings, chat: ChatAccount, user_id: int, cut: _Cut
) -> None:
    """Raises: LimitReached, OrderRefused: not all of the parts could be sent."""
    whole, steps = cut.whole, cut.steps
    largest = max(steps, key=cut.cost)
    part = replace(whole.wish, amount=Amount(AmountKind.BASE, largest.qty))
    preview, _ = await make_preview(services, settings, chat, part)
    person = Person(chat.chat_id, user_id, 0)
    value = await value_of(services, whole)
    costs = sorted(map(cut.cost, steps))
    together = reduce(EXACT.add, costs)

    def worth(cost: Decimal) -> Decimal:
        return EXACT.divide(EXACT.multiply(value, cost), together)

    in_a_day = min(len(steps), _DAY // cut.every + 1)
    await check_parts(
        services,
        preview,
        replace(intent_of(preview, value, person), value=worth(cut.cost(largest))),
        day=worth(reduce(EXACT.add, costs[-in_a_day:])),
        resting=1 if whole.wish.is_market else len(steps),
    )
    await check_one_trader(services, intent_of(whole, value, person))


def _every(wish: OrderWish) -> timedelta:
    if wish.spread is None or wish.parts is None:
        return _RUNG
    every = timedelta(seconds=int(wish.spread.total_seconds()) // wish.parts)
    if every < _SHORTEST:
        example = f"/{wish.side.value} 0.01 btc market in=4h parts=8"
        raise BadArgument("number of parts", str(wish.parts), example, hint="10 s or more apart")
    return every


def _slices(wish: OrderWish, qty: Decimal, pair: Instrument) -> list[Step]:
    """Even parts; the last has what rounding left."""
    count = wish.parts or 1
    each = round_qty(pair, EXACT.divide(qty, Decimal(count)))
    last = EXACT.subtract(qty, EXACT.multiply(each, Decimal(count - 1)))
    return [*(Step(each) for _ in range(count - 1)), Step(last)]


def _rungs(ladder: Ladder, whole: Preview, pair: Instrument) -> list[Step]:
    """The same quantity at each price; the prices at even distances."""
    side = whole.request.side
    step = EXACT.divide(EXACT.subtract(ladder.high, ladder.low), Decimal(ladder.count - 1))
    each = round_qty(pair, EXACT.divide(whole.qty, Decimal(ladder.count)))
    prices = (EXACT.add(ladder.low, EXACT.multiply(step, Decimal(n))) for n in range(ladder.count))
    return [Step(each, round_price(pair, price, side)) for price in prices]


def _check_steps(steps: list[Step], whole: Preview, wish: OrderWish) -> None:
    pair = whole.instrument
    for step in steps:
        cost = EXACT.multiply(step.qty, step.price or whole.worst)
        if step.qty < pair.min_qty or cost < pair.min_cost:
            least = f"each part at least {pair.min_qty:f} {pair.base}"
            example = f"/{wish.side.value} 0.01 btc market in=4h parts=8"
            raise BadArgument("number of parts", str(len(steps)), example, hint=least)
