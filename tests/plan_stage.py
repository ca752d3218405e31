"""A chat with plans, an account that fills at once, and lives of the bot that end when told to."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from bot.core.access import Role
from bot.core.page import Page
from bot.core.plans.types import Plan, Run
from bot.desk.plans_runs import PlanRuns
from bot.desk.services import BotHealth
from kraken.core.trading import EXACT, Order, OrderRequest, OrderStatus, TimeInForce
from kraken.core.types import Asset
from tests.fake_accounts import FakeAccount
from tests.market_values import book, levels, ticker
from tests.page_rules import words_of
from tests.trade_chat import TradeChat

PRICE = "60000.0"


class FillingAccount(FakeAccount):
    """Fills what takes at once; what rests waits for :meth:`let_fill` or for its time."""

    fills_most = Decimal(1000)

    async def place(self, request: OrderRequest) -> Order:
        order = await super().place(request)
        if request.time_in_force is TimeInForce.IOC:
            order = self.let_fill(order, min(order.qty, self.fills_most))
        return order

    def let_fill(self, order: Order, qty: Decimal, *, ends: bool = True) -> Order:
        """The order got so much, and has ended unless it goes on."""
        price = order.limit_price or Decimal(PRICE)
        cost = EXACT.multiply(qty, price)
        status = OrderStatus.FILLED if qty == order.qty else OrderStatus.EXPIRED
        order = replace(
            order,
            status=status if ends else OrderStatus.PARTIALLY_FILLED,
            filled_qty=qty,
            booked_qty=qty,
            filled_cost=cost,
            average=price if qty else None,
            fee=EXACT.multiply(cost, Decimal("0.004")),
            fee_asset=Asset("USD"),
        )
        self.orders[order.order_id] = order
        return order


class PlanStage:
    """One person, one chat, one clock; what plans say is in ``told``."""

    def __init__(self, *, live: bool = False) -> None:
        self.chat = TradeChat(live=live)
        account = FillingAccount(self.chat.chat.clock)
        if live:
            self.chat.chat.accounts.live = account
        else:
            self.chat.chat.accounts.paper = account
        self.account = account
        self.role = Role.TRADER
        self.ran: list[tuple[Plan, Run]] = []
        self.on_sleep: Callable[[], Awaitable[None]] | None = None
        """What happens while a plan waits."""
        self.chat.chat.services = replace(self.chat.chat.services, sleep=self._sleep)
        self.chat.chat.health = BotHealth(clock_offset=timedelta())
        self.market_at(PRICE)
        self.runs = self.life()

    def life(self) -> PlanRuns:
        """The part of the bot that does plans, as after a start."""
        return PlanRuns(self.chat.chat.services, self._say, self._role_of, self.chat.chat.outbox)

    async def _sleep(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.market_at(PRICE)
        if self.on_sleep is not None:
            await self.on_sleep()
        tasks = self.chat.chat.tasks
        for key in [key for key in tasks.started if isinstance(key, tuple) and key[0] == "settle"]:
            await tasks.started.pop(key)

    async def _role_of(self, user_id: int, chat_id: int) -> Role:
        return self.role

    async def _say(self, plan: Plan, run: Run) -> None:
        self.ran.append((plan, run))

    @property
    def records(self) -> Any:
        return self.chat.chat.records

    @property
    def clock(self) -> Any:
        return self.chat.chat.clock

    def market_at(self, price: str) -> None:
        """The market is there now, fresh, and deep enough for anything."""
        value, market, now = Decimal(price), self.chat.chat.market, self.clock.now()
        bid, ask = f"{value - Decimal('0.1')} 10", f"{value} 10"
        market.tickers["BTC/USD"].set(ticker("BTC/USD", price, now))
        market.books["BTC/USD"].set(book("BTC/USD", levels(bid), levels(ask), now))
        market.state = replace(market.state, last_frame_at=now)

    async def start(self, text: str, label: str = "Start") -> Plan:
        """Type it, confirm it, and return what is kept."""
        page = await self.chat.say(text)
        await self.chat.tap(page, label)
        plan: Plan = (await self.records.plans_of(1))[-1]
        return plan

    async def now(self, plan: Plan) -> Plan:
        """The plan as it is kept."""
        found: Plan | None = await self.records.plan(plan.id)
        assert found is not None
        return found

    async def due(self, plan: Plan, late: timedelta = timedelta()) -> Run | None:
        """Its next time comes, or has passed by so much: the run as it ended."""
        plan = await self.now(plan)
        assert plan.due is not None
        wait = plan.due.at + late - self.clock.now()
        self.clock.advance(wait.total_seconds())
        self.market_at(PRICE)
        run = await self.runs.begin(plan)
        if run is not None:
            await self.runs.do(plan, run)
        runs: list[Run] = await self.records.runs_of(plan.id)
        return runs[-1] if runs else None

    async def told(self) -> list[str]:
        """Every push that waits, as it is read."""
        return [words_of(push.page) for push in await self.records.waiting_pushes()]

    async def pushes(self) -> list[Page]:
        """The same with their buttons."""
        return [push.page for push in await self.records.waiting_pushes()]

    def close(self) -> None:
        """Nothing of it runs any more."""
        self.chat.chat.tasks.close()


def bought(requests: Iterable[OrderRequest]) -> list[str]:
    """The names of what went out."""
    return [str(request.client_id) for request in requests]
