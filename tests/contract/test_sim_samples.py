"""What the simulator writes has the form of Kraken's documented messages, and of real ones.

``tests/samples`` holds one message of each kind. Recorded frames are no part of the project and
are compared where ``KRAKEN_CAPTURES`` names their folder.
"""

import json
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from kraken.sim.server import Exchange
from tests.strict_client import NOON_NS, RawNumber, StrictBook, Wire, connect, read

SAMPLES = Path(__file__).parents[1] / "samples"
PAIR = {"pair": "XBTUSD"}
REST = {
    "rest_time": ("Time", {}),
    "rest_system_status": ("SystemStatus", {}),
    "rest_assets": ("Assets", {"asset": "XBT"}),
    "rest_asset_pairs": ("AssetPairs", PAIR),
    "rest_ticker": ("Ticker", PAIR),
    "rest_ohlc": ("OHLC", PAIR),
    "rest_depth": ("Depth", PAIR),
    "rest_grouped_book": ("GroupedBook", PAIR),
    "rest_trades": ("Trades", PAIR),
    "rest_spread": ("Spread", PAIR),
    "rest_error": ("Ticker", {"pair": "NOPE"}),
}
SUBSCRIBED: dict[str, dict[str, object]] = {
    "book": {"symbol": ["BTC/USD"]},
    "ticker": {"symbol": ["BTC/USD"], "event_trigger": "bbo"},
    "trade": {"symbol": ["BTC/USD"]},
    "ohlc": {"symbol": ["BTC/USD"], "interval": 1},
    "instrument": {},
}


@pytest.fixture
async def exchange() -> AsyncIterator[Exchange]:
    async with Exchange.serving(live=False, clock=lambda: NOON_NS) as exchange:
        yield exchange


def form(value: Any, *, digits: bool) -> Any:
    """What must be alike: keys in their order, kinds of value, digits, the look of a time."""
    if isinstance(value, dict):
        return {key: form(inner, digits=digits) for key, inner in value.items()}
    if isinstance(value, list):
        return [form(inner, digits=digits) for inner in value]
    if isinstance(value, RawNumber):
        return f"number with {len(value.partition('.')[2])} decimals" if digits else "number"
    if isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value):
        return f"text with {len(value.partition('.')[2])} decimals" if digits else "digits"
    if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\dT", value):
        return re.sub(r"\d", "9", value)
    return type(value).__name__


def alike(sample: Any, ours: Any, path: str = "") -> None:
    """Fails at the first place where the forms differ; lists are compared by their first rows."""
    if isinstance(sample, dict) and isinstance(ours, dict):
        assert list(sample) == list(ours), f"keys of {path}"
        for key in sample:
            alike(sample[key], ours[key], f"{path}.{key}")
    elif isinstance(sample, list) and isinstance(ours, list):
        if sample and isinstance(sample[0], str):
            assert sample == ours or len(set(sample)) == 1 == len(set(ours)), path
        elif sample and ours:
            alike(sample[0], ours[0], f"{path}[0]")
    else:
        assert sample == ours, path


def sample_of(name: str) -> Any:
    return read((SAMPLES / f"{name}.json").read_text())


async def rest_of(exchange: Exchange, endpoint: str, query: dict[str, str]) -> Any:
    async with aiohttp.ClientSession() as session:
        reply = await session.get(f"{exchange.rest_url}/0/public/{endpoint}", params=query)
        return read(await reply.text())


@pytest.mark.parametrize("name", REST)
async def test_a_rest_answer_has_the_form_of_its_sample(exchange: Exchange, name: str) -> None:
    # Plain numbers (fees, unix times, collateral) have no fixed digits in REST; strings do.
    sample, ours = sample_of(name), await rest_of(exchange, *REST[name])
    if name == "rest_assets":
        del sample["result"]["ZUSD"]
    alike(form(sample, digits=False), form(ours, digits=False))
    alike(strings(form(sample, digits=True)), strings(form(ours, digits=True)))


def strings(value: Any) -> Any:
    """The same form without what is said of plain numbers."""
    if isinstance(value, dict):
        return {key: strings(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [strings(inner) for inner in value]
    return "number" if str(value).startswith("number") else value


async def wire_messages(exchange: Exchange) -> AsyncIterator[Any]:
    """Every kind of message: status, acknowledgements, snapshots, updates, refusals."""
    async with connect(exchange.ws_url) as wire:
        for number, (channel, params) in enumerate(SUBSCRIBED.items()):
            await say(wire, "subscribe", number, {"channel": channel, **params})
        await say(wire, "subscribe", 9, {"channel": "book", "symbol": ["WWW/USD"]})
        await say(wire, "ping", 8)
        await wire.say("nonsense")
        for message in await wire.settled():
            yield message
        exchange.arm({"kind": "pair_status", "symbol": "BTC/USD", "status": "cancel_only"})
        exchange.move("BTC/USD", 650_000)
        await exchange.advance(1)
        await say(wire, "unsubscribe", 7, {"channel": "book", **SUBSCRIBED["book"]})
        for message in await wire.settled():
            yield message


async def say(wire: Wire, method: str, number: int, params: object = None) -> None:
    request = {"method": method, "req_id": number}
    await wire.say(request if params is None else {**request, "params": params})


def kind_of(message: Any) -> tuple[object, ...]:
    """What tells messages apart: channel and type, or method, success and channel asked for."""
    if "channel" in message:
        return message["channel"], message.get("type")
    result = message.get("result", {})
    return message.get("method"), message.get("success"), result.get("channel")


async def test_every_message_on_the_wire_has_the_form_of_its_sample(exchange: Exchange) -> None:
    samples = {kind_of(each): each for each in map(sample_of, wire_samples())}
    ours = {kind_of(each): each async for each in wire_messages(exchange)}
    assert set(samples) - set(ours) == set()
    for kind, sample in samples.items():
        alike(form(sample, digits=True), form(ours[kind], digits=True), str(kind))


def wire_samples() -> list[str]:
    names = [path.stem for path in sorted(SAMPLES.glob("ws_*.json"))]
    assert len(names) > 15
    return names


# -- recorded frames ----------------------------------------------------------------------------


def recorded(captures: Path) -> Iterator[Any]:
    """Real frames of the kinds that the simulator writes; several of each."""
    with (captures / "ws_v2" / "messages_2026.jsonl").open() as lines:
        for line in lines:
            yield read(line)
    with (captures / "ws_v2" / "messages_2024.jsonl").open() as lines:
        for line in lines:
            text = json.loads(line)["raw"]
            if text.lstrip().startswith("{") and ('"pong"' in text or '"ohlc"' in text):
                yield read(text)


async def test_recorded_frames_have_the_form_of_ours(exchange: Exchange, captures: Path) -> None:
    ours = {kind_of(each): each async for each in wire_messages(exchange)}
    compared = set()
    for frame in recorded(captures):
        if (kind := kind_of(frame)) in ours:
            mine = ours[kind]
            for optional in ("req_id", "symbol"):
                if optional not in frame:
                    mine = {key: value for key, value in mine.items() if key != optional}
                if optional not in mine:
                    frame = {key: value for key, value in frame.items() if key != optional}
            if frame.get("channel") == "instrument":
                mine, frame = plain(mine), plain(frame)
            alike(form(frame, digits=False), form(mine, digits=False), str(kind))
            compared.add(kind)
    assert compared >= {
        ("ticker", "snapshot"),
        ("ticker", "update"),
        ("trade", "update"),
        ("book", "snapshot"),
        ("book", "update"),
        ("ohlc", "snapshot"),
        ("instrument", "snapshot"),
        ("subscribe", True, "instrument"),
        ("subscribe", True, "ticker"),
        ("subscribe", False, None),
        ("error", False, None),
        ("pong", None, None),
    }


def plain(message: Any) -> Any:
    """An instrument message with one pair that is not marginable."""
    data = message["data"]
    pair = next(row for row in data["pairs"] if "margin_initial" not in row)
    return {**message, "data": {"assets": data["assets"], "pairs": [pair]}}


@pytest.mark.parametrize(
    ("file", "endpoint", "query"),
    [
        ("AssetPairs_2025", "AssetPairs", {"pair": "XBTUSDT"}),
        ("Depth_2025", "Depth", {"pair": "XBTUSDT"}),
        ("OHLC_XBTUSDT_1m_2025", "OHLC", {"pair": "XBTUSDT"}),
        ("Trades_XBTUSDT_2025", "Trades", {"pair": "XBTUSDT"}),
    ],
)
async def test_recorded_answers_have_the_form_and_digits_of_ours(
    exchange: Exchange, captures: Path, file: str, endpoint: str, query: dict[str, str]
) -> None:
    real = read((captures / "rest" / f"{file}.json").read_text())
    ours = await rest_of(exchange, endpoint, query)
    alike(strings(form(real, digits=True)), strings(form(ours, digits=True)))


@pytest.mark.parametrize("file", ["Ticker_2026", "Assets_2026"])
async def test_recorded_tables_have_our_rows_in_form_and_digits(
    exchange: Exchange, captures: Path, file: str
) -> None:
    real = read((captures / "rest" / f"{file}.json").read_text())["result"]
    ours = (await rest_of(exchange, file.partition("_")[0], {}))["result"]
    common = sorted(set(real) & set(ours))
    assert len(common) > 8
    for key in common:
        mine = {name: value for name, value in ours[key].items() if name in real[key]}
        alike(strings(form(real[key], digits=True)), strings(form(mine, digits=True)), key)


async def test_a_replayed_recording_has_the_very_checksums_that_kraken_sent(
    captures: Path,
) -> None:
    path = captures / "ws_v2" / "book_btcusd_d10_2023.jsonl"
    with path.open() as lines:
        real = [int(read(line)["data"][0]["checksum"]) for line in lines]
    async with (
        Exchange.serving(live=False, replay=path) as exchange,
        connect(exchange.ws_url) as wire,
    ):
        book = StrictBook(10)
        messages = [await wire.subscribe("book", "BTC/USD")]
        await exchange.advance(120)
        messages += [each for each in await wire.settled() if each.get("channel") == "book"]
    for message in messages[: len(real)]:
        book.apply(message)
    assert [int(each["data"][0]["checksum"]) for each in messages[: len(real)]] == real
    assert messages[len(real)]["type"] == "snapshot"
