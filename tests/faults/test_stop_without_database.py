"""A kill and a cancel while the database does not answer: at once, once, and by whom it was."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.core.access import Role
from bot.core.errors import LimitReached
from bot.core.page import Page
from bot.core.queue import Priority
from bot.core.trade.limits import PauseKind
from bot.core.trade.types import Mode
from bot.store import StoreFull, StoreUnavailable
from bot.store.safety import EVERYWHERE
from bot.telegram.emergency import Emergency
from bot.telegram.known import KnownRoles
from kraken.core.errors import Busy
from kraken.core.trading import OrderRequest, OrderType, PriceOffset, Trigger
from kraken.core.types import Side, Symbol
from tests.fake_bot import Chat
from tests.intents import intent
from tests.page_rules import check_page, words_of

FULL = StoreFull("database or disk is full")
OWNER, FRIEND, STRANGER, GROUP = 1, 2, 99, -100


@dataclass
class Said:
    """An outbox that only notes."""

    pages: list[tuple[int, Page]] = field(default_factory=list)

    async def send(
        self, chat_id: int, page: Page, priority: Priority, *, topic: int | None = None
    ) -> int:
        check_page(page)
        self.pages.append((chat_id, page))
        return 1


@dataclass
class Here:
    chat: Chat
    emergency: Emergency
    said: Said

    def stopped(self, chat_id: int) -> bool:
        try:
            self.chat.services.brakes.check(intent(mode=Mode.PAPER, chat_id=chat_id))
        except LimitReached as error:
            assert error.most == PauseKind.KILL
            return True
        return False


@pytest.fixture
async def here() -> AsyncIterator[Here]:
    chat, said = Chat(), Said()
    await chat.records.set_owner(OWNER)
    await chat.records.approve(FRIEND, Role.TRADER, "Friend")
    await chat.records.approve(3, Role.VIEWER, "Guest")
    await chat.records.open_group(GROUP, "Desk")
    known = KnownRoles(chat.records)
    await known.load()
    bot: Any = None
    outbox: Any = said
    emergency = Emergency(bot, known, chat.services, outbox, chat.clock)
    emergency.bot_name = "kraken_bot"
    chat.records.broken = StoreUnavailable("database or disk is full")
    chat.accounts.at_hand = lambda chat_id: [accounts(chat, chat_id)]  # type: ignore[method-assign]  # as after its first order
    yield Here(chat, emergency, said)
    chat.tasks.close()


def accounts(chat: Chat, chat_id: int) -> Any:
    from bot.core.trade.types import AccountId
    from bot.desk.doors import ChatAccount

    return ChatAccount(AccountId(f"paper:{chat_id}"), Mode.PAPER, chat_id, chat.accounts.paper)


def update(text: str, user: int, chat: int | None = None, number: int = 7, **more: Any) -> Any:
    where = user if chat is None else chat
    return {
        "update_id": number,
        "message": {
            "message_id": 5,
            "date": 1_772_625_600,
            "chat": {"id": where, "type": "private" if where > 0 else "supergroup"},
            "from": {"id": user, "is_bot": False, "first_name": "You"},
            "text": text,
            **more,
        },
    }


def rest(chat: Chat, kind: OrderType = OrderType.LIMIT) -> Any:
    is_stop = kind is OrderType.STOP_LOSS
    request = OrderRequest(
        Symbol("BTC/USD"),
        Side.SELL if is_stop else Side.BUY,
        kind,
        intent().request.qty,
        limit_price=None if is_stop else intent().request.limit_price,
        trigger=Trigger(PriceOffset(intent().value)) if is_stop else None,
    )
    return chat.accounts.paper.add(request).order_id


@pytest.mark.parametrize("text", ["/kill", "/STOP", "/x", "/panic@kraken_bot", "/kill now"])
async def test_a_kill_holds_before_anything_is_written(here: Here, text: str) -> None:
    here.emergency.peek([update(text, OWNER)])
    assert here.stopped(OWNER)
    assert not here.stopped(FRIEND)


async def test_the_button_holds_as_well(here: Here) -> None:
    tap = {
        "update_id": 7,
        "callback_query": {
            "id": "q",
            "chat_instance": "c",
            "from": {"id": OWNER, "is_bot": False, "first_name": "You"},
            "data": "v1:kill:abcdefghij",
            "message": update("x", 5, OWNER)["message"],
        },
    }
    here.emergency.peek([tap])
    assert here.stopped(OWNER)


@pytest.mark.parametrize(
    "given",
    [
        update("/kill", STRANGER),
        update("/kill", 3),
        update("/kill", FRIEND, OWNER),
        update("/kill", FRIEND, GROUP),
        update("/kill@other_bot", OWNER),
        update("/killer", OWNER),
        update("please /kill", OWNER),
        update(
            "/kill",
            OWNER,
            forward_origin={"type": "hidden_user", "sender_user_name": "x", "date": 1},
        ),
        update("/kill", OWNER, via_bot={"id": 5, "is_bot": True, "first_name": "b"}),
        {"update_id": 7, "message": {"text": "/kill"}},
        {"update_id": 7, "edited_message": update("/kill", OWNER)["message"]},
    ],
    ids=lambda given: json.dumps(given)[:60],
)
async def test_nobody_else_and_nothing_else_stops_trading(here: Here, given: Any) -> None:
    here.emergency.peek([given])
    await here.emergency.act([given], FULL)
    assert not any(here.stopped(chat) for chat in (OWNER, FRIEND, GROUP, STRANGER, 3))
    said = [(chat, words_of(page)) for chat, page in here.said.pages]
    assert all(chat == OWNER and "Nothing was sent." in words for chat, words in said)
    assert here.chat.tasks.started == {}


async def test_all_chats_are_stopped_by_the_owner_alone(here: Here) -> None:
    here.emergency.peek([update("/kill all", FRIEND)])
    assert not here.stopped(FRIEND)
    here.emergency.peek([update("/kill all", OWNER)])
    assert here.stopped(FRIEND)
    assert here.chat.services.brakes.pauses_in(EVERYWHERE)


async def test_what_cannot_be_written_down_is_done_at_once_and_once(here: Here) -> None:
    entry, stop = rest(here.chat), rest(here.chat, OrderType.STOP_LOSS)
    here.chat.accounts.paper.answers["open_orders"] = [Busy("down")]
    kill = update("/kill", OWNER)
    here.emergency.peek([kill])
    for _ in range(5):
        await here.emergency.act([kill], FULL)
    [(where, page)] = here.said.pages
    assert where == OWNER
    assert "Trading is paused here" in words_of(page)
    assert "I hold this in memory only" in words_of(page)
    await here.chat.tasks.run_all()
    orders = here.chat.accounts.paper.orders
    assert not orders[entry].is_open
    assert orders[stop].is_open
    await here.emergency.act([update("/cancelall all", OWNER, number=8)], FULL)
    await here.chat.tasks.run_all()
    assert not orders[stop].is_open


async def test_the_pause_is_written_down_when_the_database_answers_again(here: Here) -> None:
    here.emergency.peek([update("/kill", OWNER)])
    brakes = here.chat.services.brakes
    assert not await brakes.pause(OWNER, PauseKind.KILL, by=OWNER)
    here.chat.records.broken = None
    assert await brakes.pause(OWNER, PauseKind.KILL, by=OWNER)
    assert [pause.by for pause in (await here.chat.records.pauses())[OWNER]] == [OWNER]
