"""Inline mode: prices in any chat, for people who are let in, and nothing of an account."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.core.inline import PricesAsked, ValueAsked, read_inline
from bot.core.settings import ChatSettings
from bot.core.texts.inline import NO_PAIR_BUTTON, NO_PRICE_BUTTON, START_BUTTON
from bot.desk.inline import answer
from kraken.core.errors import NotSent, UnknownInstrument
from kraken.watch import Watch
from tests.fake_bot import Chat
from tests.page_rules import check_page, words_of
from tests.stack import FRIEND, GROUP, OWNER, STRANGER, People, stack
from tests.virtual_time import passes

D = Decimal
USUAL = ChatSettings(currency="EUR")


@pytest.fixture
async def chat() -> AsyncIterator[Chat]:
    chat = Chat()
    yield chat
    chat.tasks.close()


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("", PricesAsked()),
        ("btc", PricesAsked(("btc",))),
        ("btc/eur chart", PricesAsked(("btc/eur",), with_course=True)),
        ("BTC eth EUR", PricesAsked(("btc/eur", "eth/eur"))),
        ("a b c d e", PricesAsked(("a", "b", "c"))),
        ("1inch", PricesAsked(("1inch",))),
        ("0.5 eth in eur", ValueAsked(D("0.5"), "eth", "eur")),
        ("0.5 ETH", ValueAsked(D("0.5"), "eth")),
        ("50eur in btc", ValueAsked(D(50), "eur", "btc")),
        ("1e9 eth", PricesAsked(("1e9", "eth"))),
        ("0 eth", PricesAsked(("0", "eth"))),
        ("0.5 e/h eur", PricesAsked(("0.5", "e/h", "eur"))),
        ("💰 \u202e", PricesAsked()),
    ],
)
def test_what_is_typed_is_read(text: str, asked: PricesAsked | ValueAsked) -> None:
    assert read_inline(text) == asked


async def test_a_price_is_offered_with_what_would_be_posted(chat: Chat) -> None:
    [article] = await answer(chat.services, USUAL, "btc", with_course=False)
    assert (article.id, article.title) == ("BTC/EUR", "BTC/EUR 55,123.4")
    assert article.description == "▲ +1.84 % in 24 h"
    assert words_of(article.page).split("\n") == [
        "BTC/EUR 55,123.4",
        "▲ +1.84 % in 24 h",
        "As of 12:00:00 UTC, Kraken",
    ]
    [button] = article.page.buttons()
    assert (button.label, button.url) == ("Open in bot", "private:pair_BTC-EUR")
    check_page(article.page)


async def test_a_course_stands_with_the_first_pair_when_it_is_asked_for(chat: Chat) -> None:
    first, second = await answer(chat.services, USUAL, "btc eth chart", with_course=True)
    assert len(words_of(first.page).split("\n")[2]) == 24
    assert len(words_of(second.page).split("\n")) == 3
    chat.market.errors["history"] = NotSent("not reached")
    [article] = await answer(chat.services, USUAL, "btc chart", with_course=True)
    assert len(words_of(article.page).split("\n")) == 3, "prices are there all the same"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("0.5 eth in eur", "0.5 ETH = 1,355.52 EUR"),
        ("0.5 eth", "0.5 ETH = 1,355.52 EUR"),
        ("100 usd in btc", "100 USD = 0.00166638 BTC"),
        ("0.01 doge in usd", "0.01 DOGE = 0.002 USD"),
        ("2 xbt in usd", "2 BTC = 120,020.60 USD"),
    ],
)
async def test_an_amount_is_worth_something_else(chat: Chat, text: str, title: str) -> None:
    [article] = await answer(chat.services, USUAL, text, with_course=False)
    assert article.title == title
    assert words_of(article.page) == f"{title}\nAs of 12:00:00 UTC, Kraken"
    check_page(article.page)


async def test_a_name_that_is_still_typed_gets_what_is_near_or_nothing(chat: Chat) -> None:
    assert await answer(chat.services, USUAL, "bitc", with_course=False)
    with pytest.raises(UnknownInstrument):
        await answer(chat.services, USUAL, "0.5 zzzzzz in eur", with_course=False)
    chat.market.tickers["BTC/EUR"] = Watch()
    assert await answer(chat.services, USUAL, "btc", with_course=False) == []


# -- the whole product


async def asks(them: People, user: int, text: str, **more: Any) -> dict[str, Any]:
    """What this person sees above the input."""
    told = await them.post("inline", user_id=user, query=text, **more)
    await passes(4)
    url = f"{them.telegram.url}/sim/inline?inline_query_id={told['inline_query_id']}"
    async with them.http.get(url) as answered:
        return {**dict(await answered.json()), "id": told["inline_query_id"]}


async def test_who_is_let_in_gets_prices_and_others_the_way_to_the_bot(tmp_path: Path) -> None:
    async with stack(tmp_path / "data") as them:
        for user in (OWNER, FRIEND):
            shown = await asks(them, user, "btc")
            assert [each["title"].split()[0] for each in shown["results"]] == ["BTC/USD"]
            assert shown["button"] is None
        start = {"text": START_BUTTON, "start_parameter": "hello"}
        for text in ("btc", "", "0.5 eth in eur", "btc chart"):
            shown = await asks(them, STRANGER, text)
            assert (shown["results"], shown["button"]) == ([], start)
        assert (await asks(them, OWNER, "zzzzzz"))["button"]["text"] == NO_PAIR_BUTTON
        await them.say(OWNER, f"/block {STRANGER}")
        await passes(3)
        assert not (await asks(them, STRANGER, "eth"))["answered"]
        [call, *_] = await them.calls("answerInlineQuery")
        assert call["parameters"]["is_personal"] in (True, "true")
        assert int(call["parameters"]["cache_time"]) == 3
        assert all(call["status"] == 200 for call in await them.calls("answerInlineQuery"))
        assert await them.messages(OWNER) != []
        assert not any("wants to use" in each["text"] for each in await them.messages(OWNER))


async def test_what_was_chosen_is_a_message_that_the_bot_lets_stand(tmp_path: Path) -> None:
    async with stack(tmp_path / "data") as them:
        shown = await asks(them, OWNER, "btc/usd chart", chat_id=GROUP)
        for where in (GROUP, OWNER):
            wish = {"user_id": OWNER, "chat_id": where, "inline_query_id": shown["id"]}
            await them.post("choose", result_id="BTC/USD", **wish)
        await passes(5)
        async with them.http.get(f"{them.telegram.url}/sim/chat?chat_id={OWNER}") as told:
            [message] = (await told.json())["messages"]
        assert await them.messages(GROUP) == [], "nor does it answer itself"
        assert len(message["text"].split("\n")[2]) == 24
        name = (await them.calls("getMe"))[0]["answer"]["result"]["username"]
        [[button]] = message["buttons"]
        assert button["url"] == f"https://t.me/{name}?start=pair_BTC-USD"


async def test_without_kraken_and_after_too_many_letters_there_is_no_price(
    tmp_path: Path,
) -> None:
    async with stack(tmp_path / "data", exchange=False) as them:
        assert (await asks(them, OWNER, "btc"))["button"]["text"] == NO_PRICE_BUTTON
        for each in range(40):
            await them.post("inline", user_id=OWNER, query=f"btc{each}")
        await passes(2)
        answered = await them.calls("answerInlineQuery")
        assert 30 <= len(answered) <= 36
        await them.say(OWNER, "/help")
        await passes(2)
        assert "What I can do" in (await them.messages(OWNER))[-1]["text"], "chats do not wait"


async def test_a_kraken_key_in_a_query_is_on_no_disk(tmp_path: Path) -> None:
    secret = (
        "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg=="
    )
    async with stack(tmp_path / "data", exchange=False) as them:
        await asks(them, OWNER, secret)
    for file in (tmp_path / "data").iterdir():
        assert secret[:40].encode() not in file.read_bytes()
