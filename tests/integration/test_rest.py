"""Rest over a real socket: every failure is classed by what may be concluded."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kraken.core.errors import (
    BadData,
    Busy,
    KrakenError,
    Maintenance,
    NotSent,
    RateLimited,
    Rejected,
    UnknownInstrument,
)
from kraken.core.types import Interval, Symbol, SystemState
from kraken.rest import USER_AGENT, Rest, read_again
from tests.scripted_kraken import ScriptedKraken
from tests.stack import clock

BTC = Symbol("BTC/USD")
CLOUDFLARE = "<!DOCTYPE html><html><title>api.kraken.com | 520</title></html>"
PAIRS = {
    "XXBTZUSD": {
        "altname": "XBTUSD",
        "wsname": "XBT/USD",
        "base": "XXBT",
        "quote": "ZUSD",
        "pair_decimals": 1,
        "lot_decimals": 8,
        "cost_decimals": 5,
        "ordermin": "0.00005",
        "costmin": "0.5",
        "tick_size": "0.1",
        "status": "online",
    },
    "XDGUSD": {
        "altname": "XDGUSD",
        "wsname": "XDG/USD",
        "base": "XXDG",
        "quote": "ZUSD",
        "pair_decimals": 7,
        "lot_decimals": 8,
        "cost_decimals": 9,
        "ordermin": "13",
        "costmin": "0.5",
        "tick_size": "0.0000001",
        "status": "online",
    },
}


@pytest.fixture
async def kraken() -> AsyncIterator[ScriptedKraken]:
    async with ScriptedKraken.serving() as serving:
        yield serving


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def rest(kraken: ScriptedKraken, http: aiohttp.ClientSession) -> Rest:
    return Rest(http, kraken.rest_url, clock=clock(), timeout=5)


def answering(kraken: ScriptedKraken, status: int, text: str, **headers: str) -> None:
    async def respond(_request: web.Request) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=status, text=text, headers=named)

    kraken.rest["Time"] = respond


async def test_a_question_goes_out_once_with_our_name_on_it(
    kraken: ScriptedKraken, rest: Rest
) -> None:
    agents: list[str | None] = []

    async def respond(request: web.Request) -> web.StreamResponse:
        agents.append(request.headers.get("User-Agent"))
        return web.json_response({"error": [], "result": {"unixtime": 1762820224}})

    kraken.rest["Time"] = respond
    assert await rest.time() == datetime(2025, 11, 11, 0, 17, 4, tzinfo=UTC)
    assert agents == [USER_AGENT]


async def test_the_system_status_is_read(kraken: ScriptedKraken, rest: Rest) -> None:
    kraken.answer("SystemStatus", {"status": "post_only", "timestamp": "2026-02-26T11:09:53Z"})
    assert (await rest.system_status()).state is SystemState.POST_ONLY


async def test_pairs_are_asked_for_by_the_name_that_rest_listed(
    kraken: ScriptedKraken, rest: Rest
) -> None:
    listed = {**PAIRS, "XXBTZUSD": {**PAIRS["XXBTZUSD"], "altname": "ODDNAME"}}
    kraken.answer("AssetPairs", listed)
    kraken.answer("Depth", {"XXBTZUSD": {"bids": [["100.00000", "1.000", 1]], "asks": []}})
    instruments = await rest.instruments()
    assert [instrument.symbol for instrument in instruments] == ["BTC/USD", "DOGE/USD"]
    page = await rest.depth(BTC, 10)
    assert page.bids[0].price == Decimal("100")
    assert kraken.rest_asked.items[-1] == ("Depth", {"pair": "ODDNAME", "count": "10"})


async def test_without_the_list_a_name_is_spelt_as_rest_spells_it(
    kraken: ScriptedKraken, rest: Rest
) -> None:
    kraken.answer("Trades", {"XDGXBT": [], "last": "1700000000000000000"})
    page = await rest.trades(Symbol("DOGE/BTC"), since=5)
    assert page.last == 1_700_000_000_000_000_000
    asked = {"pair": "XDGXBT", "since": "5", "count": "1000"}
    assert kraken.rest_asked.items == [("Trades", asked)]


async def test_tickers_come_back_under_our_symbols(kraken: ScriptedKraken, rest: Rest) -> None:
    row = {
        "a": ["101.0", "1", "1.000"],
        "b": ["100.0", "1", "1.000"],
        "c": ["100.5", "0.1"],
        "v": ["1", "2"],
        "p": ["99", "98"],
        "t": [3, 4],
        "l": ["90", "80"],
        "h": ["110", "120"],
        "o": "95",
    }
    kraken.answer("AssetPairs", PAIRS)
    kraken.answer("Ticker", {"XXBTZUSD": row})
    tickers = await rest.ticker([BTC, Symbol("NO/SUCH")])
    assert list(tickers) == [BTC]
    assert tickers[BTC].last == Decimal("100.5")
    assert await rest.ticker([Symbol("NO/SUCH")]) == {}


async def test_candles_spread_assets_and_the_grouped_book_are_read(
    kraken: ScriptedKraken, rest: Rest
) -> None:
    row = [1762777320, "1.0", "2.0", "0.5", "1.5", "1.2", "3.0", 7]
    kraken.answer("OHLC", {"XXBTZUSD": [row], "last": 1762777260})
    kraken.answer("Spread", {"XXBTZUSD": [[1701022039, "1.0", "1.1"]], "last": 1701022039})
    kraken.answer("Assets", {"XXBT": {"altname": "XBT", "decimals": 10, "display_decimals": 5}})
    level = {"price": "90400.00000", "qty": "19.83057746"}
    kraken.answer("GroupedBook", {"pair": "BTC/USD", "bids": [level], "asks": []})
    [candle] = (await rest.candles(BTC, Interval.H1, since=7)).candles
    assert (candle.close, candle.count) == (Decimal("1.5"), 7)
    assert kraken.rest_asked.items[-1][1] == {"pair": "XBTUSD", "interval": "60", "since": "7"}
    assert (await rest.spread(BTC))[0].ask == Decimal("1.1")
    assert (await rest.assets())[0].asset == "BTC"
    assert (await rest.grouped_book(BTC, grouping=1000)).bids[0].price == Decimal(90400)


@pytest.mark.parametrize(
    ("status", "text", "error"),
    [
        (200, CLOUDFLARE, BadData),
        (200, "", BadData),
        (200, '{"error":[],"result":{"unixti', BadData),
        (200, '{"error":[]}', BadData),
        (200, "[1, 2]", BadData),
        (200, '{"error":[],"result":{"other":1}}', BadData),
        (404, CLOUDFLARE, BadData),
        (302, "", BadData),
        (403, CLOUDFLARE, Busy),
        (502, CLOUDFLARE, Busy),
        (503, "", Busy),
        (503, '{"message":"no upstream"}', Busy),
        (504, '{"error":[],"result":{"unixtime":1}}', Busy),
        (520, CLOUDFLARE, Busy),
        (429, CLOUDFLARE, RateLimited),
        (200, '{"error":["EService:Unavailable"]}', Maintenance),
        (503, '{"error":["EService:Unavailable"]}', Maintenance),
        (200, '{"error":["EGeneral:Too many requests"]}', RateLimited),
        (200, '{"error":["EQuery:Unknown asset pair"]}', UnknownInstrument),
        (200, '{"error":["EGeneral:Unknown method"]}', Rejected),
        (200, '{"error":["ESomething:New"]}', Busy),
    ],
)
async def test_an_answer_that_is_not_the_answer_says_what_to_conclude(
    kraken: ScriptedKraken, rest: Rest, status: int, text: str, error: type[KrakenError]
) -> None:
    answering(kraken, status, text)
    with pytest.raises(KrakenError) as caught:
        await rest.time()
    assert type(caught.value) is error
    assert len(kraken.rest_asked.items) == 1


async def test_an_answer_from_elsewhere_is_not_krakens(kraken: ScriptedKraken, rest: Rest) -> None:
    answering(kraken, 302, "", Location="/0/public/Portal")
    kraken.answer("Portal", {"unixtime": 1})
    with pytest.raises(BadData):
        await rest.time()


async def test_a_warning_beside_a_result_is_no_error(kraken: ScriptedKraken, rest: Rest) -> None:
    answering(kraken, 200, '{"error":["WGeneral:Soon"],"result":{"unixtime":1}}')
    assert (await rest.time()).year == 1970


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("7", timedelta(seconds=7)),
        ("Thu, 01 Jan 2026 00:00:30 GMT", timedelta(seconds=30)),
        ("Wed, 31 Dec 2025 23:00:00 GMT", timedelta(seconds=5)),
        ("soon", timedelta(seconds=5)),
    ],
)
async def test_the_edge_says_how_long_to_wait(
    kraken: ScriptedKraken, http: aiohttp.ClientSession, header: str, wait: timedelta
) -> None:
    class NewYear:
        def now(self) -> datetime:
            return datetime(2026, 1, 1, tzinfo=UTC)

    answering(kraken, 429, "slow down", Retry_After=header)
    with pytest.raises(RateLimited) as caught:
        await Rest(http, kraken.rest_url, clock=NewYear()).time()
    assert caught.value.retry_after == wait


async def test_an_answer_cut_inside_the_body_is_bad_data(
    kraken: ScriptedKraken, rest: Rest
) -> None:
    async def respond(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b'{"error":[],')
        assert request.transport is not None
        request.transport.close()
        return response

    kraken.rest["Time"] = respond
    with pytest.raises(BadData):
        await rest.time()


async def test_a_connection_that_breaks_before_the_answer_is_busy(
    kraken: ScriptedKraken, rest: Rest
) -> None:
    async def respond(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    kraken.rest["Time"] = respond
    with pytest.raises(Busy):
        await rest.time()


async def test_an_answer_that_does_not_come_in_time_is_busy(
    kraken: ScriptedKraken, http: aiohttp.ClientSession
) -> None:
    leave = asyncio.Event()

    async def respond(_request: web.Request) -> web.StreamResponse:
        await leave.wait()
        return web.Response()

    kraken.rest["Time"] = respond
    with pytest.raises(Busy):
        await Rest(http, kraken.rest_url, clock=clock(), timeout=0.05).time()
    leave.set()


async def test_a_refused_port_is_not_sent(http: aiohttp.ClientSession) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(NotSent):
            await Rest(http, url, clock=clock()).time()


async def test_a_name_that_does_not_resolve_is_not_sent(http: aiohttp.ClientSession) -> None:
    with pytest.raises(NotSent):
        await Rest(http, "http://kraken.invalid", clock=clock()).time()


async def test_a_peer_that_speaks_no_tls_is_not_sent(
    kraken: ScriptedKraken, http: aiohttp.ClientSession
) -> None:
    url = kraken.rest_url.replace("http:", "https:")
    with pytest.raises(NotSent) as caught:
        await Rest(http, url, clock=clock()).time()
    assert isinstance(caught.value.__cause__, aiohttp.ClientConnectorError | ssl.SSLError)
    assert kraken.rest_asked.items == []


def self_signed(folder: Path) -> ssl.SSLContext:
    """A certificate for the right address that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    form, shape = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    secret = key.private_bytes(form, shape, serialization.NoEncryption())
    (folder / "chain.pem").write_bytes(secret + certificate.public_bytes(form))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "chain.pem")
    return context


async def test_a_certificate_that_nobody_vouches_for_is_not_sent(
    http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    asked: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.read(100))
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0, ssl=self_signed(tmp_path))
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(NotSent):
            await Rest(http, f"https://localhost:{port}", clock=clock()).time()
    assert asked in ([], [b""])


class Answers:
    """Raises or returns what it was given, one per call."""

    def __init__(self, *answers: Exception | str) -> None:
        self.left = list(answers)
        self.waits: list[float] = []

    async def call(self) -> str:
        answer = self.left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)

    async def ask(self) -> str:
        return await read_again(self.call, random=lambda: 1.0, sleep=self.sleep)


async def test_a_read_is_asked_again_after_what_may_pass() -> None:
    answers = Answers(NotSent("x"), BadData("x"), "answer")
    assert await answers.ask() == "answer"
    assert answers.waits == [0.5, 1.0]


async def test_a_read_is_asked_three_times_and_no_more() -> None:
    answers = Answers(Busy("1"), Busy("2"), Busy("3"), "never")
    with pytest.raises(Busy, match="3"):
        await answers.ask()
    assert answers.left == ["never"]


async def test_a_clear_no_is_not_asked_again() -> None:
    answers = Answers(Rejected("no"), "never")
    with pytest.raises(Rejected):
        await answers.ask()
    assert answers.waits == []


async def test_a_read_waits_as_long_as_kraken_said() -> None:
    answers = Answers(RateLimited("x", timedelta(seconds=5)), "answer")
    assert await answers.ask() == "answer"
    assert answers.waits == [5.0]


async def test_a_wait_that_nobody_would_wait_for_is_handed_to_the_caller() -> None:
    answers = Answers(RateLimited("x", timedelta(minutes=15)), "never")
    with pytest.raises(RateLimited):
        await answers.ask()
    assert answers.waits == []
