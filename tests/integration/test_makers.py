"""Practice accounts as the desk makes them: what happens is written together or not at all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from bot.core.settings import ChatSettings
from bot.core.trade.types import AccountId, Intent, Mode
from bot.desk.makers import Makers
from bot.desk.telling import Telling
from kraken.account import AccountEvent, AccountReady, FillHappened
from kraken.core.errors import Busy, OutcomeUnknown
from kraken.core.trading import OrderRequest
from kraken.core.types import Side
from kraken.paper import PaperAccount, PaperVenue
from tests.fake_bot import FakeMarket, FakeOutbox
from tests.ledger_cases import USD, named, order
from tests.memory_store import MemoryStore
from tests.paper_market import HandMarket, hand_market, quickly

ACCOUNT = AccountId("paper:1")


class Shop:
    """The makers with everything around them, but nobody who listens to what they made."""

    def __init__(self, market: HandMarket, store: MemoryStore | None = None) -> None:
        self.market = market
        self.store = store or MemoryStore(market.clock)
        self.outbox = FakeOutbox(market.clock)
        self.venue = venue = PaperVenue(market, clock=market.clock, sleep=quickly, patience=0.2)
        self.makers = Makers(self.store, venue, self.no_key)
        public: Any = FakeMarket()
        self.makers.tell_through(
            Telling(self.store, self.store, public, self.outbox, market.clock)
        )

    async def no_key(self, *given: Any) -> Any:
        raise NotImplementedError

    async def account(self) -> PaperAccount:
        made = await self.makers.paper(ACCOUNT)
        assert isinstance(made, PaperAccount)
        return made

    async def place(self, account: PaperAccount, request: OrderRequest) -> None:
        """Commit it as the desk does, and send it."""
        made = Intent(ACCOUNT, Mode.PAPER, 1, 1, request, D(10), card=7)
        await self.store.commit_intent(made, ticket_id=None, now=self.market.clock.now())
        await account.place(request)

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """The market is followed meanwhile."""
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(self.venue.run())
            yield
            task.cancel()

    def news(self) -> list[str]:
        """What waits to be told."""
        rows = self.store.memory.execute("select page from outbox order by rowid")
        return [row[0] for row in rows.fetchall()]


def market_buy(name: str) -> OrderRequest:
    later = timedelta(minutes=1)
    return order(Side.BUY, "1", client_id=named(name), deadline=hand_market().clock.now() + later)


@asynccontextmanager
async def listening(account: PaperAccount) -> AsyncIterator[list[AccountEvent]]:
    """Somebody hears the account until it is up to date, and after."""
    told: list[AccountEvent] = []
    ready = asyncio.Event()

    async def hear(event: AccountEvent) -> None:
        told.append(event)
        if isinstance(event, AccountReady):
            ready.set()

    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(account.run(hear))
        async with asyncio.timeout(5):
            await ready.wait()
        yield told
        task.cancel()


async def test_a_new_chat_has_its_money_while_kraken_is_away() -> None:
    market = hand_market()
    market.is_reached = False
    shop = Shop(market)
    await shop.store.save_chat_settings(1, ChatSettings(currency="EUR"))
    assert {a: b.total for a, b in (await (await shop.account()).balances()).items()} == {
        "EUR": D(10000)
    }


async def test_a_fill_is_kept_with_the_account_before_anybody_listens() -> None:
    shop = Shop(hand_market())
    account = await shop.account()
    await shop.place(account, market_buy("a"))
    (fill,) = await shop.store.past_fills(ACCOUNT)
    assert (fill.price, fill.qty) == (D(101), D(1))
    placed = await shop.store.placed_order(named("a"))
    assert placed is not None and placed.order is not None
    assert placed.order.filled_qty == 1
    async with listening(await shop.account()) as told:
        assert any(isinstance(event, FillHappened) for event in told), "told again after a crash"


async def test_what_cannot_be_written_leaves_no_part_of_it() -> None:
    shop = Shop(hand_market())
    account = await shop.account()
    shop.store.memory.execute(
        "create trigger no_fills before insert on fills begin select raise(abort, 'full'); end"
    )
    with pytest.raises(OutcomeUnknown):
        await shop.place(account, market_buy("a"))
    assert await shop.store.past_fills(ACCOUNT) == []
    assert await shop.store.paper(ACCOUNT) is None
    shop.store.memory.execute("drop trigger no_fills")
    settled = await account.settle(named("a"), shop.market.clock.now())
    assert settled.filled_qty == 1
    assert len(await shop.store.past_fills(ACCOUNT)) == 1
    assert await shop.store.paper(ACCOUNT) is not None


async def test_orders_of_which_nobody_knows_are_told_with_their_time() -> None:
    market = hand_market()
    shop = Shop(market)
    account = await shop.account()
    request = order(
        Side.BUY, "1", "99", client_id=named("a"), deadline=market.clock.now() + timedelta(1)
    )
    await shop.place(account, request)
    market.clock.advance(600)
    market.trade("90", "1", is_seen=False)
    market.trade("100", "1")
    market.past_fails = Busy("no")
    again = Shop(market, shop.store)
    async with again.following(), listening(await again.account()):
        (news,) = again.news()
    assert "Nobody knows whether this order" in news
    assert "BTC/USD" in news


async def test_a_reset_begins_the_history_anew_and_keeps_no_fill_of_before() -> None:
    shop = Shop(hand_market())
    account = await shop.account()
    began = await shop.store.paper_began_at(ACCOUNT)
    assert began is None
    await shop.place(account, market_buy("a"))
    assert await shop.store.paper_began_at(ACCOUNT) == shop.market.clock.now()
    shop.market.clock.advance(60)
    await account.reset({USD: D(500)})
    await shop.store.begin_anew(ACCOUNT, shop.market.clock.now())
    assert await shop.store.past_fills(ACCOUNT) == []
    assert await shop.store.paper_began_at(ACCOUNT) == shop.market.clock.now()
