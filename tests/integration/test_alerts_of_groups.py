"""Alerts in groups: who may change whose, who may ask about the account, and where it is told."""

from collections.abc import Iterator

import pytest

from bot.core.access import Access, Role
from bot.core.errors import BadArgument, NotAllowed
from bot.core.texts.alerts import NOT_YOURS
from bot.handlers import TAPS
from tests.chat_talk import say, tap
from tests.fake_bot import Chat
from tests.fakes import NOON
from tests.page_rules import words_of

TRADER, VIEWER, OTHER_VIEWER = 7, 8, 9
DESK, CLUB = -100, -200


@pytest.fixture
def chat() -> Iterator[Chat]:
    made = Chat(kind="group")
    yield made
    made.tasks.close()


def as_viewer(chat: Chat) -> None:
    chat.role = Role.VIEWER


@pytest.fixture
async def theirs(chat: Chat) -> Chat:
    """A trader's alert and a viewer's."""
    await say(chat, "/alert btc > 65000", user_id=TRADER)
    as_viewer(chat)
    await say(chat, "/alert btc > 66000", user_id=VIEWER)
    return chat


async def numbers(chat: Chat) -> list[int]:
    return [alert.number for alert in await chat.services.alerts.of_chat(1)]


@pytest.mark.parametrize(
    "verb", ["alert_off", "alert_set", "alert_again", "alert_sleep", "alert_seen", "alert_ends"]
)
async def test_a_viewer_changes_no_alert_of_somebody_else(theirs: Chat, verb: str) -> None:
    before = await theirs.services.alerts.of_chat(1)
    payload = {"alert": 1, "every": 0, "for": 3600}
    ask = theirs.ask(payload=payload, user_id=VIEWER)
    await TAPS[verb].handler(ask)
    assert ask.toasts == [NOT_YOURS]
    assert await theirs.services.alerts.of_chat(1) == before


async def test_a_viewer_deletes_what_is_their_own(theirs: Chat) -> None:
    await TAPS["alert_off"].handler(theirs.ask(payload={"alert": 2}, user_id=VIEWER))
    assert await numbers(theirs) == [1]


async def test_a_trader_deletes_anybodys(theirs: Chat) -> None:
    theirs.role = Role.TRADER
    await TAPS["alert_off"].handler(theirs.ask(payload={"alert": 2}, user_id=TRADER))
    assert await numbers(theirs) == [1]


async def test_a_viewer_clears_their_own_only(theirs: Chat) -> None:
    page = await say(theirs, "/alerts clear", user_id=VIEWER)
    assert "Delete 1 alert here?" in words_of(page)
    await tap(theirs, page, "Delete all 1", user_id=VIEWER)
    assert await numbers(theirs) == [1]


async def test_who_taps_the_question_clears_what_is_theirs_not_what_the_asker_may(
    theirs: Chat,
) -> None:
    theirs.role = Role.TRADER
    page = await say(theirs, "/alerts clear", user_id=TRADER)
    as_viewer(theirs)
    await tap(theirs, page, "Delete all 2", user_id=OTHER_VIEWER)
    assert await numbers(theirs) == [1, 2]


async def test_a_viewer_lets_their_own_rest_only(theirs: Chat) -> None:
    assert "1 alert rests" in words_of(await say(theirs, "/alerts off 2h", user_id=VIEWER))
    resting = [a.number for a in await theirs.services.alerts.of_chat(1) if a.rests_until]
    assert resting == [2]
    assert "0 alerts" in words_of(await say(theirs, "/alerts on", user_id=OTHER_VIEWER))
    assert "1 alert watches" in words_of(await say(theirs, "/alerts on", user_id=VIEWER))


@pytest.mark.parametrize(
    "text", ["usd < 100", "fill big 500", "order stale 24h", "pnl day < -50", "deposit", "key"]
)
async def test_a_viewer_asks_nothing_about_the_account(chat: Chat, text: str) -> None:
    as_viewer(chat)
    with pytest.raises(NotAllowed) as caught:
        await say(chat, f"/alert {text}", user_id=VIEWER)
    assert caught.value.needs is Access.TRADER
    assert await numbers(chat) == []


async def test_a_viewer_may_ask_whether_kraken_is_silent(chat: Chat) -> None:
    as_viewer(chat)
    assert "no data for 1m" in words_of(await say(chat, "/alert feed", user_id=VIEWER))


async def groups(chat: Chat) -> None:
    """Two groups; the author may trade in one."""
    for number, title in ((DESK, "Trading Desk 🚀"), (CLUB, "Club")):
        await chat.records.open_group(number, title)
    await chat.records.approve(TRADER, Role.VIEWER)
    await chat.records.give_chat_role(DESK, TRADER, Role.TRADER, by=1, now=NOON)


async def test_an_alert_is_set_in_a_group_where_its_author_trades(chat: Chat) -> None:
    await groups(chat)
    page = await say(chat, "/alert btc > 65000 @tradingdesk chart")
    assert "Set as #1 in Trading Desk 🚀, where I tell it." in words_of(page)
    assert await numbers(chat) == []
    [alert] = await chat.services.alerts.of_chat(DESK)
    assert (alert.user_id, alert.wish.options.where) == (TRADER, "")


async def test_an_alert_of_a_group_is_told_in_private(chat: Chat) -> None:
    page = await say(chat, "/alert btc > 65000 @me")
    assert "Set as #1 in your private chat" in words_of(page)
    assert len(await chat.services.alerts.of_chat(TRADER)) == 1


@pytest.mark.parametrize("name", ["club", "nosuch", "🚀"])
async def test_no_alert_is_set_where_its_author_does_not_trade(chat: Chat, name: str) -> None:
    await groups(chat)
    with pytest.raises(BadArgument) as caught:
        await say(chat, f"/alert btc > 65000 @{name}")
    assert caught.value.hint == "@me, @tradingdesk"
    assert [await chat.services.alerts.of_chat(each) for each in (1, DESK, CLUB)] == [[], [], []]


async def test_about_an_account_it_is_the_role_where_it_is_told_that_counts(chat: Chat) -> None:
    await groups(chat)
    with pytest.raises(NotAllowed):
        await say(chat, "/alert usd < 100 @me")
    assert await chat.services.alerts.of_chat(TRADER) == []
    as_viewer(chat)
    await say(chat, "/alert usd < 100 @tradingdesk")
    [alert] = await chat.services.alerts.of_chat(DESK)
    assert alert.wish.conditions[0].mode == "paper"
