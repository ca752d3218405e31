"""Previews letter by letter, the second card, refusals with their buttons, and hostile values."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.core.errors import LimitReached
from bot.core.page import Page
from bot.core.settings import ChatSettings
from bot.core.texts.errors import error_page
from bot.core.texts.preview import (
    ask_part_page,
    ask_price_page,
    cancelled_page,
    checked_page,
    expired_page,
    forwarded_page,
    late_page,
    not_sent_page,
    preview_page,
    renewed_because,
    second_page,
    superseded_page,
)
from bot.core.texts.reasons import why_refused
from bot.core.trade.caution import Caution, Reason
from bot.core.trade.preview import preview_of
from bot.core.trade.refusals import OrderRefused
from bot.core.trade.syntax import read_order
from bot.core.trade.types import Mode
from kraken.core.types import InstrumentStatus, Side, SystemState
from tests.market_values import book, instrument, levels, ticker
from tests.order_cases import money, preview, situation
from tests.page_rules import check_page, check_plain, tables_of, words_of

USUAL = ChatSettings()
PLAIN = ChatSettings(plain_text=True, grouping=False)


def page_of(text: str, settings: ChatSettings = USUAL, **changes: Any) -> Page:
    page = preview_page(preview(text, **changes), "t", settings, private=True)
    check_page(page)
    return page


def lines(text: str) -> list[str]:
    return [line.strip("|") for line in text.strip("\n").split("\n")]


PREVIEWS = {
    "/buy 0.01 btc @ 60000 post sl=58500 tp=64000": """
🔴 LIVE · preview, 60 s
BUY  BTC/EUR  limit  post-only
Amount      0.01000000 BTC
Price        60,000.0  EUR
Cost           600.00  EUR
Fee (0.25 %)     1.50  EUR
Total max      601.50  EUR
Market       60,010.3   −0.02 %
Free after     638.50  EUR
Rests below the market as maker.
SL 58,500.0 (−2.5 %) and TP 64,000.0 (+6.7 %) start after the fill.
🛡 SL rests at Kraken
🤖 TP is watched by me: the bot must be running
Risk to stop: 15.00 EUR + fees; reward 40.00; 1 : 2.7
""",
    "/buy 0.01 btc market": """
🔴 LIVE · preview, 60 s
BUY  BTC/EUR  market
Amount      0.01000000 BTC
Average ≈    60,010.3  EUR
Worst        60,010.3  EUR
Slippage        0.000   %
Cost           600.10  EUR
Fee (0.40 %)     2.40  EUR
Total max      605.52  EUR
Market       60,010.3  EUR
Free after     634.48  EUR
Protected: sent as a limit IOC at 60,310.3 (+0.5 %).
""",
    "/sell 0.01 btc market": """
🔴 LIVE · preview, 60 s
SELL  BTC/EUR  market
Amount      0.01000000 BTC
Average ≈    60,010.2  EUR
Worst        60,010.2  EUR
Slippage        0.000   %
Worth          600.10  EUR
Fee (0.40 %)     2.40  EUR
You get        597.70  EUR
Market       60,010.3  EUR
Free after  0.49000000 BTC
Protected: sent as a limit IOC at 59,710.2 (−0.5 %).
""",
    "/sell 0.01 btc stop=58000 @ 57900 trigger=index": """
🔴 LIVE · preview, 60 s
SELL  BTC/EUR  stop-loss-limit
Amount      0.01000000 BTC
Stop at      58,000.0  EUR
Limit        57,900.0  EUR
Worth          579.00  EUR
Fee (0.40 %)     2.32  EUR
You get        576.68  EUR
Market       60,010.3   −3.52 %
Free after  0.49000000 BTC
Waits at Kraken; sends a limit order when the index price gets there.
""",
    "/sell 0.01 btc stop=58000 tp=63010": """
🔴 LIVE · preview, 60 s
SELL  BTC/EUR  stop-loss
Amount      0.01000000 BTC
Stop at      58,000.0  EUR
Worth          580.00  EUR
Fee (0.40 %)     2.32  EUR
You get        577.68  EUR
Market       60,010.3  EUR
Free after  0.49000000 BTC
Waits at Kraken; sends a market order when the last trade gets there.
TP 63,010.0 (+5.0 %) instead, if it comes first.
🤖 TP is watched by me: the bot must be running
""",
    "/sell 0.1 btc trail=2% @ -0.1%": """
🔴 LIVE · preview, 60 s
SELL BTC/EUR trailing-stop-limit
Amount      0.10000000 BTC
Trails by           2   %
Limit           -0.1%  of stop
Worth        6,001.03  EUR
Fee (0.40 %)    24.00  EUR
You get      5,977.03  EUR
Market       60,010.3  EUR
Free after  0.40000000 BTC
Waits at Kraken; sends a limit order when the last trade gets there.
""",
    "/buy 0.02 btc @ 60000 show=0.002 gtd=4h": """
🔴 LIVE · preview, 60 s
BUY  BTC/EUR  iceberg  GTD
Amount      0.02000000 BTC
Price        60,000.0  EUR
Shown       0.00200000 BTC
Cost         1,200.00  EUR
Fee (0.25 %)     3.00  EUR
Total max    1,203.00  EUR
Market       60,010.3   −0.02 %
Free after      37.00  EUR
Rests below the market as maker.
Ends on 2026-03-04 at 16:00 UTC.
""",
}


@pytest.mark.parametrize("text", PREVIEWS)
def test_a_preview_letter_by_letter(text: str) -> None:
    assert words_of(page_of(text, mode=Mode.LIVE)).split("\n") == lines(PREVIEWS[text])


def test_the_button_that_sends_stands_alone_and_names_amount_and_mode() -> None:
    page = page_of("/buy 0.01 btc @ 60000", mode=Mode.LIVE)
    assert [[button.label for button in row] for row in page.rows] == [
        ["✅ Buy 0.01 BTC · LIVE"],
        ["✏️ Amount", "✏️ Price", "✏️ Options"],
        ["✖ Cancel"],
    ]
    assert [button.style for button in page.rows[0]] == ["success"]
    assert page_of("/sell 0.01 btc @ 61000").rows[0][0].style == "danger"


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("/sell 0.01 btc stop=58000", "✅ Set stop 0.01 BTC · LIVE"),
        ("/sell 0.01 btc stop=58000 @ 57900", "✅ Set stop 0.01 BTC · LIVE"),
        ("/sell 0.01 btc take=66000", "✅ Set TP 0.01 BTC · LIVE"),
        ("/sell 0.12345678 btc trail=2%", "✅ Set trail 0.12345678 BTC · LIVE"[2:]),
    ],
)
def test_what_waits_for_a_price_is_set_and_not_sold(text: str, label: str) -> None:
    (button,) = page_of(text, mode=Mode.LIVE).rows[0]
    assert button.label == label


def test_a_preview_can_be_read_aloud() -> None:
    for text in PREVIEWS:
        page = page_of(text, PLAIN)
        check_plain(page)
        assert "Amount: 0." in words_of(page)


def test_an_order_that_takes_a_part_says_so() -> None:
    said = words_of(page_of("/buy 2 btc @ 60012", balances=money(EUR="200000")))
    assert "Trades a part at once as taker; 0.44000000 BTC would rest." in said
    said = words_of(page_of("/buy 1 btc @ 60012", balances=money(EUR="200000")))
    assert "Trades at once as taker." in said
    said = words_of(page_of("/buy 0.01 btc @ 60000 ioc"))
    assert "⚠ Nothing would trade at this price now: it would end at once." in said


def test_a_thin_book_and_an_old_price_are_marked() -> None:
    thin = book("BTC/EUR", levels("60000 1"), levels("60010 0.004"))
    said = words_of(page_of("/buy 0.01 btc market", book=thin))
    assert "⚠ The book I see holds 0.00400000 BTC for it; the rest is cancelled." in said
    said = words_of(page_of("/buy 0.01 btc market", book=None))
    assert "⚠ No verified book now: the average is that of the best price." in said
    assert "⚠ The price is 7 s old." in words_of(
        page_of("/buy 0.01 btc market", age=timedelta(seconds=7))
    )


def test_numbers_that_are_too_long_for_a_line_take_two() -> None:
    pair = instrument("LONGNAME/USDT", 10)
    long = replace(
        situation(mode=Mode.LIVE, balances=money(USDT="99999999999")),
        instrument=pair,
        ticker=ticker("BTC/EUR", "12345678.1"),
        book=None,
    )
    wish = read_order(Side.BUY, "1234.12345678 longname/usdt @ 12345678.0123")
    page = preview_page(preview_of(wish, long), "t", USUAL, private=True)
    check_page(page)
    assert "1,234.12345678" in words_of(page)
    assert tables_of(page)[0][0] == "BUY  LONGNAME/USDT  limit"


def test_hostile_notes_and_names_stay_harmless() -> None:
    page = page_of('/buy 0.01 btc @ 60000 note="<b>&_*[ \u202e"')
    assert "Note: <b>&_*[" in words_of(page)
    assert "<b>" not in page.html.partition("Note")[2]


def test_a_second_card_names_every_reason() -> None:
    shown = preview("/buy 0.01 btc @ 64000", mode=Mode.LIVE)
    reasons = (
        Reason(Caution.UNUSUAL_SIZE, Decimal(12)),
        Reason(Caution.SLIPPAGE, Decimal("1.2")),
        Reason(Caution.BEYOND, Decimal("6.65")),
        Reason(Caution.REPEATED, Decimal(4)),
    )
    page = second_page(shown, reasons, "t", USUAL)
    check_page(page)
    assert words_of(page).split("\n")[:5] == [
        "🔴 LIVE · ⚠ please look twice",
        "This is 12 times your usual size.",
        "The book is thin: 1.20 % slippage.",
        "The limit lies 6.6 % beyond the market.",
        "You sent the same order 4 s ago.",
    ]
    assert page.rows[0][0].style == "danger"


def test_what_becomes_of_a_card_that_is_not_used() -> None:
    wish = read_order(Side.BUY, "0.01 btc @ 60000")
    shown = preview("/buy 0.01 btc @ 60000")
    pages = {
        "⌛ Expired. Nothing was sent.": expired_page(wish),
        "✖ Cancelled. Nothing was sent.": cancelled_page(wish),
        "✏️ Changed below. Nothing was sent.": superseded_page(wish),
        "🧪 PAPER · checked, not sent": checked_page(shown, USUAL),
        "🔴 LIVE · limit or market?": ask_price_page(wish, Mode.LIVE),
        "✏️ Change the price": ask_part_page("price", wish, USUAL),
        "❌ Not sent · 🔴 LIVE": not_sent_page(Mode.LIVE, "Why.", wish, ()),
        "I don’t run forwarded messages.": forwarded_page("/buy 0.01 btc"),
    }
    for first, page in pages.items():
        check_page(page)
        assert words_of(page).split("\n")[0] == first


def test_a_late_command_says_how_the_price_moved() -> None:
    page = late_page("/buy 0.01 btc", timedelta(minutes=12), Decimal("-0.8"))
    check_page(page)
    assert words_of(page) == (
        "Sent 12 min ago, not run.\nPrice has moved −0.80 %. Nothing was sent."
    )
    assert [button.label for button in page.buttons()] == ["Preview now"]


def test_a_renewed_card_says_why() -> None:
    shown = preview("/buy 0.01 btc market")
    said = renewed_because(True, shown, Decimal(60000), USUAL)
    assert said == (
        "The price moved +0.02 %, to 60,010.3. Nothing was sent; this is the order now."
    )
    page = preview_page(shown, "t", USUAL, private=True, renewed=said)
    check_page(page)
    assert words_of(page).split("\n")[:2] == ["🧪 PAPER · preview, 60 s", said]


REFUSALS = {
    "/buy 0.1 btc @ 60000": (
        "Not enough EUR.\n"
        "You have 1,240.00 EUR free, this needs 6,015.00 with fee. Nothing was sent.",
        ["Use 0.02061512"],
    ),
    "/buy 0.01 btc @ 600000": (
        "Price 600000 is far off.\n"
        "It is 900 % above the market of BTC/EUR (60,010.3). Did you mean 60000? "
        "Nothing was sent.",
        ["60000"],
    ),
    "/buy 0.00001 btc @ 60000": (
        "Too small for BTC/EUR.\nSmallest is 0.00005 BTC (≈ 3.00 EUR). Nothing was sent.",
        ["Use 0.00005"],
    ),
    "/buy 0.01 btc @ 60011 post": (
        "Post-only would match at 60,010.3.\nNothing was sent.",
        ["@ bid", "without post"],
    ),
    "/buy 0.01 btc @ 60000.17": (
        "Price steps are 0.1.\nNearest: 60,000.1. Nothing was sent.",
        ["60000.1"],
    ),
    "/sell 0.01 btc stop=61000": (
        "This stop would trigger at once.\n"
        "To sell it must lie below the market (60,010.3). Nothing was sent.",
        ["Limit 61000"],
    ),
    "/buy 50usd btc/eur market": (
        "BTC/EUR is not paid in USD.\nSay the amount in BTC or in EUR. Nothing was sent.",
        ["Use 50 EUR"],
    ),
}


@pytest.mark.parametrize("text", REFUSALS)
def test_a_refusal_letter_by_letter(text: str) -> None:
    with pytest.raises(OrderRefused) as caught:
        preview(text)
    page = error_page(caught.value, command="buy")
    assert page is not None
    check_page(page)
    said, labels = REFUSALS[text]
    assert words_of(page) == said
    assert [button.label for button in page.buttons()] == labels


@pytest.mark.parametrize("status", [*SystemState, *InstrumentStatus])
def test_whatever_state_the_market_is_in_has_a_sentence(status: Any) -> None:
    is_system = isinstance(status, SystemState)
    pair = replace(instrument("BTC/EUR", 1), status=InstrumentStatus.ONLINE)
    changes = {"system": status} if is_system else {"instrument": replace(pair, status=status)}
    try:
        preview("/buy 0.01 btc market plain", **changes)
    except OrderRefused as error:
        page = error_page(error)
        assert page is not None
        check_page(page)
        assert "takes no such order" not in words_of(page)


def test_a_limit_that_forbids_the_order_stands_in_place_of_the_card() -> None:
    said = error_page(LimitReached("order", "100", "600"))
    assert said is not None
    page = not_sent_page(Mode.LIVE, said.html, read_order(Side.BUY, "0.01 btc @ 1"), said.rows)
    check_page(page)


def test_a_key_that_is_locked_out_and_an_asset_that_is_not_offered_have_words() -> None:
    for reason, words in (
        ("EGeneral:Temporary lockout", "the key is blocked for a while"),
        ("EAccount:Invalid permissions:XMR trading restricted for DE.", "is not offered where"),
    ):
        said = why_refused(reason)
        assert words in said
        assert reason in said, "and the exchange's own"
