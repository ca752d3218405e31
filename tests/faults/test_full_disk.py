"""The disk is full, by the kernel's own word: nothing is sent, everybody is told, stops work."""

from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from bot.store import Store
from tests.fault_orders import order
from tests.fault_reading import statuses, told, unexpected
from tests.fault_stage import Person, Stage, staged, wait
from tests.full_disk import full_disk

FULL = "The disk of my server is full."


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path, seeds=[1], name="full") as stage:
        yield stage


@pytest.fixture
def me(stage: Stage) -> Person:
    return stage.people[0]


def toasts(stage: Stage, words: str) -> int:
    return sum(words in toast["text"] for toast in stage.telegram.state.toasts)


async def test_whatever_is_asked_is_answered_and_not_done_later(stage: Stage, me: Person) -> None:
    preview = await me.asks(f"/buy {me.qty()} btc market", "preview")
    with full_disk(stage.database):
        await me.press(preview, "✅")
        await me.say(f"/buy {me.qty()} btc market")
        await me.say("/balance")
        await wait(20)
        assert toasts(stage, f"Nothing was sent. {FULL}") == 1
        assert told(me, FULL) == 2, "one of each message"
        assert told(me, "Nothing was sent. I do not come back to it") == 2
    await wait(30)
    assert statuses(me) == []
    assert told(me, "preview") == 1, "what was refused is not taken up"
    await me.press(preview, "✅")
    await wait(5)
    assert statuses(me) == ["filled"]
    assert unexpected(stage) == []


async def test_a_tap_that_was_taken_in_before_is_not_sent_and_says_so(
    stage: Stage, me: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    preview = await me.asks(f"/buy {me.qty()} btc market", "preview")
    commit = Store.commit_intent
    with ExitStack() as disk:

        async def fills(self: Store, *given: Any, **named: Any) -> Any:
            disk.enter_context(full_disk(stage.database))
            return await commit(self, *given, **named)

        monkeypatch.setattr(Store, "commit_intent", fills)
        await me.press(preview, "✅")
        await wait(5)
        assert statuses(me) == []
        assert told(me, FULL) == 1
        assert told(me, "Nothing was sent") == 1
    monkeypatch.setattr(Store, "commit_intent", commit)
    await order(me, f"/buy {me.qty()} btc market")
    await wait(5)
    assert statuses(me) == ["filled"]
    assert unexpected(stage) == []


@pytest.mark.parametrize("text", ["/kill", "/cancelall all", "/cancel last"])
async def test_what_ends_orders_works_and_a_press_is_refused(
    stage: Stage, me: Person, text: str
) -> None:
    await order(me, f"/buy {me.qty()} btc @ {me.price(-3)}")
    await wait(2)
    preview = await me.asks(f"/buy {me.qty()} btc market", "preview")
    with full_disk(stage.database):
        await me.press(preview, "✅")
        await wait(5)
        assert statuses(me) == ["new"]
        assert toasts(stage, "Nothing was sent.") == 1
        answer = "I hold this in memory only" if text == "/kill" else "I do this all the same"
        assert await me.asks(text, answer, 30)
        await wait(70)
        assert statuses(me) == ["canceled"]
    await wait(60)
    assert statuses(me) == ["canceled"]
    assert unexpected(stage) == []


async def test_an_answer_that_has_no_room_is_found_out_when_there_is_some(
    stage: Stage, me: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order was written down and sent; what became of it could not be."""
    note, disk = Store.note_standing, ExitStack()

    async def fills(self: Store, *given: Any, **named: Any) -> Any:
        monkeypatch.setattr(Store, "note_standing", note)
        disk.enter_context(full_disk(stage.database))
        return await note(self, *given, **named)

    with disk:
        preview = await me.asks(f"/buy {me.qty()} btc market", "preview")
        monkeypatch.setattr(Store, "note_standing", fills)
        await me.press(preview, "✅")
        await wait(30)
        assert statuses(me) == ["filled"]
    await wait(120)
    assert told(me, "Bought") == 1
    assert unexpected(stage) == []
