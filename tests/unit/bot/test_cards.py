"""The card of an order in every state: its words, its width, its buttons."""

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.core.page import Page
from bot.core.settings import ChatSettings
from bot.core.texts.cards import CardView, asked_page, cancelled, card_page, sure_page
from bot.core.trade.exits import Exit, ExitState
from bot.core.trade.types import Intent, Mode, PlacedOrder, Standing
from kraken.core.trading import (
    ConditionalClose,
    OrderStatus,
    OrderType,
    PriceKind,
    PriceOffset,
    Reference,
    TimeInForce,
    Trigger,
    TriggerState,
)
from kraken.core.types import OrderId, Side, Symbol
from tests.cards import HOSTILE, filled, order_of, placed
from tests.intents import intent
from tests.market_values import instrument
from tests.page_rules import check_page, check_plain, words_of

BTC = instrument("BTC/USD", 1)
PAPER = ChatSettings()


def card(of: PlacedOrder, **more: object) -> Page:
    page = card_page(CardView(of, BTC, **more))  # type: ignore[arg-type]  # fields of a view
    check_page(page)
    return page


def labels(page: Page) -> list[list[str]]:
    return [[button.label for button in row] for row in page.rows]


def changed(of: Intent, **terms: object) -> Intent:
    return replace(of, request=replace(of.request, **terms))  # type: ignore[arg-type]  # terms


def test_an_open_order() -> None:
    of = intent()
    page = card(placed(of=of, order=order_of(of)))
    assert words_of(page) == (
        "🔴 LIVE 🟦 Open ▲ 0.001 BTC @ 50,000.0\n"
        "BUY BTC/USD                limit\n"
        "Amount                 0.001 BTC\n"
        "Limit               50,000.0 USD"
    )
    assert labels(page) == [["Change price", "Cancel"]]


def test_a_filled_order() -> None:
    of = intent(mode=Mode.PAPER)
    page = card(placed(of=of, order=filled(of, "0.001", OrderStatus.FILLED)))
    assert words_of(page) == (
        "🧪 PAPER ✅ Filled 0.001 BTC @ 49,998.4"
        "\nBUY BTC/USD                limit\n"
        "Amount                 0.001 BTC\n"
        "Limit               50,000.0 USD\n"
        "Filled                 0.001 BTC\n"
        "Average             49,998.4 USD\n"
        "Worth                  50.00 USD\n"
        "Fee                     0.20 USD"
    )
    assert labels(page) == [["Sell 25 %", "Sell 50 %", "Sell 100 %"], ["+ SL/TP", "Again"]]
    sell = page.rows[0][1]
    paper = {"mode": "paper"}
    assert sell.payload == {"command": "sell", "args": "0.0005 btc/usd market", **paper}
    again = {"command": "buy", "args": "0.001 btc/usd @ 50000", **paper}
    assert page.rows[1][1].payload == again


def test_an_unknown_order_is_never_called_failed() -> None:
    page = card(placed(Standing.UNKNOWN))
    words = words_of(page)
    assert words.startswith("🔴 LIVE ❓ No answer. Checking.")
    assert "Do not send it again." in words
    assert "fail" not in words.lower()
    assert labels(page) == [["Check now"]]


def test_missing_fills_are_said_to_be_missing() -> None:
    of = intent()
    order = filled(of, "0.001", OrderStatus.FILLED, booked_qty=Decimal("0.0004"))
    words = words_of(card(placed(of=of, order=order)))
    assert "I have the trades of 0.0004 BTC so far" in words
    assert "Fee " not in words


STATES = {
    "⏳ Sending": placed(Standing.SENT),
    "❌ Refused": placed(Standing.REJECTED, reason="EOrder:Insufficient funds"),
    "❌ Not sent": placed(Standing.NOT_SENT),
    "❌ Not placed": placed(Standing.ABSENT),
    "❓ No answer": placed(Standing.UNKNOWN),
}


@pytest.mark.parametrize("head", STATES)
@pytest.mark.parametrize("mode", Mode)
def test_a_state_without_an_order(head: str, mode: Mode) -> None:
    of = STATES[head]
    words = words_of(card(replace(of, intent=replace(of.intent, mode=mode))))
    badge = "🔴 LIVE" if mode is Mode.LIVE else "🧪 PAPER"
    assert words.startswith(f"{badge} {head}")


@pytest.mark.parametrize(
    ("status", "qty", "head"),
    [
        (OrderStatus.PENDING_NEW, "0", "🟦 Open"),
        (OrderStatus.PARTIALLY_FILLED, "0.00042", "🟨 42 % filled"),
        (OrderStatus.CANCELED, "0", "⚪ Cancelled"),
        (OrderStatus.CANCELED, "0.00042", "⚪ Cancelled (0.00042 filled"),
        (OrderStatus.EXPIRED, "0", "⚪ Expired"),
    ],
)
def test_a_state_of_an_order(status: OrderStatus, qty: str, head: str) -> None:
    of = intent()
    words = words_of(card(placed(of=of, order=filled(of, qty, status))))
    assert words.startswith(f"🔴 LIVE {head}"), words


@pytest.mark.parametrize("fired", [True, False])
def test_a_stop_waits_and_is_triggered(fired: bool) -> None:
    of = changed(
        intent(side=Side.SELL),
        type=OrderType.STOP_LOSS,
        limit_price=None,
        trigger=Trigger(PriceOffset(Decimal(48000))),
    )
    state = TriggerState(Decimal(48000), Reference.LAST, is_fired=fired)
    words = words_of(card(placed(of=of, order=order_of(of, trigger=state))))
    assert words.startswith("🔴 LIVE ⚡ Triggered" if fired else "🔴 LIVE 🟦 Waits ▼ 0.001 BTC")
    assert "Triggers at         48,000.0 USD" in words


def test_a_bracket_says_which_part_rests_and_which_needs_the_bot() -> None:
    of = changed(
        intent(take_profit=PriceOffset(Decimal(5), PriceKind.PERCENT)),
        close=ConditionalClose(OrderType.STOP_LOSS, trigger=Trigger(PriceOffset(Decimal(48000)))),
    )
    waiting = words_of(card(placed(of=of, order=order_of(of)), exit=exit_of(of)))
    assert "🛡 SL 48,000.0 is placed at Kraken with each fill." in waiting
    assert "🤖 TP +5 % after the fill needs the bot" in waiting
    stop = order_of(
        of,
        order_id=OrderId("OSTOP"),
        trigger=TriggerState(Decimal(48000), Reference.LAST),
        side=Side.SELL,
    )
    done = placed(of=of, order=filled(of, "0.001", OrderStatus.FILLED))
    take = Decimal("52498.4")
    resting = words_of(card(done, stops=(stop,), exit=exit_of(of), take=take))
    assert "🛡 SL 48,000.0 rests at Kraken." in resting
    assert "🤖 TP 52,498.4 needs the bot: it works only while I run." in resting
    closing = words_of(card(done, exit=exit_of(of, ExitState.CLOSING), take=take))
    assert "taking the stop away and selling" in closing
    assert "TP is over" in words_of(card(done))


def exit_of(of: Intent, state: ExitState = ExitState.WATCHING) -> Exit:
    return Exit(of.client_id, state)


@pytest.mark.parametrize("status", OrderStatus)
@pytest.mark.parametrize("standing", Standing)
@pytest.mark.parametrize("plain", [True, False])
def test_whatever_is_said_stays_in_its_bounds(
    status: OrderStatus, standing: Standing, plain: bool
) -> None:
    of = changed(
        intent(note=HOSTILE, mode=Mode.PAPER, take_profit=PriceOffset(Decimal("1E+11"))),
        symbol=Symbol("1000WWWWWWWW/WWWWWWWW"),
        qty=Decimal("123456789012.1234567891"),
        limit_price=Decimal("987654321098.1234567891"),
        post_only=True,
        time_in_force=TimeInForce.GTD,
        trigger=Trigger(PriceOffset(Decimal("1E-8"), PriceKind.PERCENT)),
        type=OrderType.TRAILING_STOP_LIMIT,
    )
    order = filled(
        of,
        "123456789011.1234567891",
        status,
        booked_qty=Decimal(1),
        reason=HOSTILE,
        trigger=TriggerState(Decimal("987654321098.12345678"), Reference.INDEX),
    )
    for known in (order, None):
        view = CardView(
            placed(standing, known, of=of, reason=HOSTILE),
            None,
            ChatSettings(plain_text=plain),
            (order,),
            exit_of(of),
            Decimal("987654321098.12345678"),
        )
        page = card_page(view)
        check_page(page)
        assert "<b>&" not in page.html
        if plain:
            assert "<pre>" not in page.html


def test_the_plain_card_has_no_table() -> None:
    of = intent()
    page = card_page(
        CardView(placed(of=of, order=order_of(of)), BTC, ChatSettings(plain_text=True))
    )
    check_plain(page)


def test_a_toast_says_what_became_of_a_cancelled_order() -> None:
    of = intent()
    assert cancelled(None) == cancelled(order_of(of))
    assert "was filled before" in cancelled(filled(of, "0.001", OrderStatus.FILLED))
    assert "0.0004 were filled" in cancelled(filled(of, "0.0004", OrderStatus.CANCELED))
    assert cancelled(order_of(of, OrderStatus.CANCELED)) == "Cancelled. Nothing was filled."


def test_a_stop_is_asked_about_before_it_is_cancelled() -> None:
    page = sure_page(placed())
    check_page(page)
    assert page.rows[0][0].payload["sure"] is True
    check_page(asked_page(placed()))


def test_a_part_below_the_minimum_is_not_offered_for_sale() -> None:
    of = intent()
    order = filled(of, "0.00012", OrderStatus.FILLED)
    assert labels(card(placed(of=of, order=order)))[0] == ["Sell 50 %", "Sell 100 %"]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("EOrder:Insufficient funds", "not enough free for it, fees included"),
        ("EService:Market in cancel_only mode", "cancels only right now"),
        ("EAPI:Invalid nonce", "another program"),
        ("EOrder:Something new", "EOrder:Something new"),
        ("", "no reason was given"),
    ],
)
def test_a_refusal_is_said_in_plain_words_with_krakens_own(code: str, words: str) -> None:
    said = words_of(card(placed(Standing.REJECTED, reason=code)))
    assert words in said
    assert code in said
    assert "Nothing was placed" in said


def test_what_was_not_sent_says_why() -> None:
    said = words_of(card(placed(Standing.NOT_SENT, reason="trading was paused")))
    assert "Nothing was sent: trading was paused." in said


@pytest.mark.parametrize("standing", [Standing.REJECTED, Standing.NOT_SENT, Standing.ABSENT])
def test_what_was_never_placed_has_no_exits(standing: Standing) -> None:
    of = intent(take_profit=PriceOffset(Decimal(64000)))
    said = words_of(card(placed(standing, of=of), exit=exit_of(of), take=Decimal(64000)))
    assert "TP" not in said.replace("SL/TP", "")


def test_an_order_that_never_rests_is_on_its_way_until_its_end_is_known() -> None:
    of = changed(intent(), time_in_force=TimeInForce.IOC)
    part = filled(of, "0.0004", OrderStatus.PARTIALLY_FILLED)
    pages = {
        card(placed(of=of, order=order_of(of))),
        card(placed(of=of, order=part)),  # no edit of the card for each part
    }
    assert len(pages) == 1
    page = pages.pop()
    assert words_of(page).split("\n")[:2] == [
        "🔴 LIVE ⏳ Sending… ▲ BTC/USD",
        "Kraken has it. Its fills come in a moment.",
    ]
    assert labels(page) == []
    ended = card(placed(of=of, order=filled(of, "0.001", OrderStatus.FILLED)))
    assert words_of(ended).startswith("🔴 LIVE ✅ Filled")
