"""A new key of the lowest tier, whose call counter is small, in a session as people have one."""

from pathlib import Path

from kraken.sim.server import Exchange
from tests.stack import OWNER, People, stack
from tests.virtual_time import passes

PRIVATE = {"BalanceEx": 1, "OpenOrders": 1, "TradeVolume": 1, "QueryOrders": 1, "ClosedOrders": 4}
"""What reads of a key cost; the histories cost more."""

SESSION = """
/live
live
/buy 0.001 btc market
✅
/orders
/balance
/buy 0.001 btc @ -2%
✅
/orders
/cancel last
/orders
/balance
/portfolio
/trades
/fees
/pnl
/sell 0.001 btc market
✅
/orders
/balance
""".strip().splitlines()


async def step(them: People, words: str) -> str:
    """Write something, or press the newest button that confirms; the newest message then."""
    if words == "✅":
        newest = (await them.messages(OWNER))[-1]
        labels = [button["text"] for row in newest["buttons"] for button in row]
        await them.tap(
            OWNER, newest["message_id"], next(each for each in labels if each.startswith("✅"))
        )
    else:
        await them.say(OWNER, words)
    await passes(5)
    return str((await them.messages(OWNER))[-1]["text"])


def reads(exchange: Exchange) -> int:
    """What the key's reads have counted, without what cannot be avoided."""
    return sum(exchange.rest.calls.get(name, 0) * cost for name, cost in PRIVATE.items())


async def test_a_session_of_twenty_commands_meets_no_limit_of_calls(tmp_path: Path) -> None:
    async with stack(tmp_path / "data") as them:
        user = {"balances": {"USD": "10000", "BTC": "0.5"}, "tier": "starter"}
        made = them.exchange.add_user(user)
        await step(them, f"/connect {made['api_key']} {made['api_secret']}")
        connected = reads(them.exchange)
        for number, words in enumerate(SESSION):
            said = await step(them, words)
            assert "slow" not in said.lower(), f"{words}: {said}"
            if words == "✅" and number < 5:
                assert reads(them.exchange) - connected <= 4, "one order costs little"
        texts = [message["text"] for message in await them.messages(OWNER)]
        assert sum("filled 0.001" in text for text in texts) == 2
