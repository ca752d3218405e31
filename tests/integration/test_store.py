"""The store over real files: what it returns has been written, and nothing is half written."""

import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from bot.core.access import Role
from bot.core.page import Button, Page
from bot.core.settings import ChatSettings, LiveRow
from bot.migrations import STEPS, migrations
from bot.store import (
    LIFE_OF_A_BUTTON,
    Store,
    StoreDamaged,
    StoreError,
    StoreInUse,
    StoreTooNew,
    StoreUnavailable,
)

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
OWNER, TRADER, STRANGER, GROUP = 1, 2, 99, -100


def now() -> datetime:
    return NOW


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store(tmp_path, now) as opened:
        yield opened


async def test_an_update_is_kept_once_and_its_content_forgotten_when_done(store: Store) -> None:
    assert await store.add_updates([(7, "{}"), (8, "{}"), (7, "{}")]) == [7, 8]
    assert not await store.add_update(8, "{}")
    assert [(row.update_id, row.body) for row in await store.waiting()] == [(7, "{}"), (8, "{}")]
    await store.done(7)
    assert [row.update_id for row in await store.waiting()] == [8]
    assert not await store.add_update(7, "{}"), "a finished update came again and was run again"


async def test_a_known_number_with_other_content_is_another_update(store: Store) -> None:
    await store.add_update(1, '{"first": 1}')
    await store.done(1)
    assert await store.add_update(1, '{"after a restart of the local Telegram": 1}')
    assert len(await store.waiting()) == 1


async def test_begun_work_is_counted_over_a_restart(tmp_path: Path) -> None:
    async with Store(tmp_path, now) as store:
        await store.add_update(1, "{}")
        await store.begin_update(1)
    async with Store(tmp_path, now) as store:
        assert [row.tries for row in await store.waiting()] == [1]


async def test_finished_numbers_are_forgotten_after_a_week_and_waiting_ones_never(
    store: Store,
) -> None:
    await store.add_updates([(1, "a"), (2, "b")])
    await store.done(1)
    await store.tidy(NOW + timedelta(days=8))
    assert [row.update_id for row in await store.waiting()] == [2]
    assert await store.add_update(1, "a")


async def test_a_second_bot_on_the_same_folder_is_refused_in_one_line(tmp_path: Path) -> None:
    async with Store(tmp_path, now):
        with pytest.raises(StoreInUse, match="Another bot is running") as refusal:
            async with Store(tmp_path, now):
                pass
        assert "\n" not in str(refusal.value)
    async with Store(tmp_path, now) as again:
        assert await again.waiting() == []


async def test_a_database_of_a_later_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    async with Store(tmp_path, now) as store:
        path = store.path
    connection = sqlite3.connect(path)
    connection.execute(
        "insert into _sqlite_migrations (migration_set, name, applied_at) "
        "values ('kraken-bot', 'from_the_future', '2030')"
    )
    connection.commit()
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreTooNew, match="from_the_future"):
        async with Store(tmp_path, now):
            pass
    assert path.read_bytes() == before


def test_every_step_of_the_migrations_is_named_as_known() -> None:
    db = Database(memory=True)
    assert {step.name for step in migrations.pending(db)} == STEPS
    db.conn.close()


async def test_a_damaged_file_is_refused_and_left_alone(tmp_path: Path) -> None:
    async with Store(tmp_path, now) as store:
        await store.add_updates([(number, "x" * 500) for number in range(200)])
        path = store.path
    data = bytearray(path.read_bytes())
    for at in range(4096, len(data), 4096):
        data[at : at + 64] = b"\xff" * 64
    path.write_bytes(data)
    with pytest.raises(StoreDamaged, match="damaged"):
        async with Store(tmp_path, now):
            pass
    assert path.read_bytes() == bytes(data)


async def test_a_file_that_is_locked_at_the_start_is_not_called_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.file._PRAGMAS", ("pragma busy_timeout = 10",))
    async with Store(tmp_path, now) as store:
        path = store.path
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("pragma locking_mode = exclusive")
    other.execute("begin exclusive")
    with pytest.raises(StoreUnavailable, match="Nothing is lost"):
        async with Store(tmp_path, now):
            pass
    other.close()


async def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StoreError, match="cannot be used"):
        async with Store(tmp_path / "file" / "data", now):
            pass


async def test_a_locked_file_refuses_one_question_and_answers_the_next(tmp_path: Path) -> None:
    async with Store(tmp_path, now) as store:
        await store.run(lambda db: db.execute("pragma busy_timeout = 10").fetchall())
        other = sqlite3.connect(store.path, isolation_level=None)
        other.execute("begin exclusive")
        with pytest.raises(StoreUnavailable):
            await store.add_update(1, "{}")
        other.execute("rollback")
        other.close()
        assert await store.add_update(1, "{}")


async def test_a_question_that_fails_half_way_writes_nothing(store: Store) -> None:
    def half(db: Database) -> None:
        db.execute("insert into groups (chat_id, title, open, changed_at) values (-1, '', 1, '')")
        raise ValueError("half way")

    with pytest.raises(ValueError, match="half way"):
        await store.run(half)
    assert not await store.group_is_open(-1)


async def test_the_file_is_for_this_user_only_and_keeps_what_it_said(tmp_path: Path) -> None:
    async with Store(tmp_path / "data", now) as store:
        assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
        assert store.path.stat().st_mode & 0o777 == 0o600

        def pragmas(db: Database) -> list[object]:
            return [
                db.execute(f"pragma {name}").fetchone()[0]
                for name in ("journal_mode", "synchronous", "secure_delete")
            ]

        assert await store.run(pragmas) == ["wal", 2, 1]


async def test_roles_hold_in_the_own_chat_and_in_groups_the_owner_opened(store: Store) -> None:
    await store.set_owner(OWNER)
    await store.approve(TRADER, Role.TRADER, "Friend")
    assert await store.role(TRADER, TRADER) is Role.TRADER
    assert await store.role(TRADER, GROUP) is Role.STRANGER
    assert await store.role(OWNER, GROUP) is Role.OWNER
    assert await store.role(TRADER, OWNER) is Role.STRANGER, "somebody else's private chat"
    await store.open_group(GROUP, "Desk")
    assert await store.role(TRADER, GROUP) is Role.VIEWER, "nobody said who trades there"
    await store.give_chat_role(GROUP, TRADER, Role.TRADER, by=OWNER, now=NOW)
    assert await store.role(TRADER, GROUP) is Role.TRADER
    assert await store.role(STRANGER, GROUP) is Role.STRANGER
    await store.open_group(GROUP, "Desk", is_open=False)
    assert await store.role(TRADER, GROUP) is Role.STRANGER


async def test_only_the_first_claim_makes_an_owner(store: Store) -> None:
    assert await store.owner() is None
    assert await store.claim_owner(5, "Ann")
    assert not await store.claim_owner(6, "Bob")
    assert await store.owner() == 5


async def test_a_new_owner_from_the_environment_leaves_the_old_one_a_trader(store: Store) -> None:
    await store.claim_owner(5, "Ann")
    await store.set_owner(6)
    assert await store.owner() == 6
    assert await store.role(5, 5) is Role.TRADER


async def test_approving_never_takes_the_owner_away(store: Store) -> None:
    await store.set_owner(OWNER)
    await store.approve(OWNER, Role.BLOCKED)
    assert await store.owner() == OWNER


async def test_a_stranger_is_answered_once_a_day_and_a_blocked_one_never(store: Store) -> None:
    today = date(2026, 3, 4)
    assert await store.note_stranger(STRANGER, "Eve", today)
    assert not await store.note_stranger(STRANGER, "Eve", today)
    assert await store.note_stranger(STRANGER, "Eve", today + timedelta(days=1))
    assert [person.user_id for person in await store.pending()] == [STRANGER]
    await store.approve(STRANGER, Role.BLOCKED)
    assert not await store.note_stranger(STRANGER, "Eve", today + timedelta(days=2))
    assert await store.role(STRANGER, STRANGER) is Role.BLOCKED
    assert await store.pending() == []


async def test_strangers_are_forgotten_a_month_after_they_last_wrote(tmp_path: Path) -> None:
    at = NOW

    async with Store(tmp_path, lambda: at) as store:
        await store.set_owner(OWNER)
        await store.approve(TRADER, Role.TRADER, "Friend")
        await store.approve(5, Role.BLOCKED, "Mallory")
        await store.open_group(GROUP, "Desk")
        for user in (STRANGER, 98):
            await store.note_stranger(user, "Eve", at.date())
        for chat in (STRANGER, 98, 97, TRADER, GROUP, -200):
            await store.mute(chat, "blocked")
        at = NOW + timedelta(days=20)
        await store.note_stranger(98, "Eve", at.date())
        await store.tidy(NOW + timedelta(days=29))
        assert len(await store.people()) == 5
        assert len(await store.muted()) == 6
        await store.tidy(NOW + timedelta(days=31))
        assert [person.user_id for person in await store.people()] == [OWNER, TRADER, 5, 98]
        assert await store.muted() == {98, TRADER, GROUP}
        await store.tidy(NOW + timedelta(days=51))
        assert [person.user_id for person in await store.people()] == [OWNER, TRADER, 5]
        assert await store.muted() == {TRADER, GROUP}


async def test_the_same_button_in_the_same_chat_keeps_its_token(store: Store) -> None:
    button = Button("More", "book", {"pair": "BTC/USD", "depth": 25})
    reordered = Button("More", "book", {"depth": 25, "pair": "BTC/USD"})
    expires = NOW + LIFE_OF_A_BUTTON
    [token] = await store.add_buttons(1, None, [button], expires)
    assert await store.add_buttons(1, None, [reordered], expires) == [token]
    others = await store.add_buttons(2, None, [button], expires)
    others += await store.add_buttons(1, 5, [button], expires)
    others += await store.add_buttons(1, None, [Button("More", "book", {})], expires)
    assert len({token, *others}) == 4
    stored = await store.button(token)
    assert stored is not None
    assert (stored.chat_id, stored.user_id, stored.verb) == (1, None, "book")
    assert stored.payload == {"pair": "BTC/USD", "depth": 25}
    assert stored.expires_at == expires
    assert await store.button("unknown") is None


async def test_a_button_that_is_shown_again_lives_on_and_an_old_one_is_dropped(
    store: Store,
) -> None:
    button = Button("More", "book")
    [token] = await store.add_buttons(1, None, [button], NOW + LIFE_OF_A_BUTTON)
    later = NOW + timedelta(days=3)
    assert await store.add_buttons(1, None, [button], later + LIFE_OF_A_BUTTON) == [token]
    stored = await store.button(token)
    assert stored is not None
    assert stored.expires_at == later + LIFE_OF_A_BUTTON
    await store.tidy(NOW + timedelta(days=11))
    assert await store.button(token) is None


async def test_settings_and_live_messages_of_one_chat_are_not_anothers(store: Store) -> None:
    assert await store.chat_settings(1) == ChatSettings()
    chosen = ChatSettings(currency="EUR", pair="ETH/EUR", time_zone="Europe/Berlin")
    await store.save_chat_settings(1, chosen)
    assert await store.chat_settings(1) == chosen
    assert await store.chat_settings(2) == ChatSettings()
    rows = [LiveRow(chat, 5, "book", {"pair": "BTC/USD"}, NOW) for chat in (1, 2)]
    for row in rows:
        await store.save_live(row)
    assert await store.live_rows(1) == rows[:1]
    assert await store.live_rows() == rows
    await store.remove_live(1, 5)
    await store.remove_live(1, 5)
    assert await store.live_rows() == rows[1:]


async def test_a_push_is_told_once_and_survives_with_its_picture(tmp_path: Path) -> None:
    page = Page("<b>Filled</b>", ((Button("Again", "buy", {"n": 1}),),), photo=b"\x89PNG")
    async with Store(tmp_path, now) as store:
        assert await store.add_push("fill:1", 1, 10, page)
        assert await store.add_push("kill:1", 1, 0, Page("Paused"))
        assert not await store.add_push("fill:1", 1, 10, page)
        first, second = await store.waiting_pushes()
        assert (first.page, second.page) == (Page("Paused"), page)
        await store.asking(second.id)
    async with Store(tmp_path, now) as store:
        assert [push.maybe_sent for push in await store.waiting_pushes()] == [False, True]
        await store.not_sent(second.id)
        assert not (await store.waiting_pushes())[1].maybe_sent
        await store.sent(second.id, 77)
        await store.drop(first.id)
        assert await store.waiting_pushes() == []
        assert not await store.add_push("fill:1", 1, 10, page), "told twice"


async def test_a_muted_chat_stays_muted_until_it_is_heard_again(store: Store) -> None:
    await store.mute(1, "bot was blocked by the user")
    await store.mute(1, "again")
    assert await store.muted() == {1}
    await store.unmute(1)
    assert await store.muted() == set()


async def test_nothing_is_left_of_messages_that_exist_no_more(store: Store) -> None:
    chosen = ChatSettings(currency="EUR")
    await store.save_chat_settings(1, chosen)
    await store.approve(TRADER, Role.TRADER, "Friend")
    await store.save_live(LiveRow(1, 5, "book", {"pair": "BTC/USD"}, NOW))
    [token] = await store.add_buttons(1, None, [Button("More", "book")], NOW + LIFE_OF_A_BUTTON)
    await store.add_update(7, "{}")
    await store.mute(1, "blocked")
    await store.add_push("fill:1", 1, 10, Page("Filled"))
    await store.forget_messages()
    assert await store.live_rows() == []
    assert await store.button(token) is None
    assert await store.waiting() == []
    assert await store.muted() == set()
    assert await store.chat_settings(1) == chosen
    assert await store.role(TRADER, TRADER) is Role.TRADER
    assert len(await store.waiting_pushes()) == 1


async def test_a_group_that_moves_takes_everything_along_once(store: Store) -> None:
    old, new = -100, -1001234
    await store.open_group(old, "Desk")
    await store.save_chat_settings(old, ChatSettings(currency="EUR"))
    [token] = await store.add_buttons(old, None, [Button("x", "book")], NOW + LIFE_OF_A_BUTTON)
    await store.add_push("alert:1", old, 5, Page("text"))
    await store.save_live(LiveRow(old, 5, "book", {}, NOW))
    for _ in range(2):
        await store.move_chat(old, new)
    assert await store.group_is_open(new)
    assert not await store.group_is_open(old)
    assert (await store.chat_settings(new)).currency == "EUR"
    stored = await store.button(token)
    assert stored is not None
    assert stored.chat_id == new
    assert [push.chat_id for push in await store.waiting_pushes()] == [new]
    assert await store.live_rows() == []


@given(
    st.builds(
        Page,
        html=st.text(st.characters(exclude_categories=["Cs"])),
        photo=st.none() | st.binary(),
        filename=st.text(st.characters(exclude_categories=["Cs"])),
        silent=st.booleans(),
        rows=st.tuples(
            st.tuples(
                st.builds(
                    Button,
                    label=st.just("label"),
                    payload=st.dictionaries(
                        st.text(st.characters(exclude_categories=["Cs"])),
                        st.booleans() | st.integers(-(2**53), 2**53) | st.just("text"),
                    ),
                )
            )
        ),
    )
)
async def test_a_page_comes_back_as_it_was_kept(
    tmp_path_factory: pytest.TempPathFactory, page: Page
) -> None:
    async with Store(tmp_path_factory.mktemp("store"), now) as store:
        await store.add_push("key", 1, 1, page)
        assert [push.page for push in await store.waiting_pushes()] == [page]
