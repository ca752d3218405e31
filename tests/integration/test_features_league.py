"""A league over days: what is told and when, also after a restart; joining and leaving."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.core.access import Role
from bot.core.errors import NotAllowed
from bot.core.league import League
from bot.core.page import Page
from bot.core.trade.types import Mode
from bot.desk import league as desk
from bot.handlers import COMMANDS_BY_NAME, TAPS
from bot.store import StoreUnavailable
from kraken.core.errors import NotSent
from tests.fake_bot import Chat
from tests.fakes import NOON
from tests.page_rules import words_of

ANN, BEN = 7, 8


@pytest.fixture
async def chat() -> AsyncIterator[Chat]:
    made = Chat()
    made.kind = "group"
    for user, name in ((ANN, "Ann"), (BEN, "Ben")):
        await made.records.approve(user, Role.TRADER, name)
    yield made
    made.tasks.close()


async def say(chat: Chat, args: str, user: int = ANN) -> Page:
    asked = chat.ask(command="league", args=args, text=f"/league {args}", user_id=user)
    await COMMANDS_BY_NAME["league"].handler(asked)
    return chat.last


async def begun(chat: Chat, args: str = "start 2d", users: tuple[int, ...] = (ANN, BEN)) -> League:
    await say(chat, args)
    for user in users:
        await say(chat, "join", user)
    found = await chat.records.league_of(1)
    assert found is not None
    return found


def keys(chat: Chat) -> list[str]:
    return [key for _, key, _ in chat.outbox.pushes]


async def test_the_standings_come_after_each_day_and_the_result_at_the_end(chat: Chat) -> None:
    league = await begun(chat, "start 3d")
    await chat.tasks.run_all()
    assert keys(chat) == [
        f"league:{league.id}:day:1",
        f"league:{league.id}:day:2",
        f"league:{league.id}:end",
    ]
    assert chat.clock.now() == NOON + timedelta(days=3)
    assert chat.outbox.pushes[0][2].photo is not None
    over = await chat.records.league(league.id)
    assert over is not None and over.ended_at == chat.clock.now()
    assert chat.accounts.paper.asked["cancel_all"] == 2


async def test_days_that_passed_while_the_bot_was_off_are_told_once_and_late(chat: Chat) -> None:
    league = await begun(chat, "start 7d")
    chat.tasks.close()
    chat.tasks.started.clear()
    chat.clock.advance(2.5 * 86400)
    await desk.resume(chat.services)
    assert list(chat.tasks.started) == [("league", league.id)]
    chat.on_sleep = lambda seconds: None
    follow = desk.follow(chat.services, league.id)
    for _ in range(40):
        follow.send(None)
        if chat.outbox.pushes:
            break
    follow.close()
    assert keys(chat) == [f"league:{league.id}:day:2"]


async def test_a_result_that_was_told_before_a_crash_is_not_told_again(chat: Chat) -> None:
    league = await begun(chat)
    chat.clock.advance(3 * 86400)
    await desk.follow(chat.services, league.id)
    await desk.follow(chat.services, league.id)
    assert keys(chat).count(f"league:{league.id}:end") == 1
    assert chat.outbox.pushes[-1][2].html.startswith("🏆 LEAGUE · it is over")


async def test_an_end_that_was_slept_through_is_judged_by_its_own_time(chat: Chat) -> None:
    league = await begun(chat)
    chat.clock.advance(5 * 86400)
    table = await desk.read_table(chat.services, league)
    assert table.at == league.ends_at
    assert {place.performance.points[-1].at for place in table.places} == {league.ends_at}


async def test_who_left_plays_no_more_and_their_chat_is_their_own_again(chat: Chat) -> None:
    league = await begun(chat)
    assert await desk.play(chat.services, ANN, league.id, NOON)
    await say(chat, "leave")
    assert await chat.records.paper_of(ANN) == f"paper:{ANN}"
    assert not await desk.play(chat.services, ANN, league.id, NOON)
    assert await chat.records.paper_of(ANN) == f"paper:{ANN}"


async def test_one_league_at_a_time_and_a_new_one_after_it(chat: Chat) -> None:
    await begun(chat)
    assert "one runs here already" in words_of(await say(chat, "start"))
    await say(chat, "stop")
    assert "it begins" in words_of(await say(chat, "start 1d 500 usd"))


async def test_whoever_joins_twice_leaves_or_never_joined_is_told(chat: Chat) -> None:
    await begun(chat, users=(ANN,))
    await say(chat, "join")
    assert "1 member" in words_of(chat.last)
    assert "You do not play" in words_of(await say(chat, "leave", BEN))
    assert "You left" in words_of(await say(chat, "leave"))
    assert "Nobody plays yet." in words_of(await say(chat, ""))
    await say(chat, "join")
    assert "1 member" in words_of(chat.last)


async def test_only_who_may_trade_in_private_joins(chat: Chat) -> None:
    await begun(chat, users=())
    await chat.records.approve(9, Role.VIEWER, "Eve")
    with pytest.raises(NotAllowed):
        await say(chat, "join", 9)
    (button,) = [b for b in chat.last.buttons() if b.verb == "league_join"]
    with pytest.raises(NotAllowed):
        await TAPS[button.verb].handler(chat.ask(payload=button.payload, user_id=9))


async def test_a_member_chooses_the_ledger_in_private_and_waiting_tickets_are_void(
    chat: Chat,
) -> None:
    league = await begun(chat)
    await chat.records.set_chat_mode(ANN, Mode.LIVE)
    chat.kind = "private"
    page = await say(chat, "")
    assert "You trade on your own practice money here." in words_of(page)
    (trade,) = page.buttons()
    await TAPS[trade.verb].handler(chat.ask(payload=trade.payload, message_id=100))
    assert await chat.records.paper_of(ANN) == f"paper:league:{league.id}L{ANN}"
    assert await chat.records.paper_of(BEN) == f"paper:{BEN}"
    assert await chat.records.chat_of_paper(await chat.records.paper_of(ANN)) == ANN
    assert await chat.records.chat_mode(ANN) is Mode.PAPER, "never real money by mistake"
    (back,) = (await say(chat, "")).buttons()
    assert back.label == "My own practice"
    await TAPS[back.verb].handler(chat.ask(payload=back.payload, message_id=100))
    assert await chat.records.paper_of(ANN) == f"paper:{ANN}"


async def test_a_button_of_another_group_or_an_old_league_does_nothing(chat: Chat) -> None:
    league = await begun(chat, users=(ANN,))
    elsewhere = chat.ask(payload={"league": league.id})
    elsewhere.chat_id = 2
    await TAPS["league_join"].handler(elsewhere)
    assert "none runs" in words_of(chat.last)
    await say(chat, "stop")
    await TAPS["league_join"].handler(chat.ask(payload={"league": league.id}, user_id=BEN))
    assert "none runs" in words_of(chat.last)
    await TAPS["league_play"].handler(chat.ask(payload={"league": league.id}, message_id=100))
    assert "none runs" in words_of(chat.messages[100])
    assert [each.user_id for each in await chat.records.league_members(league.id)] == [ANN]


async def test_only_its_starter_or_the_groups_owner_ends_it(chat: Chat) -> None:
    league = await begun(chat)
    assert "goes on" in words_of(await say(chat, "stop", BEN))
    chat.role = Role.CHAT_OWNER
    await say(chat, "stop", BEN)
    over = await chat.records.league(league.id)
    assert over is not None and over.ended_at is not None


async def test_a_locked_database_does_not_end_a_league_untold(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    league = await begun(chat, "start 1d")
    read, refusals = chat.records.league_members, [StoreUnavailable("locked"), NotSent("down")]

    async def members(league_id: int) -> object:
        if refusals:
            raise refusals.pop()
        return await read(league_id)

    monkeypatch.setattr(chat.records, "league_members", members)
    await chat.tasks.run_all()
    assert keys(chat) == [f"league:{league.id}:end"]
    assert refusals == []
