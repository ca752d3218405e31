"""/audit: who did what and what came of it, in words."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.core.access import Role
from bot.core.audit import Action, Detail
from bot.core.errors import BadArgument
from bot.core.texts.audit import told
from bot.core.trade.limits import Limit, PauseKind
from tests.chat_talk import say, tap
from tests.fake_bot import Chat
from tests.fakes import NOON
from tests.intents import intent
from tests.page_rules import words_of

OWNER, FRIEND = 1, 8

SAID: dict[Action, tuple[Detail, str]] = {
    Action.START: ({"version": "1.2"}, "started, version 1.2"),
    Action.CONNECT: (
        {"key": "a1B2", "fingerprint": "9f3c", "reads_only": False},
        "connected the key …a1B2 (9f3c)",
    ),
    Action.DISCONNECT: (
        {"key": "a1B2", "fingerprint": "9f3c", "reads_only": True},
        "the key …a1B2 (9f3c), for reading only was destroyed",
    ),
    Action.KEY_CHECKED: (
        {"key": "a1B2", "state": "refused", "reason": "withdraw"},
        "key …a1B2 is not used any more: withdraw",
    ),
    Action.KEY_ROTATED: ({"keys": 3}, "sealed anew: 3 keys"),
    Action.MODE: ({"mode": "live"}, "switched to LIVE"),
    Action.LIMIT: (
        {"limit": "order", "before": "100", "after": "50", "from": "x"},
        "limit per order from 100 to 50",
    ),
    Action.SETTING: ({"setting": "express", "after": "on"}, "setting express to on"),
    Action.ROLE: (
        {"user": 8, "role": "trader", "most": "100", "until": "2026-03-11T12:00:00+00:00"},
        "user 8 is now: trader, at most 100 USD, until 2026-03-11 12:00",
    ),
    Action.INVITE: (
        {"role": "trader", "until": "2026-03-11T12:00:00+00:00"},
        "made an invitation for one trader, until 2026-03-11 12:00",
    ),
    Action.GROUP: ({"open": True}, "opened this group"),
    Action.LEND: ({"most": "taken back"}, "took the key back from this group"),
    Action.ORDER: (
        {"side": "buy", "qty": "0.1", "symbol": "BTC/USD", "type": "limit", "value": "6000"},
        "buy 0.1 BTC/USD limit, 6,000.00 USD",
    ),
    Action.REFUSED: (
        {
            "side": "sell",
            "qty": "1",
            "symbol": "BTC/USD",
            "type": "market",
            "value": "6",
            "source": "dca",
            "why": "day",
        },
        "refused: sell 1 BTC/USD market, 6.00 USD, dca, by the limit “per day”",
    ),
    Action.AMEND: ({"order": "OABC"}, "changed the order OABC"),
    Action.CANCEL: ({"which": "entries", "ended": 2}, "cancelled entries orders, 2 ended"),
    Action.KILL: ({"kind": "kill"}, "stopped trading"),
    Action.RESUME: ({"kind": "all"}, "trading goes on"),
    Action.FLATTEN: ({"mode": "live"}, "sells everything"),
    Action.DEADMAN: ({"seconds": 60}, "dead man’s switch on, 60 s"),
    Action.BACKUP: ({}, "made a backup"),
    Action.BROADCAST: ({"chats": 1}, "said something to 1 chat"),
    Action.RESTORE: ({"generation": 2}, "the database was put back from a backup"),
}


@pytest.fixture
async def chat() -> AsyncIterator[Chat]:
    made = Chat()
    made.role = Role.OWNER
    await made.records.set_owner(OWNER)
    await made.records.approve(FRIEND, Role.TRADER, "<i>Friend")
    yield made
    made.tasks.close()


@pytest.mark.parametrize("action", list(Action))
def test_whatever_is_written_down_has_words(action: Action) -> None:
    if action not in SAID:
        pytest.fail(f"{action} has no example here")
    detail, words = SAID[action]
    assert told(action, detail) == words


async def test_a_row_says_who_by_name_and_number_when_what_and_what_came_of_it(
    chat: Chat,
) -> None:
    await chat.records.commit_intent(
        intent("60", user_id=FRIEND), ticket_id=None, now=NOON + timedelta(seconds=5)
    )
    await chat.records.pause(1, PauseKind.LOSS, now=NOON + timedelta(minutes=1))
    await say(chat, "/settings zone Europe/Berlin")
    said = words_of(await say(chat, "/audit"))
    assert "04 Mar 13:00:05 <i>Friend 8: buy 0.001 BTC/USD limit, 60.00 USD → sending" in said
    assert "04 Mar 13:01:00 the bot: daily loss reached: trading paused" in said
    assert "times in Europe/Berlin" in said
    assert said.index("the bot:") < said.index("Friend 8"), "the newest first"


async def test_a_refusal_names_the_limit_and_says_nothing_was_sent(chat: Chat) -> None:
    with pytest.raises(Exception, match=Limit.ORDER):
        await chat.records.commit_intent(intent("600", user_id=FRIEND), ticket_id=None, now=NOON)
    said = words_of(await say(chat, "/audit"))
    assert "refused: buy 0.001 BTC/USD limit, 600.00 USD, by the limit “per order”" in said
    assert "→" not in said


async def test_a_long_log_is_paged_and_the_owner_sees_all_chats_in_private(chat: Chat) -> None:
    for number in range(25):
        chat_id = 1 if number % 2 else -100
        await chat.records.set_limit(
            chat_id, Limit.ORDER, str(Decimal(99 - number)), by=OWNER, now=NOON
        )
    first = await say(chat, "/audit 20")
    assert "in all chats" in words_of(first)
    assert "· chat -100" in words_of(first)
    assert "to 75" in words_of(first)
    assert "to 99" not in words_of(first)
    second = await tap(chat, first, "Older ›")
    assert "to 99" in words_of(second)
    assert "to 80" not in words_of(second)
    assert words_of(await tap(chat, second, "‹ Newest")) == words_of(first)
    chat.role = Role.TRADER
    assert "chat -100" not in words_of(await say(chat, "/audit 20"))
    with pytest.raises(BadArgument):
        await say(chat, "/audit 21")
