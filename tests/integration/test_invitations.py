"""A link from the owner lets in one person, once, for a while, and never as owner."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from sqlite3 import IntegrityError
from typing import Any

import pytest

from bot.core.access import Role
from bot.core.invitations import Invitation, Outcome, fingerprint
from bot.core.texts.audit import told as said
from bot.core.texts.safety import restored_page
from bot.handlers import links
from bot.store import FILE_NAME
from bot.store.backup import make_safe
from tests.fake_bot import Chat
from tests.page_rules import words_of
from tests.stack import OWNER, STRANGER, stack
from tests.telegram_bench import BLOCKED, GROUP, TRADER, VIEWER, Bench, bench
from tests.virtual_time import passes

TOKEN = "c29tZS10b2tlbi1vZi0xNg"
OTHER = 98
LINK = f"/start inv_{TOKEN}"


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Bench]:
    async with bench(tmp_path) as built:
        yield built


async def invited(
    store: Any, role: Role = Role.TRADER, token: str = TOKEN, by: int = OWNER
) -> str:
    now = datetime.fromisoformat(store.now_text())
    invitation = Invitation(fingerprint(token), role, now + timedelta(days=7))
    assert await store.add_invitation(invitation, by=by, now=now)
    return invitation.id


async def role(here: Bench, user: int) -> Role:
    return await here.store.role(user, user)


def told(here: Bench, who: int) -> list[str]:
    return [text for chat, text in here.sender.sent if chat == who]


@pytest.mark.parametrize("given", [Role.TRADER, Role.VIEWER])
async def test_whoever_opens_the_link_first_is_let_in_and_the_owner_is_told_who(
    here: Bench, given: Role
) -> None:
    await invited(here.store, given)
    [answer] = await here.says(STRANGER, LINK)
    assert f"The owner has let you in as a {given.value}." in answer
    assert await role(here, STRANGER) is given
    [news] = told(here, OWNER)
    assert f"Your invitation was used: a {given.value}" in news
    assert f"Person &lt;{STRANGER}&gt;, id <code>{STRANGER}</code>" in news
    await here.says(STRANGER, "/status")
    assert here.ran == ["/status"], "and is heard from now on"

    first, *_ = await here.says(OTHER, LINK)
    assert "This invitation was used already." in first
    assert await role(here, OTHER) is Role.STRANGER
    assert "Somebody wants to use this bot." in told(here, OWNER)[-1]


async def test_a_link_that_is_over_withdrawn_or_made_up_lets_in_nobody(here: Bench) -> None:
    name = await invited(here.store)
    heard = [await here.says(STRANGER, "/start inv_made-up")]
    here.clock.advance(7 * 24 * 3600)
    heard.append(await here.says(STRANGER, LINK))
    assert not await here.store.withdraw_invitation(name, by=OWNER, now=here.clock.now())
    name = await invited(here.store, token="another")
    assert await here.store.withdraw_invitation(name, by=OWNER, now=here.clock.now())
    heard.append(await here.says(STRANGER, "/start inv_another"))
    firsts = [answers[0].split("\n")[0] for answers in heard]
    unknown = "I don’t know this invitation."
    assert firsts == [unknown, "This invitation is over.", unknown]
    assert await role(here, STRANGER) is Role.STRANGER


async def test_a_stranger_who_tries_link_after_link_is_soon_not_answered(here: Bench) -> None:
    answers = [await here.says(STRANGER, f"/start inv_{each}") for each in range(6)]
    assert [len(each) for each in answers] == [2, 1, 1, 0, 0, 0]


async def test_who_is_blocked_stays_blocked_and_uses_nothing_up(here: Bench) -> None:
    await invited(here.store)
    assert await here.says(BLOCKED, LINK) == []
    assert await role(here, BLOCKED) is Role.BLOCKED
    coming = await here.store.accept_invitation(
        fingerprint(TOKEN), BLOCKED, "Eve", here.clock.now()
    )
    assert coming.outcome is Outcome.UNKNOWN
    await here.says(STRANGER, LINK)
    assert await role(here, STRANGER) is Role.TRADER
    await here.store.give_role(STRANGER, Role.BLOCKED, by=OWNER, now=here.clock.now())
    assert await here.says(STRANGER, LINK) == []


async def test_a_link_counts_only_when_a_person_opens_it_in_private_themselves(
    here: Bench,
) -> None:
    await invited(here.store)
    for where, how in (
        (GROUP, {}),
        (STRANGER, {"edited": True}),
        (STRANGER, {"forwarded": True}),
        (STRANGER, {"impersonal": True}),
    ):
        await here.says(STRANGER, LINK, where, **how)
        await here.says(STRANGER, f"hello inv_{TOKEN}", where, **how)
        assert await role(here, STRANGER) is Role.STRANGER
    await here.says(STRANGER, LINK)
    assert await role(here, STRANGER) is Role.TRADER


async def test_of_two_people_with_one_link_one_is_let_in(here: Bench) -> None:
    for turn in range(10):
        token, people = f"token-{turn}", (200 + turn, 300 + turn)
        await invited(here.store, token=token)
        async with asyncio.TaskGroup() as both:
            for user in people:
                both.create_task(here.says(user, f"/start inv_{token}"))
        assert [await role(here, user) for user in people].count(Role.TRADER) == 1
    news = [text for text in told(here, OWNER) if "Your invitation was used" in text]
    assert len(news) == 10


async def test_a_link_of_somebody_who_is_not_the_owner_any_more_is_worthless(here: Bench) -> None:
    await invited(here.store)
    await here.store.set_owner(TRADER)
    assert "I don’t know this invitation." in (await here.says(STRANGER, LINK))[0]
    assert await role(here, STRANGER) is Role.STRANGER


async def test_after_a_crash_the_same_is_told_again_but_nobody_is_let_in_twice(
    here: Bench,
) -> None:
    name, now = await invited(here.store), here.clock.now()
    for _ in range(2):
        coming = await here.store.accept_invitation(name, STRANGER, "Mona", now)
        assert (coming.outcome, coming.role) == (Outcome.ADMITTED, Role.TRADER)
    await here.store.give_role(STRANGER, Role.STRANGER, by=OWNER, now=now)
    coming = await here.store.accept_invitation(name, STRANGER, "Mona", now)
    assert coming.outcome is Outcome.USED, "who was let go does not come back with it"
    assert await role(here, STRANGER) is Role.STRANGER
    await here.store.give_role(STRANGER, Role.TRADER, by=OWNER, now=now)
    coming = await here.store.accept_invitation(name, STRANGER, "", now + timedelta(minutes=11))
    assert coming.outcome is Outcome.USED


async def test_no_link_makes_an_owner_and_the_token_is_nowhere_in_the_database(
    here: Bench, tmp_path: Path
) -> None:
    for wrong in (Role.OWNER, Role.CHAT_OWNER, Role.SEEING):
        with pytest.raises(IntegrityError):
            await invited(here.store, wrong, token=wrong.value)
    await invited(here.store)
    await here.store.empty_log()
    assert TOKEN.encode() not in (tmp_path / FILE_NAME).read_bytes()
    assert fingerprint(TOKEN).encode() in (tmp_path / FILE_NAME).read_bytes()


async def test_what_happened_is_written_down(here: Bench) -> None:
    await invited(here.store)
    await here.says(STRANGER, LINK)
    name = await invited(here.store, Role.VIEWER, token="other")
    await here.store.withdraw_invitation(name, by=OWNER, now=here.clock.now())
    rows = [
        (row.action, row.actor, row.detail.get("role"), row.detail.get("user"))
        for row in reversed(await here.store.audit_entries(None, 4))
    ]
    assert rows == [
        ("invite", OWNER, "trader", None),
        ("role", STRANGER, "trader", STRANGER),
        ("invite", OWNER, "viewer", None),
        ("invite", OWNER, "viewer", None),
    ]
    newest, _, came, _ = await here.store.audit_entries(None, 4)
    assert said(newest.action, newest.detail) == "withdrew the invitation of a viewer"
    assert said(came.action, came.detail) == f"user {STRANGER} is now: trader, by invitation"


async def test_who_has_a_role_is_raised_by_a_link_and_never_lowered() -> None:
    chat = Chat()
    store, ask = chat.records, chat.ask
    await store.set_owner(OWNER)
    await store.approve(TRADER, Role.TRADER, "Friend")
    await store.approve(VIEWER, Role.VIEWER, "Guest")
    await invited(store)
    await invited(store, Role.VIEWER, token="looking")
    for user, start in ((OWNER, TOKEN), (TRADER, TOKEN), (TRADER, "looking"), (VIEWER, "looking")):
        before = await store.role(user, user)
        await links.start(ask(command="start", args=f"inv_{start}", user_id=user))
        assert "You are let in already." in words_of(chat.last)
        assert await store.role(user, user) is before
    assert len(await store.invitations(chat.clock.now())) == 2, "neither is used up"
    await links.start(ask(command="start", args=f"inv_{TOKEN}", user_id=VIEWER))
    assert "let you in as a trader" in words_of(chat.last)
    assert await store.role(VIEWER, VIEWER) is Role.TRADER
    assert [(who, words_of(page).split("\n")[0]) for who, _, page in chat.outbox.pushes] == [
        (OWNER, "✉ Your invitation was used: a trader")
    ]
    chat.tasks.close()


async def test_a_role_that_was_over_does_not_end_the_new_one_but_its_maximum_stays() -> None:
    chat = Chat()
    store, now = chat.records, chat.clock.now()
    await store.set_owner(OWNER)
    await store.approve(TRADER, Role.TRADER, "Friend")
    until = now + timedelta(hours=1)
    await store.give_chat_role(
        TRADER, TRADER, Role.TRADER, by=OWNER, now=now, most=50, until=until
    )
    chat.clock.advance(3601)
    assert await store.role(TRADER, TRADER) is Role.VIEWER
    await invited(store)
    await links.start(chat.ask(command="start", args=f"inv_{TOKEN}", user_id=TRADER))
    assert await store.role(TRADER, TRADER) is Role.TRADER
    assert await store.own_maximum(TRADER, TRADER, chat.clock.now()) == 50
    chat.tasks.close()


async def test_a_link_from_before_a_restore_lets_in_nobody(here: Bench) -> None:
    """Whoever came with it after the copy was made is not in the copy."""
    await invited(here.store)
    now = here.clock.now()
    await make_safe(here.store, None, restored_page(now), now)
    assert "I don’t know this invitation." in (await here.says(STRANGER, LINK))[0]
    assert await role(here, STRANGER) is Role.STRANGER


# -- the whole product


async def say(them: Any, user: int, text: str, chat: int | None = None) -> list[dict[str, Any]]:
    sent = await them.say(user, text, chat)
    await passes(3)
    heard = await them.messages(chat or user)
    return [each for each in heard if each["message_id"] > sent]


async def test_the_owner_makes_a_link_somebody_comes_and_is_blocked(tmp_path: Path) -> None:
    async with stack(tmp_path / "data", exchange=False) as them:
        [group] = await say(them, OWNER, "/invite trader", GROUP)
        assert "in private only" in group["text"]
        [made] = await say(them, OWNER, "/invite trader 2h")
        name = (await them.calls("getMe"))[0]["answer"]["result"]["username"]
        start = f"https://t.me/{name}?start="
        address = next(line for line in made["text"].split("\n") if line.startswith(start))
        word = address.removeprefix(start)
        assert len(word) == len("inv_") + 22, "128 bits, and short enough for Telegram"
        assert "until 2026-03-04 14:00" in made["text"]

        [answer] = await say(them, STRANGER, f"/start {word}")
        assert "The owner has let you in as a trader." in answer["text"]
        news = (await them.messages(OWNER))[-1]
        assert f"id {STRANGER}" in news["text"]
        assert "What I can do" in (await say(them, STRANGER, "/help"))[0]["text"]
        await them.tap(OWNER, news["message_id"], "Block")
        await passes(3)
        assert await say(them, STRANGER, "/help") == []
        assert await say(them, STRANGER, f"/start {word}") == []


async def test_a_link_is_withdrawn_with_a_tap_and_only_a_few_wait(tmp_path: Path) -> None:
    async with stack(tmp_path / "data", exchange=False) as them:
        [waiting] = await say(them, OWNER, "/invite")
        assert "No link is open now." in waiting["text"]
        [made] = await say(them, OWNER, "/invite viewer")
        await them.tap(OWNER, made["message_id"], "Withdraw it")
        await passes(3)
        shown = {each["message_id"]: each["text"] for each in await them.messages(OWNER)}
        assert "that link lets in nobody" in shown[made["message_id"]]
        word = made["text"].split("start=")[1].split("\n")[0]
        assert (
            "I don’t know this invitation." in (await say(them, 98, f"/start {word}"))[0]["text"]
        )
        for _ in range(8):
            await say(them, OWNER, "/invite viewer")
        [full] = await say(them, OWNER, "/invite viewer")
        assert "8 links are open: withdraw one first." in full["text"]
        assert len(full["buttons"]) == 9
        for wrong in ("/invite owner", "/invite trader 60d", "/invite viewer 5m"):
            [refused] = await say(them, OWNER, wrong)
            assert "/invite trader 7d" in str(refused), "an example that works"
