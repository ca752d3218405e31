"""The order panel: every button leads on, replies change it, and only the preview sends."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from bot.core.args import OutOfRange, TooManyArguments
from bot.core.errors import BadArgument
from bot.core.page import Page
from bot.core.texts.panel import NO_AMOUNT
from bot.core.trade.syntax import read_order
from bot.handlers import TAPS
from kraken.core.types import Side
from tests.page_rules import check_plain, words_of
from tests.trade_chat import TradeChat


@pytest.fixture
def chat() -> AsyncIterator[TradeChat]:
    chat = TradeChat()
    yield chat
    chat.chat.tasks.close()


def labels(page: Page) -> list[list[str]]:
    return [[button.label for button in row] for row in page.rows]


async def test_a_bare_command_opens_the_panel(chat: TradeChat) -> None:
    page = await chat.say("/buy")
    assert words_of(page).split("\n") == [
        "🧪 PAPER · ▲ BUY",
        "BTC/USD 60,010.3 · free 10,000.00 USD",
        "Amount: choose one below",
        "Type: limit @ 60,010.2 (best bid)",
        "Reply with an amount, or with @ and a price.",
    ]
    assert labels(page) == [
        ["BTC/USD ▾", "▲ BUY ⇄", "Limit ▾"],
        ["25 $", "50 $", "100 $"],
        ["25 %", "50 %", "Max"],
        ["• Bid", "Mid", "Ask"],
        ["☐ Post", "GTC ▾", "+ SL/TP"],
        ["Preview ›", "✖ Close"],
    ]


async def test_the_panel_becomes_an_order_through_its_preview_only(chat: TradeChat) -> None:
    page = await chat.say("/buy")
    for label, says in (
        ("50 $", "Amount: 50 USD ≈ 0.00083319 BTC"),
        ("☐ Post", "Options: post-only"),
        ("+ SL/TP", "none yet."),
        ("SL −3 %", "After the fill: SL -3%"),
        ("TP +6 %", "After the fill: SL -3%, TP +6%"),
        ("‹ Back", "After the fill: SL -3%, TP +6%"),
    ):
        await chat.tap(page, label)
        page = chat.last
        assert says in words_of(page), label
    assert len(chat.chat.messages) == 1
    await chat.tap(page, "Preview")
    assert "BUY  BTC/USD  limit  post-only" in words_of(chat.last)
    assert chat.sent == []
    await chat.tap(chat.last, "✅ Buy")
    (request,) = chat.sent
    assert (request.qty, request.post_only) == (Decimal("0.00083319"), True)
    assert request.close is not None
    assert len(chat.chat.messages) == 1


async def test_without_an_amount_there_is_nothing_to_preview(chat: TradeChat) -> None:
    page = await chat.say("/sell")
    assert (await chat.tap(page, "Preview")).toasts == [NO_AMOUNT]


@pytest.mark.parametrize(
    ("taps", "means"),
    [
        (["▲ BUY"], "/sell btc/usd @ ask"),
        (["Limit"], "/buy btc/usd market"),
        (["Limit", "Market"], "/buy btc/usd @ bid"),
        (["Mid"], "/buy btc/usd @ mid"),
        (["GTC"], "/buy btc/usd @ bid ioc"),
        (["GTC", "IOC"], "/buy btc/usd @ bid fok"),
        (["GTC", "IOC", "FOK"], "/buy btc/usd @ bid"),
        (["☐ Post", "GTC"], "/buy btc/usd @ bid ioc"),
        (["GTC", "☐ Post"], "/buy btc/usd @ bid post"),
        (["Limit", "☐ Post"], "/buy btc/usd @ bid post"),
        (["☐ Post", "Limit"], "/buy btc/usd market"),
        (["☐ Post", "☑ Post"], "/buy btc/usd @ bid"),
        (["Max"], "/buy max btc/usd @ bid"),
        (["25 %"], "/buy 25% btc/usd @ bid"),
        (["BTC/USD", "ETH/USD"], "/buy eth/usd @ bid"),
        (["+ SL/TP", "SL −2 %", "None", "‹ Back"], "/buy btc/usd @ bid"),
        (["+ SL/TP", "SL −2 %", "‹ Back", "▲ BUY"], "/sell btc/usd @ ask"),
    ],
)
async def test_buttons_add_up_to_an_order_without_contradictions(
    chat: TradeChat, taps: list[str], means: str
) -> None:
    await chat.say("/buy")
    for label in taps:
        await chat.tap(chat.last, label)
    preview = next(each for each in chat.last.buttons() if each.verb == "panel_preview")
    assert preview.payload == {"text": means}


async def test_every_button_of_the_panel_carries_an_order_that_can_be_read(
    chat: TradeChat,
) -> None:
    seen: set[str] = set()
    waiting = [await chat.say("/buy"), await chat.say("/sell eth @ 3000 post")]
    while waiting:
        for button in waiting.pop().buttons():
            text = str(button.payload.get("text", ""))
            key = f"{text} {button.payload.get('view')}"
            if button.verb != "panel" or key in seen or len(seen) > 150:
                continue
            seen.add(key)
            side, _, words = text.removeprefix("/").partition(" ")
            assert read_order(Side(side), words).command() == text
            ask = chat.chat.ask(payload=button.payload, message_id=100)
            await TAPS[button.verb].handler(ask)
            waiting.append(chat.chat.messages[100])
    assert len(seen) > 100


async def test_a_reply_to_the_panel_changes_it(chat: TradeChat) -> None:
    await chat.say("/buy")
    panel = max(chat.chat.messages)
    await chat.say("75usd", reply_to_message_id=panel)
    await chat.say("@ 59000", reply_to_message_id=panel)
    await chat.tap(chat.chat.messages[panel], "☐ Post")
    await chat.say("eth", reply_to_message_id=panel)
    said = words_of(chat.chat.messages[panel])
    assert "ETH/USD" in said
    assert "Amount: 75 USD" in said
    assert "limit @ 59,000.0" in said
    assert "Options: post-only" in said


async def test_what_was_said_already_stands_on_the_panel(chat: TradeChat) -> None:
    page = await chat.say("/sell eth @ 3000 post")
    assert words_of(page).startswith("🧪 PAPER · ▼ SELL\nETH/USD")
    assert "limit @ 3,000.00" in words_of(page)


async def test_the_panel_can_be_closed(chat: TradeChat) -> None:
    await chat.tap(await chat.say("/buy"), "✖ Close")
    assert words_of(chat.last) == "Closed. Nothing was sent."


async def test_the_panel_can_be_read_aloud(chat: TradeChat) -> None:
    await chat.change(plain_text=True)
    check_plain(await chat.say("/buy"))
    check_plain(await chat.say("/buy 0.001 btc @ 60000 sl=-3% tp=+3%"))


# -- settings


async def test_the_amounts_of_the_panel_are_chosen_by_the_chat(chat: TradeChat) -> None:
    page = await chat.say("/settings presets 10 20.5")
    assert "10·20.5" in words_of(page)
    assert labels(await chat.say("/buy"))[1] == ["10 $", "20.5 $"]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("presets 1 2 3 4", TooManyArguments),
        ("presets x", BadArgument),
        ("presets 0", BadArgument),
        ("presets 0,5", BadArgument),
        ("protection 6", OutOfRange),
        ("renew 0", BadArgument),
    ],
)
async def test_a_choice_that_makes_no_sense_changes_nothing(
    chat: TradeChat, text: str, error: type[Exception]
) -> None:
    before = await chat.chat.store.chat_settings(1)
    with pytest.raises(error):
        await chat.say(f"/settings {text}")
    assert await chat.chat.store.chat_settings(1) == before


async def test_protection_and_renewal_are_chosen_by_a_button(chat: TradeChat) -> None:
    page = await chat.say("/settings protection")
    await chat.tap(page, "Protect 1 %")
    await chat.tap(chat.last, "Renew 0.2 %")
    settings = await chat.chat.store.chat_settings(1)
    assert (settings.protection, settings.renew) == (Decimal(1), Decimal("0.2"))
    await chat.say("/buy 0.001 btc market")
    assert "(+1.0 %)" in words_of(chat.last)
