"""What people type by mistake: a sentence that says what is wrong, and nothing is done."""

from collections.abc import AsyncIterator

import pytest

from bot.core.errors import UserError
from bot.core.texts.errors import error_page
from bot.handlers import unknown_command
from kraken.core.errors import KrakenError
from kraken.core.holdings import Balance
from kraken.core.types import Asset
from tests.account_talk import D
from tests.chat_talk import say
from tests.fake_bot import Chat
from tests.page_rules import words_of


@pytest.fixture
def chat() -> AsyncIterator[Chat]:
    chat = Chat()
    yield chat
    chat.tasks.close()


ODD = {
    "/balance foo": "Not a currency: FOO",
    "/buy 0.000000000001 btc market": "Too many digits: 0.000000000001 At most 12.",
    "/buy 50usd btc @ 60000 @ 61000": "Only one of the two can be meant.",
    "/buy 0.01 btc @ 60000 laddr=3": "in=, ladder=, note=",
    "/sell 0.01 btc market": "🧪 PAPER · You have no BTC free.",
    "/buy 50usd btc @ 600000": "🧪 PAPER · Price 600000 is far off.",
    "/limits order 999999999999999": "Out of range: 999999999999999",
    "/settings presets a b c": "Not an amount: a",
    "/settings protection x": "Not a percentage: x",
    "/lend": "The group id is missing.",
    "/lend abc": "Not a group id: abc",
    "/block 1": "Not a person to change: 1 Possible: anybody but the owner of this bot.",
    "/dca stop 99": "There is no plan #99 See /dca.",
    "/schedule every day 08:00 /buy 50usd btc market auto": "auto max=70000 in front of /buy",
    "/alert btc > 65000 sell 500%": "The amount goes from 0 % to 100 %.",
}


@pytest.mark.parametrize("text", ODD)
async def test_a_mistake_is_named(chat: Chat, text: str) -> None:
    await chat.records.set_owner(1)
    chat.accounts.paper.own = {Asset("USD"): Balance(D(10_000))}
    with pytest.raises((UserError, KrakenError)) as refused:
        await say(chat, text)
    page = error_page(refused.value)
    assert page is not None
    assert ODD[text] in " ".join(words_of(page).split())
    assert chat.accounts.paper.asked["place"] == 0


async def test_what_has_no_name_is_no_command(chat: Chat) -> None:
    await unknown_command(chat.ask(command="", text="/💥"))
    assert words_of(chat.last).startswith("That is no command.")
