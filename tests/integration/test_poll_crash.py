"""The process is killed at each point of an update's way; no message is lost."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.standin.server import LocalTelegram
from tests.crashing_bot import POINTS
from tests.stack import OWNER, People, people
from tests.virtual_time import REAL_TIME

ROOT = Path(__file__).parents[2]
PATIENCE = 180
"""Seconds: the machine may be busy."""
MESSAGES = ["first", "second", "third"]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Processes live in it, and not in a time of their test's own."""
    return REAL_TIME


@asynccontextmanager
async def bot(them: People, folder: Path, point: str) -> AsyncIterator[asyncio.subprocess.Process]:
    address = f"{them.telegram.url}/bot{them.telegram.token}"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.crashing_bot",
        address,
        str(folder / "data"),
        str(folder / "effects"),
        point,
        cwd=ROOT,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.mark.parametrize("point", POINTS)
async def test_every_message_has_its_effect_though_the_process_is_killed(
    tmp_path: Path, point: str
) -> None:
    effects = tmp_path / "effects"

    async def seen() -> list[str]:
        return effects.read_text().split() if effects.exists() else []

    async with LocalTelegram.serving(repeat_pause=0.0) as telegram, people(telegram) as them:
        for text in MESSAGES:
            await them.say(OWNER, text)
        async with bot(them, tmp_path, point) as killed, asyncio.timeout(PATIENCE):
            assert await killed.wait() == -9, "it was to die at this point"
        async with bot(them, tmp_path, "never"):
            said = await them.until(seen, lambda said: set(MESSAGES) <= set(said), 30)
    in_order = list(dict.fromkeys(said))
    assert in_order == MESSAGES
    repeated = len(said) - len(MESSAGES)
    # Between the effect and the note that it is done nobody can know; everywhere else once.
    assert repeated == (1 if point == "after its effect" else 0)


async def test_an_update_in_which_the_process_dies_again_and_again_is_given_up(
    tmp_path: Path,
) -> None:
    effects = tmp_path / "effects"
    async with LocalTelegram.serving(repeat_pause=0.0) as telegram, people(telegram) as them:
        await them.say(OWNER, "poison")
        for _ in range(3):
            async with (
                bot(them, tmp_path, "before its effect") as killed,
                asyncio.timeout(PATIENCE),
            ):
                assert await killed.wait() == -9
        await them.say(OWNER, "healthy")

        async def seen() -> list[str]:
            return effects.read_text().split() if effects.exists() else []

        async with bot(them, tmp_path, "never"):
            assert await them.until(seen, bool, 30) == ["healthy"]
