"""One connection in trouble: what is given up, what is asked for again, what stays undisturbed."""

import json
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken.core.events import (
    BookChanged,
    BookFault,
    BookLost,
    BookUnverified,
    BookWant,
    FrameIgnored,
    InstrumentWant,
    PeerClosing,
    TickerWant,
)
from kraken.core.session import Session
from tests.session_talk import BTC, ETH, NOW, after, asked, bad_update, converse, live, market
from tests.strategies import nonsense
from tests.tiny_kraken import TinyKraken


def test_a_wrong_checksum_resubscribes_that_symbol_alone_after_a_second() -> None:
    session, kraken = live(BTC, ETH)
    events = session.receive(bad_update(kraken, BTC), NOW)
    assert events == [BookLost(BTC, BookFault.CHECKSUM)]
    assert session.book(BTC) is None
    assert session.book(ETH) is not None
    (gone,) = session.data_to_send()
    assert json.loads(gone)["params"] == {"channel": "book", "symbol": [BTC], "depth": 10}
    kraken.answer(gone)
    assert session.next_timer() == after(1)
    session.tick(after(0.9))
    assert session.data_to_send() == []
    session.tick(after(1))
    assert converse(session, kraken, after(1)) == [BookChanged(BTC)]
    assert session.stats().resyncs == 1
    assert session.stats().checksums_failed == 1


def test_updates_before_the_snapshot_are_dropped() -> None:
    session, kraken = live(BTC)
    twin = kraken.markets[BTC]
    session.receive(bad_update(kraken, BTC), NOW)
    told = twin.change("bids", [(999, 5)], 10)
    assert session.receive(twin.frame("update", told, []), NOW) == []
    assert session.book(BTC) is None


def test_an_old_snapshot_does_not_pass_for_the_one_that_was_asked_for() -> None:
    session, kraken = live(BTC)
    old = kraken.markets[BTC].snapshot(10)
    session.receive(bad_update(kraken, BTC), NOW)
    session.data_to_send()
    session.tick(after(1))
    session.data_to_send()
    assert session.receive(old, after(1)) == []
    assert session.book(BTC) is None


def test_an_answer_to_an_older_request_says_nothing_about_the_newer_one() -> None:
    session, kraken = live(BTC)
    session.receive(bad_update(kraken, BTC), NOW)
    session.data_to_send()
    session.tick(after(1))
    (request,) = asked(session)
    result = {"channel": "book", "depth": 10, "symbol": BTC}
    for number, events in ((1, []), (request["req_id"], [BookChanged(BTC)])):
        answer = {"method": "subscribe", "req_id": number, "result": result, "success": True}
        session.receive(json.dumps(answer), after(1))
        assert session.receive(kraken.markets[BTC].snapshot(10), after(1)) == events


def test_a_first_snapshot_is_taken_even_if_it_overtakes_its_acknowledgement() -> None:
    session = Session()
    session.connected(NOW)
    session.want(BookWant(BTC), NOW)
    session.data_to_send()
    assert session.receive(market(BTC).snapshot(10), NOW) == [BookChanged(BTC)]


def test_waits_double_and_a_book_that_keeps_failing_is_left_alone_for_ten_minutes() -> None:
    session, kraken = live(BTC, ETH)
    now, waits, events = NOW, [], []
    for _ in range(5):
        events = session.receive(bad_update(kraken, BTC), now)
        converse(session, kraken, now)
        due = next(s for s in range(1, 2000) if _asks(session, kraken, now, s))
        waits.append(due)
        now += timedelta(seconds=due)
        if due < 100:
            assert converse(session, kraken, now) == [BookChanged(BTC)]
    assert waits == [1, 2, 4, 8, 600]
    assert events == [BookLost(BTC, BookFault.CHECKSUM), BookUnverified(BTC)]
    assert session.book(ETH) is not None
    assert converse(session, kraken, now) == [BookChanged(BTC)]
    # Distrusted: the next fault leaves it alone again at once.
    events = session.receive(bad_update(kraken, BTC), now)
    assert events == [BookLost(BTC, BookFault.CHECKSUM), BookUnverified(BTC)]
    assert session.stats().unverified == (BTC,)


def _asks(session: Session, kraken: TinyKraken, now: datetime, seconds: int) -> bool:
    """Whether the session subscribes again so long after now; pings are answered meanwhile."""
    moment = now + timedelta(seconds=seconds)
    session.tick(moment)
    session.receive('{"channel":"heartbeat"}', moment)
    return session.has_data_to_send


def test_a_missing_answer_is_noticed_after_ten_seconds() -> None:
    session = Session()
    session.connected(NOW)
    session.want(BookWant(BTC), NOW)
    session.data_to_send()
    session.receive('{"channel":"heartbeat"}', after(9.9))
    session.tick(after(9.9))
    assert session.data_to_send() == []
    session.receive('{"channel":"heartbeat"}', after(10))
    session.tick(after(10))
    assert [request["method"] for request in asked(session)] == ["unsubscribe"]
    session.receive('{"channel":"heartbeat"}', after(11))
    session.tick(after(11))
    assert [request["method"] for request in asked(session)] == ["subscribe"]


def test_an_acknowledgement_without_a_snapshot_is_noticed_too() -> None:
    session, kraken = Session(), TinyKraken([market(BTC)])
    session.connected(NOW)
    session.want(BookWant(BTC), NOW)
    (request,) = session.data_to_send()
    acknowledgement, _ = kraken.answer(request)
    assert session.receive(acknowledgement, after(5)) == []
    session.receive('{"channel":"heartbeat"}', after(15))
    session.tick(after(15))
    assert [request["method"] for request in asked(session)] == ["unsubscribe"]


def test_already_subscribed_is_tolerated_and_ends_in_a_book() -> None:
    session, kraken = Session(), TinyKraken([market(BTC)])
    kraken.depths[BTC] = 10
    session.connected(NOW)
    session.want(BookWant(BTC), NOW)
    assert converse(session, kraken, NOW) == []
    session.tick(after(10))
    converse(session, kraken, after(10))
    session.tick(after(11))
    assert converse(session, kraken, after(11)) == [BookChanged(BTC)]


def test_a_deeper_want_replaces_the_book_and_a_shallower_one_does_not() -> None:
    session, kraken = live(BTC)
    session.want(BookWant(BTC, 25), NOW)
    assert session.book(BTC) is None
    assert session.tick(NOW) == [BookLost(BTC, BookFault.RESUBSCRIBED)]
    assert converse(session, kraken, NOW) == [BookChanged(BTC)]
    book = session.book(BTC)
    assert book is not None and book.depth == 25
    assert len(book.view(25, NOW).asks) == 25
    assert len(book.view(10, NOW).asks) == 10
    session.want(BookWant(BTC, 10), NOW)
    session.drop(BookWant(BTC, 25), NOW)
    assert session.data_to_send() == []


def test_a_lost_connection_loses_every_book_and_the_next_one_asks_for_all() -> None:
    session, kraken = live(BTC, ETH)
    lost = session.disconnected(NOW)
    assert lost == [BookLost(s, BookFault.DISCONNECTED) for s in (BTC, ETH)]
    assert session.book(BTC) is None
    assert session.data_to_send() == []
    kraken.depths.clear()
    assert session.connected(after(1)) == []
    assert converse(session, kraken, after(1)) == [BookChanged(BTC), BookChanged(ETH)]


def test_an_unreadable_frame_about_a_book_costs_that_book_alone() -> None:
    session, kraken = live(BTC, ETH)
    cut = kraken.markets[BTC].snapshot(10)[:-9]
    ignored, lost = session.receive(cut, NOW)
    assert isinstance(ignored, FrameIgnored)
    assert lost == BookLost(BTC, BookFault.UNREADABLE)
    assert session.book(ETH) is not None
    assert session.stats().ignored == 1


def test_a_snapshot_cut_anywhere_is_never_a_book() -> None:
    text = market(BTC).snapshot(10)
    for end in range(len(text)):
        session = Session()
        session.connected(NOW)
        session.want(BookWant(BTC), NOW)
        session.data_to_send()
        session.receive(text[:end], NOW)
        assert session.book(BTC) is None


@given(frames=st.lists(nonsense, max_size=6))
def test_nothing_that_a_peer_sends_raises(frames: list[object]) -> None:
    session, kraken = live(BTC)
    session.want(TickerWant(BTC), NOW)
    session.want(InstrumentWant(), NOW)
    session.data_to_send()
    for frame in frames:
        wire = frame if isinstance(frame, str | bytes) else json.dumps(frame)
        session.receive(wire, NOW)
        if isinstance(frame, dict):
            for channel in ("book", "ticker", "trade", "ohlc", "instrument", "status"):
                session.receive(json.dumps(frame | {"channel": channel}), NOW)
                session.receive(json.dumps({"channel": channel} | frame), NOW)
            session.receive(json.dumps(frame | {"method": "subscribe"}), NOW)
        session.tick(NOW)
        session.next_timer()
        for request in session.data_to_send():
            kraken.answer(request) if '"book"' in request else None


def test_a_quantity_of_endless_depth_is_a_fault_of_that_book() -> None:
    for depth in range(0, 1200, 50):
        session, kraken = live(BTC)
        qty = "[" * depth + "]" * depth if depth else "{}"
        text = kraken.markets[BTC].frame("update", [(999, 7)], []).replace("0.00000007", qty)
        events = session.receive(text, NOW)
        assert BookLost(BTC, BookFault.UNREADABLE) in events


@pytest.mark.parametrize("frame", ["[" * 100_000, '{"data":' * 100_000, "\udc80", b"\xff{", ""])
def test_monstrous_frames_are_only_counted(frame: str | bytes) -> None:
    session = Session()
    events = session.receive(frame, NOW)
    assert len(events) == 1
    assert isinstance(events[0], FrameIgnored | PeerClosing)
