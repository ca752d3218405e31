"""Inline mode of the local Telegram: who asks, what the bot may answer, what is chosen."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
    Update,
)
from telegram.error import BadRequest

from tests.local_telegram import Rig, rigged


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with rigged() as rig:
        await rig.bot.get_updates(timeout=0, allowed_updates=["inline_query", "message"])
        yield rig


async def heard(rig: Rig) -> list[Update]:
    updates = await rig.bot.get_updates(timeout=0)
    if updates:
        await rig.bot.get_updates(offset=updates[-1].update_id + 1, timeout=0)
    return list(updates)


async def asked(rig: Rig, text: str = "btc", user: int = 1, **more: Any) -> str:
    told = await rig.does("inline", user_id=user, query=text, **more)
    return str(told["inline_query_id"])


async def seen(rig: Rig, query_id: str) -> dict[str, Any]:
    return await rig.sees(f"inline?inline_query_id={query_id}")


def article(name: str = "BTC/USD", text: str = "<b>60</b>") -> InlineQueryResultArticle:
    keys = InlineKeyboardMarkup([[InlineKeyboardButton("Open", url="https://t.me/a?start=b")]])
    content = InputTextMessageContent(text, parse_mode="HTML")
    return InlineQueryResultArticle(name, f"{name} 60", content, keys, description="up")


async def test_the_bot_hears_who_asks_and_in_what_kind_of_chat(rig: Rig) -> None:
    await rig.does("chats", chat_id=-100, title="Desk", members=[1])
    for more, kind in (({}, None), ({"chat_id": -100}, "group")):
        query_id = await asked(rig, "btc eur", **more)
        [*_, update] = await heard(rig)
        query = update.inline_query
        assert query is not None
        assert (query.id, query.query, query.from_user.id) == (query_id, "btc eur", 1)
        assert query.chat_type == kind
        assert not (await seen(rig, query_id))["answered"]
    assert (await rig.bot.get_me()).supports_inline_queries


async def test_a_bot_that_did_not_ask_for_them_hears_no_query(rig: Rig) -> None:
    await rig.bot.get_updates(timeout=0, allowed_updates=["message"])
    assert (await rig.does("inline", user_id=1, query="btc"))["update_id"] is None


async def test_what_is_offered_is_seen_and_what_is_chosen_comes_via_the_bot(rig: Rig) -> None:
    await rig.does("chats", chat_id=-100, title="Desk", members=[1])
    query_id = await asked(rig)
    button = InlineQueryResultsButton("Start", start_parameter="hello")
    assert await rig.bot.answer_inline_query(query_id, [article()], button=button)
    shown = await seen(rig, query_id)
    assert shown["results"] == [{"id": "BTC/USD", "title": "BTC/USD 60", "description": "up"}]
    assert shown["button"] == {"text": "Start", "start_parameter": "hello"}
    await heard(rig)
    chosen = {"user_id": 1, "chat_id": -100, "inline_query_id": query_id}
    await rig.does("choose", result_id="BTC/USD", **chosen)
    [message] = await rig.chat(-100)
    assert (message["text"], message["html"], message["from_bot"]) == ("60", "<b>60</b>", False)
    assert message["buttons"][0][0]["url"] == "https://t.me/a?start=b"
    [update] = await heard(rig)
    assert update.message is not None
    assert update.message.via_bot == rig.bot.bot
    assert "no such result" in await rig.cannot("choose", result_id="x", **chosen)
    assert "nobody asked" in await rig.cannot("choose", user_id=1, inline_query_id="x")


async def test_an_answer_is_given_again_for_as_long_and_to_whom_the_bot_allows(rig: Rig) -> None:
    for text, personal, other_asks in (("a", True, True), ("b", False, False)):
        query_id = await asked(rig, text)
        await rig.bot.answer_inline_query(query_id, [], cache_time=3, is_personal=personal)
        assert await asked(rig, text) == query_id
        assert (await asked(rig, text, user=2) != query_id) is other_asks
        assert await asked(rig, f"{text}!") != query_id
        rig.telegram.state.questions[query_id].answer["at"] -= 3
        assert await asked(rig, text) != query_id


@pytest.mark.parametrize(
    ("results", "more", "refusal"),
    [
        ([article(), article()], {}, "Result_id_duplicate"),
        ([article("x" * 65)], {}, "Result_id_invalid"),
        ([article(text="<b>")], {}, "Can't parse entities"),
        ([article(text="")], {}, "Message text is empty"),
        ([], {"next_offset": "x" * 65}, "Next_offset_invalid"),
        (
            [],
            {"button": InlineQueryResultsButton("Start", start_parameter="a b")},
            "Start_param_invalid",
        ),
        ([], {"button": InlineQueryResultsButton(" ", start_parameter="a")}, "Switch_pm_text"),
    ],
)
async def test_what_telegram_would_not_take_is_refused_and_can_be_answered_again(
    rig: Rig, results: list[Any], more: dict[str, Any], refusal: str
) -> None:
    query_id = await asked(rig)
    with pytest.raises(BadRequest, match=refusal):
        await rig.bot.answer_inline_query(query_id, results, **more)
    assert await rig.bot.answer_inline_query(query_id, [article()])


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"id": None}, 'Can\'t find field "id"'),
        ({"title": 5}, 'Can\'t find field "title"'),
        ({"input_message_content": {}}, 'Can\'t find field "message_text"'),
        ({"type": "photo"}, "only articles"),
        ({"title": " "}, "ARTICLE_TITLE_EMPTY"),
    ],
)
async def test_a_result_without_what_it_needs_is_refused(
    rig: Rig, changes: dict[str, Any], why: str
) -> None:
    wish = {"inline_query_id": await asked(rig), "results": [{**article().to_dict(), **changes}]}
    status, told = await rig.raw("answerInlineQuery", **wish)
    assert status == 400
    assert why in told["description"]


async def test_more_than_fifty_results_are_refused(rig: Rig) -> None:
    listed = [article(str(each)).to_dict() for each in range(51)]
    query_id = await asked(rig)
    status, told = await rig.raw("answerInlineQuery", inline_query_id=query_id, results=listed)
    assert (status, told["description"]) == (400, "Bad Request: RESULTS_TOO_MUCH")
    status, _ = await rig.raw("answerInlineQuery", inline_query_id=query_id, results=listed[:50])
    assert status == 200


async def test_a_second_answer_and_a_late_one_are_refused(rig: Rig) -> None:
    first, late = await asked(rig, "a"), await asked(rig, "b")
    await rig.bot.answer_inline_query(first, [])
    rig.telegram.state.questions[late].asked_at -= 11
    for query_id in (first, late, "7"):
        with pytest.raises(BadRequest, match="Query is too old"):
            await rig.bot.answer_inline_query(query_id, [])
