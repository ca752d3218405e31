"""One connection: what is asked for, what is believed, and what one trouble may disturb."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken.core.events import (
    BookChanged,
    BookFault,
    BookLost,
    BookUnverified,
    BookWant,
    CandlesChanged,
    CandleWant,
    Event,
    FrameIgnored,
    InstrumentsChanged,
    InstrumentWant,
    PeerClosing,
    Refused,
    SystemChanged,
    TickerChanged,
    TickerWant,
    TradesHappened,
    TradeWant,
)
from kraken.core.session import Session
from kraken.core.types import Interval, Symbol, SystemState
from tests.strategies import nonsense
from tests.tiny_kraken import TinyKraken, TinyMarket

NOW = datetime(2026, 11, 8, 10, tzinfo=UTC)
BTC, ETH, WWW = Symbol("BTC/USD"), Symbol("ETH/USD"), Symbol("WWW/USD")


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def market(symbol: str) -> TinyMarket:
    made = TinyMarket(symbol)
    made.bids = {1000 - n: 10**8 + n for n in range(1, 40)}
    made.asks = {1000 + n: 5 * 10**7 + n for n in range(40)}
    return made


def asked(session: Session) -> list[dict]:
    return [json.loads(text) for text in session.data_to_send()]


def converse(session: Session, kraken: TinyKraken, now: datetime) -> list[Event]:
    """Let both talk until nobody has anything to say."""
    events: list[Event] = []
    while texts := session.data_to_send():
        for text in texts:
            for frame in kraken.answer(text):
                events += session.receive(frame, now)
    return events


def live(*symbols: Symbol, depth: int = 10) -> tuple[Session, TinyKraken]:
    session, kraken = Session(), TinyKraken([market(symbol) for symbol in symbols])
    session.connected(NOW)
    for symbol in symbols:
        session.want(BookWant(symbol, depth), NOW)
    events = converse(session, kraken, NOW)
    assert events == [BookChanged(symbol) for symbol in symbols]
    return session, kraken


def bad_update(kraken: TinyKraken, symbol: str) -> str:
    return kraken.markets[symbol].frame("update", [], [], checksum=1)


def test_nothing_is_sent_before_there_is_a_connection() -> None:
    session = Session()
    session.want(BookWant(BTC), NOW)
    assert session.data_to_send() == []
    assert session.next_timer() is None
    session.connected(NOW)
    assert session.has_data_to_send
    assert [request["method"] for request in asked(session)] == ["subscribe"]
    assert not session.has_data_to_send


def test_symbols_share_a_request_and_channels_do_not() -> None:
    session = Session()
    for symbol in (BTC, ETH):
        session.want(BookWant(symbol), NOW)
        session.want(TickerWant(symbol), NOW)
    session.want(BookWant(Symbol("XRP/USD"), 100), NOW)
    session.want(CandleWant(BTC, Interval.H1), NOW)
    session.want(TradeWant(BTC), NOW)
    session.connected(NOW)
    session.want(InstrumentWant(), NOW)
    requests = asked(session)
    session.tick(after(0.5))
    requests += asked(session)
    assert [request["params"] for request in requests] == [
        {"channel": "book", "symbol": [BTC, ETH], "depth": 10, "snapshot": True},
        {"channel": "book", "symbol": ["XRP/USD"], "depth": 100, "snapshot": True},
        {"channel": "instrument", "snapshot": True},
        {"channel": "ohlc", "symbol": [BTC], "interval": 60, "snapshot": True},
        {
            "channel": "ticker",
            "symbol": [BTC, ETH],
            "event_trigger": "bbo",
            "snapshot": True,
        },
        {"channel": "trade", "symbol": [BTC], "snapshot": True},
    ]
    assert len({request["req_id"] for request in requests}) == len(requests)


def test_hundreds_of_symbols_are_asked_for_at_a_pace() -> None:
    session = Session()
    for number in range(420):
        session.want(TickerWant(Symbol(f"A{number}/USD")), NOW)
    session.connected(NOW)
    sizes = [len(request["params"]["symbol"]) for request in asked(session)]
    assert sizes == [50, 50, 50, 50]
    assert asked(session) == []
    due = session.next_timer()
    assert due is not None and NOW < due <= after(0.5)
    session.tick(due)
    assert [len(request["params"]["symbol"]) for request in asked(session)] == [50] * 4
    session.tick(after(1))
    assert [len(request["params"]["symbol"]) for request in asked(session)] == [20]


def test_wanting_twice_asks_once_and_the_last_drop_ends_it() -> None:
    session, kraken = live(BTC)
    session.want(BookWant(BTC), NOW)
    assert session.data_to_send() == []
    session.drop(BookWant(BTC), NOW)
    assert [request["method"] for request in asked(session)] == ["unsubscribe"]
    assert session.book(BTC) is None
    assert session.receive(kraken.markets[BTC].snapshot(10), NOW) == []
    session.drop(BookWant(BTC), NOW)
    assert session.data_to_send() == []


def test_what_is_dropped_before_it_was_asked_for_is_never_asked_for() -> None:
    session = Session()
    session.connected(NOW)
    session.want(TickerWant(BTC), NOW)
    session.drop(TickerWant(BTC), NOW)
    assert session.data_to_send() == []


def test_a_refusal_concerns_one_symbol_alone() -> None:
    session, kraken = Session(), TinyKraken([market(BTC), market(ETH)])
    session.connected(NOW)
    for symbol in (BTC, WWW, ETH):
        session.want(BookWant(symbol), NOW)
    assert converse(session, kraken, NOW) == [
        BookChanged(BTC),
        Refused(BookWant(WWW), "Currency pair not supported WWW/USD"),
        BookChanged(ETH),
    ]
    session.tick(after(60))
    assert all(request["method"] == "ping" for request in asked(session))


def test_a_refusal_is_heard_without_its_symbol_or_its_number() -> None:
    for reply in (
        '{"error":"Currency pair not supported WWW/USD","method":"subscribe","success":false}',
        '{"error":"no","method":"subscribe","success":false,"symbol":"WWW/USD"}',
    ):
        session = Session()
        session.connected(NOW)
        session.want(BookWant(BTC), NOW)
        session.want(BookWant(WWW), NOW)
        session.data_to_send()
        refused = [event.want for event in session.receive(reply, NOW)]
        assert refused == [BookWant(WWW)]


def test_a_refusal_of_the_whole_request_reaches_every_want_of_it() -> None:
    session = Session()
    session.connected(NOW)
    session.want(BookWant(BTC, 11), NOW)
    session.want(BookWant(ETH, 11), NOW)
    (request,) = asked(session)
    reply = {"error": "Subscription depth not supported", "method": "subscribe"}
    events = session.receive(
        json.dumps(reply | {"success": False, "req_id": request["req_id"]}), NOW
    )
    assert {event.want for event in events} == {BookWant(BTC, 11), BookWant(ETH, 11)}


def test_what_was_refused_is_asked_for_again_when_wanted_again_or_reconnected() -> None:
    session, kraken = Session(), TinyKraken([])
    session.connected(NOW)
    session.want(BookWant(BTC), NOW)
    converse(session, kraken, NOW)
    kraken.markets[BTC] = market(BTC)
    session.want(BookWant(BTC), after(1))
    assert converse(session, kraken, after(1)) == [BookChanged(BTC)]


def test_too_many_requests_is_not_a_refusal() -> None:
    session = Session()
    session.connected(NOW)
    session.want(BookWant(BTC), NOW)
    (request,) = asked(session)
    reply = {"error": "EGeneral:Too many requests", "method": "subscribe", "success": False}
    reply |= {"symbol": BTC, "req_id": request["req_id"]}
    assert session.receive(json.dumps(reply), NOW) == []
    session.tick(after(1))
    assert [request["method"] for request in asked(session)] == ["subscribe"]


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
    assert session.receive(bad_update(kraken, BTC), now) == [BookLost(BTC, BookFault.CHECKSUM)]
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


def test_silence_is_answered_by_a_ping_and_a_heartbeat_spares_it() -> None:
    session = Session()
    session.connected(NOW)
    assert session.next_timer() == after(2)
    session.receive('{"channel":"heartbeat"}', after(1))
    assert session.tick(after(2)) == []
    assert session.data_to_send() == []
    session.tick(after(3))
    (ping,) = asked(session)
    assert set(ping) == {"method", "req_id"}
    assert ping["method"] == "ping"
    session.tick(after(4))
    assert session.data_to_send() == []


def test_the_state_of_the_system_is_told_when_it_changes() -> None:
    session = Session()
    session.connected(NOW)
    frame = '{"channel":"status","type":"update","data":[{"system":"%s"}]}'
    assert session.receive(frame % "online", NOW) == [SystemChanged(SystemState.ONLINE)]
    assert session.receive(frame % "online", NOW) == []
    assert session.receive(frame % "asleep", NOW) == [SystemChanged(SystemState.UNKNOWN)]
    assert session.system is SystemState.UNKNOWN


def test_a_notice_of_the_proxy_is_an_announcement() -> None:
    text = "CloudFlare WebSocket proxy restarting"
    assert Session().receive(text, NOW) == [PeerClosing(text)]


@pytest.mark.parametrize("sample", ["ticker", "trade", "ohlc", "instrument"])
def test_what_is_not_wanted_is_not_reported(sample: str) -> None:
    session = Session()
    session.connected(NOW)
    assert session.receive(_sample(f"ws_{sample}_update"), NOW) == []


def _sample(name: str) -> str:
    return (Path(__file__).parents[3] / "samples" / f"{name}.json").read_text()


def test_what_is_wanted_is_reported_in_our_words() -> None:
    session = Session()
    wants = [
        TickerWant(BTC),
        TradeWant(BTC),
        CandleWant(BTC, Interval.M1),
        InstrumentWant(),
    ]
    for want in wants:
        session.want(want, NOW)
    session.connected(NOW)
    session.data_to_send()
    (ticker,) = session.receive(_sample("ws_ticker_snapshot"), NOW)
    assert isinstance(ticker, TickerChanged)
    assert (ticker.ticker.symbol, str(ticker.ticker.bid_qty)) == (BTC, "0.04200000")
    (trades,) = session.receive(_sample("ws_trade_snapshot"), NOW)
    assert isinstance(trades, TradesHappened)
    assert trades.snapshot and len(trades.trades) == 2
    (candles,) = session.receive(_sample("ws_ohlc_update"), NOW)
    assert isinstance(candles, CandlesChanged)
    assert not candles.snapshot and candles.candles[0].count == 3
    (instruments,) = session.receive(_sample("ws_instrument_snapshot"), NOW)
    assert isinstance(instruments, InstrumentsChanged)
    assert instruments.instruments[0].symbol == BTC
    # Nothing is missing any more: no answer is waited for but those to come.
    session.receive('{"channel":"heartbeat"}', after(60))
    session.tick(after(60))
    assert session.data_to_send() == []


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
