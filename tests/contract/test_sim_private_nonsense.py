"""Nonsense with a good key: whatever is asked, the simulated exchange answers as an API does."""

import json
from collections.abc import Sequence
from random import Random
from typing import Any

import pytest

from kraken.sim.private.keys import NEEDS
from kraken.sim.private.service import WS_METHODS
from kraken.sim.private.ws_arguments import FIELDS
from kraken.sim.server import Exchange
from tests.trader import Trader

REST_FIELDS = (
    *("pair", "type", "ordertype", "volume", "displayvol", "price", "price2", "trigger"),
    *("oflags", "timeinforce", "starttm", "expiretm", "close", "userref", "cl_ord_id"),
    *("deadline", "validate", "txid", "order_qty", "limit_price", "trigger_price", "timeout"),
    *("orders", "cl_ord_ids", "start", "end", "ofs", "closetime", "asset", "id", "order_id"),
    *("trades", "without_count", "leverage"),
)
ORDER = {"ordertype": "limit", "type": "buy", "volume": "1", "pair": "XBTUSD", "price": "50000"}
WS_ORDER = {"side": "buy", "order_qty": 1, "limit_price": 50000, "symbol": "BTC/USD"}
WORDS: tuple[Any, ...] = (
    "", "0", "-1", "1", "0.1", "1e9", "NaN", "+5", "-5%", "#3", "9" * 30, "9" * 5000, "buy",
    "sell", "limit", "market", "iceberg", "stop-loss", "trailing-stop-limit", "XBTUSD", "BTC/USD",
    "post", "viqc", "true", "GTD", "2026-09-21T14:13:30Z", "9999-12-31T23:59:59Z", "\x00", "ü" * 9,
    "index", "gtc", "50000", "50000.5", "0.001", "both",
)  # fmt: skip
THINGS: tuple[Any, ...] = (
    *WORDS, 0, -1, 1, 10**30, 0.5, -0.0, 50000.5, 1e300, 1e-300, True, False, None, [], {}, [1],
    ["x", None, {}], {"price": 5}, {"ordertype": "limit", "price": "+5%"},
    [{"order_type": "limit"}, {"side": "buy", "order_qty": 1}],
    [{"ordertype": "market", "type": "buy", "volume": "1"}] * 2,
)  # fmt: skip


def some(
    dice: Random, names: Sequence[str], things: tuple[Any, ...], most: int = 8
) -> dict[str, Any]:
    chosen = dice.sample(names, dice.randint(0, min(most, len(names))))
    return {name: dice.choice(things) for name in chosen}


@pytest.mark.parametrize("as_json", [True, False])
async def test_rest_answers_nonsense_with_an_envelope(
    exchange: Exchange, ann: Trader, as_json: bool
) -> None:
    dice = Random(1)
    for turn in range(250):
        endpoint = dice.choice(list(NEEDS))
        things = THINGS if as_json else WORDS
        fields = some(dice, REST_FIELDS, things)
        if turn % 2:
            endpoint, fields = "AddOrder", {**ORDER, **some(dice, REST_FIELDS, things, 2)}
        status, text = await ann.raw(endpoint, fields, as_json=as_json)
        assert status == 200, (endpoint, fields)
        told = json.loads(text)
        assert ("result" in told) == (told["error"] == [])
        if turn % 20 == 0:
            await exchange.advance(60)


async def test_the_socket_answers_nonsense_and_stays_open(exchange: Exchange, ann: Trader) -> None:
    dice = Random(2)
    async with ann.wire() as (wire, token):
        await wire.subscribe("executions", token=token)
        for turn in range(250):
            method = dice.choice(WS_METHODS)
            params = some(dice, [*FIELDS[method], "color"], THINGS)
            if method == "add_order":
                kind = dice.choice(("limit", "market", "stop-loss", "iceberg", "trailing-stop"))
                params = {**WS_ORDER, "order_type": kind, **some(dice, [*params], THINGS, 2)}
            request = {"method": method, "params": {**params, "token": token}, "req_id": turn}
            await wire.say(request)
            replies = [each for each in await wire.settled() if "time_out" in each]
            assert replies or method == "cancel_order", request
            assert all(each["req_id"] == str(turn) for each in replies)
            assert all(("error" in each) != (each["success"] is True) for each in replies)
            if turn % 20 == 0:
                ann.exchange.skip(60)


async def test_the_socket_refuses_nonsense_about_subscriptions(ann: Trader) -> None:
    dice = Random(3)
    async with ann.wire() as (wire, token):
        for _ in range(150):
            params = some(dice, [*FIELDS["executions"], "token"], THINGS)
            params = {"token": token, **params, "channel": dice.choice(("executions", "balances"))}
            told = await wire.ask(dice.choice(("subscribe", "unsubscribe")), **params)
            assert ("error" in told) != (told["success"] is True)
