"""Live messages: they follow a Watch at their own pace, and say when and why they stop."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from bot import live
from bot.core.errors import BadArgument
from bot.core.live import Stop
from bot.core.page import Page
from bot.core.settings import ChatSettings, LiveRow
from bot.handlers import TAPS
from kraken.core.errors import Busy, UnknownInstrument
from tests.chat_talk import say
from tests.fake_bot import Chat
from tests.fakes import NOON
from tests.market_values import BTC_ASKS, BTC_BIDS, book, levels, ticker
from tests.page_rules import check_plain, words_of

QUARTER = timedelta(minutes=15)


@pytest.fixture
def chat() -> Iterator[Chat]:
    chat = Chat()
    yield chat
    chat.tasks.close()


async def press(chat: Chat, verb: str, message_id: int, **payload: str | int) -> Page:
    await TAPS[verb].handler(chat.ask(payload=payload, message_id=message_id))
    return chat.messages[message_id]


def at_second(chat: Chat, second: int, do) -> None:
    """Do something once the virtual clock is so far."""
    moment = NOON + timedelta(seconds=second)
    before = chat.on_sleep
    done = False

    def on_sleep(seconds: float) -> None:
        nonlocal done
        if before:
            before(seconds)
        if not done and chat.clock.now() >= moment:
            done = True
            do()

    chat.on_sleep = on_sleep


def seconds(chat: Chat) -> list[int]:
    """When the live message was edited."""
    return [int((at - NOON).total_seconds()) for at, *_ in chat.outbox.edits]


def said(chat: Chat) -> list[str]:
    return [words_of(page) for page in chat.outbox.pages]


# -- the live book


async def test_a_live_book_changes_only_with_the_book_and_ends_after_15_minutes(
    chat: Chat,
) -> None:
    await say(chat, "/book btc live")
    moved = levels("60020.3 1.31")
    at_second(chat, 60, lambda: chat.market.books["BTC/USD"].set(book("BTC/USD", BTC_BIDS, moved)))
    await chat.tasks.run_all()
    assert seconds(chat) == [0, 60, 900]
    assert "60,020.3" in said(chat)[1]
    assert said(chat)[2].endswith("Stopped after 15 min.")
    assert [button.label for button in chat.outbox.pages[-1].buttons()] == ["▶ Go on"]
    assert chat.store.live == {}
    assert chat.market.readers == 0


async def test_a_fast_book_is_told_once_a_second(chat: Chat) -> None:
    await say(chat, "/book btc live")
    price = Decimal("60010.3")

    def move(seconds: float) -> None:
        nonlocal price
        price += 1
        asks = levels(f"{price} 1", f"{price + 5} 1")
        for _ in range(50):
            chat.market.books["BTC/USD"].set(book("BTC/USD", BTC_BIDS, asks))

    chat.on_sleep = move
    await chat.tasks.run_all()
    assert seconds(chat)[:5] == [0, 1, 2, 3, 4]
    assert len(chat.outbox.edits) == 901


async def test_a_lost_book_is_said_in_the_live_message_and_shows_no_old_number(
    chat: Chat,
) -> None:
    await say(chat, "/book btc live")
    watch = chat.market.books["BTC/USD"]
    at_second(chat, 10, lambda: watch.set(None))
    at_second(chat, 12, lambda: watch.set(book("BTC/USD", BTC_BIDS, BTC_ASKS)))
    await chat.tasks.run_all()
    assert seconds(chat) == [0, 10, 11, 12, 900] or seconds(chat) == [0, 10, 12, 900]
    assert "Book is re-syncing (1 s)" in said(chat)[1]
    assert "60,0" not in said(chat)[1]
    assert "60,010.3" in said(chat)[-2]


async def test_an_edit_that_telegram_holds_up_slows_the_message_down(chat: Chat) -> None:
    await say(chat, "/book btc live")
    chat.outbox.held_up = [0, 5, 5, 5]
    price = Decimal("60010.3")

    def move(seconds: float) -> None:
        nonlocal price
        price += 1
        chat.market.books["BTC/USD"].set(book("BTC/USD", BTC_BIDS, levels(f"{price} 1")))

    chat.on_sleep = move
    await chat.tasks.run_all()
    # Held up 5 s each: pauses of 2, 4 and 8 s follow; then 4, 2 and 1 again.
    assert seconds(chat)[:9] == [0, 6, 13, 22, 30, 34, 36, 37, 38]


async def test_a_live_book_ends_when_its_message_is_gone(chat: Chat) -> None:
    await say(chat, "/book btc live")
    at_second(chat, 30, lambda: chat.outbox.gone.add(max(chat.messages)))
    at_second(chat, 31, lambda: chat.market.books["BTC/USD"].set(None))
    await chat.tasks.run_all()
    assert seconds(chat) == [0]
    assert chat.clock.now() < NOON + timedelta(seconds=40)
    assert chat.store.live == {}


async def test_a_newer_live_book_takes_the_place_of_the_older_one(chat: Chat) -> None:
    await say(chat, "/book btc live")
    first = max(chat.messages)
    await say(chat, "/book btc 5 live")
    second = max(chat.messages)
    assert set(chat.store.live) == {(1, second)}
    (edit,) = chat.outbox.edits
    assert edit[2] == first
    assert words_of(edit[3]).endswith("Stopped: there is a newer one below.")


async def test_the_live_button_follows_in_the_same_message_and_stop_ends_it(chat: Chat) -> None:
    page = await say(chat, "/book btc")
    (button,) = [button for button in page.buttons() if button.verb == "book_live"]
    message_id = max(chat.messages)
    await press(chat, "book_live", message_id, **button.payload)
    assert set(chat.store.live) == {(1, message_id)}
    page = await press(chat, "book_stop", message_id)
    assert words_of(page).endswith("Stopped. These numbers do not move.")
    assert chat.store.live == {}
    assert chat.tasks.started == {}
    (button,) = page.buttons()
    await press(chat, button.verb, message_id, **button.payload)
    assert set(chat.store.live) == {(1, message_id)}, "it goes on in the same message"


async def test_an_unverified_book_is_asked_for_every_five_seconds_only(chat: Chat) -> None:
    chat.market.books["BTC/USD"].set(None)
    chat.market.state = replace(chat.market.state, unverified=("BTC/USD",))
    chat.market.rest_book = book("BTC/USD", BTC_BIDS, BTC_ASKS)
    asked: list[int] = []
    answer = chat.market.depth_by_rest

    async def counted(symbol, count):
        asked.append(int((chat.clock.now() - NOON).total_seconds()))
        return await answer(symbol, count)

    chat.market.depth_by_rest = counted
    await say(chat, "/book btc live")
    at_second(chat, 11, lambda: chat.market.errors.update(depth_by_rest=Busy()))
    await chat.tasks.run_all()
    assert asked[1:5] == [0, 5, 10, 15]
    assert "Not verified" in said(chat)[0]
    assert "re-syncing" in said(chat)[1], "what cannot be renewed is not shown as the book"


async def test_a_live_book_can_be_stopped_while_kraken_is_not_known_yet(chat: Chat) -> None:
    await say(chat, "/book btc live")
    chat.market.known = None
    page = await press(chat, "book_stop", max(chat.messages))
    assert words_of(page) == "Stopped. These numbers do not move."
    assert chat.store.live == {}


# -- the watch


async def test_a_watch_follows_its_pairs_and_stops_by_itself(chat: Chat) -> None:
    page = await say(chat, "/watch btc eth for 10m")
    message_id = max(chat.messages)
    assert words_of(page).startswith("📌 BTC/USD 60,010.3"), "numbers from the first second"
    assert chat.pinned == [message_id]
    told = chat.market.tickers["ETH/USD"]
    at_second(chat, 33, lambda: told.set(ticker("ETH/USD", "3000.00", chat.clock.now())))

    def beat() -> None:
        chat.market.state = replace(chat.market.state, last_frame_at=chat.clock.now())

    for second in range(1, 700):
        at_second(chat, second, beat)
    await chat.tasks.run_all()
    # At 300 s the course of the last hour moves on by one bar.
    assert seconds(chat) == [0, 35, 300, 600]
    assert "3,000.00" in said(chat)[1]
    assert said(chat)[-1].endswith("Stopped after 10 min.")
    assert chat.store.live == {}


async def test_a_watch_in_a_group_is_slower(chat: Chat) -> None:
    chat.kind = "group"
    await say(chat, "/watch btc")
    (row,) = chat.store.live.values()
    assert row.payload["every"] == 10
    with pytest.raises(BadArgument):
        await say(chat, "/watch btc every 5s")


async def test_old_prices_are_marked_in_a_watch(chat: Chat) -> None:
    await say(chat, "/watch btc for 1m")
    await chat.tasks.run_all()
    assert "old" not in said(chat)[0]
    assert "price 10 s old ⚠" in said(chat)[1]


async def test_a_chat_has_two_watches_and_is_told_how_to_make_room(chat: Chat) -> None:
    await say(chat, "/watch btc")
    first = max(chat.messages)
    await say(chat, "/watch eth")
    page = await say(chat, "/watch sol")
    assert "has 2 watches already" in words_of(page)
    assert [button.label for button in page.buttons()] == ["✖ BTC/USD", "✖ ETH/USD"]
    asked = max(chat.messages)
    await press(chat, "watch_stop", asked, **page.buttons()[0].payload)
    assert words_of(chat.messages[first]).endswith("Stopped. These numbers do not move.")
    assert "Stopped the watch of BTC/USD" in words_of(chat.messages[asked])
    assert [row.payload["pairs"] for row in chat.store.live.values()] == ["ETH/USD"]
    await say(chat, "/watch sol")
    assert len(chat.store.live) == 2


async def test_a_watch_pauses_goes_on_and_stops(chat: Chat) -> None:
    await say(chat, "/watch btc every 30s for 2h")
    message_id = max(chat.messages)
    page = await press(chat, "watch_pause", message_id)
    assert words_of(page).endswith("Paused. These numbers do not move.")
    assert chat.store.live == {}
    (button,) = page.buttons()
    await press(chat, button.verb, message_id, **button.payload)
    (row,) = chat.store.live.values()
    assert (row.message_id, row.payload["every"], row.payload["lasts"]) == (message_id, 30, 7200)
    page = await press(chat, "watch_stop", message_id)
    assert words_of(page).endswith("Stopped. These numbers do not move.")
    assert chat.pinned == []


async def test_a_watch_that_ended_by_itself_is_not_pinned_any_more(chat: Chat) -> None:
    await say(chat, "/watch btc for 1m")
    assert chat.pinned == [max(chat.messages)]
    await chat.tasks.run_all()
    assert said(chat)[-1].endswith("As of 12:01:00 UTC\nStopped after 1 min.")
    assert chat.pinned == []
    (button,) = chat.outbox.pages[-1].buttons()
    await press(chat, button.verb, max(chat.messages), **button.payload)
    assert chat.pinned == [max(chat.messages)]


async def test_a_watch_takes_on_the_looks_that_are_chosen_while_it_runs(chat: Chat) -> None:
    await say(chat, "/watch btc for 1m")
    looks = ChatSettings(time_zone="Asia/Tokyo", plain_text=True)
    await chat.store.save_chat_settings(1, looks)
    await chat.tasks.run_all()
    assert "Every 5 s until 21:01 JST" in said(chat)[0]
    check_plain(chat.outbox.pages[0])


async def test_a_watch_lives_without_the_last_hour(chat: Chat) -> None:
    chat.market.errors["history"] = Busy("EService:Busy")
    await say(chat, "/watch btc for 1m")
    await chat.tasks.run_all()
    assert "BTC/USD 60,010.3" in said(chat)[0]
    assert "▁" not in said(chat)[0]
    assert "▅" not in said(chat)[0]


async def test_a_watch_of_a_pair_that_is_gone_says_so_and_ends(chat: Chat) -> None:
    await say(chat, "/watch btc")
    at_second(chat, 20, lambda: chat.market.errors.update(ticker=UnknownInstrument("BTC/USD")))
    show_error = UnknownInstrument("BTC/USD")

    class Broken:
        every = lasts = timedelta(seconds=5)

        def watching(self):
            raise show_error

        def last_page(self, stop: Stop) -> Page:
            return Page(stop.value)

    (row,) = chat.store.live.values()
    await live._run(chat.services, row, Broken())
    assert said(chat)[-1] == "failed"
    assert chat.store.live == {}


# -- after a restart


def row(kind: str, ends_in: int, message_id: int = 5) -> LiveRow:
    payload = {
        "book": {"pair": "BTC/USD", "rows": 5, "step": ""},
        "watch": {"pairs": "BTC/USD ETH/USD", "every": 5, "lasts": 1800},
    }[kind]
    return LiveRow(1, message_id, kind, payload, NOON + timedelta(seconds=ends_in))


@pytest.mark.parametrize("kind", ["book", "watch"])
async def test_after_a_restart_a_live_message_goes_on(chat: Chat, kind: str) -> None:
    await chat.store.save_live(row(kind, ends_in=120))
    chat.pinned = [5, 6]
    await live.resume(chat.services)
    await chat.tasks.run_all()
    assert seconds(chat)[0] == 0
    assert seconds(chat)[-1] == 120
    assert "Stopped after" in said(chat)[-1]
    assert chat.pinned == still_pinned(kind)


@pytest.mark.parametrize("kind", ["book", "watch"])
async def test_after_a_restart_what_is_over_says_so(chat: Chat, kind: str) -> None:
    await chat.store.save_live(row(kind, ends_in=-5))
    chat.pinned = [5, 6]
    await live.resume(chat.services)
    await chat.tasks.run_all()
    (text,) = said(chat)
    assert text.endswith("Stopped: time was up while I was away.")
    assert chat.store.live == {}
    assert chat.pinned == still_pinned(kind)


@pytest.mark.parametrize("kind", ["book", "watch"])
@pytest.mark.parametrize(
    ("ends_in", "words"), [(120, "gives no price any more"), (-5, "I was away")]
)
async def test_after_a_restart_what_cannot_be_shown_any_more_ends_with_a_word(
    chat: Chat, kind: str, ends_in: int, words: str
) -> None:
    gone = replace(
        row(kind, ends_in), payload={**row(kind, 1).payload, "pair": "NO", "pairs": "NO"}
    )
    await chat.store.save_live(gone)
    chat.pinned = [5, 6]
    await live.resume(chat.services)
    await chat.tasks.run_all()
    (text,) = said(chat)
    assert words in text
    assert chat.store.live == {}
    assert chat.pinned == still_pinned(kind)


async def test_a_paused_watch_stays_pinned_and_a_stopped_one_does_not(chat: Chat) -> None:
    page = await say(chat, "/watch btc")
    message_id = max(chat.messages)
    page = await press(chat, "watch_pause", message_id)
    assert chat.pinned == [message_id]
    (button,) = [button for button in page.buttons() if button.verb == "watch_go_on"]
    await press(chat, "watch_go_on", message_id, **button.payload)
    await press(chat, "watch_stop", message_id)
    assert chat.pinned == []


def still_pinned(kind: str) -> list[int]:
    """Of messages 5 and 6: a book was pinned by a person, if at all."""
    return [6] if kind == "watch" else [5, 6]
