"""The router: what is not run, and what is said when something goes wrong."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from telegram import Update

from bot.core.delivery import Refused
from bot.core.errors import BadArgument, Expired
from bot.core.keys import REMOVED, KeyText
from bot.core.page import Page
from bot.core.texts.catalogue.about import START
from bot.core.texts.catalogue.market import TICKER
from bot.desk import attempts
from bot.handlers import Command, Tap
from bot.handlers.ask import Ask
from bot.store import StoreUnavailable
from bot.telegram.arrival import read_message
from kraken.core.errors import NotSent
from tests.fakes_keys import API_KEY, API_SECRET
from tests.telegram_bench import GROUP, OWNER, STRANGER, TRADER, Bench, bench

FILE = {"file_id": "x", "file_unique_id": "y"}
PHOTO = {**FILE, "width": 1, "height": 1}


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Bench]:
    async with bench(tmp_path) as built:
        yield built


async def test_edited_and_forwarded_commands_are_answered_and_never_run(here: Bench) -> None:
    for change, words in (("edited", "edited messages"), ("forwarded", "forwarded messages")):
        [answer] = await here.says(OWNER, "/book btc 25", **{change: True})
        assert words in answer
        [button] = here.sender.letters[-1].page.buttons()
        assert (button.label, button.verb) == ("Use this text", "run")
        assert button.payload == {"command": "book", "args": "btc 25"}
    [answer] = await here.says(OWNER, "btc please", edited=True)
    assert "Nothing was done. Send it again." in answer
    assert here.sender.letters[-1].page.rows == (), "there is no command to use"
    assert here.ran == []


async def test_a_message_of_some_minutes_ago_is_run_as_if_it_were_new(here: Bench) -> None:
    sent_at = here.clock.now() - timedelta(minutes=9)
    assert await here.says(OWNER, "/ticker", sent_at=sent_at) == []
    assert here.ran == ["/ticker"]


async def test_of_many_old_messages_the_first_is_run_and_the_others_are_summed_up(
    here: Bench,
) -> None:
    sent_at = here.clock.now() - timedelta(minutes=14)
    [word] = await here.says(OWNER, "/ticker", sent_at=sent_at)
    assert "You sent this 14 min ago" in word
    for text in ("/book btc", "/status", "/price eth"):
        await here.says(OWNER, text, sent_at=sent_at)
    assert here.ran == ["/ticker"]
    assert len(here.sender.texts(OWNER)) == 2
    assert "You sent 4 messages while I was away" in here.sender.edited[-1][2]
    [button] = here.sender.letters[-1].page.buttons()
    assert button.payload == {"command": "price", "args": "eth"}
    await here.says(OWNER, "/ticker")
    [again] = await here.says(OWNER, "/ticker", sent_at=sent_at)
    assert "You sent this 14 min ago" in again
    assert here.ran == ["/ticker"] * 3


async def test_the_summary_of_old_messages_holds_nobody_up(here: Bench) -> None:
    """Telegram takes an edit a second; a new command must not wait for fifty of them."""
    sent_at = here.clock.now() - timedelta(hours=1)
    for text in ("/ticker", "/book"):
        await here.says(OWNER, text, sent_at=sent_at)
    edit = asyncio.Event()
    here.sender.answers[OWNER] = [edit]
    async with asyncio.timeout(5):
        for _ in range(48):
            await here.router.message(here.arrival(OWNER, OWNER, text="/help", sent_at=sent_at))
        await here.router.message(here.arrival(OWNER, OWNER, text="/price"))
    assert here.ran == ["/ticker", "/price"]
    edit.set()
    await here.outbox.drained()
    assert "You sent 50 messages while I was away" in here.sender.edited[-1][2]
    assert len(here.sender.edited) <= 2


async def test_what_has_no_words_is_answered_now_and_then_in_private_only(here: Bench) -> None:
    [answer] = await here.says(TRADER, "")
    assert "I can read text only" in answer
    [button] = here.sender.letters[-1].page.buttons()
    assert button.payload["command"] == "help"
    for _ in range(9):
        assert await here.says(TRADER, "") == [], "an album is ten messages"
    assert await here.says(TRADER, "", GROUP) == []
    assert here.ran == []
    here.clock.advance(601)
    assert len(await here.says(TRADER, "")) == 1


@pytest.mark.parametrize(
    ("kind", "content", "is_heard"),
    [
        ("message", {"location": {"longitude": 1.0, "latitude": 2.0}}, True),
        ("message", {"photo": [PHOTO]}, True),
        ("message", {"voice": {**FILE, "duration": 3}}, True),
        ("message", {"document": FILE}, True),
        ("message", {"dice": {"emoji": "🎲", "value": 3}}, True),
        ("edited_message", {"location": {"longitude": 1.0, "latitude": 2.1}}, False),
        ("message", {"delete_chat_photo": True}, False),
        ("message", {"message_auto_delete_timer_changed": {"message_auto_delete_time": 1}}, False),
    ],
)
@pytest.mark.parametrize("chat_type", ["private", "group"])
def test_only_what_a_person_sends_the_bot_itself_is_read_as_wordless(
    kind: str, content: dict[str, Any], is_heard: bool, chat_type: str
) -> None:
    message = {
        "message_id": 5,
        "date": 1,
        "chat": {"id": 1, "type": chat_type, "title": "Desk"},
        "from": {"id": 1, "is_bot": False, "first_name": "You"},
        **content,
    }
    arrival = read_message(Update.de_json({"update_id": 1, kind: message}, None))
    if is_heard and chat_type == "private":
        assert arrival is not None
        assert arrival.is_wordless
    else:
        assert arrival is None


async def fails_with_a_sentence(ask: Ask) -> None:
    raise BadArgument("pair", ask.args, "/ticker btc")


async def fails_at_kraken(ask: Ask) -> None:
    raise NotSent("no route")


async def fails_by_our_fault(ask: Ask) -> None:
    raise ZeroDivisionError("canary of the inside")


async def hangs(ask: Ask) -> None:
    await asyncio.Event().wait()


async def answers(ask: Ask) -> None:
    await ask.toast("done")
    await ask.toast("never twice")
    await ask.reply(Page("answer"))


def only(handler: object) -> tuple[tuple[Command, ...], dict[str, Tap]]:
    return (
        (Command(TICKER, handler), Command(START, answers)),  # type: ignore[arg-type]
        {"x": Tap(handler)},  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("handler", "words"),
    [
        (fails_with_a_sentence, "pair"),
        (fails_at_kraken, "I cannot reach Kraken"),
        (fails_by_our_fault, "Something broke on my side (#"),
        (hangs, "That took too long"),
    ],
)
async def test_whatever_goes_wrong_is_said_in_one_sentence_and_the_chat_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, handler: object, words: str
) -> None:
    commands, taps = only(handler)
    limit = timedelta(seconds=0.05)
    async with bench(tmp_path, commands=commands, taps=taps, limit=limit) as here:
        [sentence] = await here.says(OWNER, "/ticker btcc")
        assert words in sentence
        assert "canary" not in sentence
        assert "Traceback" not in sentence
        await here.taps(OWNER, await here.button(OWNER, "x"))
        assert len(here.sender.texts(OWNER)) == 2
        assert here.bot.toasts == [None], "the button stops waiting"
        assert await here.says(OWNER, "/start") == ["answer"]
    if handler is fails_by_our_fault:
        reference = sentence.partition("#")[2][:4]
        assert f"#{reference}" in caplog.text
        assert "canary of the inside" in caplog.text


@pytest.mark.parametrize("is_sent", [True, False])
@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ZeroDivisionError(), "Something broke on my side (#"),
        (None, "That took too long"),
        (StoreUnavailable("locked"), "My database does not answer"),
    ],
)
async def test_nobody_says_that_nothing_was_sent_who_does_not_know_it(
    tmp_path: Path, error: Exception | None, words: str, is_sent: bool
) -> None:
    async def handler(ask: Ask) -> None:
        if is_sent:
            attempts.note()
        if error is not None:
            raise error
        await asyncio.Event().wait()

    commands, taps = only(handler)
    limit = timedelta(seconds=0.05)
    async with bench(tmp_path, commands=commands, taps=taps, limit=limit) as here:
        [sentence] = await here.says(OWNER, "/ticker btc")
    assert words in sentence
    assert ("Nothing was sent" in sentence) is not is_sent
    assert ("look at /orders" in sentence) is is_sent


async def test_a_tap_is_answered_once_with_the_handlers_own_words(tmp_path: Path) -> None:
    commands, taps = only(answers)
    async with bench(tmp_path, commands=commands, taps=taps) as here:
        await here.taps(OWNER, await here.button(OWNER, "x"))
        assert here.bot.toasts == ["done"]
        here.bot.query_is_too_old = True
        await here.taps(OWNER, await here.button(OWNER, "x"))
        assert here.sender.texts(OWNER) == ["answer", "answer"]


async def test_an_answer_that_telegram_refuses_is_not_silence(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    commands, taps = only(answers)
    async with bench(tmp_path, commands=commands, taps=taps) as here:
        here.sender.answers[OWNER] = [Refused("PHOTO_INVALID_DIMENSIONS")]
        [sentence] = await here.says(OWNER, "/ticker btc")
    assert "Something broke on my side (#" in sentence
    assert sentence.partition("#")[2][:4] in caplog.text
    assert "PHOTO_INVALID_DIMENSIONS" in caplog.text


async def has_expired(ask: Ask) -> None:
    raise Expired


async def test_a_button_that_turns_out_to_be_finished_says_so_and_goes(tmp_path: Path) -> None:
    commands, taps = only(has_expired)
    async with bench(tmp_path, commands=commands, taps=taps) as here:
        await here.taps(OWNER, await here.button(OWNER, "x"))
        assert here.bot.toasts == ["This button is finished. Send the command again."]
        assert here.bot.keyboards_removed == [7]
        assert here.sender.texts(OWNER) == [], "no message for what a toast can say"


async def expires_late(ask: Ask) -> None:
    await ask.typing()
    raise Expired


async def test_a_button_that_was_answered_already_is_told_finished_in_a_message(
    tmp_path: Path,
) -> None:
    commands, taps = only(expires_late)
    async with bench(tmp_path, commands=commands, taps=taps) as here:
        await here.taps(OWNER, await here.button(OWNER, "x"))
        assert here.bot.keyboards_removed == [7]
        assert len(here.sender.texts(OWNER)) == 1


async def test_a_tap_that_cannot_be_looked_up_is_answered_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands, taps = only(answers)

    async def locked(token: str) -> None:
        raise StoreUnavailable("locked")

    async with bench(tmp_path, commands=commands, taps=taps) as here:
        data = await here.button(OWNER, "x")
        monkeypatch.setattr(here.store, "button", locked)
        await here.taps(OWNER, data)
        assert here.bot.toasts == [None], "the button stops waiting"
        assert "My database does not answer" in here.sender.texts(OWNER)[0]


async def test_a_tap_stops_waiting_while_its_handler_is_still_at_work(tmp_path: Path) -> None:
    acknowledged = asyncio.Event()

    async def slow(ask: Ask) -> None:
        await acknowledged.wait()
        await ask.reply(Page("answer"))

    commands, taps = only(slow)
    async with bench(tmp_path, commands=commands, taps=taps) as here:
        answer = here.bot.answer_callback_query

        async def noticed(*args: object, **named: object) -> bool:
            acknowledged.set()
            return await answer(*args, **named)  # type: ignore[arg-type]

        here.bot.answer_callback_query = noticed  # type: ignore[method-assign]
        async with asyncio.timeout(5):
            await here.taps(OWNER, await here.button(OWNER, "x"))
        assert here.sender.texts(OWNER) == ["answer"]


async def test_an_answer_that_waits_for_its_turn_is_not_called_too_slow(tmp_path: Path) -> None:
    gate = asyncio.Event()
    commands, taps = only(answers)
    async with bench(
        tmp_path, commands=commands, taps=taps, limit=timedelta(seconds=0.05)
    ) as here:
        here.sender.answers[OWNER] = [gate]
        await here.router.message(here.arrival(OWNER, OWNER, text="/ticker"))
        gate.set()
        await here.outbox.drained()
        assert here.sender.texts(OWNER) == ["answer"]


async def test_a_key_that_is_sent_too_fast_is_deleted_all_the_same(tmp_path: Path) -> None:
    async with bench(tmp_path) as b:
        for _ in range(20):
            await b.says(TRADER, "/help")
        said = await b.says(TRADER, REMOVED, typed=f"{API_KEY} {API_SECRET}", message_id=77)
        assert "too fast" in said[0]
        assert b.bot.deleted == [77]


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({}, KeyText.NEW),
        ({"edited": True}, KeyText.SECONDHAND),
        ({"forwarded": True}, KeyText.SECONDHAND),
    ],
)
async def test_a_message_with_a_key_reaches_the_handler_of_keys_only(
    tmp_path: Path, more: dict[str, bool], kind: KeyText
) -> None:
    async with bench(tmp_path) as b:
        await b.says(TRADER, f"/buy {REMOVED}", typed=f"/buy {API_SECRET}", **more)
        await b.says(STRANGER, REMOVED, typed=API_SECRET, **more)
        assert b.ran == [f"key:{kind}"]


# -- what stops or ends something


async def test_a_stop_is_run_however_old_it_is_and_however_much_was_said(here: Bench) -> None:
    sent_at = here.clock.now() - timedelta(hours=20)
    for text in ("/ticker", "/price", "/kill", "/cancelall", "/book", "/x"):
        await here.says(OWNER, text, sent_at=sent_at)
    assert here.ran == ["/ticker", "/kill", "/cancelall", "/kill"]
    here.ran.clear()
    for _ in range(60):
        await here.says(OWNER, "/kill")
    assert here.ran == ["/kill"] * 60, "nobody is too fast for it"


async def test_a_stop_that_was_edited_or_forwarded_is_not_run(here: Bench) -> None:
    for change in ("edited", "forwarded"):
        await here.says(OWNER, "/kill", **{change: True})
    assert here.ran == []
