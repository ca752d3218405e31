"""Replaying captures: every book is checked again, and nothing that is damaged passes."""

import json
from pathlib import Path

import pytest

from kraken.capture import CHUNK, Recorder, ReplayReport, read, replay
from tests.scripted_kraken import ASKS, BIDS, Levels, book_frame, checksum

ACK = (
    '{"method":"subscribe","result":{"channel":"book","depth":25,"symbol":"BTC/USD"},'
    '"success":true}'
)


def update(bids: Levels, changed: Levels, symbol: str = "BTC/USD") -> str:
    return book_frame(symbol, changed, [], kind="update", crc=checksum(bids, ASKS))


def written(folder: Path, *frames: str) -> Path:
    path = folder / "capture.jsonl"
    path.write_text("".join(frame + "\n" for frame in frames))
    return path


def counted(report: ReplayReport) -> tuple[int, ...]:
    return (
        report.frames,
        report.book_frames,
        report.symbols,
        report.checksums_ok,
        report.checksums_failed,
        report.resyncs,
    )


MOVED: Levels = [("100.0", "5.00000000"), *BIDS[1:]]


def test_a_healthy_capture_is_verified_to_the_last_frame(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        '{"channel":"heartbeat"}',
        book_frame("BTC/USD"),
        book_frame("ETH/USD"),
        update(MOVED, MOVED[:1]),
    )
    assert counted(replay(path)) == (4, 3, 2, 3, 0, 0)


def test_both_forms_of_lines_are_read_alike(tmp_path: Path) -> None:
    frames = [book_frame("BTC/USD"), update(MOVED, MOVED[:1])]
    wrapped = [json.dumps({"t": 1, "frame": frame}) for frame in frames]
    raw = replay(written(tmp_path, *frames))
    assert counted(replay(written(tmp_path, *wrapped))) == counted(raw)


def test_what_the_recorder_wrote_is_read_back_exactly(tmp_path: Path) -> None:
    frames = ['{"channel":"heartbeat"}', 'not JSON \u2713 "quoted"\nsecond line', '{"frame":1}']
    with Recorder(tmp_path / "x.jsonl") as recorder:
        for number, frame in enumerate(frames):
            recorder.write(number, frame)
    assert recorder.frames == 3
    assert list(read(tmp_path / "x.jsonl")) == [frame.encode() for frame in frames]


def test_a_wrong_checksum_is_counted_and_ends_the_book_until_its_next_snapshot(
    tmp_path: Path,
) -> None:
    path = written(
        tmp_path,
        book_frame("BTC/USD"),
        book_frame("BTC/USD", [], [], kind="update", crc=1),
        update(MOVED, MOVED[:1]),
        book_frame("BTC/USD"),
        update(MOVED, MOVED[:1]),
    )
    assert counted(replay(path)) == (5, 5, 1, 3, 1, 1)


def test_one_changed_digit_is_found(tmp_path: Path) -> None:
    good = book_frame("BTC/USD")
    path = written(tmp_path, good.replace("99.9", "99.8", 1))
    assert replay(path).checksums_failed == 1


def test_the_depth_is_rounded_up_from_the_snapshot(tmp_path: Path) -> None:
    eleven: Levels = [*BIDS, ("99.0", "1.00000000")]
    # An eleventh level makes it a book of 25, so the level pushed out of ten is still there.
    first: Levels = [(price + "0", qty) for price, qty in eleven]
    asks: Levels = [(price + "0", qty) for price, qty in ASKS]
    added: Levels = [("100.05", "1.00000000"), *first]
    removed = added[0][0]
    path = written(
        tmp_path,
        book_frame("BTC/USD", first, asks),
        book_frame("BTC/USD", added[:1], [], kind="update", crc=checksum(added, asks)),
        book_frame(
            "BTC/USD", [(removed, "0.00000000")], [], kind="update", crc=checksum(first, asks)
        ),
    )
    assert counted(replay(path)) == (3, 3, 1, 3, 0, 0)


@pytest.mark.parametrize(("ack", "failed"), [(ACK, 0), ("", 1)])
def test_the_depth_of_the_acknowledgement_wins(tmp_path: Path, ack: str, failed: int) -> None:
    above = ("100.1", "1.00000000")
    asks: Levels = [(price, qty) for price, qty in ASKS if price != "100.1"]
    added: Levels = [above, *BIDS]
    path = written(
        tmp_path,
        ack,
        book_frame("BTC/USD", BIDS, asks),
        book_frame("BTC/USD", [above], [], kind="update", crc=checksum(added, asks)),
        # Back to the old ten: at depth 10 the tenth was cut off and is missing now.
        book_frame(
            "BTC/USD", [("100.1", "0.00000000")], [], kind="update", crc=checksum(BIDS, asks)
        ),
    )
    assert replay(path).checksums_failed == failed


def test_lines_that_are_no_frames_are_counted_and_skipped(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    lines = [b"\xff\xfe", b"{", b"", b"CloudFlare", b"[" * 5000, book_frame("BTC/USD").encode()]
    path.write_bytes(b"\n".join(lines))
    assert counted(replay(path)) == (5, 1, 1, 1, 0, 0)


def test_an_empty_capture_is_reported_as_empty(tmp_path: Path) -> None:
    report = replay(written(tmp_path))
    assert counted(report) == (0,) * 6
    assert report.frames_per_second == 0


def test_a_capture_longer_than_a_chunk_is_read_to_its_end(tmp_path: Path) -> None:
    frames = [book_frame("BTC/USD")] * (2 * CHUNK + 1)
    report = replay(written(tmp_path, *frames))
    assert report.checksums_ok == 2 * CHUNK + 1
    assert report.resyncs == 2 * CHUNK


def test_the_report_is_one_json_object_with_the_published_names(tmp_path: Path) -> None:
    report = json.loads(replay(written(tmp_path, book_frame("BTC/USD"))).as_json())
    assert list(report) == [
        "frames",
        "book_frames",
        "symbols",
        "checksums_ok",
        "checksums_failed",
        "resyncs",
        "seconds",
        "frames_per_second",
        "decode_only_seconds",
    ]
    assert report["seconds"] > 0
    assert report["decode_only_seconds"] > 0


def test_a_recorded_book_of_kraken_holds_every_checksum(captures: Path) -> None:
    report = replay(captures / "ws_v2/book_btcusd_d10_2023.jsonl")
    assert counted(report) == (510, 510, 1, 510, 0, 0)


def test_a_missing_file_is_the_callers_to_explain(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        replay(tmp_path / "nothing")
