"""Alerts about an account, from what the account tells to Telegram; the process may die.

The account is one whose facts a test makes; what it told is kept like the desk of trading keeps
it, before anybody else hears of it.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from bot.core.alerts.syntax import read_alert
from bot.core.alerts.words import Alert
from bot.core.keys import KeyRecord
from bot.core.settings import ChatSettings
from bot.core.texts.alerts import Listed
from bot.core.trade.types import AccountId, Mode
from bot.desk.alerts import Alerts
from bot.desk.alerts_own import OwnWatch
from bot.desk.alerts_set import AlreadyTrue, set_alert
from bot.desk.services import Services
from bot.outbox import Outbox
from bot.tasks import KeyedTasks
from kraken.account import (
    AccountEvent,
    AccountInterrupted,
    AccountReady,
    BalancesChanged,
    DepositCame,
    FillHappened,
    OrderUpdated,
)
from kraken.core.holdings import Balance, LedgerEntry
from kraken.core.trading import Fill, Liquidity, Order, OrderStatus, OrderType
from kraken.core.types import Asset, ExecId, OrderId, Side, Symbol
from tests.alert_stage import Dying, Machine
from tests.fake_accounts import FakeAccount, FakeAccounts
from tests.fake_bot import Chat

CHAT, AUTHOR = 1, 7
LIVE, PAPER = AccountId("live:key"), AccountId(f"paper:{CHAT}")
BTC = Symbol("BTC/USD")


class OneKey:
    """A keyring with the record of one key, or none."""

    def __init__(self) -> None:
        self.record: KeyRecord | None = None

    async def record_of(self, chat_id: int) -> KeyRecord | None:
        return self.record


class OwnMachine(Machine):
    """A machine whose account a test moves."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.accounts = FakeAccounts(self.clock)
        self.accounts.live = FakeAccount(self.clock)
        self.accounts.modes[CHAT] = Mode.LIVE
        self.keyring = OneKey()
        self.chat_id = CHAT
        self._fills = 0

    @property
    def account(self) -> FakeAccount:
        assert self.accounts.live is not None, "it is made above"
        return self.accounts.live

    @asynccontextmanager
    async def process(self) -> AsyncIterator[Alerts]:
        self.store.dead.clear()
        self.accounts.listeners.clear()
        outbox = Outbox(self.store, self.telegram, self.clock, limits=self.limits)
        async with KeyedTasks(lambda key, error: self.faults.append(error)) as tasks:
            self.alerts = Alerts(self.store, self.store, self.market, outbox, tasks, self.clock)
            self.services = self._services(tasks, outbox)
            own = OwnWatch(self.services, self.store)
            tasks.start("outbox", outbox.run())
            tasks.start("alerts", self.alerts.run())
            tasks.start("own", own.run())
            for fill in self.account.filled:
                await self._book(fill)
            self.tell(AccountReady(self.clock.now()))
            await asyncio.sleep(0.01)
            yield self.alerts
            for key in ("outbox", "alerts", "own"):
                tasks.stop(key)
        assert self.faults == []

    def _services(self, tasks: Any, outbox: Any) -> Services:
        chat = Chat()
        given: dict[str, Any] = {"keyring": self.keyring}
        given |= dict.fromkeys(("store", "records", "safety", "past"), self.store)
        given |= {"market": self.market, "clock": self.clock, "accounts": self.accounts}
        given |= {"alerts": self.alerts, "tasks": tasks, "outbox": outbox}
        return replace(chat.services, **given)

    async def ask(self, text: str) -> Alert | AlreadyTrue:
        """An alert as /alert sets it."""
        found = await set_alert(
            self.services, self.chat_id, AUTHOR, read_alert(text), ChatSettings(), when_true=False
        )
        await asyncio.sleep(0.01)
        return found.alert if isinstance(found, Listed) else found

    # -- what the account tells

    def tell(self, event: AccountEvent, account: AccountId = LIVE) -> None:
        """Once it is kept."""
        self.accounts.tell(account, event)

    def has(self, asset: str, total: str) -> None:
        """A balance is another one."""
        self.account.own[Asset(asset)] = balance = Balance(Decimal(total))
        self.tell(BalancesChanged({Asset(asset): balance}))

    async def fill(self, cost: str, **more: Any) -> None:
        """Something is filled for so much; kept before it is told."""
        found = self.filled(cost, **more)
        if not self.store.dead.is_set():
            await until_dead(self.store, self._book(found))

    def filled(
        self,
        cost: str,
        *,
        order: str = "O1",
        side: Side = Side.BUY,
        price: str = "60000",
        ago: timedelta = timedelta(),
    ) -> Fill:
        """The same at the exchange only."""
        self._fills += 1
        found = Fill(
            exec_id=ExecId(f"T{self._fills:05}"),
            order_id=OrderId(order),
            symbol=BTC,
            side=side,
            price=Decimal(price),
            qty=Decimal(cost) / Decimal(price),
            cost=Decimal(cost),
            liquidity=Liquidity.TAKER,
            fee=Decimal(0),
            fee_asset=Asset("USD"),
            at=self.clock.now() - ago,
        )
        self.account.filled.append(found)
        return found

    async def _book(self, fill: Fill) -> None:
        """Keep it, then tell it; what a life did not hear the next one is told."""
        await self.store.book_fill(LIVE, fill)
        self.tell(FillHappened(fill, self.order(fill.order_id, OrderStatus.FILLED)))

    def order(
        self, name: str, status: OrderStatus = OrderStatus.NEW, at: datetime | None = None
    ) -> Order:
        return Order(
            order_id=OrderId(name),
            symbol=BTC,
            side=Side.BUY,
            type=OrderType.LIMIT,
            qty=Decimal("0.1"),
            status=status,
            created_at=at or self.clock.now(),
        )

    def places(self, name: str) -> Order:
        """An order rests from now on."""
        order = self.order(name)
        self.tell(OrderUpdated(order, None))
        return order

    def ends(self, order: Order) -> None:
        self.tell(OrderUpdated(replace(order, status=OrderStatus.CANCELED), order))

    def deposit(self, amount: str, *, heard: bool = True) -> None:
        """Money comes from outside; perhaps while nobody listens."""
        number = len(self.account.entries) + 1
        entry = LedgerEntry(
            entry_id=f"L{number}",
            kind="deposit",
            asset=Asset("EUR"),
            amount=Decimal(amount),
            fee=Decimal(0),
            balance=Decimal(amount),
            at=self.clock.now(),
            reference=f"R{number}",
        )
        self.account.entries.append(entry)
        if heard:
            self.tell(DepositCame(entry))

    def leaves(self) -> None:
        self.tell(AccountInterrupted(self.clock.now(), "gone"))

    def comes_back(self) -> None:
        self.tell(AccountReady(self.clock.now()))

    def hears_the_market(self) -> None:
        """The market says something."""
        self.market.state = replace(self.market.state, last_frame_at=self.clock.now())

    def texts_with(self, words: str) -> list[str]:
        return [text for text in self.telegram.texts() if words in text]


async def until_dead(store: Dying, doing: Coroutine[Any, Any, None]) -> None:
    """Do it, unless the process dies of it."""
    async with KeyedTasks(lambda key, error: None) as tasks:
        done = asyncio.Event()

        async def do() -> None:
            await doing
            done.set()

        async def wait_for_death() -> None:
            await store.dead.wait()
            done.set()

        tasks.start("do", do())
        tasks.start("death", wait_for_death())
        await done.wait()
        tasks.stop("do")
        tasks.stop("death")


def key(until: datetime) -> KeyRecord:
    """A key that ends then."""
    began = until - timedelta(days=400)
    return KeyRecord(
        id="key",
        chat_id=CHAT,
        user_id=AUTHOR,
        label="",
        fingerprint="f",
        tail="x1Yz",
        permissions=frozenset(),
        reads_only=True,
        has_address_limit=True,
        created_at=began,
        checked_at=began,
        valid_until=until,
    )
