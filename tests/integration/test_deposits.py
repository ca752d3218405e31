"""Money that comes in from outside: sent by the exchange, heard by the bot, told in the chat."""

from pathlib import Path
from typing import Any

import pytest

from tests import stack as whole
from tests.fault_stage import wait
from tests.stack import OWNER, People
from tests.virtual_time import VIRTUAL_TIME


@pytest.fixture(scope="session")
def anyio_backend() -> Any:
    return VIRTUAL_TIME


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


async def test_each_deposit_is_told_once_also_one_that_came_while_the_line_was_cut(
    tmp_path: Path,
) -> None:
    async with whole.stack(tmp_path) as them:
        key = await in_live(them)
        await them.say(OWNER, "/alert deposit")
        await them.sees(OWNER, has("🔔 #1 deposit"))
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
