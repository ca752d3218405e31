"""/export: files, where they are given out, and long histories in the background."""

import csv
import io
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.core.errors import BadArgument
from bot.core.page import Page
from bot.core.trade.types import Mode
from bot.store import StoreUnavailable
from kraken.core.errors import NotSent, RateLimited
from kraken.core.types import Asset, Side
from tests.account_talk import D, add
from tests.chat_talk import say
from tests.fake_bot import Chat
from tests.integration.test_features_account import bought_and_sold, entry, fill
from tests.intents import intent
from tests.page_rules import words_of


@pytest.fixture
def chat() -> AsyncIterator[Chat]:
    chat = Chat()
    yield chat
    chat.tasks.close()


async def file_of(chat: Chat, text: str) -> Page:
    """The file that comes by itself."""
    await say(chat, text)
    await chat.tasks.run_all()
    found = [page for page in chat.messages.values() if page.document]
    return found[-1]


def rows_of(page: Page) -> list[dict[str, str]]:
    assert page.document is not None
    return list(csv.DictReader(io.StringIO(page.document.decode())))


async def test_fills_as_a_file_with_fee_and_value_of_their_day(chat: Chat) -> None:
    bought_and_sold(chat.accounts.paper)
    page = await file_of(chat, "/export trades")
    assert page.filename == "kraken_paper_trades_all.csv"
    assert words_of(page).split("\n")[0] == "🧪 PAPER · trades, 2 rows"
    first, second = rows_of(page)
    assert first == {
        "time_utc": "2026-02-12T12:00:00Z",
        "pair": "BTC/USD",
        "side": "buy",
        "price": "50000",
        "amount": "0.2",
        "cost": "10000.0",
        "fee": "40.0000",
        "fee_asset": "USD",
        "value": "10000.0",
        "value_currency": "USD",
        "liquidity": "taker",
        "order_id": "O1",
        "trade_id": "T1",
        "note": "",
    }
    assert second["side"] == "sell"


async def test_trades_as_csv_are_the_file(chat: Chat) -> None:
    bought_and_sold(chat.accounts.paper)
    page = await file_of(chat, "/trades 30d csv")
    assert page.filename.startswith("kraken_paper_trades")
    assert len(rows_of(page)) == 2


async def test_a_span_cuts_the_file(chat: Chat) -> None:
    bought_and_sold(chat.accounts.paper)
    assert len(rows_of(await file_of(chat, "/export trades 2026-02-01..2026-02-28"))) == 1
    assert len(rows_of(await file_of(chat, "/export trades 7d"))) == 1
    assert len(rows_of(await file_of(chat, "/export trades 2026"))) == 2
    await say(chat, "/export trades 2025")
    await chat.tasks.run_all()
    assert any("no trades in that time." in words_of(page) for page in chat.messages.values())


async def test_json_keeps_every_digit_as_text(chat: Chat) -> None:
    bought_and_sold(chat.accounts.paper)
    page = await file_of(chat, "/export trades json")
    assert page.document is not None
    told = json.loads(page.document)
    assert told[0]["amount"] == "0.2"
    assert page.filename.endswith(".json")


async def test_the_tax_file_has_each_lot_with_its_cost(chat: Chat) -> None:
    account = chat.accounts.paper
    account.filled = [
        fill(1, 40, Side.BUY, "0.1", "40000"),
        fill(2, 30, Side.BUY, "0.1", "50000"),
        fill(3, 2, Side.SELL, "0.25", "60000"),
    ]
    rows = rows_of(await file_of(chat, "/export pnl 2026 tax"))
    assert [(row["acquired_utc"], row["amount"], row["cost_basis"]) for row in rows] == [
        ("2026-01-23T12:00:00Z", "0.1", "4000.0"),
        ("2026-02-02T12:00:00Z", "0.1", "5000.0"),
        ("", "0.05", ""),
    ]
    assert [row["gain"] for row in rows] == ["2000", "1000", ""]
    assert rows[0]["days_held"] == "38"
    assert rows[2]["note"] == "cost unknown"


async def test_orders_and_ledger_as_files(chat: Chat) -> None:
    add(chat.accounts.paper)
    (row,) = rows_of(await file_of(chat, "/export orders"))
    assert (row["pair"], row["price"], row["status"]) == ("BTC/USD", "60000.0", "new")
    chat.accounts.paper.entries = [entry(1, 3, "deposit", "BTC", "0.5")]
    (row,) = rows_of(await file_of(chat, "/export ledger"))
    assert (row["kind"], row["asset"], row["amount"]) == ("deposit", "BTC", "0.5")


async def test_an_order_that_practice_forgot_is_in_the_file(chat: Chat) -> None:
    placed = await chat.services.trading.place(intent(mode=Mode.PAPER), None)
    assert placed.order is not None
    chat.accounts.paper.orders.clear()
    (row,) = rows_of(await file_of(chat, "/export orders"))
    assert row["order_id"] == placed.order.order_id


async def test_a_note_that_is_a_formula_is_only_text(chat: Chat) -> None:
    made = intent(mode=Mode.PAPER, note='=HYPERLINK("http://evil")')
    placed = await chat.services.trading.place(made, None)
    assert placed.order is not None
    chat.accounts.paper.filled = [
        fill(1, 1, Side.BUY, "0.1", "50000", order_id=placed.order.order_id)
    ]
    (row,) = rows_of(await file_of(chat, "/export trades"))
    assert row["note"] == '\'=HYPERLINK("http://evil")'


async def test_a_negative_amount_stays_a_number(chat: Chat) -> None:
    chat.accounts.paper.entries = [entry(1, 3, "withdrawal", "BTC", "-0.5")]
    (row,) = rows_of(await file_of(chat, "/export ledger"))
    assert row["amount"] == "-0.5"


async def test_in_a_group_no_file_is_given_out(chat: Chat) -> None:
    bought_and_sold(chat.accounts.paper)
    chat.kind = "group"
    page = await say(chat, "/export trades")
    assert "private chats only" in words_of(page)
    assert chat.tasks.started == {}


async def test_a_long_history_waits_for_the_limit_and_says_how_far_it_is(chat: Chat) -> None:
    account = chat.accounts.paper
    account.filled = [fill(n, 30 - n / 100, Side.BUY, "0.001", "60000") for n in range(230)]
    busy = RateLimited("EAPI:Rate limit exceeded", timedelta(seconds=20))
    account.answers["fills"] = [busy, busy, busy]
    page = await file_of(chat, "/export trades")
    assert len(rows_of(page)) == 230
    said = [words_of(page) for _, page in chat.edits]
    assert any("so far" in each for each in said)
    assert said[-1] == "🧪 PAPER · trades: 230 in the file."


async def test_what_was_read_is_not_read_again(chat: Chat) -> None:
    account = chat.accounts.paper
    account.filled = [fill(n, 30 - n / 100, Side.BUY, "0.001", "60000") for n in range(230)]
    await file_of(chat, "/export trades")
    asked = account.asked["fills"]
    await file_of(chat, "/export trades")
    assert account.asked["fills"] == asked + 1


async def test_a_history_that_cannot_be_read_ends_with_a_word(chat: Chat) -> None:
    chat.accounts.paper.answers["fills"] = [NotSent("away")]
    await say(chat, "/export trades")
    await chat.tasks.run_all()
    assert "I cannot reach Kraken." in words_of(chat.last)


@pytest.mark.parametrize("text", ["/export", "/export nonsense", "/export trades 2026..2025"])
async def test_what_is_to_be_exported_has_to_be_said(chat: Chat, text: str) -> None:
    with pytest.raises(BadArgument):
        await say(chat, text)


async def test_values_of_earning_assets_have_the_rate_of_the_asset(chat: Chat) -> None:
    chat.accounts.paper.entries = [entry(1, 0.1, "staking", "BTC.F", "0.1")]
    (row,) = rows_of(await file_of(chat, "/export ledger"))
    assert row["asset"] == Asset("BTC.F")
    assert D(row["value"]) > 0


async def test_a_file_that_breaks_on_our_side_leaves_nobody_waiting(chat: Chat) -> None:
    bought_and_sold(chat)
    await say(chat, "/export trades")
    chat.records.broken = StoreUnavailable("disk full")
    await chat.tasks.run_all()
    said = words_of(chat.edits[-1][1])
    assert "Something broke on my side (#" in said
    assert "Nothing was sent" in said
