"""An account's past: read page by page, kept, and gone on with where it stopped."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.core.trade.types import AccountId
from bot.desk.history import AT_ONCE, BEGINNING, PAGE, Past, Reach, read_past
from bot.desk.patience import FOR_LONG
from bot.desk.rates import Rates
from bot.store.history import Mark
from kraken.core.errors import NotSent, RateLimited
from kraken.core.types import Asset, Interval, Side
from tests.account_talk import D
from tests.fake_bot import Chat
from tests.fakes import NOON
from tests.integration.test_features_account import DAY, entry, fill
from tests.market_values import candle

PAPER = AccountId("paper:1")
EVERYTHING = Reach(pages=None, patience=FOR_LONG)


@pytest.fixture
def chat() -> AsyncIterator[Chat]:
    chat = Chat()
    yield chat
    chat.tasks.close()


def fills(chat: Chat, count: int, first: int = 0, days_ago: float = 30) -> None:
    """That many more, one a minute."""
    chat.accounts.paper.filled += [
        fill(n, days_ago - n / 1440, Side.BUY, "0.001", "60000")
        for n in range(first, first + count)
    ]


async def read(chat: Chat, reach: Reach, *, with_entries: bool = False) -> Past:
    account = await chat.services.accounts.of(1)
    return await read_past(chat.services, account, reach, with_entries=with_entries)


async def test_a_long_past_is_read_in_several_goes_and_nothing_twice(chat: Chat) -> None:
    fills(chat, PAGE * (AT_ONCE + 2) + 7)
    first = await read(chat, Reach())
    assert (len(first.fills), first.is_whole) == (PAGE * AT_ONCE, False)
    chat.clock.advance(60)
    second = await read(chat, Reach())
    assert (len(second.fills), second.is_whole) == (PAGE * (AT_ONCE + 2) + 7, True)
    asked = chat.accounts.paper.asked["fills"]
    assert (await read(chat, Reach())).is_whole
    assert chat.accounts.paper.asked["fills"] == asked  # it was read a moment ago
    chat.clock.advance(60)
    third = await read(chat, Reach())
    assert third.is_whole
    assert len(third.fills) == len(second.fills)
    assert chat.accounts.paper.asked["fills"] == asked + 1


async def test_the_newest_comes_first_and_each_fill_once(chat: Chat) -> None:
    fills(chat, 70)
    found = await read(chat, Reach())
    assert [each.exec_id for each in found.fills] == [f"T{n}" for n in range(69, -1, -1)]


async def test_what_is_new_is_joined_to_what_is_known(chat: Chat) -> None:
    fills(chat, 60)
    await read(chat, EVERYTHING)
    fills(chat, 130, 60)
    found = await read(chat, EVERYTHING)
    assert len(found.fills) == 190
    assert found.is_whole


async def test_a_gap_is_not_called_known(chat: Chat) -> None:
    fills(chat, 60)
    await read(chat, EVERYTHING)
    fills(chat, PAGE * 8, 60)
    chat.clock.advance(60)
    found = await read(chat, Reach())
    assert not found.is_whole
    found = await read(chat, EVERYTHING)
    assert len(found.fills) == 60 + PAGE * 8
    assert found.is_whole


async def test_fills_that_come_while_reading_are_seen_twice_and_kept_once(chat: Chat) -> None:
    fills(chat, 120)
    account = chat.accounts.paper
    plain = account.fills

    async def busy(since: object, most: int = 50, skip: int = 0) -> object:
        page = await plain(since, most, skip)  # type: ignore[arg-type]  # passed on
        fills(chat, 3, len(account.filled))
        return page

    account.fills = busy  # type: ignore[method-assign,assignment]  # a busy market
    found = await read(chat, EVERYTHING)
    assert found.is_whole
    assert len({each.exec_id for each in found.fills}) == len(found.fills) >= 120


async def test_a_limit_in_the_middle_loses_nothing(chat: Chat) -> None:
    fills(chat, 180)
    account = chat.accounts.paper
    plain, calls = account.fills, 0

    async def limited(since: object, most: int = 50, skip: int = 0) -> object:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise RateLimited("EAPI:Rate limit exceeded", timedelta(seconds=60))
        return await plain(since, most, skip)  # type: ignore[arg-type]  # passed on

    account.fills = limited  # type: ignore[method-assign,assignment]  # a strict exchange
    found = await read(chat, Reach())
    assert (len(found.fills), found.is_whole) == (100, False)
    found = await read(chat, Reach())
    assert (len(found.fills), found.is_whole) == (180, True)


async def test_the_first_read_that_fails_is_told(chat: Chat) -> None:
    chat.accounts.paper.answers["fills"] = [RateLimited("slow", timedelta(seconds=60))]
    with pytest.raises(RateLimited):
        await read(chat, Reach())
    chat.accounts.paper.answers["fills"] = [NotSent("away")]
    with pytest.raises(NotSent):
        await read(chat, Reach())


async def test_reading_stops_where_nobody_asked_for_more(chat: Chat) -> None:
    fills(chat, 300)
    found = await read(chat, Reach(back_to=NOON - DAY * 29.85))
    assert found.is_whole
    assert len(found.fills) == 100


async def test_what_was_told_by_the_stream_counts_with_what_was_read(chat: Chat) -> None:
    told = fill(999, 1, Side.SELL, "0.1", "61000")
    await chat.records.book_fill(PAPER, told)
    fills(chat, 3)
    chat.accounts.paper.filled.append(told)
    found = await read(chat, Reach())
    assert [each.exec_id for each in found.fills] == ["T999", "T2", "T1", "T0"]


async def test_reading_the_past_tells_nobody_and_hides_nothing_from_who_tells(chat: Chat) -> None:
    fills(chat, 1)
    await read(chat, Reach())
    assert await chat.records.book_fill(PAPER, chat.accounts.paper.filled[0])


async def test_entries_are_read_and_kept_as_fills_are(chat: Chat) -> None:
    chat.accounts.paper.entries = [
        entry(n, 30 - n / 100, "deposit", "BTC", "1") for n in range(70)
    ]
    found = await read(chat, Reach(), with_entries=True)
    assert [each.entry_id for each in found.entries] == [f"L{n}" for n in range(69, -1, -1)]
    assert found.entries[0] == chat.accounts.paper.entries[-1]


async def test_what_practice_forgot_is_not_taken_for_joined(chat: Chat) -> None:
    account = chat.accounts.paper
    account.entries = [entry(n, 30 - n, "deposit", "BTC", "1") for n in range(3)]
    first = await read(chat, Reach(), with_entries=True)
    assert first.entries_since == NOON - DAY * 30
    account.entries = [entry(n, 20 - n, "deposit", "BTC", "1") for n in range(5, 9)]
    chat.clock.advance(60)
    second = await read(chat, Reach(), with_entries=True)
    assert second.entries_since == NOON - DAY * 15
    assert len(second.entries) == 7
    chat.clock.advance(60)
    account.entries.append(entry(9, 1, "deposit", "BTC", "1"))
    assert (await read(chat, Reach(), with_entries=True)).entries_since == NOON - DAY * 15


async def test_one_accounts_past_is_not_anothers(chat: Chat) -> None:
    fills(chat, 3)
    await read(chat, Reach())
    assert await chat.records.past_fills(AccountId("live:key")) == []
    await chat.records.set_lot_cost(PAPER, "L1", "USD", D(5))
    await chat.records.set_lot_cost(PAPER, "L1", "USD", D(6))
    assert await chat.records.lot_costs(PAPER, "USD") == {"L1": D(6)}
    assert await chat.records.lot_costs(PAPER, "EUR") == {}


async def test_marks_are_kept_to_the_millisecond(chat: Chat) -> None:
    mark = Mark(BEGINNING, NOON, NOON, is_whole=False)
    await chat.records.set_past_mark(PAPER, "fills", mark)
    assert await chat.records.past_mark(PAPER, "fills") == mark


async def test_what_messages_are_about_is_forgotten_after_a_week(chat: Chat) -> None:
    await chat.records.set_topic(1, 5, "cost", {"entry": "L1"}, NOON)
    assert await chat.records.topic_of(1, 5) == ("cost", {"entry": "L1"})
    assert await chat.records.topic_of(2, 5) is None
    await chat.records.set_topic(1, 6, "cost", {}, NOON + DAY * 8)
    assert await chat.records.topic_of(1, 5) is None


# -- rates of the past


async def test_a_rate_is_the_close_of_its_day_and_no_other(chat: Chat) -> None:
    midnight = NOON.replace(hour=0)
    chat.market.candle_row = [
        candle("BTC/USD", Interval.D1, midnight - DAY * back, str(60000 + back))
        for back in (2, 1, 0)
    ]
    rates = Rates(chat.services, "USD")
    await rates.load({"BTC", "NONE", "USD"})
    btc = Asset("BTC")
    assert rates.rate(btc, NOON - DAY) == D(60001)
    assert rates.rate(btc, NOON - DAY * 9) is None
    assert rates.rate(Asset("NONE"), NOON) is None
    assert rates.rate(Asset("USD"), NOON - DAY * 999) == 1


async def test_a_turned_pair_gives_the_turned_rate(chat: Chat) -> None:
    chat.market.candle_row = [candle("BTC/USD", Interval.D1, NOON.replace(hour=0), "50000")]
    rates = Rates(chat.services, "BTC")
    await rates.load({"USD"})
    assert rates.rate(Asset("USD"), NOON) == D("0.00002")


async def test_rates_that_cannot_be_read_are_not_known(chat: Chat) -> None:
    chat.market.errors["history"] = NotSent("away")
    rates = Rates(chat.services, "USD")
    await rates.load({"BTC"})
    assert rates.rate(Asset("BTC"), NOON) is None
