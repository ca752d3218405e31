"""/start, /help, free text, and a walk over every button, from ask to page."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.access import Role
from bot.core.errors import Expired, NotAllowed, NotFound, UserError
from bot.core.keys import KeyReport, Problem
from bot.core.page import Button, Page
from bot.core.settings import LiveRow
from bot.core.texts.commands import BY_NAME, CATALOGUE
from bot.core.texts.errors import error_page
from bot.core.texts.key_report import report_page
from bot.handlers import COMMANDS, TAPS, free_text, unknown_command
from kraken.core.errors import KrakenError, UnknownInstrument
from kraken.core.types import InstrumentStatus
from tests.chat_talk import say, tap
from tests.fake_bot import Chat
from tests.market_values import BTC_ASKS, BTC_BIDS, book
from tests.order_cases import money
from tests.page_rules import words_of

NEEDS_A_KEY = ("lend", "unlend")
"""Commands that can do nothing in a chat without one."""


@pytest.fixture
def chat() -> AsyncIterator[Chat]:
    chat = Chat()
    chat.accounts.paper.own |= money(EUR="10000", ETH="10")
    yield chat
    chat.tasks.close()


# -- start and help


async def test_the_first_start_welcomes_and_the_second_is_one_line(chat: Chat) -> None:
    first = words_of(await say(chat, "/start"))
    assert "You are in 🧪 PAPER with 10,000 USD of play money" in first
    assert "Try: /buy 50usd btc" in first
    assert ("/alert" in first) == ("alert" in BY_NAME)
    buttons = [button.label for button in chat.last.buttons()]
    assert buttons[:2] == ["📈 BTC/USD", "▲ Practise a buy"]
    assert buttons[-2:] == ["🔑 Connect Kraken", "❓ Help"]
    chat.accounts.paper.own = money(USD="10000", BTC="1")
    second = await say(chat, "/start")
    assert words_of(second) == "🧪 PAPER · ready\n70,010.30 USD · 0 open orders"
    assert second.buttons()


async def test_a_second_start_shows_no_money_to_whoever_only_looks(chat: Chat) -> None:
    await say(chat, "/start")
    chat.role = Role.VIEWER
    second = await say(chat, "/start")
    assert words_of(second) == "🧪 PAPER · ready · BTC/USD 60,010.3"


async def test_a_second_start_works_while_kraken_was_never_reached(chat: Chat) -> None:
    await say(chat, "/start")
    chat.market.known = None
    assert words_of(await say(chat, "/start")) == "🧪 PAPER · ready · 0 open orders"


async def test_a_deep_link_to_a_pair_shows_its_card(chat: Chat) -> None:
    assert "BTC/EUR" in words_of(await say(chat, "/start pair_BTC-EUR"))


async def test_help_is_turned_page_by_page_in_one_message(chat: Chat) -> None:
    page = await say(chat, "/help")
    page = await tap(chat, page, "Prices")
    page = await tap(chat, page, "/book")
    assert "/book [pair] [depth] [group <step>]" in words_of(page)
    page = await tap(chat, page, "‹ Back")
    page = await tap(chat, page, "‹ Back")
    assert words_of(page).startswith("What I can do")
    assert len(chat.messages) == 1


async def test_help_finds_commands_topics_and_near_misses(chat: Chat) -> None:
    assert "/candles [pair]" in words_of(await say(chat, "/help candles"))
    assert "/candles [pair]" in words_of(await say(chat, "/help /c"))
    assert "/status" in words_of(await say(chat, "/help bot"))
    page = await say(chat, "/help boook")
    assert next(button.label for button in page.buttons()) == "/book"


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.name)
async def test_every_example_of_the_help_runs(chat: Chat, entry) -> None:
    chat.role = Role.OWNER
    for pair in chat.market.books.values():
        pair.set(book("BTC/USD", BTC_BIDS, BTC_ASKS))
    for example in entry.examples:
        page = await say(chat, f"/help {entry.name}")
        button = next(
            b
            for b in page.buttons()
            if b.verb == "run"
            and f"/{b.payload['command']} {b.payload['args']}".rstrip() == example
        )
        before = len(chat.messages)
        ask = chat.ask(payload=button.payload, message_id=before)
        if entry.name in NEEDS_A_KEY:
            with pytest.raises(NotFound):
                await TAPS["run"].handler(ask)
            continue
        await TAPS["run"].handler(ask)
        assert len(chat.messages) > before, f"{example} said nothing"
        for row in await chat.store.live_rows():
            await chat.store.remove_live(row.chat_id, row.message_id)


async def test_a_button_runs_only_what_its_presser_may_run(chat: Chat) -> None:
    chat.role = Role.STRANGER
    with pytest.raises(NotAllowed):
        await TAPS["run"].handler(chat.ask(payload={"command": "book", "args": ""}))
    chat.role = Role.VIEWER
    with pytest.raises(NotFound):
        await TAPS["run"].handler(chat.ask(payload={"command": "webhook", "args": ""}))
    with pytest.raises(NotAllowed):
        await TAPS["run"].handler(chat.ask(payload={"command": "buy", "args": ""}))


async def test_the_table_and_the_catalogue_agree() -> None:
    assert tuple(command.help for command in COMMANDS) == CATALOGUE
    names = [name for command in COMMANDS for name in (command.name, *command.aliases)]
    assert len(names) == len(set(names))


# -- words without a slash


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("btc?", "BTC/USD"),
        ("eth eur", "ETH/EUR"),
        ("hello", "What I can do"),
        ("thanks", "You are welcome"),
        ("buy 50 eur of btc at 60k", "preview, 60 s"),
        ("💰", "I did not understand that."),
        ("x" * 10_000, "I did not understand that."),
        ("\u202e\u200b", "I did not understand that."),
    ],
)
async def test_free_text_is_never_met_with_silence(chat: Chat, text: str, said: str) -> None:
    await free_text(chat.ask(text=text))
    assert said in words_of(chat.last)


async def test_an_unknown_name_in_free_text_is_answered_with_the_nearest_pairs(chat: Chat) -> None:
    with pytest.raises(UnknownInstrument) as caught:
        await free_text(chat.ask(text="bitcorn?"))
    assert caught.value.name == "bitcorn"


async def test_groups_talk_among_themselves(chat: Chat) -> None:
    chat.kind = "group"
    await free_text(chat.ask(text="btc?"))
    assert chat.messages == {}


async def test_a_command_that_names_this_bot_is_answered_in_a_group_too(chat: Chat) -> None:
    chat.kind = "group"
    await unknown_command(chat.ask(command="boook", text="/boook@kraken_bot"))
    assert chat.last.buttons()[0].label == "/book"
    await unknown_command(chat.ask(command="webhook", text="/webhook@kraken_bot"))
    assert "not part of this version" in words_of(chat.last)


async def test_a_misspelt_command_is_answered_with_the_nearest_one_and_keeps_its_words(
    chat: Chat,
) -> None:
    await unknown_command(chat.ask(command="boook", args="btc 5", text="/boook btc 5"))
    page = chat.last
    assert page.buttons()[0].label == "/book"
    assert "60,010.3" in words_of(await tap(chat, page, "/book"))


async def test_a_typo_is_not_answered_with_what_is_missing(chat: Chat) -> None:
    await unknown_command(chat.ask(command="bok", text="/bok"))
    assert "not part of this version" not in words_of(chat.last)
    await unknown_command(chat.ask(command="zzz", text="/zzz"))
    assert "not part of this version" not in words_of(chat.last)


@pytest.mark.parametrize("command", ["webhook", "positions", "long"])
async def test_a_planned_command_is_told_apart_from_a_typo(chat: Chat, command: str) -> None:
    await unknown_command(chat.ask(command=command, args="1 btc", text=f"/{command} 1 btc"))
    said = words_of(chat.last)
    assert said.startswith(f"/{command} does not work yet.")
    assert "Nothing was sent anywhere." in said


# -- every button


NEED_MORE = (
    "amend amend_go amend_replace audit broadcast_go feed revoke_key cancel_all cancel_all_go "
    "deadman_on first_limits kill_all plan_act "
    "kill_back kill_entries list_cancel order orders order_cancel order_check paper_reset "
    "plan_missed portfolio set_cost trades why why_again alert_again alert_next alert_seen "
    "alert_sleep alerts league_join league_play league_table exit_end list_exit_end stops_end "
    "ticket_later preview_later invitation_end"
)
"""Buttons of pages that need an order, a key or a group: pressed in the tests of those."""


async def test_every_button_that_can_be_reached_answers(chat: Chat) -> None:
    """A walk over all pages: each different button is pressed once, and something is said."""
    for symbol, watch in chat.market.books.items():
        watch.set(book(symbol, BTC_BIDS, BTC_ASKS))
    seen: set[str] = set()
    pressed: Counter[str] = Counter()
    waiting = [report_page(KeyReport(problem=Problem.UNKNOWN_KEY))]
    asked = ["/book btc live", "/buy 0.001 btc", "/buy 0.001 btc @ 60000", "/dca 25usd btc hourly"]
    # All of these before /kill is said.
    for text in (*asked, *(f"/{command.name}" for command in COMMANDS)):
        with suppress(UserError, KrakenError):  # some need words, a key or the owner, and say so
            waiting.append(await say(chat, text))
    while waiting:
        page = waiting.pop()
        for button in page.buttons():
            name = f"{button.verb} {sorted(button.payload.items())}"
            if button.verb in ("panel", "dca"):  # each of its buttons carries a whole order
                name = f"{button.verb} {button.label} {button.payload.get('view')}"
            if name in seen or pressed[button.verb] >= 150 or button.url:
                continue
            seen.add(name)
            pressed[button.verb] += 1
            waiting += await press(chat, page, button)
    assert set(TAPS) - set(pressed) <= set(NEED_MORE.split())


async def press(chat: Chat, page: Page, button: Button) -> list[Page]:
    """What stands there afterwards; something has to be said, if only why it cannot be."""
    message_id = await chat.ask().reply(page)
    await make_live(chat, message_id, "book" if button.verb == "book_stop" else "watch")
    said, running = len(chat.messages) + len(chat.edits), set(chat.tasks.started)
    ask = chat.ask(payload=button.payload, message_id=message_id)
    try:
        await TAPS[button.verb].handler(ask)
    except (UserError, KrakenError) as error:
        assert error_page(error) is not None, f"{button.label}: {error!r}"
        return []
    told = len(chat.messages) + len(chat.edits) + len(ask.toasts)
    assert told > said or set(chat.tasks.started) - running, (
        f"{button.label} ({button.payload}) says nothing"
    )
    return [chat.last, chat.messages[message_id]]


async def make_live(chat: Chat, message_id: int, kind: str) -> None:
    """As if the message were live, and the only one."""
    payload = {"pair": "BTC/USD", "rows": 5, "step": "", "pairs": "BTC/USD", "every": 5}
    ends_at = chat.clock.now() + timedelta(minutes=5)
    chat.store.live.clear()
    await chat.store.save_live(LiveRow(1, message_id, kind, {**payload, "lasts": 1800}, ends_at))


@pytest.mark.parametrize("verb", ["book_stop", "watch_stop", "watch_pause"])
async def test_stopping_what_is_not_live_is_not_met_with_silence(chat: Chat, verb: str) -> None:
    with pytest.raises(Expired):
        await TAPS[verb].handler(chat.ask(message_id=5))


def test_every_instrument_status_has_a_word_or_is_fine() -> None:
    from bot.core.texts.prices import status_line
    from tests.market_values import instrument

    for status in InstrumentStatus:
        line = status_line(replace(instrument("BTC/USD", 1), status=status))
        assert bool(line) is (status not in {InstrumentStatus.ONLINE, InstrumentStatus.UNKNOWN})
