"""A recorded book is served as it was recorded: levels, pace, depth, again and again."""

import json
import zlib
from decimal import Decimal
from math import log
from pathlib import Path

import pytest

from kraken.sim.listing import PAIRS
from kraken.sim.market.replay import ReplayError, ReplayFeed
from kraken.sim.market.types import SECOND
from kraken.sim.market.world import BookDelta, BookReset, Happening, TradePrint, World

START = 1_780_012_345_678_901_234

SNAPSHOT = {
    "bids": [("30000.0", "1.00000000"), ("29999.5", "2.00000000"), ("29999.0", "0.50000000")],
    "asks": [("30000.1", "0.70000000"), ("30001.0", "1.50000000"), ("30002.0", "0.10000000")],
}
BETTER_BID = {"bids": [("30000.05", "0.1")], "asks": []}


def frame(
    kind: str,
    bids: list[tuple[str, str]],
    asks: list[tuple[str, str]],
    stamp: str | None = None,
    symbol: str = "BTC/USD",
) -> str:
    """A v2 book frame with its numbers written exactly like this."""

    def levels(side: list[tuple[str, str]]) -> str:
        return ",".join(f'{{"price":{price},"qty":{qty}}}' for price, qty in side)

    time = f',"timestamp":"{stamp}"' if stamp else ""
    sides = f'"bids":[{levels(bids)}],"asks":[{levels(asks)}]'
    book = f'{{"symbol":"{symbol}",{sides},"checksum":1{time}}}'
    return f'{{"channel":"book","type":"{kind}","data":[{book}]}}'


def recording(folder: Path, *lines: str) -> Path:
    path = folder / "book.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def sample(folder: Path) -> ReplayFeed:
    return ReplayFeed(
        recording(
            folder,
            '{"channel":"heartbeat"}',
            frame("update", [("1.0", "1.0")], []),
            frame("snapshot", SNAPSHOT["bids"], SNAPSHOT["asks"]),
            frame("update", [], [("30000.1", "0.00000000"), ("30003.0", "4.00000000")],
                  "2026-01-01T00:00:00.250000Z"),
            frame("snapshot", [("9.0", "1")], [("10.0", "1")], symbol="ETH/USD"),
            frame("update", [("30000.5", "3.00000000")], [], "2026-01-01T00:00:01.250000Z"),
            frame("update", [("30000.5", "1.00000000"), ("30000.5", "2.00000000")], []),
        )
    )  # fmt: skip


def world(feed: ReplayFeed) -> World:
    return World(seed=1, start_ns=START, replay=feed)


def on(symbol: str, happened: list[Happening]) -> list[Happening]:
    return [happening for happening in happened if happening.symbol == symbol]


def books(happened: list[Happening]) -> list[Happening]:
    return [h for h in on("BTC/USD", happened) if not isinstance(h, TradePrint)]


def test_the_book_at_the_start_is_the_snapshot(tmp_path: Path) -> None:
    bids, asks = world(sample(tmp_path)).book("BTC/USD")
    assert bids == [(300_000, 10**8), (299_995, 2 * 10**8), (299_990, 5 * 10**7)]
    assert asks == [(300_001, 7 * 10**7), (300_010, 15 * 10**7), (300_020, 10**7)]


def test_frames_come_at_the_pace_of_the_recording(tmp_path: Path) -> None:
    market = world(sample(tmp_path))
    happened = books(market.tick(START + 2 * SECOND))
    assert [(h.ns - START) / SECOND for h in happened] == [0.1, 1.1, 1.2]
    assert happened[0] == BookDelta(
        "BTC/USD", START + SECOND // 10, [], [(300_001, 0), (300_030, 4 * 10**8)]
    )


def test_the_last_of_several_values_in_one_message_wins(tmp_path: Path) -> None:
    market = world(sample(tmp_path))
    market.tick(START + 2 * SECOND)
    assert market.book("BTC/USD")[0][0] == (300_005, 2 * 10**8)


def test_a_side_is_cut_to_the_recorded_depth_after_each_message(tmp_path: Path) -> None:
    market = world(sample(tmp_path))
    happened = books(market.tick(START + int(1.15 * SECOND)))
    bids, _ = market.book("BTC/USD")
    assert [ticks for ticks, _ in bids] == [300_005, 300_000, 299_995]
    assert isinstance(happened[-1], BookDelta)
    assert dict(happened[-1].bids) == {300_005: 3 * 10**8, 299_990: 0}


def test_each_round_begins_with_a_reset_to_the_snapshot(tmp_path: Path) -> None:
    feed = sample(tmp_path)
    market = world(feed)
    happened = books(market.tick(START + 2 * feed.loop_ns + SECOND // 20))
    resets = [h for h in happened if isinstance(h, BookReset)]
    assert [reset.ns - START for reset in resets] == [feed.loop_ns, 2 * feed.loop_ns]
    assert resets[0].bids[0] == (300_000, 10**8)
    assert market.book("BTC/USD") == (resets[1].bids, resets[1].asks)


def test_wrapped_frames_keep_the_time_at_which_they_were_received(tmp_path: Path) -> None:
    lines = [
        json.dumps({"t": 5 * SECOND, "frame": frame("snapshot", **SNAPSHOT)}),
        json.dumps({"t": 8 * SECOND, "frame": frame("update", [("30000.0", "2.0")], [])}),
    ]
    feed = ReplayFeed(recording(tmp_path, *lines))
    assert [each.after_ns for each in feed.frames] == [0, 3 * SECOND]


def test_a_recording_whose_stamps_run_backwards_is_played_forwards(tmp_path: Path) -> None:
    feed = ReplayFeed(
        recording(
            tmp_path,
            frame("snapshot", **SNAPSHOT, stamp="2026-01-01T00:00:05.000000Z"),
            frame("update", [("30000.0", "2.0")], [], "2026-01-01T00:00:04.000000Z"),
            frame("update", [("30000.0", "3.0")], [], "2026-01-01T00:00:06.000000Z"),
        )
    )
    assert [each.after_ns for each in feed.frames] == [0, 0, SECOND]


def test_other_pairs_of_the_asset_stand_at_the_recorded_price(tmp_path: Path) -> None:
    market = world(sample(tmp_path))
    market.tick(START + 10 * SECOND)
    bitcoin, euro = market.book("BTC/EUR")[0][0][0] / 10, market.book("EUR/USD")[0][0][0] / 1e5
    assert abs(log(bitcoin * euro / 30_000)) < 0.001


def test_other_pairs_follow_where_the_recording_goes(tmp_path: Path) -> None:
    lines = [
        frame("snapshot", **SNAPSHOT),
        frame("snapshot", [("33000.0", "1.0")], [("33000.1", "1.0")]),
    ]
    market = world(ReplayFeed(recording(tmp_path, *lines)))
    market.tick(START + SECOND)
    bitcoin, euro = market.book("BTC/EUR")[0][0][0] / 10, market.book("EUR/USD")[0][0][0] / 1e5
    assert abs(log(bitcoin * euro / 33_000)) < 0.002
    assert market.book("BTC/USD") == ([(330_000, 10**8)], [(330_001, 10**8)])


def test_candles_lead_to_the_recorded_price(tmp_path: Path) -> None:
    market = world(sample(tmp_path))
    assert abs(log(market.candles("BTC/USD", 1)[-2].close / 300_000)) < 0.002
    assert abs(log(market.stats("BTC/USD").last.ticks / 300_000)) < 0.002


def test_trades_are_printed_at_the_recorded_touch(tmp_path: Path) -> None:
    feed = sample(tmp_path)
    market = world(feed)
    happened = market.tick(START + 40 * feed.loop_ns)
    prints = [h for h in on("BTC/USD", happened) if isinstance(h, TradePrint)]
    assert prints
    assert {(h.side, h.ticks) for h in prints} <= {("buy", 300_001), ("sell", 300_005)}
    assert [h.trade_id for h in prints] == list(
        range(prints[0].trade_id, prints[0].trade_id + len(prints))
    )


def test_what_is_taken_is_printed_and_the_recording_goes_on(tmp_path: Path) -> None:
    market = world(sample(tmp_path))
    before = market.book("BTC/USD")
    happened = market.take("BTC/USD", "buy", 10**8, 300_010)
    assert [(h.ticks, h.lots) for h in happened if isinstance(h, TradePrint)] == [
        (300_001, 7 * 10**7),
        (300_010, 3 * 10**7),
    ]
    assert market.book("BTC/USD") == before
    assert market.take("BTC/USD", "sell", 10**8, 300_001) == []


def test_a_recording_cannot_be_moved(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="BTC/USD plays a recording"):
        world(sample(tmp_path)).way("BTC/USD", 310_000)


def test_a_leap_of_a_day_leaves_out_whole_rounds(tmp_path: Path) -> None:
    feed = sample(tmp_path)
    market = World(
        seed=1, start_ns=START, replay=feed, pairs=[p for p in PAIRS if p.symbol == "BTC/USD"]
    )
    happened = books(market.tick(START + 86_400 * SECOND))
    assert len(happened) < 20
    assert market.book_changed_ns("BTC/USD") > START + 86_390 * SECOND
    rest = (market.book_changed_ns("BTC/USD") - START) % feed.loop_ns
    assert rest in {each.after_ns for each in feed.frames}


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ([], "no snapshot"),
        ([frame("update", [("1.0", "1.0")], [])], "no snapshot"),
        ([frame("snapshot", [("1.0", "1.0")], [])], "empty side"),
        ([frame("snapshot", **SNAPSHOT, symbol="XYZ/USD")], "XYZ/USD is not a pair"),
        ([frame("snapshot", **SNAPSHOT), frame("update", **BETTER_BID)], "line 2.*decimals"),
        (["<html>"], "line 1"),
        (['{"channel":"book","type":"snapshot","data":[{}]}'], "line 1"),
    ],
)
def test_what_cannot_be_played_says_why(tmp_path: Path, lines: list[str], complaint: str) -> None:
    with pytest.raises(ReplayError, match=complaint):
        ReplayFeed(recording(tmp_path, *lines))


def test_a_real_recording_keeps_krakens_own_checksums(captures: Path) -> None:
    path = captures / "ws_v2" / "book_btcusd_d10_2023.jsonl"
    with path.open() as lines:
        sums = [json.loads(line, parse_float=Decimal)["data"][0]["checksum"] for line in lines]
    feed = ReplayFeed(path)
    assert feed.depth == 10
    market = World(seed=1, start_ns=START, replay=feed)
    for each, checksum in zip(feed.frames, sums, strict=True):
        market.tick(START + each.after_ns)
        bids, asks = market.book("BTC/USD")
        text = "".join(f"{ticks}{lots}" for ticks, lots in asks[:10] + bids[:10])
        assert zlib.crc32(text.encode()) == checksum
