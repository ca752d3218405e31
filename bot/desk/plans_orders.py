"""The order of one slot of a plan: placed once, followed to its end, and reported.

Rules: the order's name follows from plan, slot and attempt, so whoever does the same slot again
after a crash finds the order instead of sending another; a new attempt needs proof that the one
before is over; what forbids a person's order forbids a plan's; whoever pauses or ends the plan, or
loses what it needs, does so also for a slot that is still to be ordered; what cannot be judged is
not sent but tried again until the slot's time has passed, and then told.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from bot.core.errors import (
    AlreadySent,
    NotConnected,
    NotReady,
    Unsettled,
    UserError,
)
from bot.core.plans.types import (
    DCA,
    SCHEDULE,
    SLICE,
    WINDOW,
    Done,
    Missed,
    OrderPlan,
    Plan,
    PlanKind,
    Run,
    order_name,
)
from bot.core.settings import ChatSettings
from bot.core.slots import next_slot
from bot.core.trade.preview import Preview
from bot.core.trade.refusals import OrderRefused, Refusal
from bot.core.trade.situation import distance
from bot.core.trade.types import AccountId, Intent, Mode, PlacedOrder, Standing
from bot.core.trade.wish import Amount, AmountKind, OrderWish, PriceWord
from bot.desk.doors import ChatAccount
from bot.desk.forbidding import check_allowed
from bot.desk.preview import make_preview, value_of
from bot.desk.services import Services
from bot.desk.tickets import DEADLINE, Person, intent_of
from bot.store import StoreUnavailable
from kraken.core.errors import AuthError, Busy, KrakenError, UnknownInstrument
from kraken.core.rules import round_qty
from kraken.core.trading import EXACT, Order
from kraken.core.types import Interval, Side

log = logging.getLogger(__name__)

_AGAIN = 15.0
"""Seconds until what did not answer is asked again."""
_LOOK = 2.0
_WIDEST = Decimal(1)
"""Percent between bid and ask beyond which nothing is bought without a person."""
_WEEK = 7
_SOURCES = {PlanKind.DCA: DCA, PlanKind.ORDER: SCHEDULE, PlanKind.SLICES: SLICE}
_PASSING = frozenset(
    {Refusal.SYSTEM, Refusal.NO_PRICE, Refusal.OLD_PRICE, Refusal.WAIT, Refusal.NO_VALUE}
)
"""What may be over in a moment."""


class Skipped(Exception):
    """Nothing is ordered for this slot; ``error`` or ``why`` says the reason."""

    def __init__(self, why: str, error: Exception | None = None, *, pause: bool = False) -> None:
        super().__init__(why)
        self.why = why
        """``funds``, ``price``, ``spread``, ``mode``, ``account``, ``late``, ``refused``, or why
        the plan may not order at all: ``stopped``, ``blocked`` or ``role``.
        """
        self.error = error
        self.pause = pause
        """Every later slot would come to the same: the plan waits for a person."""


Forbids = Callable[[Plan], Awaitable[str]]
"""Why a plan may not order anything at this moment; empty if it may."""


@dataclass(frozen=True, slots=True)
class Result:
    """What the slot's orders came to."""

    run: Run
    done: Done
    last: PlacedOrder


class PlanOrders:
    """Does the trading part of plans."""

    def __init__(self, services: Services, forbids: Forbids) -> None:
        self._services = services
        self._forbids = forbids
        self._turns: defaultdict[AccountId, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def run(self, plan: Plan, run: Run) -> Result:
        """Bring a slot to its end, from wherever a former life left it.

        Raises:
            Skipped: nothing was bought, and why.
        """
        while True:
            try:
                placed = await self._order_of(plan, run)
            except Skipped:
                earlier = await self._attempts(plan, run)
                if not any(each.order is not None for each in earlier):
                    raise
                return await self._result(plan, run, earlier[-1])  # what the limit order got
            placed = await self._followed(plan, placed)
            if placed.standing in (Standing.NOT_SENT, Standing.ABSENT):
                await self._once_more(plan, run)
            elif not self._goes_on(plan, run, placed):
                return await self._result(plan, run, placed)
            run = await self._services.plans.next_attempt(run, self._services.clock.now())

    async def so_far(self, plan: Plan, run: Run) -> Result | None:
        """What was sent for this slot until now; None if nothing was."""
        attempts = await self._attempts(plan, run)
        return await self._result(plan, run, attempts[-1]) if attempts else None

    async def _once_more(self, plan: Plan, run: Run) -> None:
        """Wait before a new attempt.

        Raises:
            Skipped: the slot's time has passed.
        """
        if self._is_late(plan, run):
            raise Skipped("late")
        await self._services.sleep(_AGAIN)

    def _is_late(self, plan: Plan, run: Run) -> bool:
        """Whether nothing new may be ordered for this slot any more."""
        waits = (plan.order.wish.lasts or timedelta()) if run.attempt else timedelta()
        return self._services.clock.now() - run.due_at > max(
            WINDOW + waits, _made_up_for(plan, run)
        )

    async def _order_of(self, plan: Plan, run: Run) -> PlacedOrder:
        """The order of this attempt: the one that is there, or a new one.

        Runs of one account take turns: many that are due at once would use up what Kraken lets
        it ask, and nothing would be left to find out what became of orders.
        """
        while True:
            async with self._turns[plan.order.account]:
                placed = await self._found_or_placed(plan, run)
            if placed is not None:
                return placed
            await self._services.sleep(_AGAIN)

    async def _found_or_placed(self, plan: Plan, run: Run) -> PlacedOrder | None:
        """One try; None if it is worth another."""
        name = order_name(plan.id, plan.created_at, run.slot, run.attempt)
        known = await self._services.records.placed_order(name)
        if known is not None:
            return known
        await self._check_wanted(plan)
        if self._is_late(plan, run):
            raise Skipped("late")
        try:
            return await self._place(plan, run)
        except AlreadySent:
            return await self._services.records.placed_order(name)  # committed in between
        except (UserError, KrakenError, StoreUnavailable, TimeoutError) as error:
            reason = _worth_another_try(error)
        log.info("plan %s slot %s: %r, again soon", plan.id, run.slot, reason)
        if isinstance(reason, Busy):
            await self._services.sleep(_AGAIN)  # whoever comes next would hear the same
        return None

    async def _place(self, plan: Plan, run: Run) -> PlacedOrder:
        services, body = self._services, plan.order
        await services.market.ready()
        chat = await self._account(plan, body)
        if services.trading.is_held(chat.id):
            raise Unsettled  # before anything is asked: finding out needs what may be asked
        settings = await services.store.chat_settings(plan.chat_id)
        wish = await self._wish(plan, run, settings)
        preview, _ = await make_preview(services, settings, chat, wish)
        _check_price(body, preview)
        value = await value_of(services, preview)
        person = Person(plan.chat_id, plan.user_id, 0)
        intent = intent_of(preview, value, person)
        intent = replace(intent, card=None, source=_SOURCES[plan.kind])
        await check_allowed(services, preview, intent)
        # Prices took their time: what is typed meanwhile holds.
        await self._check_wanted(plan)
        if self._is_late(plan, run):
            raise Skipped("late")
        return await services.trading.place(self._named(intent, plan, run), None)

    def _named(self, intent: Intent, plan: Plan, run: Run) -> Intent:
        request = replace(
            intent.request,
            client_id=order_name(plan.id, plan.created_at, run.slot, run.attempt),
            deadline=self._services.clock.now() + DEADLINE,
        )
        return replace(intent, request=request)

    async def _check_wanted(self, plan: Plan) -> None:
        """Raises: Skipped: the plan may not order anything now, or its chat practises."""
        why = await self._forbids(plan)
        if why:
            raise Skipped(why)
        mode = await self._services.accounts.mode(plan.chat_id)
        if plan.order.mode is Mode.LIVE and mode is not Mode.LIVE:
            raise Skipped("mode")

    async def _account(self, plan: Plan, body: OrderPlan) -> ChatAccount:
        """The account that the plan was made for.

        Raises:
            Skipped: the chat has another key.
        """
        chat = await self._services.accounts.of(plan.chat_id, body.mode)
        if chat.id != body.account:
            raise Skipped("account", pause=True)
        return chat

    async def _wish(self, plan: Plan, run: Run, settings: ChatSettings) -> OrderWish:
        """What is ordered in this slot: a part, more of it in a dip, or the rest at the market."""
        body = plan.order
        if body.steps:
            step = body.steps[int(run.slot)]
            wish = replace(body.wish, amount=Amount(AmountKind.BASE, step.qty))
            return wish if step.price is None else _at(wish, step.price)
        if run.attempt and (rest := await self._rest(plan, run)) is not None:
            wish = replace(body.wish, lasts=None, time_in_force=None, price=PriceWord.MARKET)
            return replace(wish, amount=Amount(AmountKind.BASE, rest))
        if body.dip is None or body.wish.amount is None:
            return body.wish
        if not await self._is_dip(body):
            return body.wish
        more = EXACT.multiply(body.wish.amount.value, body.factor)
        return replace(body.wish, amount=replace(body.wish.amount, value=more))

    async def _is_dip(self, body: OrderPlan) -> bool:
        """Whether the price is so far below the highest of a week; not known is no."""
        market = self._services.market
        pair = market.instrument(body.wish.pair)
        try:
            row = await market.history(pair.symbol, Interval.D1, _WEEK)
        except KrakenError as error:
            log.info("the highest price of a week is not known: %r", error)
            return False
        assert body.dip is not None, "it is asked for"
        return bool(row) and is_dip(max(each.high for each in row), row[-1].close, body.dip)

    async def _rest(self, plan: Plan, run: Run) -> Decimal | None:
        """What the limit order did not get; None if none of it was ever placed."""
        first: Order | None = None
        got = Decimal(0)
        for placed in await self._attempts(plan, run):
            if placed.standing is Standing.ACKED and placed.order is not None:
                first = first or placed.order
                got = EXACT.add(got, placed.order.filled_qty)
        return EXACT.subtract(first.qty, got) if first is not None else None

    async def _attempts(self, plan: Plan, run: Run) -> list[PlacedOrder]:
        names = (
            order_name(plan.id, plan.created_at, run.slot, number)
            for number in range(run.attempt + 1)
        )
        found = [await self._services.records.placed_order(name) for name in names]
        return [each for each in found if each is not None]

    async def _followed(self, plan: Plan, placed: PlacedOrder) -> PlacedOrder:
        """Wait until it is known what became of it; of a part, until it is placed."""
        while placed.standing.is_open_question or (
            plan.kind is not PlanKind.SLICES and _is_open(placed)
        ):
            await self._services.sleep(_LOOK)
            known = await self._services.records.placed_order(placed.intent.client_id)
            assert known is not None, "it was committed"
            placed = known
        return placed

    def _goes_on(self, plan: Plan, run: Run, placed: PlacedOrder) -> bool:
        """Whether the rest of a limit order is bought at the market now."""
        order = placed.order
        if not plan.order.then_market or order is None or order.limit_price is None:
            return False
        if placed.intent.request.expires_at is None:
            return False  # this was the order at the market already
        try:
            pair = self._services.market.instrument(order.symbol)
        except UnknownInstrument:
            return False  # it is not traded any more
        rest = round_qty(pair, order.remaining)
        cost = EXACT.multiply(rest, order.limit_price)
        return rest >= pair.min_qty and cost >= (pair.min_cost or Decimal(0))

    async def _result(self, plan: Plan, run: Run, placed: PlacedOrder) -> Result:
        total = Done()
        for each in await self._attempts(plan, run):
            order = each.order
            if order is None:
                continue
            fee = order.fee
            if order.fee_asset == plan_base(order) and order.average is not None:
                fee = EXACT.multiply(fee, order.average)
            total = Done(
                EXACT.add(total.qty, order.filled_qty),
                EXACT.add(total.cost, order.filled_cost),
                EXACT.add(total.fee, fee),
            )
        return Result(run, total, placed)


def _worth_another_try(error: Exception) -> Exception:
    """What may be over in a moment.

    Raises:
        Skipped: it will not be.
    """
    if isinstance(error, OrderRefused):
        if error.why in _PASSING:
            return error
        if error.why is Refusal.GONE:
            raise Skipped("delisted", error, pause=True) from error
        is_funds = error.why in (Refusal.FUNDS, Refusal.NOTHING_FREE)
        raise Skipped("funds" if is_funds else "refused", error) from error
    if isinstance(error, NotConnected | AuthError):
        raise Skipped("account", error, pause=True) from error
    if isinstance(error, UserError) and not isinstance(error, Unsettled | NotReady):
        raise Skipped("refused", error) from error
    if isinstance(error, UnknownInstrument):
        raise Skipped("delisted", error, pause=True) from error
    return error


def _made_up_for(plan: Plan, run: Run) -> timedelta:
    """How long a slot is worth making up for: until the next one, if that is what was asked."""
    if plan.order.missed is not Missed.ONCE or plan.kind is PlanKind.SLICES:
        return timedelta()
    following = next_slot(plan.cadence, plan.clock, run.due_at)
    return following.at - run.due_at if following is not None else timedelta()


def is_dip(highest: Decimal, last: Decimal, percent: Decimal) -> bool:
    """Whether a price lies at least so many percent below another."""
    return -distance(last, highest) >= percent


def plan_base(order: Order) -> str:
    """The asset that the order trades."""
    return order.symbol.partition("/")[0]


def _is_open(placed: PlacedOrder) -> bool:
    order = placed.order
    if placed.standing is not Standing.ACKED:
        return False
    return order is None or order.is_open or order.misses_fills


def _at(wish: OrderWish, price: Decimal) -> OrderWish:
    from_wish = wish.price
    assert from_wish is None or not isinstance(from_wish, PriceWord), "a ladder has prices"
    return replace(wish, price=replace(from_wish, value=price)) if from_wish else wish


def _check_price(body: OrderPlan, preview: Preview) -> None:
    """Raises: Skipped: the price is not one that was approved."""
    price = preview.request.limit_price
    if price is None or preview.is_market:
        price = preview.worst
    side = preview.request.side
    if body.highest is not None and side is Side.BUY and price > body.highest:
        raise Skipped("price")
    if body.lowest is not None and side is Side.SELL and price < body.lowest:
        raise Skipped("price")
    if preview.is_market:
        half = abs(distance(preview.best, preview.middle))
        if EXACT.multiply(half, Decimal(2)) > _WIDEST:
            raise Skipped("spread")
