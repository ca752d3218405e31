"""What a key that is disconnected leaves behind: orders at Kraken, and what only the bot does."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from bot.core.keys import KeyRecord, Leaving
from bot.desk.leaving import what_stays
from tests.fakes import NOON
from tests.plan_stage import PlanStage

KEY = KeyRecord(
    id="key",
    chat_id=1,
    user_id=7,
    label="",
    fingerprint="9f3c" * 16,
    tail="a1B2",
    permissions=frozenset(),
    reads_only=False,
    has_address_limit=False,
    created_at=NOON,
    checked_at=NOON,
)


class OneKey:
    async def chats_of(self, key_id: str) -> list[int]:
        return [1]


@pytest.fixture(params=[True, False], ids=["live", "paper"])
def stage(request: pytest.FixtureRequest) -> AsyncIterator[PlanStage]:
    made = PlanStage(live=request.param)
    yield made
    made.close()


async def test_plans_with_real_money_are_counted(stage: PlanStage) -> None:
    services: Any = replace(stage.chat.chat.services, keyring=OneKey())  # type: ignore[arg-type]
    await stage.start("/dca 20usd btc daily 09:00")
    await stage.start("/schedule daily 08:00 /pnl")
    is_live = stage.chat.chat.accounts.live is not None
    stays = await what_stays(services, KEY)
    assert stays == Leaving(0 if is_live else None, 0, 0, plans=int(is_live))
    await stage.chat.say("/dca pause 1")
    assert (await what_stays(services, KEY)).plans == 0
