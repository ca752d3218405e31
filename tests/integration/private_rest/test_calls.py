"""Private REST over real sockets: what is asked arrives, is read, and shows no secret."""

import asyncio
import traceback
from datetime import timedelta
from decimal import Decimal
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from kraken.core.errors import (
    AuthError,
    KrakenError,
    OutcomeUnknown,
)
from kraken.core.trading import (
    Amend,
    ConditionalClose,
    Liquidity,
    OrderStatus,
    OrderType,
    PriceKind,
    PriceOffset,
    Reference,
    TimeInForce,
    Trigger,
)
from kraken.core.types import Asset, Credentials, Side
from tests.private_caller import BTC, Caller

SECOND = timedelta(seconds=1)


# -- what works -------------------------------------------------------------------------------


async def test_an_order_is_placed_seen_changed_and_cancelled(ann: Caller) -> None:
    request = ann.order(post_only=True)
    name = await ann.rest.add_order(request)
    (seen,) = (await ann.rest.open_orders(request.client_id)).reports
    assert (seen.order_id, seen.client_id, seen.symbol) == (name, request.client_id, BTC)
    assert (seen.qty, seen.limit_price) == (Decimal("0.01000000"), Decimal("50000.0"))
    assert (seen.status, seen.post_only, seen.type) == (OrderStatus.NEW, True, OrderType.LIMIT)
    await ann.rest.amend_order(Amend(limit_price=Decimal("49000")), client_id=request.client_id)
    (seen,) = (await ann.rest.query_orders([name])).reports
    assert (seen.limit_price, seen.is_amended) == (Decimal("49000.0"), True)
    assert await ann.rest.cancel_order(order_id=name) == 1
    assert (await ann.rest.open_orders()).reports == ()
    (seen,) = (await ann.rest.closed_orders(request.client_id)).reports
    assert (seen.status, seen.reason) == (OrderStatus.CANCELED, "User requested")


async def test_a_fill_and_the_money_it_moved_are_read_to_the_last_digit(ann: Caller) -> None:
    name = await ann.rest.add_order(ann.order(None))
    page = await ann.rest.trades_history()
    told: Any = ann.exchange.journal()["fills"]
    assert [(one.exec_id, one.price, one.qty, one.cost, one.fee) for one in page.fills[::-1]] == [
        (
            row["exec_id"],
            Decimal(row["price"]),
            Decimal(row["qty"]),
            Decimal(row["cost"]),
            Decimal(row["fee"]),
        )
        for row in told
    ]
    assert {one.order_id for one in page.fills} == {name}
    assert {one.fee_asset for one in page.fills} == {"USD"}
    assert {one.liquidity for one in page.fills} == {Liquidity.TAKER}
    assert page.unread == ()
    balances = await ann.rest.balances()
    assert balances[Asset("BTC")].total == Decimal("10.01")
    assert balances[Asset("DOGE")].total == Decimal("1000000")


@pytest.mark.parametrize(
    ("kind", "terms"),
    [
        (OrderType.STOP_LOSS, {"trigger": Trigger(PriceOffset(Decimal("40000")))}),
        (
            OrderType.STOP_LOSS_LIMIT,
            {
                "trigger": Trigger(PriceOffset(Decimal("40000")), Reference.LAST),
                "limit_price": Decimal("39900"),
            },
        ),
        (
            OrderType.TRAILING_STOP,
            {"trigger": Trigger(PriceOffset(Decimal("1.5"), PriceKind.PERCENT))},
        ),
        (OrderType.LIMIT, {"limit_price": Decimal("900000"), "display_qty": None}),
    ],
)
async def test_every_kind_of_order_arrives_as_it_was_meant(
    ann: Caller, kind: OrderType, terms: dict[str, object]
) -> None:
    meant: dict[str, Any] = {"type": kind, "side": Side.SELL, "limit_price": None, **terms}
    name = await ann.rest.add_order(ann.order(**meant))
    (row,) = ann.journal()
    assert (row["order_id"], row["type"], row["side"]) == (name, kind.value, "sell")
    (seen,) = (await ann.rest.open_orders()).reports
    assert (seen.type, seen.side, seen.limit_price) == (kind, Side.SELL, terms.get("limit_price"))
    assert (seen.trigger is not None) == ("trigger" in terms)
    if seen.trigger is not None and kind is not OrderType.TRAILING_STOP:
        assert seen.trigger.price == Decimal("40000")


async def test_a_protected_order_that_ends_by_itself_arrives_as_it_was_meant(ann: Caller) -> None:
    stop = Trigger(PriceOffset(Decimal("-5"), PriceKind.PERCENT))
    ends = ann.clock.now().replace(microsecond=0) + timedelta(minutes=10)
    request = ann.order(
        close=ConditionalClose(OrderType.STOP_LOSS, trigger=stop),
        time_in_force=TimeInForce.GTD,
        expires_at=ends,
    )
    await ann.rest.add_order(request)
    (seen,) = (await ann.rest.open_orders()).reports
    assert (seen.time_in_force, seen.expires_at) == (TimeInForce.GTD, ends)


async def test_keys_tokens_fees_and_the_dead_mans_switch(ann: Caller) -> None:
    info = await ann.rest.key_info()
    assert "modify-trades" in info.permissions
    assert "withdraw-funds" not in info.permissions
    assert info.valid_until is None
    token = await ann.rest.stream_token()
    assert token.valid_for == timedelta(minutes=15)
    assert token.token not in repr(token)
    rates = await ann.rest.fee_rates([BTC])
    assert rates.taker[BTC] > rates.maker[BTC] > 0
    fires = await ann.rest.cancel_all_after(timedelta(seconds=60))
    assert fires is not None
    assert abs(fires - ann.clock.now() - timedelta(seconds=60)) <= SECOND
    assert await ann.rest.cancel_all_after(timedelta(0)) is None
    await ann.rest.add_order(ann.order())
    assert await ann.rest.cancel_all() == 1


# -- nonces -----------------------------------------------------------------------------------


async def test_concurrent_calls_never_race_each_other(ann: Caller) -> None:
    counts: list[int] = []

    async def one() -> None:
        counts.append(await ann.rest.cancel_all())

    async with asyncio.TaskGroup() as group:
        for _ in range(200):
            group.create_task(one())
    assert counts == [0] * 200


async def test_calls_of_a_key_are_never_on_the_wire_at_the_same_time(ann: Caller) -> None:
    nonces: list[int] = []
    inside = most = 0

    async def slow(request: web.Request) -> web.StreamResponse:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        nonces.append(int((await request.post())["nonce"]))  # type: ignore[arg-type]  # a text
        for _ in range(20):  # time for another call to come in
            await asyncio.sleep(0)
        inside -= 1
        return web.json_response({"error": [], "result": {"count": 0}})

    app = web.Application()
    app.router.add_post("/0/private/{endpoint}", slow)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession() as http:
        rest = ann.again(http, url=f"http://127.0.0.1:{runner.addresses[0][1]}")
        async with asyncio.TaskGroup() as group:
            for _ in range(50):
                group.create_task(rest.cancel_all())
    await runner.cleanup()
    assert most == 1
    assert nonces == sorted(set(nonces))
    assert len(nonces) == 50


async def test_nonces_rise_over_restarts_and_clocks_that_are_set_back(ann: Caller) -> None:
    await ann.rest.key_info()
    before = (await ann.rest.key_info()).nonce
    ann.clock.advance(-3600)
    async with aiohttp.ClientSession() as http:
        after = (await ann.again(http).key_info()).nonce
    assert before is not None
    assert after is not None
    assert after > before
    assert after <= ann.nonces.mark


async def test_the_mark_is_on_disk_before_a_nonce_is_used_and_rarely_written(ann: Caller) -> None:
    for _ in range(50):
        await ann.rest.cancel_all()
    assert len(ann.nonces.raised) == 1
    ann.clock.advance(2)
    info = await ann.rest.key_info()
    assert len(ann.nonces.raised) == 2
    assert info.nonce is not None
    assert info.nonce <= ann.nonces.mark


# -- secrets ----------------------------------------------------------------------------------


def _told(error: BaseException) -> str:
    """Everything that a log or a debugger would show of an error and its causes."""
    shown = "".join(traceback.format_exception(error))
    chain: BaseException | None = error
    while chain is not None:
        shown += repr(chain) + repr(vars(chain)) + repr(chain.args)
        chain = chain.__cause__ or chain.__context__
    return shown


async def test_no_error_shows_the_key_the_secret_or_a_signature(
    ann: Caller, unused_url: str
) -> None:
    signatures: list[str] = []

    async def broken(request: web.Request) -> web.StreamResponse:
        signatures.append(request.headers["API-Sign"])
        request.transport.write(b"HTTP/1.1 banana\r\n\r\n")  # type: ignore[union-attr]  # open
        return web.Response()

    app = web.Application()
    app.router.add_post("/0/private/{endpoint}", broken)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    address = runner.addresses[0]
    async with aiohttp.ClientSession() as http:
        for url in (unused_url, f"http://127.0.0.1:{address[1]}"):
            rest = ann.again(http, url=url)
            for call in (rest.balances, rest.cancel_all):
                with pytest.raises(KrakenError) as failed:
                    await call()
                told = _told(failed.value) + repr(rest) + repr(ann.credentials)
                secrets = (ann.credentials.api_key, ann.credentials.api_secret, *signatures)
                assert [each for each in secrets if each in told] == []
    await runner.cleanup()
    assert len(signatures) == 2


@pytest.mark.parametrize(
    ("key", "secret"),
    [("key", "no base64!"), ("a key\r\nX-Other: 1", "c2VjcmV0"), ("", "c2VjcmV0")],
)
async def test_what_cannot_be_a_key_is_refused_without_sending_or_showing_it(
    ann: Caller, key: str, secret: str
) -> None:
    async with aiohttp.ClientSession() as http:
        rest = ann.again(http, credentials=Credentials(key, secret))
        with pytest.raises(AuthError) as refused:
            await rest.add_order(ann.order())
    assert secret not in _told(refused.value)
    assert ann.journal() == []


async def test_nothing_is_sent_to_where_a_redirect_points(ann: Caller) -> None:
    seen: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        seen.append(request.path)
        return web.Response(status=307, headers={"Location": "/elsewhere"})

    app = web.Application()
    app.router.add_post("/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession() as http:
        rest = ann.again(http, url=f"http://127.0.0.1:{runner.addresses[0][1]}")
        with pytest.raises(OutcomeUnknown):
            await rest.add_order(ann.order())
    await runner.cleanup()
    assert seen == ["/0/private/AddOrder"]


async def test_the_body_on_the_wire_is_the_one_that_was_signed_and_comes_once(
    ann: Caller,
) -> None:
    """A server that drops each connection after reading: a client that repeats is seen."""
    seen: list[bytes] = []

    async def drop(request: web.Request) -> web.StreamResponse:
        seen.append(await request.read())
        if len(seen) > 1:
            request.transport.abort()  # type: ignore[union-attr]  # it is open
        return web.json_response({"error": [], "result": {"count": 0}})

    app = web.Application()
    app.router.add_post("/0/private/{endpoint}", drop)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession() as http:
        rest = ann.again(http, url=f"http://127.0.0.1:{runner.addresses[0][1]}")
        assert await rest.cancel_all() == 0
        with pytest.raises(OutcomeUnknown):
            await rest.add_order(ann.order())
    await runner.cleanup()
    assert len(seen) == 2
    assert seen[1].startswith(b"nonce=")
