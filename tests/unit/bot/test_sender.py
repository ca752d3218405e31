"""What may be concluded from each of Telegram's refusals."""

from datetime import timedelta

import pytest
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.core.delivery import (
    ChatGone,
    ChatMoved,
    MessageGone,
    Refused,
    SendFailed,
    SlowDown,
    Unreachable,
    Unreadable,
)
from bot.core.page import Page
from bot.core.texts.delivery import marked, plain
from bot.telegram.sender import conclusion
from bot.telegram.wire import NotReached


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (RetryAfter(7), SlowDown),
        (ChatMigrated(-1001), ChatMoved),
        (Forbidden("bot was blocked by the user"), ChatGone),
        (BadRequest("Chat not found"), ChatGone),
        (BadRequest("Not enough rights to send text messages to the chat"), ChatGone),
        (BadRequest('Can\'t parse entities: unclosed start tag "b"'), Unreadable),
        (BadRequest("Message is too long"), Unreadable),
        (BadRequest("Message caption is too long"), Unreadable),
        (BadRequest("Message text is empty"), Unreadable),
        (BadRequest("Message to edit not found"), MessageGone),
        (BadRequest("Message can't be edited"), MessageGone),
        (BadRequest("There is no text in the message to edit"), MessageGone),
        (BadRequest("Button_data_invalid"), Refused),
        (InvalidToken("Unauthorized"), Unreachable),
        (NetworkError("Bad Gateway"), Unreachable),
        (TimedOut(), Unreachable),
        (Conflict("terminated"), Refused),
    ],
    ids=str,
)
def test_each_refusal_has_its_conclusion(error: TelegramError, kind: type[SendFailed]) -> None:
    assert type(conclusion(error)) is kind


def test_a_pause_is_as_long_as_telegram_says() -> None:
    told = conclusion(RetryAfter(7))
    assert isinstance(told, SlowDown)
    assert told.wait == timedelta(seconds=7)


@pytest.mark.parametrize(
    ("error", "maybe_sent"),
    [
        (NotReached("ClientConnectorError"), False),
        (TimedOut(), True),
        (NetworkError("ServerDisconnectedError"), True),
        (NetworkError("Bad Gateway"), True),
    ],
)
def test_only_without_a_connection_it_is_sure_that_nothing_arrived(
    error: NetworkError, maybe_sent: bool
) -> None:
    told = conclusion(error)
    assert isinstance(told, Unreachable)
    assert told.maybe_sent is maybe_sent


def test_plain_text_keeps_every_word_and_no_tag() -> None:
    page = Page("<b>1 &lt; 2</b> <code>x</code>\n<blockquote expandable>5 < 6 > 4</blockquote>")
    assert plain(page) == "1 < 2 x\n5 < 6 > 4"
    assert len(plain(Page("x" * 5000))) == 4096
    assert len(plain(Page("x" * 5000, photo=b"png"))) == 1024


@pytest.mark.parametrize(
    ("seconds", "twice", "last_line"),
    [
        (30, False, "fill"),
        (31, False, "⏱ 31 s late"),
        (200, False, "⏱ 3 min late"),
        (0, True, "(maybe sent twice)"),
        (200, True, "⏱ 3 min late (maybe sent twice)"),
    ],
)
def test_a_late_push_says_how_late_it_is(seconds: int, twice: bool, last_line: str) -> None:
    page = marked(Page("fill"), timedelta(seconds=seconds), maybe_twice=twice)
    assert page.html.splitlines()[-1] == last_line
    assert page.html.splitlines()[0] == "fill", "the first line is what a notification shows"
