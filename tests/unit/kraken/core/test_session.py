"""One connection: what is asked for, and what of it is believed and reported."""

import json
from pathlib import Path

import pytest

from kraken.core.events import (
    BookChanged,
    BookWant,
    CandlesChanged,
    CandleWant,
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
from tests.session_talk import BTC, ETH, NOW, WWW, after, asked, converse, live, market
from tests.tiny_kraken import TinyKraken, TinyMarket


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


def test_what_was_refused_is_asked_for_again_when_its_pair_is_told_of() -> None:
    session, kraken = Session(), TinyKraken([])
    session.connected(NOW)
    session.want(BookWant(BTC), NOW)
    session.want(BookWant(WWW), NOW)
    converse(session, kraken, NOW)
    session.want(InstrumentWant(), NOW)
    session.data_to_send()
    kraken.markets = {BTC: market(BTC), WWW: market(WWW)}
    session.receive(_sample("ws_instrument_update"), after(1))
    assert converse(session, kraken, after(1)) == [BookChanged(BTC)]
    session.tick(after(100))
    assert session.book(WWW) is None


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


def test_a_book_without_its_zeros_is_read_with_the_instrument_s_decimals() -> None:
    session = Session()
    for want in (InstrumentWant(), BookWant(BTC)):
        session.want(want, NOW)
    session.connected(NOW)
    session.data_to_send()
    twin = TinyMarket(BTC)
    twin.bids, twin.asks = {10000: 2 * 10**8}, {10010: 10**8}
    levels = '"bids":[{"price":1000.0,"qty":2.0}],"asks":[{"price":1001.0,"qty":1.0}]'
    trimmed = (
        f'{{"channel":"book","type":"snapshot","data":[{{"symbol":"{BTC}",{levels},'
        f'"checksum":{twin.checksum()}}}]}}'
    )
    session.receive(_sample("ws_instrument_snapshot"), NOW)
    assert session.receive(trimmed, NOW) == [BookChanged(BTC)]
    book = session.book(BTC)
    assert book is not None
    assert str(book.view(1, NOW).bids[0].qty) == "2.00000000"
