"""What the page hears, and how it resumes."""

import asyncio
import json
from typing import Any

from bot.standin import events
from bot.standin.events import EventHub

PATIENCE = 5.0


async def heard(hub: EventHub, last: str, count: int) -> list[tuple[str, dict[str, Any]]]:
    """The next events after the given id."""
    found = []
    stream = hub.listen(last, PATIENCE)
    async with asyncio.timeout(PATIENCE):
        async for piece in stream:
            if piece.startswith(b"id: "):
                head, _, data = piece.decode().strip().partition("\ndata: ")
                found.append((head.removeprefix("id: "), json.loads(data)))
            if len(found) == count:
                break
    await stream.aclose()  # type: ignore[attr-defined]  # it is an async generator
    return found


async def test_a_page_hears_what_happens_from_now_on() -> None:
    hub = EventHub()
    hub.publish({"type": "past"})
    async with asyncio.TaskGroup() as tasks:
        listening = tasks.create_task(heard(hub, "", 2))
        await asyncio.sleep(0)
        hub.publish({"type": "one"})
        hub.publish({"type": "two"})
    assert [event["type"] for _, event in listening.result()] == ["one", "two"]


async def test_a_page_resumes_after_the_last_event_it_saw() -> None:
    hub = EventHub()
    async with asyncio.TaskGroup() as tasks:
        listening = tasks.create_task(heard(hub, "", 1))
        await asyncio.sleep(0)
        for name in "abc":
            hub.publish({"type": name})
    ((last, _),) = listening.result()
    assert [event["type"] for _, event in await heard(hub, last, 2)] == ["b", "c"]


async def test_a_page_that_missed_too_much_is_told_to_read_all_again() -> None:
    hub = EventHub()
    hub.publish({"type": "a"})
    other_run = "feedface-1"
    for last in (other_run, "nonsense"):
        ((_, event),) = await heard(hub, last, 1)
        assert event == {"type": "reset"}
    async with asyncio.TaskGroup() as tasks:
        listening = tasks.create_task(heard(hub, "", 1))
        await asyncio.sleep(0)
        for number in range(events.KEPT_EVENTS + 2):
            hub.publish({"type": "many", "number": number})
    ((last, event),) = listening.result()
    assert event == {"type": "reset"}
    hub.publish({"type": "next"})
    assert [event for _, event in await heard(hub, last, 1)] == [{"type": "next"}]


async def test_silence_is_filled_with_a_comment() -> None:
    stream = EventHub().listen("", 0.001)
    pieces = [await anext(stream), await anext(stream)]
    assert pieces == [b"retry: 1000\n\n", b": ping\n\n"]
    await stream.aclose()  # type: ignore[attr-defined]  # it is an async generator


async def test_closing_ends_all_listening_at_once() -> None:
    hub = EventHub()
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as tasks:
        listening = tasks.create_task(heard(hub, "", 1))
        await asyncio.sleep(0)
        hub.close()
    assert listening.result() == []
