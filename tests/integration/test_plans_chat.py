"""Plans in the whole bot, in virtual time: timers, restarts, and a Telegram that is away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bot.core.config import Settings
from kraken.sim.listing import PAIRS
from tests import stack
from tests.stack import OWNER, People, people, running, settings_for

_A_PERIOD = 302.0
"""Virtual seconds of a plan of every five minutes."""
_A_MINUTE = 62.0
_A_MOMENT = 2.0


@asynccontextmanager
async def world(tmp_path: Path) -> AsyncIterator[tuple[People, Settings, Any]]:
    async with (
        stack.serving_telegram(repeat_pause=0.0) as telegram,
        people(telegram) as them,
        stack.serving_exchange(seed=1, pairs=PAIRS[:4]) as exchange,
    ):
        yield them, settings_for(telegram, exchange, tmp_path / "data"), telegram


async def started(them: People, text: str, label: str) -> None:
    """Type it and press the button below the answer."""
    await them.say(OWNER, text)
    page = await sees(them, "Next: ")
    await them.tap(OWNER, page["message_id"], label)
    await asyncio.sleep(_A_MOMENT)


async def sees(them: People, *words: str, within: float = 20) -> dict[str, Any]:
    """The newest message with these words, as soon as it is there."""

    def found(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [each for each in messages if all(word in each["text"] for word in words)]

    return found(await them.until(lambda: them.messages(OWNER), found, within))[-1]


async def test_a_recurring_buy_goes_on_after_a_restart_and_buys_each_slot_once(
    tmp_path: Path,
) -> None:
    async with world(tmp_path) as (them, settings, _):
        async with running(settings):
            await started(them, "/dca 25usd btc every 5m", "Start the plan")
            await asyncio.sleep(_A_PERIOD)
            await sees(them, "DCA #1 ▲", "run 1", within=60)
        async with running(settings):
            await asyncio.sleep(_A_PERIOD)
            await sees(them, "DCA #1 ▲", "run 2", within=60)
            said = [each["text"] for each in await them.messages(OWNER)]
    assert sum("DCA #1 ▲" in text for text in said) == 2
    assert not any("Bought" in text for text in said)


async def test_a_digest_arrives_at_its_time_with_what_its_commands_answer(tmp_path: Path) -> None:
    async with world(tmp_path) as (them, settings, _), running(settings):
        await started(them, "/schedule in 1m tell me btc and my portfolio", "Start it")
        await asyncio.sleep(_A_MINUTE)
        assert "BTC" in (await sees(them, "Schedule #1 · once"))["text"]
        await sees(them, "PAPER", "USD")


async def test_a_trade_command_shows_its_preview_at_its_time(tmp_path: Path) -> None:
    async with world(tmp_path) as (them, settings, _), running(settings):
        await started(them, "/schedule in 1m /buy 25usd btc market", "Start it")
        await asyncio.sleep(_A_MINUTE)
        preview = await sees(them, "preview, 60 s")
        assert preview["buttons"]
        said = [each["text"] for each in await them.messages(OWNER)]
    assert not any("Bought" in text for text in said)
