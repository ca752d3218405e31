"""The desk's trading on a live account of the simulated exchange, in virtual time."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Hashable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any, TypeVar

from bot.core.trade.types import AccountId, Intent, Mode, PlacedOrder, Standing
from bot.desk.doors import ChatKey
from bot.desk.heart import Heart
from bot.outbox import Outbox
from bot.tasks import KeyedTasks
from kraken.account import Account
from kraken.core.trading import OrderRequest
from kraken.core.types import ClientOrderId
from kraken.sim.server import Exchange
from tests.fake_bot import FakeMarket
from tests.fakes import FakeSender
from tests.fakes_trading import fake_brakes
from tests.live_account import Living, living
from tests.memory_store import MemoryStore
from tests.telegram_bench import NO_LIMITS

T = TypeVar("T")

CHAT, CARD = 1, 7
KEY = AccountId("live:key")


class OneKey:
    """A keyring with one key, that the chats 1 and 2 trade with; and its account."""

    def __init__(self, living: Living) -> None:
        self._living = living
        self.key: ChatKey | None = ChatKey("key", CHAT, living.caller.credentials)

    async def key_of(self, chat_id: int) -> ChatKey | None:
        return self.key if chat_id in (CHAT, 2) else None

    async def keys(self) -> list[ChatKey]:
        return [] if self.key is None else [self.key]

    async def live(self, key: ChatKey) -> Account:
        return self._living.account

    async def paper_of(self, chat_id: int) -> AccountId:
        return AccountId(f"paper:{chat_id}")

    async def chat_of_paper(self, account: AccountId) -> int:
        return int(account.removeprefix("paper:"))

    async def paper(self, account: AccountId) -> Account:
        raise NotImplementedError

    async def busy_papers(self) -> list[AccountId]:
        return []


class Desk:
    """One process; ``restarted`` is the next one on the same database."""

    def __init__(self, living: Living, store: MemoryStore, tasks: KeyedTasks) -> None:
        self.living = living
        self.time = living.time
        self.store = store
        self.sender = FakeSender()
        self.market = FakeMarket()
        self.keyring = OneKey(living)
        self.outbox = Outbox(store, self.sender, self.time, limits=NO_LIMITS)
        self.faults: list[tuple[Hashable, Exception]] = []
        self.brakes = fake_brakes(store, self.time)
        self.heart = Heart(
            store=store,
            market=self.market,  # type: ignore[arg-type]  # what no desk asks is left out
            outbox=self.outbox,
            makers=self.keyring,
            keyring=self.keyring,
            tasks=tasks,
            brakes=self.brakes,
            clock=self.time,
            sleep=self.time.sleep,
        )

    @property
    def trading(self) -> Any:
        return self.heart.trading

    def intent(self, price: str | None = "50000", **more: Any) -> Intent:
        """An order of chat 1; terms of the request go by their names."""
        of = {
            name: more.pop(name)
            for name in ("take_profit", "source", "parent", "note", "card", "chat_id")
            if name in more
        }
        terms = {"client_id": ClientOrderId(str(uuid.uuid4())), **more}
        request: OrderRequest = self.living.order(price, **terms)
        made = Intent(KEY, Mode.LIVE, CHAT, 1, request, Decimal(10), card=CARD)
        return replace(made, **of)

    async def place(self, intent: Intent) -> PlacedOrder:
        """Send it; time may pass meanwhile."""
        placed: PlacedOrder = await self.passing(self.trading.place(intent, None))
        return placed

    async def passing(self, asked: Awaitable[T]) -> T:
        return await self.living.while_time_passes(asked)

    async def stands(self, intent: Intent) -> Standing:
        placed = await self.store.placed_order(intent.client_id)
        assert placed is not None
        return placed.standing

    async def settled(self, intent: Intent) -> Standing:
        """Let time pass until it is known what became of it."""
        await self.time.until(lambda: not self._is_open(intent))
        return await self.stands(intent)

    def _is_open(self, intent: Intent) -> bool:
        row = self.store.memory.execute(
            "select standing from orders where client_id = ?", [intent.client_id]
        ).fetchone()
        return row[0] in ("sent", "unknown")

    @property
    def card(self) -> str:
        """The card as it is now."""
        edits = [text for chat, message, text in self.sender.edited if (chat, message) == (1, 7)]
        return edits[-1] if edits else ""

    @property
    def pushes(self) -> list[str]:
        """What was pushed to chat 1."""
        return self.sender.texts(CHAT)

    async def hears(self, words: str) -> str:
        """Let time pass until a push of these words is there; return it."""
        await self.time.until(lambda: any(words in text for text in self.pushes))
        return next(text for text in self.pushes if words in text)

    async def shows(self, words: str) -> str:
        """Let time pass until the card has these words."""
        await self.time.until(lambda: words in self.card)
        return self.card

    def sent(self) -> list[dict[str, Any]]:
        """The journal: everything that the exchange took from this key."""
        return self.living.journal_orders()


@asynccontextmanager
async def process(living: Living, store: MemoryStore) -> AsyncIterator[Desk]:
    """One process on this database; its end is as sudden as a kill."""
    faults: list[tuple[Hashable, Exception]] = []
    async with asyncio.TaskGroup() as group:
        async with KeyedTasks(lambda key, error: faults.append((key, error))) as tasks:
            desk = Desk(living, store, tasks)
            desk.faults = faults
            outbox = group.create_task(desk.outbox.run())
            await desk.heart.start()
            yield desk
        outbox.cancel()
    assert not desk.faults, desk.faults


@asynccontextmanager
async def trading_desk(exchange: Exchange, **options: Any) -> AsyncIterator[Desk]:
    """A desk that hears its account."""
    async with AsyncExitStack() as stack:
        ann = await stack.enter_async_context(living(exchange, **options))
        desk = await stack.enter_async_context(process(ann, MemoryStore(ann.time)))
        await ready(desk)
        yield desk


async def ready(desk: Desk) -> None:
    """Wait until facts arrive."""
    await desk.time.until(lambda: desk.heart.accounts.is_current(KEY))
