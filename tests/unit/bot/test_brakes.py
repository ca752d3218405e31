"""The brakes: memory first, the database as soon as it answers, the operator's file always."""

from pathlib import Path

import pytest

from bot.core.errors import LimitReached
from bot.core.trade.limits import PauseKind
from bot.core.trade.types import Mode
from bot.desk.safety import LEAST_SPACE, SWITCH, Brakes, Surroundings
from bot.store import Store, StoreUnavailable
from bot.store.safety import EVERYWHERE
from tests.fakes import FakeClock
from tests.fakes_trading import FakeMachine
from tests.intents import intent


class Failing(Store):
    """A store whose pauses are not written down."""

    broken = False

    async def pause(self, *args: object, **more: object) -> bool:
        if self.broken:
            raise StoreUnavailable("disk full")
        return await super().pause(*args, **more)  # type: ignore[arg-type]  # passed on


async def brakes(store: Store, machine: FakeMachine | None = None) -> Brakes:
    made = Brakes(store, FakeClock(), machine or FakeMachine())
    await made.load()
    return made


def kind_that_stops(made: Brakes, **order: object) -> str:
    with pytest.raises(LimitReached) as told:
        made.check(intent(**order))  # type: ignore[arg-type]  # passed on
    return told.value.most


async def test_a_pause_holds_after_a_restart_until_it_is_resumed(tmp_path: Path) -> None:
    async with Store(tmp_path, FakeClock().now) as store:
        assert await (await brakes(store)).pause(1, PauseKind.KILL, by=1)
    async with Store(tmp_path, FakeClock().now) as store:
        again = await brakes(store)
        assert kind_that_stops(again) == PauseKind.KILL
        again.check(intent(chat_id=2))
        assert await again.resume(1, by=1) == 1
        again.check(intent())
        (await brakes(store)).check(intent())


async def test_a_pause_holds_when_the_database_does_not_answer_and_is_kept_later(
    tmp_path: Path,
) -> None:
    async with Failing(tmp_path, FakeClock().now) as store:
        store.broken = True
        made = await brakes(store)
        assert not await made.pause(1, PauseKind.KILL, by=1)
        assert kind_that_stops(made) == PauseKind.KILL
        assert not made.is_kept
        store.broken = False
        rounds = 0

        async def sleep(seconds: float) -> None:
            nonlocal rounds
            rounds += 1
            if rounds == 2:
                raise KeyboardInterrupt

        made._sleep = sleep
        with pytest.raises(KeyboardInterrupt):
            await made.run()
        assert made.is_kept
        assert kind_that_stops(await brakes(store)) == PauseKind.KILL


async def test_the_operators_file_stops_everything_even_what_sells_all(tmp_path: Path) -> None:
    async with Store(tmp_path, FakeClock().now) as store:
        made = Brakes(store, FakeClock(), Surroundings(tmp_path))
        made.check(intent())
        (tmp_path / SWITCH).touch()
        assert kind_that_stops(made, mode=Mode.PAPER) == PauseKind.SWITCH
        assert kind_that_stops(made, source="flatten") == PauseKind.SWITCH
        (tmp_path / SWITCH).unlink()
        made.check(intent())


async def test_a_full_disk_stops_live_orders_only(tmp_path: Path) -> None:
    async with Store(tmp_path, FakeClock().now) as store:
        machine = FakeMachine()
        made = await brakes(store, machine)
        machine.space = LEAST_SPACE - 1
        assert kind_that_stops(made) == PauseKind.DISK
        made.check(intent(mode=Mode.PAPER))
        made.check(intent(source="flatten"))
        machine.space = LEAST_SPACE
        made.check(intent())
        assert made.is_low_on_space()


async def test_a_stolen_token_stops_live_orders_of_all_chats(tmp_path: Path) -> None:
    async with Store(tmp_path, FakeClock().now) as store:
        made = await brakes(store)
        await made.pause(EVERYWHERE, PauseKind.TOKEN, live_only=True)
        assert kind_that_stops(made, chat_id=7) == PauseKind.TOKEN
        made.check(intent(chat_id=7, mode=Mode.PAPER))
        assert made.pause_of(7) is not None
        assert await made.resume(7, by=1) == 0
        assert kind_that_stops(made, chat_id=7) == PauseKind.TOKEN
