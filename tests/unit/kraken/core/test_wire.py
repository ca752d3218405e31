"""Kraken's answers and frames: samples, recordings, and shapes that are none."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given

from kraken.core.errors import AuthError, BadData, Busy, KrakenError, UnknownInstrument
from kraken.core.types import (
    InstrumentStatus,
    Interval,
    Side,
    Symbol,
    SystemState,
)
from kraken.core.wire import requests, rest, ws
from kraken.core.wire.books import FastBookFrame, decode_book_exactly
from tests.strategies import nonsense

NOW = datetime(2026, 11, 8, 10, tzinfo=UTC)
BTC = Symbol("BTC/USD")
SAMPLES = Path(__file__).parents[3] / "samples"

REST: dict[str, Callable[[str | bytes], object]] = {
    "time": rest.time,
    "system_status": rest.system_status,
    "assets": rest.assets,
    "asset_pairs": rest.asset_pairs,
    "ticker": lambda body: rest.ticker(body, {"XXBTZUSD": BTC}),
    "ohlc": lambda body: rest.ohlc(body, BTC, Interval.M1),
    "depth": lambda body: rest.depth(body, BTC),
    "grouped_book": lambda body: rest.grouped_book(body, BTC),
    "trades": lambda body: rest.trades(body, BTC),
    "spread": rest.spread,
}

KINDS = {
    "ack": ws.Reply,
    "book": FastBookFrame,
    "heartbeat": ws.Heartbeat,
    "instrument": ws.Instruments,
    "malformed": ws.Reply,
    "ohlc": ws.Candles,
    "pong": ws.Reply,
    "refusal": ws.Reply,
    "status": ws.Status,
    "ticker": ws.Tickers,
    "trade": ws.Trades,
}


def sample(name: str) -> str:
    return (SAMPLES / f"{name}.json").read_text()


@pytest.mark.parametrize("name", sorted(path.stem for path in SAMPLES.glob("*.json")))
def test_every_sample_is_read(name: str) -> None:
    kind, _, rest_of_name = name.partition("_")
    if name == "rest_error":
        with pytest.raises(UnknownInstrument):
            rest.time(sample(name))
    elif kind == "rest":
        assert REST[rest_of_name](sample(name))
    else:
        frame = ws.decode_frame(sample(name), NOW)
        assert isinstance(frame, KINDS[rest_of_name.split("_")[0]])


def test_the_answers_of_rest_in_our_words() -> None:
    assert rest.time(sample("rest_time")) == datetime.fromtimestamp(1794218400, UTC)
    assert rest.system_status(sample("rest_system_status")).state is SystemState.ONLINE
    assert [asset.asset for asset in rest.assets(sample("rest_assets"))] == ["BTC", "USD"]
    (pair,) = rest.asset_pairs(sample("rest_asset_pairs"))
    assert (pair.rest_name, pair.alternative_name) == ("XXBTZUSD", "XBTUSD")
    assert pair.instrument.symbol == BTC
    assert pair.instrument.tick_size == Decimal("0.1")
    assert pair.instrument.min_qty == Decimal("0.00005")
    ticker = rest.ticker(sample("rest_ticker"), {"XXBTZUSD": BTC})[BTC]
    assert (ticker.bid, ticker.ask) == (Decimal("64120.2"), Decimal("64120.3"))
    assert (ticker.trades, ticker.volume) == (60233, Decimal("1522.90011845"))
    candles = rest.ohlc(sample("rest_ohlc"), BTC, Interval.M1)
    assert [candle.count for candle in candles.candles] == [14, 0, 3]
    assert candles.candles[1].is_empty
    assert candles.candles[1].begin - candles.candles[0].begin == timedelta(minutes=1)
    assert candles.last == 1794218340
    depth = rest.depth(sample("rest_depth"), BTC)
    assert depth.bids[0].price < depth.asks[0].price
    trades = rest.trades(sample("rest_trades"), BTC)
    assert [trade.side for trade in trades.trades] == [Side.BUY, Side.SELL]
    assert [trade.order_type for trade in trades.trades] == ["limit", "market"]
    assert trades.last == 1794218399771321843
    assert rest.spread(sample("rest_spread"))[0].ask == Decimal("64110.5")


def test_candles_that_lie_centuries_apart_are_no_answer() -> None:
    rows = [[begin, "1.0", "1.0", "1.0", "1.0", "1.0", "1.0", 1] for begin in (60, 253402300740)]
    with pytest.raises(BadData, match="centuries"):
        rest.ohlc(json.dumps({"error": [], "result": {"X": rows, "last": 60}}), BTC, Interval.M1)


def test_pairs_not_asked_about_are_left_out() -> None:
    assert rest.ticker(sample("rest_ticker"), {}) == {}


def test_errors_come_first_and_warnings_do_not_count() -> None:
    with pytest.raises(AuthError):
        rest.time('{"error":["EAPI:Invalid key"]}')
    with pytest.raises(Busy):
        rest.time('{"result":null,"error":["Something went wrong"]}')
    rest.time('{"error":["WGeneral:Danger"],"result":{"unixtime":1,"rfc1123":""}}')
    rest.check('{"error":[],"result":{}}')
    with pytest.raises(AuthError):
        rest.check('{"error":["EGeneral:Permission denied"]}')


@pytest.mark.parametrize("name", sorted(REST))
@pytest.mark.parametrize(
    "body",
    [
        "",
        "{}",
        "[]",
        "null",
        "<html>502</html>",
        '{"error":[]}',
        '{"error":[],"result":5}',
        '{"error":[],"result":{"X":[[1]],"last":"a"}}',
        '{"error":[],"result":[]}',
        '{"error":"EAPI"}',
        '{"error":[],"result":{"X":{"asks":[[1]],"bids":[[]]}}}',
    ],
)
def test_an_answer_of_another_shape_is_bad_data(name: str, body: str) -> None:
    with pytest.raises(BadData):
        answer = REST[name](body)
        # An empty list of things is an answer, of no things.
        if answer in ((), {}):
            raise BadData


@pytest.mark.parametrize("name", sorted(REST))
def test_a_cut_answer_is_bad_data(name: str) -> None:
    text = sample(f"rest_{name}").strip()
    for end in range(0, len(text), 7):
        with pytest.raises(BadData):
            REST[name](text[:end])


@given(body=nonsense)
def test_rest_raises_only_our_errors(body: object) -> None:
    text = body if isinstance(body, str | bytes) else json.dumps({"error": [], "result": body})
    for read in REST.values():
        try:
            read(text)
        except KrakenError:
            continue


@given(frame=nonsense)
def test_frames_raise_only_bad_data(frame: object) -> None:
    text = frame if isinstance(frame, str | bytes) else json.dumps(frame)
    for read in (lambda: ws.decode_frame(text, NOW), lambda: decode_book_exactly(text)):
        try:
            read()
        except BadData:
            continue


def test_frames_in_our_words() -> None:
    status = ws.decode_frame(sample("ws_status"), NOW)
    assert status == ws.Status(SystemState.ONLINE)
    reply = ws.decode_frame(sample("ws_refusal"), NOW)
    assert isinstance(reply, ws.Reply)
    assert (reply.success, reply.symbol, reply.request_id) == (False, "WWW/USD", 1)
    tickers = ws.decode_frame(sample("ws_ticker_update"), NOW)
    assert isinstance(tickers, ws.Tickers)
    assert str(tickers.tickers[0].change_pct) == "0.64"
    assert tickers.tickers[0].received_at == NOW
    instruments = ws.decode_frame(sample("ws_instrument_update"), NOW)
    assert isinstance(instruments, ws.Instruments)
    assert instruments.instruments[0].status is InstrumentStatus.CANCEL_ONLY
    assert instruments.instruments[0].lot_size == Decimal("0.00000001")


def test_keys_in_another_order_and_blanks_do_not_matter() -> None:
    book = json.loads(sample("ws_book_update"))
    turned = json.dumps(dict(reversed(book.items())), indent=1)
    frame = ws.decode_frame(turned, NOW)
    assert isinstance(frame, FastBookFrame)
    assert frame.data[0].symbol == BTC


def test_unknown_keys_channels_and_words_are_tolerated() -> None:
    ticker = json.loads(sample("ws_ticker_update"))
    ticker["data"][0]["mood"] = {"is": "good"}
    assert isinstance(ws.decode_frame(json.dumps(ticker), NOW), ws.Tickers)
    assert ws.decode_frame('{"channel":"level9","data":7}', NOW) == ws.Other("level9")
    assert ws.decode_frame('{"hello":1}', NOW) == ws.Other("")
    instrument = json.loads(sample("ws_instrument_update"))
    instrument["data"]["pairs"][0]["status"] = "asleep"
    frame = ws.decode_frame(json.dumps(instrument), NOW)
    assert isinstance(frame, ws.Instruments)
    assert frame.instruments[0].status is InstrumentStatus.UNKNOWN


@pytest.mark.parametrize(
    "wrong",
    [
        {"price_increment": "NaN"},
        {"price_precision": 10**9},
        {"qty_precision": 31},
        {"cost_precision": -1},
    ],
)
def test_one_pair_that_cannot_be_read_does_not_hide_the_others(wrong: dict[str, object]) -> None:
    instrument = json.loads(sample("ws_instrument_update"))
    pairs = instrument["data"]["pairs"]
    pairs.insert(0, {**pairs[0], "symbol": "BAD/USD", **wrong})
    frame = ws.decode_frame(json.dumps(instrument), NOW)
    assert isinstance(frame, ws.Instruments)
    assert [one.symbol for one in frame.instruments] == [BTC]
    assert frame.unreadable == 1


@pytest.mark.parametrize("number", ["null", '"NaN"', '"x"', "true", "[]", "1e400"])
def test_a_ticker_with_a_number_that_is_none_is_bad_data(number: str) -> None:
    text = sample("ws_ticker_update").replace("64120.2", number)
    with pytest.raises(BadData):
        ws.decode_frame(text, NOW)


def test_requests_have_the_documented_keys() -> None:
    assert json.loads(requests.subscribe("book", [BTC], 3, depth=25)) == {
        "method": "subscribe",
        "params": {"channel": "book", "symbol": [BTC], "depth": 25, "snapshot": True},
        "req_id": 3,
    }
    assert json.loads(requests.unsubscribe("ohlc", [BTC], 4, interval=60)) == {
        "method": "unsubscribe",
        "params": {"channel": "ohlc", "symbol": [BTC], "interval": 60},
        "req_id": 4,
    }
    assert json.loads(requests.ping(5)) == {"method": "ping", "req_id": 5}


# -- recordings


def test_every_recorded_frame_is_read(captures: Path) -> None:
    folder = captures / "ws_v2"
    frames = [(folder / "instrument_snapshot_2024.json").read_text()]
    for name in ("book_btcusd_d10_2023", "messages_2026", "executions_one_order_2026"):
        frames += (folder / f"{name}.jsonl").read_text().splitlines()
    for line in (folder / "messages_2024.jsonl").read_text().splitlines():
        frames.append(json.loads(line)["raw"])
    assert len(frames) > 580
    for frame in frames:
        assert not isinstance(ws.decode_frame(frame, NOW), ws.Notice)


def test_the_recorded_instruments_are_all_read(captures: Path) -> None:
    text = (captures / "ws_v2" / "instrument_snapshot_2024.json").read_text()
    frame = ws.decode_frame(text, NOW)
    assert isinstance(frame, ws.Instruments)
    assert (len(frame.instruments), frame.unreadable) == (683, 0)
    assert all(one.lot_size == Decimal(1).scaleb(-one.qty_decimals) for one in frame.instruments)


def test_the_recorded_answers_are_read(captures: Path) -> None:
    def read(name: str) -> bytes:
        return (captures / "rest" / name).read_bytes()

    assert len(rest.assets(read("Assets_2026.json"))) == 732
    names = {name: Symbol(name) for name in json.loads(read("Ticker_2026.json"))["result"]}
    assert len(rest.ticker(read("Ticker_2026.json"), names)) == 1670
    assert len(rest.asset_pairs(read("AssetPairs_2025.json"))) == 1
    assert len(rest.ohlc(read("OHLC_XBTUSDT_1m_2025.json"), BTC, Interval.M1).candles) == 721
    trades = rest.trades(read("Trades_XBTUSDT_2025.json"), BTC)
    assert [trade.trade_id for trade in trades.trades] == list(
        range(trades.trades[0].trade_id, trades.trades[-1].trade_id + 1)
    )
    assert rest.depth(read("Depth_2025.json"), BTC).asks


def test_the_recorded_public_answers_of_2024_are_read(captures: Path) -> None:
    labels = {
        "server_time": "time",
        "system_status": "system_status",
        "asset_info": "assets",
        "tradable": "asset_pairs",
        "ohlc": "ohlc",
        "orderbook": "depth",
        "recent_trades": "trades",
        "recent_spreads": "spread",
    }
    lines = (captures / "rest" / "responses_2024.jsonl").read_text().splitlines()
    answers = {answer["label"]: answer["raw"] for answer in map(json.loads, lines)}
    for part, name in labels.items():
        (label,) = [label for label in answers if part in label]
        assert REST[name](answers[label]), label
    for label in ("ERROR_PERMISSION_DENIED", "ERROR_INVALID_KEY"):
        with pytest.raises(AuthError):
            rest.check(answers[label])
