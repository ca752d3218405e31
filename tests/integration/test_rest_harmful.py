"""Answers that would hurt whoever believes them: still one of the known errors, and soon."""

import gzip
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from kraken.core.errors import BadData, RateLimited
from kraken.rest import LARGEST_BODY, Rest
from tests.scripted_kraken import LISTED_PAIR, ScriptedKraken
from tests.stack import clock


@pytest.fixture
async def kraken() -> AsyncIterator[ScriptedKraken]:
    async with ScriptedKraken.serving() as serving:
        yield serving


@pytest.fixture
async def rest(kraken: ScriptedKraken) -> AsyncIterator[Rest]:
    async with aiohttp.ClientSession() as http:
        yield Rest(http, kraken.rest_url, clock=clock())


def answering(kraken: ScriptedKraken, body: bytes, status: int = 200, **headers: str) -> None:
    async def respond(_request: web.Request) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=status, body=body, headers=named)

    kraken.rest["Time"] = kraken.rest["AssetPairs"] = respond


async def test_a_body_that_unpacks_to_more_than_any_answer_is_left_unread(
    kraken: ScriptedKraken, rest: Rest
) -> None:
    body = b'{"error":[],"result":{"unixtime":1}}'
    answering(kraken, gzip.compress(body + b" " * 1000), Content_Encoding="gzip")
    assert (await rest.time()).year == 1970
    answering(kraken, gzip.compress(body + b" " * LARGEST_BODY), Content_Encoding="gzip")
    with pytest.raises(BadData, match="more than"):
        await rest.time()


@pytest.mark.parametrize(
    "told", ["Mon, 01 Jan 2024 00:00:00 +99999999999999999999", "Mon, 99 Jan 2024 00:00:00 GMT"]
)
async def test_a_date_that_is_none_is_no_time_to_wait(
    kraken: ScriptedKraken, rest: Rest, told: str
) -> None:
    answering(kraken, b"", 429, Retry_After=told)
    with pytest.raises(RateLimited) as caught:
        await rest.time()
    assert caught.value.retry_after is not None
    assert caught.value.retry_after.total_seconds() == 5


@pytest.mark.parametrize(
    "wrong",
    [
        {"pair_decimals": 10**30},
        {"pair_decimals": 31},
        {"lot_decimals": -1},
        {"cost_decimals": 10**8},
        {"ordermin": None},
        {"base": 7},
    ],
)
async def test_a_pair_that_cannot_be_read_does_not_hide_the_others(
    kraken: ScriptedKraken, rest: Rest, wrong: dict[str, object]
) -> None:
    bad = {**LISTED_PAIR, "wsname": "BAD/USD", **wrong}
    answering(kraken, json.dumps({"error": [], "result": {"A": bad, "B": LISTED_PAIR}}).encode())
    assert [pair.symbol for pair in await rest.instruments()] == ["BTC/USD"]
    answering(kraken, json.dumps({"error": [], "result": {"A": bad}}).encode())
    with pytest.raises(BadData, match="no pair"):
        await rest.instruments()
