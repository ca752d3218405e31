"""The bytes to Telegram: what is known of a request that got no answer, and the way it takes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from telegram import InputFile
from telegram.error import NetworkError, TimedOut
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

from bot.telegram.wire import NotReached, Wire

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
SECRET = "bot7000000001:canary"
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[str]:
    server = await asyncio.start_server(answer, "127.0.0.1")
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.close()


async def say_half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"ok":')
    writer.close()


async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


async def failure(address: str) -> NetworkError:
    wire = Wire(address, 1, read_timeout=0.2)
    try:
        with pytest.raises(NetworkError) as told:
            await wire.post(f"{address}/{SECRET}/getMe")
    finally:
        await wire.shutdown()
    assert "canary" not in f"{told.value!r} {told.value.__cause__!r}"
    return told.value


async def test_without_a_connection_nothing_was_sent() -> None:
    async with serving(hang_up) as address:
        pass
    assert isinstance(await failure(address), NotReached)


@pytest.mark.parametrize("answer", [hang_up, say_half, say_nothing])
async def test_once_there_was_a_connection_nobody_knows(answer: Answer) -> None:
    async with serving(answer) as address:
        told = await failure(address)
    assert not isinstance(told, NotReached)
    assert isinstance(told, TimedOut) == (answer is say_nothing)


async def test_a_file_that_nobody_takes_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of a request is written before an answer is waited for, which has limits of its own."""
    monkeypatch.setattr("bot.telegram.wire._UPLOAD", 0.1)
    monkeypatch.setattr("bot.telegram.wire._SLOWEST", 2**30)
    given_up, ended = asyncio.Event(), asyncio.Event()

    async def take_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await given_up.wait()
        writer.transport.abort()
        ended.set()

    large = InputFile(bytes(32 * 2**20), filename="copy.bin")
    data = RequestData([RequestParameter.from_input("document", large)])
    async with serving(take_nothing) as address:
        wire = Wire(address, 1)
        with pytest.raises(TimedOut):
            async with asyncio.timeout(10):
                await wire.post(f"{address}/sendDocument", data)
        await wire.shutdown()
        given_up.set()
        await ended.wait()


async def test_a_proxy_that_the_environment_names_is_on_the_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[bytes] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 25\r\n\r\n{"ok":true,"result":true}')
        writer.close()

    async with serving(proxy) as address:
        monkeypatch.setenv("ALL_PROXY", address)
        wire = Wire("http://telegram.example", 1)
        await wire.post("http://telegram.example/getMe")
        await wire.shutdown()
        monkeypatch.setenv("NO_PROXY", "telegram.example")
        direct = Wire("http://telegram.example", 1)
    assert asked == [b"POST http://telegram.example/getMe HTTP/1.1\r\n"]
    assert direct.proxy is None


@pytest.mark.parametrize("name", ["ALL_PROXY", "HTTPS_PROXY"])
def test_a_proxy_of_another_kind_is_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "socks5://127.0.0.1:1")
    with pytest.raises(ValueError, match="proxy"):
        Wire("https://api.telegram.org", 1)
