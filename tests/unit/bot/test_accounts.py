"""The accounts behind the chats: one for one key, listened to whatever happens."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.core.errors import NotConnected
from bot.core.trade.types import AccountId, Mode
from bot.desk.accounts import Accounts
from bot.desk.doors import ChatKey
from bot.tasks import KeyedTasks
from kraken.account import (
    Account,
    AccountEvent,
    AccountInterrupted,
    AccountReady,
    AccountRefused,
    Listener,
)
from kraken.core.errors import NotSent
from kraken.core.types import Credentials
from tests.fake_accounts import FakeAccount
from tests.fakes import NOON, FakeClock
from tests.memory_store import MemoryStore

LIVE = AccountId("live:a")


class Talking(FakeAccount):
    """Tells what a test wants it to tell."""

    def __init__(self) -> None:
        super().__init__(FakeClock())
        self.runs = 0
        self.listener: Listener | None = None
        self.failures: list[Exception] = []

    async def run(self, on_event: Listener) -> None:
        self.runs += 1
        if self.failures:
            raise self.failures.pop()
        self.listener = on_event
        await asyncio.Event().wait()

    async def tells(self, event: AccountEvent) -> None:
        assert self.listener is not None
        await self.listener(event)


class World:
    """Keys, and the accounts that are made of them."""

    def __init__(self) -> None:
        self.own: dict[int, ChatKey] = {}
        self.made: list[Talking] = []
        self.away = 0
        self.papers: list[AccountId] = []

    async def key_of(self, chat_id: int) -> ChatKey | None:
        return self.own.get(chat_id)

    async def keys(self) -> list[ChatKey]:
        return list({key.id: key for key in self.own.values()}.values())

    async def live(self, key: ChatKey) -> Account:
        if self.away:
            self.away -= 1
            raise NotSent
        return self._make()

    async def paper(self, account: AccountId) -> Account:
        return self._make()

    async def paper_of(self, chat_id: int) -> AccountId:
        return AccountId(f"paper:{chat_id}")

    async def chat_of_paper(self, account: AccountId) -> int:
        return int(account.removeprefix("paper:"))

    async def busy_papers(self) -> list[AccountId]:
        return self.papers

    async def ready(self) -> None:
        return

    def _make(self) -> Talking:
        self.made.append(Talking())
        return self.made[-1]


class Bench:
    """Accounts over a world, and what they heard."""

    def __init__(self, tasks: KeyedTasks) -> None:
        self.world = World()
        self.store = MemoryStore(FakeClock())
        self.slept: list[float] = []
        self.heard: list[tuple[AccountId, AccountEvent]] = []
        self.accounts = Accounts(
            self.store,
            self.world,
            self.world,
            tasks,
            self.world.ready,
            random=lambda: 1.0,
            sleep=self.sleep,
        )
        self.accounts.on_event(self.hear)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)

    async def hear(self, account: AccountId, event: AccountEvent) -> None:
        self.heard.append((account, event))

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(5):
            # There is nothing to wait for: tasks go on by themselves.
            while not condition():  # noqa: ASYNC110 - see above
                await asyncio.sleep(0)

    async def running(self, count: int = 1) -> None:
        await self.until(lambda: sum(bool(each.listener) for each in self.world.made) == count)


def key(name: str = "a", home: int = 1) -> ChatKey:
    return ChatKey(name, home, Credentials("k", "s"))


async def test_chats_of_one_key_share_one_account() -> None:
    async with KeyedTasks(_raise) as tasks:
        bench = Bench(tasks)
        bench.world.own = {1: key(), -5: replace(key(), home=1)}
        first = await bench.accounts.of(1, Mode.LIVE)
        second = await bench.accounts.of(-5, Mode.LIVE)
        assert first.account is second.account
        assert first.id == second.id == LIVE
        assert len(bench.world.made) == 1
        assert await bench.accounts.chats(LIVE) == [1, -5]


async def test_two_who_ask_at_once_get_one_account() -> None:
    async with KeyedTasks(_raise) as tasks, asyncio.TaskGroup() as group:
        bench = Bench(tasks)
        for _ in range(5):
            group.create_task(_ask(bench))
        await bench.until(lambda: bench.world.made)
        await asyncio.sleep(0)
        assert len(bench.world.made) == 1


async def _ask(bench: Bench) -> None:
    await bench.accounts.of(1)


async def test_the_mode_of_the_chat_decides() -> None:
    async with KeyedTasks(_raise) as tasks:
        bench = Bench(tasks)
        assert (await bench.accounts.of(1)).id == "paper:1"
        bench.world.own = {1: key()}
        assert (await bench.accounts.of(1)).mode is Mode.PAPER
        await bench.store.set_chat_mode(1, Mode.LIVE)
        assert (await bench.accounts.of(1)).id == LIVE


async def test_keys_are_listened_to_from_the_start_also_when_kraken_is_away() -> None:
    async with KeyedTasks(_raise) as tasks:
        bench = Bench(tasks)
        bench.world.own = {1: key(), 2: key("b", 2)}
        bench.world.papers = [AccountId("paper:9")]
        bench.world.away = 3
        await bench.accounts.start()
        await bench.running(3)
        assert bench.slept


async def test_listening_begins_anew_when_it_fails() -> None:
    async with KeyedTasks(_raise) as tasks:
        bench = Bench(tasks)
        chat = await bench.accounts.of(1)
        [account] = bench.world.made
        account.failures = [ValueError("a bug"), NotSent()]
        await bench.running()
        assert account.runs == 3
        assert bench.slept == [1.0, 2.0]
        assert not bench.accounts.is_current(chat.id)
        await account.tells(AccountReady(NOON))
        assert bench.accounts.is_current(chat.id)
        await account.tells(AccountInterrupted(NOON, "cut"))
        assert not bench.accounts.is_current(chat.id)
        assert [event for _, event in bench.heard] == [
            AccountReady(NOON),
            AccountInterrupted(NOON, "cut"),
        ]


async def test_a_refused_key_is_not_used_until_it_is_replaced() -> None:
    async with KeyedTasks(_raise) as tasks:
        bench = Bench(tasks)
        bench.world.own = {1: key()}
        await bench.accounts.of(1, Mode.LIVE)
        await bench.running()
        await bench.world.made[0].tells(AccountRefused(NOON, "EAPI:Invalid key"))
        with pytest.raises(NotConnected):
            await bench.accounts.of(1, Mode.LIVE)
        with pytest.raises(NotConnected):
            await bench.accounts.by_id(LIVE)
        await bench.accounts.of(1, Mode.PAPER)
        await bench.accounts.renew(1)
        await bench.until(lambda: len(bench.world.made) == 3)
        assert (await bench.accounts.of(1, Mode.LIVE)).account is bench.world.made[-1]


async def test_a_key_that_is_gone_is_listened_to_no_more_and_practice_goes_on() -> None:
    async with KeyedTasks(_raise) as tasks:
        bench = Bench(tasks)
        bench.world.own = {1: key()}
        practice = await bench.accounts.of(1, Mode.PAPER)
        await bench.accounts.of(1, Mode.LIVE)
        await bench.running(2)
        bench.world.own = {}
        await bench.accounts.renew(1)
        await bench.until(lambda: tasks.running("account") == 1)
        assert (await bench.accounts.of(1, Mode.PAPER)).account is practice.account
        assert await bench.accounts.home(LIVE) is None
        with pytest.raises(NotConnected):
            await bench.accounts.of(1, Mode.LIVE)


async def test_an_account_is_found_by_its_name() -> None:
    async with KeyedTasks(_raise) as tasks:
        bench = Bench(tasks)
        bench.world.own = {1: key()}
        assert await bench.accounts.by_id(LIVE) is bench.world.made[0]
        assert await bench.accounts.by_id(AccountId("paper:3")) is bench.world.made[1]
        assert await bench.accounts.home(AccountId("paper:3")) == 3
        with pytest.raises(NotConnected):
            await bench.accounts.by_id(AccountId("live:gone"))


def _raise(key: object, error: Exception) -> None:
    raise AssertionError(key) from error
