"""Money that comes in from outside: sent by the exchange, heard by the bot, told in the chat."""

from pathlib import Path
from typing import Any

import pytest

from tests import stack as whole
from tests.fault_stage import wait
from tests.stack import OWNER, People


def has(*words: str) -> Any:
    return lambda texts: any(all(word in text for word in words) for text in texts)


async def pays(them: People, status: int = 200, **asked: Any) -> dict[str, Any]:
    async with them.http.post(f"{them.exchange.rest_url}/sim/deposits", json=asked) as answer:
        assert answer.status == status
        found: dict[str, Any] = await answer.json()
        return found


async def in_live(them: People) -> str:
    """The owner's chat trades live, with this key."""
    keys = them.exchange.add_user({"balances": {"USD": "1000"}})
    for text, words in (
        (f"/connect {keys['api_key']} {keys['api_secret']}", "Connected."),
        ("/live", "live"),
        ("live", "🔴 LIVE"),
    ):
        await them.say(OWNER, text)
        await them.sees(OWNER, has(words), 120)
    return keys["api_key"]


ALERT, PUSH = "🔔", "📥"


async def shows(them: People, label: str) -> None:
    """Wait for a button with this label."""

    def found(messages: list[dict[str, Any]]) -> bool:
        buttons = [
            key["text"] for message in messages for row in message["buttons"] for key in row
        ]
        return label in buttons

    await them.until(lambda: them.messages(OWNER), found)


@pytest.mark.parametrize("told_by", [ALERT, PUSH])
async def test_each_deposit_is_told_once_also_one_that_came_while_the_line_was_cut(
    tmp_path: Path, told_by: str
) -> None:
    async with whole.stack(tmp_path) as them:
        key = await in_live(them)
        if told_by == ALERT:
            await them.say(OWNER, "/alert deposit")
            await them.sees(OWNER, has("🔔 #1 deposit"))
            for said in ("Deposits: silent", "Deposits: off"):
                await them.say(OWNER, "/settings notifications deposit")
                await shows(them, said)
        paid = await pays(them, api_key=key, asset="EUR", amount="250.5")
        assert paid["asset"] == "EUR"
        await them.sees(OWNER, has("🔴 LIVE", "250.50 EUR came in"), 60)
        them.exchange.arm({"kind": "refuse_connection", "times": 2})
        them.exchange.arm({"kind": "drop_connection"})
        await wait(0.5)
        await pays(them, api_key=key, asset="XBT", amount="0.1")
        await wait(120)
        texts = [message["text"] for message in await them.messages(OWNER)]
    assert sum("250.50 EUR came in" in each for each in texts) == 1
    assert sum("0.1" in each and "BTC came in" in each for each in texts) == 1


async def test_a_deposit_that_came_while_the_bot_was_off_is_told_at_its_start(
    tmp_path: Path,
) -> None:
    async with (
        whole.serving_telegram(repeat_pause=0.0) as telegram,
        whole.people(telegram) as them,
        whole.serving_exchange(seed=1, pairs=whole.PAIRS[:4]) as market,
    ):
        them.market = market
        given = whole.settings_for(telegram, market, tmp_path)
        async with whole.running(given):
            key = await in_live(them)
            await wait(5)
        await pays(them, api_key=key, asset="EUR", amount="250.5")
        await wait(60)
        for _ in range(2):
            async with whole.running(given):
                await them.sees(OWNER, has("🔴 LIVE 📥 250.50 EUR came in", "04 Mar 12:0"), 120)
                await wait(60)
        texts = [message["text"] for message in await them.messages(OWNER)]
    assert sum("250.50 EUR came in" in each for each in texts) == 1


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"api_key": "nobody", "asset": "EUR", "amount": "5"}, "api_key"),
        ({"asset": "NONE", "amount": "5"}, "unknown asset"),
        ({"amount": "5"}, "asset must be"),
        ({"asset": "EUR", "amount": "0"}, "more than 0"),
        ({"asset": "EUR", "amount": "-5"}, "balance of EUR"),
        ({"asset": "EUR"}, "balance of EUR"),
        ({"asset": "EUR", "amount": "5", "sender": "me"}, "no field 'sender'"),
    ],
)
async def test_a_deposit_that_cannot_be_is_refused_and_changes_nothing(
    tmp_path: Path, asked: dict[str, str], words: str
) -> None:
    async with whole.serving_exchange(seed=1, pairs=whole.PAIRS[:4]) as exchange:
        key = exchange.add_user({"balances": {"EUR": "7"}})["api_key"]
        with pytest.raises(ValueError, match=words):
            exchange.pay_in({"api_key": key, **asked})
        held = exchange.private.engine.accounts[key].ledger.balances()
    assert [str(each.total) for each in held.values()] == ["7"]
