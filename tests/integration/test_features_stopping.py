"""/kill and what follows: memory first, one card, cancelling until nothing is left."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.core.access import Role
from bot.core.errors import LimitReached, NotAllowed
from bot.core.page import Page
from bot.core.trade.limits import PauseKind
from bot.core.trade.types import Mode
from bot.handlers import COMMANDS_BY_NAME, TAPS, free_text
from bot.store import StoreUnavailable
from bot.store.safety import EVERYWHERE
from kraken.core.errors import AuthError, Busy
from kraken.core.trading import (
    Order,
    OrderName,
    OrderRequest,
    OrderStatus,
    OrderType,
    PriceOffset,
    Reference,
    Trigger,
    TriggerState,
)
from kraken.core.types import Side, Symbol
from tests.fake_bot import Chat, FakeAsk
from tests.intents import intent
from tests.page_rules import words_of

PERSON = 1


@pytest.fixture
async def chat() -> AsyncIterator[Chat]:
    made = Chat()
    yield made
    made.tasks.close()


def account(chat: Chat) -> Any:
    return chat.accounts.paper


def ask(chat: Chat, **given: Any) -> FakeAsk:
    return chat.ask(user_id=PERSON, **given)


async def say(chat: Chat, text: str) -> Page:
    name, _, args = text.removeprefix("/").partition(" ")
    await COMMANDS_BY_NAME[name].handler(ask(chat, command=name, args=args, text=text))
    return chat.last


async def tap(chat: Chat, verb: str, **payload: Any) -> Page:
    await TAPS[verb].handler(ask(chat, payload=payload, message_id=max(chat.messages)))
    return chat.last


def labels(page: Page) -> list[str]:
    return [button.label for button in page.buttons()]


def entry(chat: Chat) -> Order:
    request = OrderRequest(
        Symbol("BTC/USD"), Side.BUY, OrderType.LIMIT, Decimal("0.01"), limit_price=Decimal(50000)
    )
    return account(chat).add(request)


def stop(chat: Chat) -> Order:
    request = OrderRequest(
        Symbol("BTC/USD"),
        Side.SELL,
        OrderType.STOP_LOSS,
        Decimal("0.01"),
        trigger=Trigger(PriceOffset(Decimal(40000))),
    )
    return account(chat).add(request)


async def test_kill_stops_orders_at_once_and_tells_what_is_open(chat: Chat) -> None:
    entry(chat), entry(chat), stop(chat)
    page = await say(chat, "/kill")
    assert "Trading paused here" in words_of(page)
    assert "2 entries, 1 protective stop open. Holdings 1 BTC" in words_of(page)
    assert labels(page) == [
        "Cancel 2 entries",
        "Cancel everything…",
        "Sell everything…",
        "▶ Resume",
    ]
    with pytest.raises(LimitReached) as told:
        chat.services.brakes.check(intent(mode=Mode.PAPER))
    assert told.value.most == PauseKind.KILL
    assert [order.is_open for order in account(chat).orders.values()] == [True] * 3


@pytest.mark.parametrize("name", ["stop", "panic", "x"])
async def test_its_other_names_do_the_same(chat: Chat, name: str) -> None:
    await say(chat, f"/{name}")
    assert chat.services.brakes.pause_of(1) is not None


async def test_a_kill_stops_although_neither_database_nor_kraken_answers(chat: Chat) -> None:
    account(chat).answers["open_orders"] = [Busy("EService:Unavailable")] * 9
    page = await say(chat, "/kill")
    assert "Kraken does not answer; what is open is not known" in words_of(page)
    assert "Cancel everything…" in labels(page)
    assert chat.services.brakes.pause_of(1) is not None


async def test_entries_are_cancelled_until_none_is_left_and_stops_stay(chat: Chat) -> None:
    entries = [entry(chat), entry(chat)]
    spared = stop(chat)
    account(chat).answers["cancel"] = [Busy("x")]
    account(chat).answers["open_orders"] = [Busy("y")]
    await say(chat, "/kill")
    await tap(chat, "kill_entries")
    await chat.tasks.run_all()
    orders = account(chat).orders
    assert [orders[one.order_id].status for one in entries] == [OrderStatus.CANCELED] * 2
    assert orders[spared.order_id].is_open
    told = [words_of(page) for page in chat.outbox.pages]
    assert "2 orders ended; nothing of them is open at" in told[-1]
    assert any("1 left" in text for text in told)


async def test_cancelling_everything_says_that_protection_goes_and_asks_once(chat: Chat) -> None:
    entry(chat), stop(chat)
    await say(chat, "/kill")
    page = await tap(chat, "kill_all")
    assert "1 protective stop would go, too: nothing protects" in words_of(page)
    assert all(order.is_open for order in account(chat).orders.values())
    question = max(chat.messages)
    await tap(chat, "kill_all", sure=True)
    assert labels(chat.messages[question]) == ["▶ Resume"]
    begun = [words_of(page) for page in chat.messages.values()]
    assert any(text.endswith("⏳ Cancelling…") for text in begun)
    await chat.tasks.run_all()
    assert not any(order.is_open for order in account(chat).orders.values())
    assert "2 orders ended; nothing of them is open at" in words_of(chat.outbox.pages[-1])
    assert "does not answer" not in "".join(map(words_of, chat.outbox.pages))


async def test_the_way_back_from_the_question_is_the_same_message(chat: Chat) -> None:
    entry(chat)
    await say(chat, "/kill")
    await tap(chat, "kill_all")
    number = len(chat.messages)
    assert "Trading paused here" in words_of(await tap(chat, "kill_back"))
    assert len(chat.messages) == number


async def test_cancelling_gives_up_only_after_half_an_hour_or_a_refused_key(chat: Chat) -> None:
    entry(chat)
    account(chat).answers["open_orders"] = [Busy("down")] * 10_000
    began = chat.clock.now()
    await tap_kill(chat)
    await chat.tasks.run_all()
    assert timedelta(minutes=30) < chat.clock.now() - began < timedelta(minutes=31)
    assert "Look in Kraken’s app" in words_of(chat.outbox.pages[-1])
    account(chat).answers["open_orders"] = [AuthError("EAPI:Invalid key")]
    await tap_kill(chat)
    await chat.tasks.run_all()
    assert "Kraken refuses my key" in words_of(chat.outbox.pages[-1])


async def tap_kill(chat: Chat) -> None:
    chat.messages.setdefault(100, Page("x"))
    await tap(chat, "kill_entries")


async def test_everything_is_sold_only_after_the_typed_word(chat: Chat) -> None:
    held = stop(chat)
    await say(chat, "/kill")
    page = await tap(chat, "kill_sell")
    assert "sell everything?" in words_of(page)
    assert "BTC/USD" in words_of(page)
    await free_text(ask(chat, text="thanks"))
    assert account(chat).sent == []
    await free_text(ask(chat, text=" Sell "))
    await run_sale(chat)
    [request] = account(chat).sent
    assert (request.side, request.type, request.qty) == (Side.SELL, OrderType.LIMIT, 1)
    assert request.time_in_force == "IOC"
    assert request.limit_price is not None
    assert Decimal(58000) < request.limit_price < Decimal(60000)
    assert not account(chat).orders[held.order_id].is_open, "its stop was cancelled first"
    [(_, _, told)] = chat.outbox.pushes
    assert "BTC/USD: ❓ sent; what was sold is not known yet" in words_of(told)
    assert chat.services.brakes.pause_of(1) is not None, "still paused"
    await free_text(ask(chat, text="sell"))
    assert len(account(chat).sent) == 1, "the word counts once"


@pytest.mark.parametrize(
    ("filled", "said"), [("1", "✅ 1 sold"), ("0.4", "🟨 0.4 sold, 0.6 left over")]
)
async def test_what_was_sold_is_told_although_the_exchange_answers_no_question(
    chat: Chat, monkeypatch: pytest.MonkeyPatch, filled: str, said: str
) -> None:
    """The stream told it; many questions before the kill used up what the exchange answers."""
    stop(chat)

    async def busy(name: OrderName) -> None:
        [order] = [each for each in account(chat).orders.values() if each.is_open]
        status = OrderStatus.FILLED if filled == "1" else OrderStatus.EXPIRED
        ended = replace(order, status=status, filled_qty=Decimal(filled))
        of = (await chat.accounts.of(1)).id
        await chat.records.note_order(of, ended, chat.clock.now())
        raise Busy("slow down")

    monkeypatch.setattr(account(chat), "order", busy)
    await say(chat, "/kill")
    await tap(chat, "kill_sell")
    await free_text(ask(chat, text="sell"))
    await run_sale(chat)
    told = chat.outbox.pushes[-1][2]
    assert f"BTC/USD: {said}" in words_of(told)


async def test_what_is_held_and_cannot_be_read_is_not_said_to_be_nothing(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    await say(chat, "/kill")
    await tap(chat, "kill_sell")
    await free_text(ask(chat, text="sell"))

    async def busy() -> None:
        raise Busy("slow down")

    monkeypatch.setattr(account(chat), "balances", busy)
    await run_sale(chat)
    told = words_of(chat.outbox.pushes[-1][2])
    assert "nothing was sold" in told
    assert "Send /kill again." in told
    assert "nothing to sell" not in told


async def test_no_take_profit_sells_again_what_everything_was_sold_with(chat: Chat) -> None:
    made = [
        intent(mode=mode, account=f"{mode}:1", take_profit=PriceOffset(Decimal(70000)))
        for mode in (Mode.PAPER, Mode.LIVE)
    ]
    for one in made:
        await chat.records.commit_intent(one, ticket_id=None, now=chat.clock.now())
    await say(chat, "/kill")
    await tap(chat, "kill_sell")
    await free_text(ask(chat, text="sell"))
    await run_sale(chat)
    [left] = await chat.records.waiting_exits()
    assert left.client_id == made[1].client_id, "that of the other account goes on"


async def test_a_sale_that_cannot_be_written_down_says_so(chat: Chat) -> None:
    stop(chat)
    await say(chat, "/kill")
    await tap(chat, "kill_sell")
    await free_text(ask(chat, text="sell"))
    chat.records.broken = StoreUnavailable("disk full")
    await run_sale(chat)
    assert account(chat).sent == []
    *_, page = chat.outbox.edits[-1]
    assert "My database does not answer" in words_of(page)


async def run_sale(chat: Chat) -> None:
    for key in [key for key in chat.tasks.started if key[0] == "flatten"]:
        await chat.tasks.started.pop(key)


async def test_the_word_of_somebody_else_or_too_late_sells_nothing(chat: Chat) -> None:
    await say(chat, "/kill")
    await tap(chat, "kill_sell")
    await free_text(chat.ask(user_id=2, text="sell"))
    chat.clock.advance(61)
    await free_text(ask(chat, text="sell"))
    assert account(chat).sent == []


async def test_resume_shows_why_and_asks_once(chat: Chat) -> None:
    assert "not paused" in words_of(await say(chat, "/resume"))
    await say(chat, "/kill")
    chat.clock.advance(120)
    page = await say(chat, "/resume")
    assert "Paused 2 min ago: somebody stopped it with /kill" in words_of(page)
    assert chat.services.brakes.pause_of(1) is not None
    await tap(chat, "resume", sure=True)
    assert chat.services.brakes.pause_of(1) is None


async def test_all_chats_are_stopped_and_resumed_by_the_owner_alone(chat: Chat) -> None:
    with pytest.raises(NotAllowed):
        await say(chat, "/kill all")
    chat.role = Role.OWNER
    await say(chat, "/kill all")
    assert chat.services.brakes.pause_of(77) is not None
    chat.role = Role.TRADER
    with pytest.raises(NotAllowed):
        await say(chat, "/resume all")
    await tap(chat, "resume", sure=True)
    assert chat.services.brakes.pause_of(77) is not None
    chat.role = Role.OWNER
    await say(chat, "/resume all")
    assert chat.services.brakes.pauses_in(EVERYWHERE) == []


async def test_a_stop_that_has_fired_is_no_protection(chat: Chat) -> None:
    fired = stop(chat)
    state = TriggerState(Decimal(40000), Reference.LAST, is_fired=True)
    account(chat).orders[fired.order_id] = replace(fired, trigger=state)
    assert "1 entry, 0 protective stops" in words_of(await say(chat, "/kill"))
