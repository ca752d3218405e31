"""The daily look at every key: what changed at Kraken is noticed, acted on, and told once."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from bot.core.keys import KeyState, TypedKey
from bot.core.page import Page
from bot.core.queue import Priority
from bot.desk.connect import connect_from_server
from bot.desk.keycheck import CHECKED_EVERY, KeyWatch
from bot.desk.keyring import hand_over
from bot.store.handed import HANDED_FOR, HandedKey
from kraken.core.errors import AuthError, Busy, KrakenError, NotSent
from kraken.signed import BAD_KEY
from tests.fakes import FakeClock
from tests.fakes_keys import ALL, API_KEY, API_SECRET, KeyParts
from tests.memory_store import MemoryStore
from tests.page_rules import check_page, words_of

DAY = CHECKED_EVERY.total_seconds()


@dataclass
class Bench:
    """One connected key, and what its chat is told of it."""

    clock: FakeClock = field(default_factory=FakeClock)
    told: list[tuple[int, str, Priority, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store = MemoryStore(self.clock)
        self.parts = KeyParts(self.store, self.clock)
        self.kraken = self.parts.kraken
        self.watch = KeyWatch(
            self.store,
            self.parts.keyring,
            self.parts.connecting,
            self.clock,
            self.say,
            self.parts._change,
        )

    async def say(self, chat_id: int, page: Page, priority: Priority, event_key: str) -> bool:
        check_page(page)
        if event_key in [key for *_, key in self.told]:
            return False
        self.told.append((chat_id, words_of(page), priority, event_key))
        return True

    async def days_pass(self, days: float = 1) -> None:
        self.clock.advance(days * DAY)
        await self.watch.check_due()

    async def state(self) -> KeyState:
        record = await self.parts.keyring.record_of(1)
        assert record is not None
        return record.state

    @property
    def texts(self) -> list[str]:
        return [text for _, text, _, _ in self.told]


@pytest.fixture
async def bench() -> Bench:
    made = Bench()
    report = await connect_from_server(made.parts.connecting, TypedKey(API_KEY, API_SECRET), 1)
    assert report.connected is not None
    made.kraken.asked.clear()
    made.parts.changed.clear()
    return made


async def test_a_key_is_looked_at_once_a_day(bench: Bench) -> None:
    await bench.days_pass(0.9)
    assert bench.kraken.asked == []
    for day in range(1, 4):
        await bench.days_pass()
        await bench.watch.check_due()
        assert len(bench.kraken.asked) == day
    assert bench.told == []


@pytest.mark.parametrize("gained", ["withdraw-funds", "earn-funds", "something-new"])
async def test_a_key_that_gained_a_dangerous_right_is_locked_and_told_loudly(
    bench: Bench, gained: str
) -> None:
    bench.kraken.info = replace(bench.kraken.info, permissions=ALL | {gained})
    await bench.days_pass()
    assert await bench.state() is KeyState.LOCKED
    assert await bench.parts.keyring.key_of(1) is None
    assert bench.parts.changed == [(1, False)]
    assert [entry.action for entry in await bench.store.audit_entries(1, 1)] == ["key-checked"]
    [(chat, text, priority, _)] = bench.told
    assert (chat, priority) == (1, Priority.KILL)
    assert "Your Kraken key is locked." in text
    bench.kraken.info = replace(bench.kraken.info, permissions=ALL)
    await bench.days_pass()
    assert await bench.state() is KeyState.LOCKED, "it is to be replaced"
    assert len(bench.told) == 1


async def test_a_lent_key_is_locked_for_its_groups_as_well(bench: Bench) -> None:
    record = await bench.parts.keyring.record_of(1)
    assert record is not None
    await bench.store.lend_key(-100, record.id)
    bench.kraken.info = replace(bench.kraken.info, permissions=ALL | {"withdraw-funds"})
    await bench.days_pass()
    assert bench.parts.changed == [(1, False), (-100, False)]
    assert await bench.parts.keyring.key_of(-100) is None


async def test_a_revoked_key_is_given_up_at_the_second_refusal_and_not_asked_again(
    bench: Bench,
) -> None:
    bench.kraken.errors = [AuthError("EAPI:Invalid key"), AuthError("EAPI:Invalid key")]
    await bench.days_pass()
    assert await bench.state() is KeyState.OK
    assert bench.told == []
    await bench.days_pass(0.1)
    assert await bench.state() is KeyState.REFUSED
    assert "no longer accepts the key" in bench.texts[0]
    assert bench.parts.changed == [(1, False)]
    asked = len(bench.kraken.asked)
    await bench.days_pass(5)
    assert len(bench.kraken.asked) == asked


async def test_a_key_that_was_refused_for_an_order_is_given_up_without_asking_again(
    bench: Bench,
) -> None:
    key = await bench.parts.keyring.key_of(1)
    assert key is not None
    bench.kraken.refusal = BAD_KEY
    await bench.watch.check_due()
    assert await bench.state() is KeyState.REFUSED
    assert bench.kraken.asked == []
    assert len(bench.told) == 1


@pytest.mark.parametrize(
    "error", [NotSent("no connection"), Busy("HTTP 502"), AuthError("EAPI:Invalid nonce")]
)
async def test_what_says_nothing_of_the_key_changes_nothing(
    bench: Bench, error: KrakenError
) -> None:
    for _ in range(5):
        bench.kraken.errors = [error, error]
        await bench.days_pass(0.5)
        bench.kraken.errors.clear()
    assert await bench.state() is KeyState.OK
    assert bench.told == []


async def test_a_lost_right_is_told_once_and_the_key_goes_on(bench: Bench) -> None:
    bench.kraken.info = replace(bench.kraken.info, permissions=ALL - {"modify-trades"})
    await bench.days_pass()
    await bench.days_pass()
    [text] = bench.texts
    assert "Create & modify orders" in text
    assert await bench.state() is KeyState.OK


async def test_the_end_of_a_key_is_told_three_times(bench: Bench) -> None:
    ends_at = bench.clock.now() + timedelta(days=20)
    bench.kraken.info = replace(bench.kraken.info, valid_until=ends_at)
    for _ in range(19):
        await bench.days_pass()
    assert [text.split("\n")[0] for text in bench.texts] == [
        "⚠️ Your Kraken key ends in 14 days.",
        "⚠️ Your Kraken key ends in 3 days.",
        "⚠️ Your Kraken key ends in 1 day.",
    ]


async def test_a_key_that_is_handed_over_is_connected_and_destroyed_on_its_way(
    bench: Bench,
) -> None:
    other = TypedKey(API_KEY[::-1], API_SECRET)
    handed = hand_over(bench.parts.vault, other, 2, bench.clock.now())
    await insert(bench.store, handed)
    for key in await bench.store.take_handed_keys(bench.clock.now()):
        await bench.watch._take_over(key)
    record = await bench.parts.keyring.record_of(2)
    assert record is not None
    assert "A Kraken key was connected." in bench.texts[0]
    [row] = await rows(bench.store)
    assert row[:3] == ("", "", 1)
    assert "Connected." in row[3]


async def test_a_key_that_was_handed_over_too_long_ago_is_not_taken(bench: Bench) -> None:
    handed = hand_over(bench.parts.vault, TypedKey(API_KEY, API_SECRET), 2, bench.clock.now())
    await insert(bench.store, handed)
    bench.clock.advance(HANDED_FOR.total_seconds())
    assert await bench.store.take_handed_keys(bench.clock.now()) == []
    bench.clock.advance(HANDED_FOR.total_seconds() + 1)
    await bench.store.take_handed_keys(bench.clock.now())
    assert await rows(bench.store) == []


async def insert(store: MemoryStore, key: HandedKey) -> None:
    values = (key.id, key.chat_id, key.sealed.sealed_key, key.sealed.sealed_secret)
    await store.run(
        lambda db: db.execute(
            "insert into handed_keys (id, chat_id, sealed_key, sealed_secret, handed_at) "
            "values (?, ?, ?, ?, ?)",
            [*values, key.handed_at.isoformat(timespec="milliseconds")],
        )
    )


async def rows(store: MemoryStore) -> list[tuple[str, str, int, str]]:
    return await store.run(
        lambda db: db.execute(
            "select sealed_key, sealed_secret, taken, answer from handed_keys"
        ).fetchall()
    )
