"""The simulated exchange's WebSocket as a stranger sees it: order, digits, checksums, silence."""

from collections.abc import AsyncIterator

import pytest

from kraken.sim.server import Exchange
from tests.strict_client import NOON_NS, StrictBook, Wire, connect, keys, reach, read, shape

DEPTHS = (10, 25, 100, 500, 1000)


@pytest.fixture
async def wire(exchange: Exchange) -> AsyncIterator[Wire]:
    async with connect(exchange.ws_url) as wire:
        yield wire


async def test_the_first_frame_is_the_status(wire: Wire) -> None:
    message = await wire.next()
    assert keys(message) == "channel type data"
    (data,) = message["data"]
    assert keys(data) == "version system api_version connection_id"
    assert (message["channel"], message["type"]) == ("status", "update")
    assert (data["system"], data["api_version"]) == ("online", "v2")
    assert 0 <= int(data["connection_id"]) < 2**64


async def test_keys_of_replies_are_in_alphabetical_order(wire: Wire) -> None:
    await wire.say(
        {
            "method": "subscribe",
            "params": {"channel": "book", "symbol": ["BTC/USD", "WWW/USD"]},
            "req_id": 18446744073709551615,
        }
    )
    good = await wire.until(lambda message: "method" in message)
    bad = await wire.until(lambda message: "method" in message)
    assert keys(good) == "method req_id result success time_in time_out"
    assert keys(good["result"]) == "channel depth snapshot symbol"
    assert keys(bad) == "error method req_id success symbol time_in time_out"
    assert good["req_id"] == bad["req_id"] == "18446744073709551615"


async def test_times_of_replies_have_microseconds_and_an_order(wire: Wire) -> None:
    reply = await wire.ask("ping")
    assert keys(reply) == "method time_in time_out"
    assert reply["time_in"].startswith("2026-09-21T")
    assert len(reply["time_in"]) == len("2026-09-21T14:13:20.123456Z")
    assert reply["time_in"] <= reply["time_out"]


async def test_nonsense_is_answered_and_the_socket_stays_open(wire: Wire) -> None:
    await wire.next()
    for nonsense in ("{", "5", "null", '{"method":"subscribe","params":[]}'):
        await wire.say(nonsense)
        assert (await wire.next())["success"] is False
    await wire.socket.send_bytes(b"{}")
    assert (await wire.next())["error"] == "Malformed request"
    assert (await wire.ask("ping"))["method"] == "pong"


@pytest.mark.parametrize("depth", DEPTHS)
async def test_books_of_every_depth_follow_the_market_with_every_checksum_right(
    exchange: Exchange, wire: Wire, depth: int
) -> None:
    symbols = ("BTC/USD", "DOGE/USD", "ETH/BTC")
    books = {symbol: StrictBook(depth) for symbol in symbols}
    await wire.ask("subscribe", channel="book", symbol=list(symbols), depth=depth)
    await wire.settled()
    for symbol in symbols:
        await wire.ask("unsubscribe", channel="book", symbol=[symbol], depth=depth)
        books[symbol].apply(await wire.subscribe("book", symbol, depth=depth))
        assert len(books[symbol].bids) == len(books[symbol].asks) == depth
    await exchange.advance(30)
    exchange.move("BTC/USD", 610_000)
    await exchange.advance(30)
    exchange.skip(300)
    for message in await wire.settled():
        if message.get("channel") == "book":
            books[message["data"][0]["symbol"]].apply(message)
    for symbol, book in books.items():
        assert book.applied > 20
        assert len(book.bids) == len(book.asks) == depth
        bids, asks = exchange.venue.books[symbol].top(depth)
        digits = [[int(text.replace(".", "")) for text in pair] for pair in book.asks.items()]
        assert digits == [list(level) for level in asks]
        digits = [[int(text.replace(".", "")) for text in pair] for pair in book.bids.items()]
        assert digits == [list(level) for level in bids]


async def test_a_book_message_has_krakens_order_and_digits(exchange: Exchange, wire: Wire) -> None:
    snapshot = await wire.subscribe("book", "DOGE/USD", depth=25)
    (data,) = snapshot["data"]
    assert keys(snapshot) == "channel type data"
    assert keys(data) == "symbol bids asks checksum timestamp"
    prices = [level["price"] for level in data["asks"]]
    assert prices == sorted(prices, key=float)
    prices = [level["price"] for level in data["bids"]]
    assert prices == sorted(prices, key=float, reverse=True)
    for level in data["bids"] + data["asks"]:
        assert keys(level) == "price qty"
        assert len(level["price"].partition(".")[2]) == 7
        assert len(level["qty"].partition(".")[2]) == 8
    await exchange.advance(20)
    update = await wire.channel("book", "update")
    assert keys(update["data"][0]) == keys(data)


async def test_a_second_subscriber_of_another_depth_is_told_its_own_window(
    exchange: Exchange, wire: Wire
) -> None:
    async with connect(exchange.ws_url) as other:
        small, great = StrictBook(10), StrictBook(100)
        small.apply(await wire.subscribe("book", "BTC/USD"))
        great.apply(await other.subscribe("book", "BTC/USD", depth=100))
        await exchange.advance(60)
        told = [
            [each for each in await client.settled() if each.get("channel") == "book"]
            for client in (wire, other)
        ]
        assert len(told[1]) > len(told[0]) > 5
        for book, messages in zip((small, great), told, strict=True):
            for message in messages:
                book.apply(message)


async def test_ticker_message_has_krakens_order_and_digits(exchange: Exchange, wire: Wire) -> None:
    snapshot = await wire.subscribe("ticker", "BTC/USD")
    (data,) = snapshot["data"]
    assert keys(data) == (
        "symbol bid bid_qty ask ask_qty last volume vwap low high change change_pct volume_usd"
        " timestamp"
    )
    decimals = {key: len(text.partition(".")[2]) for key, text in data.items()}
    assert [decimals[key] for key in ("bid", "bid_qty", "vwap", "change_pct")] == [1, 8, 1, 2]
    assert decimals["volume_usd"] == 2
    exchange.move("BTC/USD", 700_000)
    update = await wire.channel("ticker", "update")
    assert shape(update["data"]) == shape(snapshot["data"])
    assert update["data"][0]["last"] == update["data"][0]["high"] == "70000.0"


async def test_the_bbo_ticker_is_told_more_often_than_the_trades_ticker(
    exchange: Exchange, wire: Wire
) -> None:
    async with connect(exchange.ws_url) as other:
        await wire.subscribe("ticker", "LTC/EUR")
        await other.subscribe("ticker", "LTC/EUR", event_trigger="bbo")
        await exchange.advance(300)
        told = [
            sum(each.get("channel") == "ticker" for each in await client.settled())
            for client in (wire, other)
        ]
    assert told[1] > told[0]


async def test_trades_begin_with_fifty_and_go_on_without_a_gap(
    exchange: Exchange, wire: Wire
) -> None:
    snapshot = await wire.subscribe("trade", "BTC/USD", snapshot=True)
    assert len(snapshot["data"]) == 50
    assert keys(snapshot["data"][0]) == ("symbol side price qty ord_type trade_id timestamp")
    await exchange.advance(60)
    exchange.skip(120)
    told = [each for each in await wire.settled() if each.get("channel") == "trade"]
    rows = snapshot["data"] + [row for message in told for row in message["data"]]
    numbers = [int(row["trade_id"]) for row in rows]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert len(numbers) > 60
    assert {row["side"] for row in rows} == {"buy", "sell"}
    assert {row["ord_type"] for row in rows} <= {"market", "limit"}


async def test_candles_follow_trades_and_know_their_interval(
    exchange: Exchange, wire: Wire
) -> None:
    snapshot = await wire.subscribe("ohlc", "BTC/USD", interval=5)
    assert keys(snapshot) == "channel type timestamp data"
    assert len(snapshot["timestamp"]) == len("2026-09-21T14:13:20.123456789Z")
    row = snapshot["data"][-1]
    assert keys(row) == (
        "symbol open high low close trades volume vwap interval_begin interval timestamp"
    )
    assert row["interval"] == "5"
    assert row["interval_begin"].endswith(":10:00.000000000Z")
    assert row["timestamp"].endswith(":15:00.000000Z")
    assert len(row["vwap"].partition(".")[2]) == 1
    reply = await wire.ask("subscribe", channel="ohlc", symbol=["BTC/USD"], interval=1)
    assert reply["result"]["warnings"] == ["timestamp is deprecated, use interval_begin"]
    exchange.move("BTC/USD", 650_000)
    told = [each for each in await wire.settled() if each.get("channel") == "ohlc"]
    updates = [each["data"][0] for each in told if each["type"] == "update"]
    assert [row["interval"] for row in updates] == ["5", "1"]
    assert {row["close"] for row in updates} == {"65000.0"}


async def test_a_candle_that_ended_within_a_leap_is_told_as_it_ended(
    exchange: Exchange, wire: Wire
) -> None:
    await wire.subscribe("ohlc", "BTC/USD", interval=1)
    exchange.skip(180)
    told = [each["data"][0] for each in await wire.settled() if each.get("channel") == "ohlc"]
    begins = [row["interval_begin"] for row in told]
    assert begins == sorted(set(begins))
    assert len(begins) == 4
    rows = exchange.world.candles("BTC/USD", 1)[-4:]
    assert [int(row["trades"]) for row in told] == [row.count for row in rows]


async def test_instruments_have_krakens_order_and_digits(wire: Wire) -> None:
    reply = await wire.ask("subscribe", channel="instrument")
    assert keys(reply["result"]) == "channel snapshot warnings"
    message = await wire.channel("instrument")
    data = message["data"]
    assert keys(data) == "assets pairs"
    assets = {row["id"]: row for row in data["assets"]}
    pairs = {row["symbol"]: row for row in data["pairs"]}
    assert keys(assets["BTC"]) == (
        "id status precision precision_display borrowable collateral_value class margin_rate"
    )
    assert (assets["USD"]["collateral_value"], assets["USD"]["margin_rate"]) == (
        "1.000",
        "0.025000",
    )
    plain = (
        "symbol base quote status qty_precision qty_increment price_precision cost_precision"
        " marginable has_index ws_display_price_precision cost_min tick_size price_increment"
        " qty_min"
    )
    assert keys(pairs["EUR/USD"]) == plain
    margin = "cost_min margin_initial position_limit_long position_limit_short"
    assert keys(pairs["BTC/USD"]) == plain.replace("cost_min", margin)
    bitcoin = pairs["BTC/USD"]
    assert bitcoin["qty_increment"] == "0.00000001"
    assert (bitcoin["tick_size"], bitcoin["price_increment"]) == ("0.1", "0.1")
    assert (bitcoin["cost_min"], bitcoin["qty_min"]) == ("0.50", "0.00005000")
    assert bitcoin["margin_initial"] == "0.20"


async def test_a_heartbeat_comes_every_second_from_the_first_subscription_on(
    exchange: Exchange, wire: Wire
) -> None:
    await exchange.advance(3)
    assert [each["channel"] for each in await wire.settled()] == ["status"]
    await wire.subscribe("book", "BTC/USD")
    await exchange.advance(5)
    beats = [each for each in await wire.settled() if each == {"channel": "heartbeat"}]
    assert len(beats) == 5
    await wire.ask("unsubscribe", channel="book", symbol=["BTC/USD"])
    await exchange.advance(2)
    assert await wire.settled() == [{"channel": "heartbeat"}] * 2


async def test_a_connection_without_a_subscription_is_closed_after_a_minute(
    exchange: Exchange, wire: Wire
) -> None:
    async with connect(exchange.ws_url) as busy:
        await busy.subscribe("trade", "BTC/USD")
        await exchange.advance(59)
        assert (await wire.ask("ping"))["method"] == "pong"
        await exchange.advance(1)
        assert (await wire.socket.receive(timeout=5)).type.name == "CLOSE"
        await busy.settled()
    assert wire.socket.close_code == 1000


async def test_a_slow_reader_loses_nothing(exchange: Exchange, wire: Wire) -> None:
    """Several MB wait, far more than the sockets hold; then everything is still there."""
    times, params = 50, {"channel": "book", "symbol": ["BTC/USD"], "depth": 1000}
    for _ in range(times):
        for method in ("subscribe", "unsubscribe"):
            await wire.say({"method": method, "params": params})
    await wire.say({"method": "subscribe", "params": params})
    snapshots = [each for each in await wire.settled() if each.get("channel") == "book"]
    assert len(snapshots) == times + 1
    book = StrictBook(1000)
    book.apply(snapshots[-1])
    await exchange.advance(5)
    book.apply(await wire.channel("book"))


async def test_the_protocols_own_ping_is_answered(wire: Wire) -> None:
    await wire.socket.ping(b"hello")
    assert (await wire.ask("ping"))["method"] == "pong"


async def test_a_client_that_went_is_forgotten(exchange: Exchange) -> None:
    async with connect(exchange.ws_url) as wire:
        await wire.subscribe("book", "BTC/USD")
        assert exchange.stats()["connections"] == 1
        assert exchange.stats()["subscriptions"] == 1
    await reach(lambda: exchange.stats()["connections"] == 0)
    await exchange.advance(5)
    assert exchange.stats()["subscriptions"] == 0
    assert exchange.stats()["connections_accepted"] == 1


async def test_the_same_seed_tells_the_same_story() -> None:
    stories = []
    for _ in range(2):
        async with (
            Exchange.serving(live=False, seed=7, clock=lambda: NOON_NS) as exchange,
            connect(exchange.ws_url) as wire,
        ):
            await wire.subscribe("book", "SOL/USD")
            await exchange.advance(10)
            told = await wire.settled()
            stories.append([each for each in told if each.get("channel") == "book"])
    assert stories[0] == stories[1] != []


async def test_a_live_exchange_moves_by_itself() -> None:
    async with Exchange.serving(speed=60) as exchange, connect(exchange.ws_url) as wire:
        book = StrictBook(10)
        book.apply(await wire.subscribe("book", "BTC/USD"))
        while book.applied < 3:
            book.apply(await wire.channel("book"))
        with pytest.raises(RuntimeError):
            await exchange.advance(1)


async def test_a_port_in_use_is_an_os_error() -> None:
    async with Exchange.serving(live=False) as exchange:
        with pytest.raises(OSError):
            async with Exchange.serving(live=False, port=exchange.port):
                raise AssertionError("the port was not taken")


def test_raw_numbers_keep_their_text() -> None:
    assert read('{"qty":0.10000000}') == {"qty": "0.10000000"}
