"""What the owner is told unasked: the audit head once a day, and a disk that fills up."""

from bot.core.audit import Action
from bot.core.page import Page
from bot.core.queue import Priority
from bot.desk.care import Care
from bot.desk.safety import LITTLE_SPACE, Brakes
from tests.fakes import FakeClock
from tests.fakes_trading import FakeMachine
from tests.memory_store import MemoryStore
from tests.page_rules import check_page, words_of


class Listener:
    def __init__(self) -> None:
        self.heard: list[tuple[int, str]] = []
        self.keys: list[str] = []

    async def say(self, chat_id: int, page: Page, priority: Priority, key: str) -> bool:
        check_page(page)
        if key in self.keys:
            return False
        self.keys.append(key)
        self.heard.append((chat_id, words_of(page)))
        return True


async def test_the_head_is_told_once_a_day_and_the_disk_once_each_time_it_fills_up() -> None:
    clock, machine, listener = FakeClock(), FakeMachine(), Listener()
    store = MemoryStore(clock)
    care = Care(store, Brakes(store, clock, machine), listener.say, clock)
    await care.look()
    assert listener.heard == [], "there is no owner yet"
    await store.set_owner(1)
    head = await store.note_action(Action.START, now=clock.now())
    await care.look()
    assert listener.heard == [], "nothing of today can have been cut off"
    clock.advance(24 * 3600)
    for _ in range(3):
        clock.advance(60)
        await care.look()
    [(where, said)] = listener.heard
    assert (where, head in said) == (1, True)
    machine.space = LITTLE_SPACE - 1
    for _ in range(3):
        clock.advance(60)
        await care.look()
    assert "Little space" in listener.heard[1][1]
    assert len(listener.heard) == 2
    machine.space = LITTLE_SPACE
    await care.look()
    machine.space = LITTLE_SPACE - 1
    clock.advance(60)
    await care.look()
    assert len(listener.heard) == 3
    clock.advance(24 * 3600)
    await care.look()
    assert listener.heard[3][1].startswith("🧾 Audit head")
