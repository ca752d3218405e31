"""What is on the disk before anything leaves because of it, seen at SQLite itself."""

import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.page import Page
from bot.core.queue import Priority
from bot.core.trade.types import Mode, Standing
from bot.store import Store
from tests.fakes import NOON, FakeClock
from tests.intents import intent

WRITES = re.compile(r"(?:insert(?: or \w+)? into|update) (\w+)")


class Commits:
    """Every transaction that wrote: its first table, and whether its end waited for the disk."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, bool]] = []
        self._waits = True
        self._table = ""

    def hear(self, sql: str) -> None:
        """One statement, as SQLite runs it."""
        text = sql.lower()
        if text.startswith("pragma synchronous"):
            self._waits = text.endswith("full")
        elif wrote := WRITES.match(text):
            self._table = self._table or wrote[1]
        elif text == "commit" and self._table:
            self.seen.append((self._table, self._waits))
            self._table = ""


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store(tmp_path, FakeClock().now) as opened:
        yield opened


@pytest.fixture
async def commits(store: Store) -> Commits:
    commits = Commits()
    await store.run(lambda db: db.conn.set_trace_callback(commits.hear))
    return commits


async def test_an_order_a_nonce_a_push_and_an_update_are_on_the_disk_before_they_leave(
    store: Store, commits: Commits
) -> None:
    of = intent(mode=Mode.PAPER)
    await store.add_update(1, "{}")
    await store.begin_update(1)
    await store.raise_nonce_mark_of("key", 7)
    placed = await store.commit_intent(of, ticket_id=None, now=NOON)
    await store.note_standing(of.client_id, Standing.REJECTED, reason="no", now=NOON)
    push = await store.add_push("told", 1, Priority.FILL, Page("Rejected"))
    assert push is not None
    await store.asking(push.id)
    await store.sent(push.id, 5)
    await store.done(1)
    assert placed.standing is Standing.SENT
    assert commits.seen == [
        ("inbox", True),
        ("inbox", False),
        ("nonce_marks", True),
        ("orders", True),
        ("orders", False),
        ("outbox", True),
        ("outbox", True),
        ("outbox", False),
        ("inbox", False),
    ]


async def test_what_rides_along_survives_the_death_of_the_process(
    store: Store, tmp_path: Path
) -> None:
    of = intent(mode=Mode.PAPER)
    await store.commit_intent(of, ticket_id=None, now=NOON)
    await store.note_standing(of.client_id, Standing.REJECTED, reason="no", now=NOON)
    # As kill -9 leaves it: the files as they are at this moment, the log with them.
    left = Path(shutil.copytree(tmp_path, tmp_path / "left"))
    async with Store(left, FakeClock().now) as found:
        known = await found.placed_order(of.client_id)
    assert known is not None
    assert known.standing is Standing.REJECTED
