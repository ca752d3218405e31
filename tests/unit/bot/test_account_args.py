"""Arguments of an account's commands: any order, and any text at all ends in a value or a word."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.args import CommaForDot, OutOfRange, TooManyArguments
from bot.core.errors import BadArgument, UserError
from bot.core.texts.catalogue import account as catalogue
from bot.core.texts.catalogue.entry import CommandHelp
from bot.core.trade.account_args import (
    ALL_TIME,
    TODAY,
    BalanceArgs,
    CancelAllArgs,
    ExportArgs,
    OrdersArgs,
    PnlArgs,
    Span,
    TradesArgs,
    bounds,
    read_balance,
    read_cancel_all,
    read_cost_reply,
    read_export,
    read_name,
    read_orders,
    read_pnl,
    read_portfolio,
    read_trades,
)
from bot.core.trade.amend_args import AmendArgs, read_amend, read_price_reply
from bot.core.trade.misread import NoSign
from bot.core.trade.profit import Method
from bot.core.trade.wish import PriceWord
from kraken.core.trading import PriceKind, PriceOffset
from tests.fakes import NOON

D = Decimal
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def amend(text: str) -> AmendArgs:
    return read_amend(text, is_reply=False)


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("", OrdersArgs()),
        ("BTC", OrdersArgs("BTC")),
        ("2 closed eth/eur", OrdersArgs("eth/eur", "closed", 2)),
        ("eth eur STOPS", OrdersArgs("eth/eur", "stops")),
        ("all", OrdersArgs(None, "all")),
    ],
)
def test_orders(text: str, args: OrdersArgs) -> None:
    assert read_orders(text) == args


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("", CancelAllArgs()),
        ("btc", CancelAllArgs("btc")),
        ("all", CancelAllArgs(None, "all")),
        ("eth/eur stops", CancelAllArgs("eth/eur", "stops")),
    ],
)
def test_cancelall_spares_stops_unless_it_is_said(text: str, args: CancelAllArgs) -> None:
    assert read_cancel_all(text) == args


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("", AmendArgs()),
        ("last", AmendArgs("last")),
        ("LAST 60000", AmendArgs("last", D(60000))),
        ("OQCLML-BW3P3 @ 59500.5", AmendArgs("OQCLML-BW3P3", D("59500.5"))),
        ("last @59500", AmendArgs("last", D(59500))),
        ("last amount=0.02 stop = 58000", AmendArgs("last", None, D("0.02"), D(58000))),
        ("OQCLML trail=2%", AmendArgs("OQCLML", trail="2%")),
        ("last price=5", AmendArgs("last", D(5))),
        ("last -1%", AmendArgs("last", asked=PriceOffset(D(-1), PriceKind.PERCENT))),
        ("last @ −0.5%", AmendArgs("last", asked=PriceOffset(D("-0.5"), PriceKind.PERCENT))),
        ("last @ +500", AmendArgs("last", asked=PriceOffset(D(500), PriceKind.QUOTE))),
        ("last @ BID", AmendArgs("last", asked=PriceWord.BID)),
        ("last $59500", AmendArgs("last", D(59500))),
        ("last stop=-3%", AmendArgs("last", asked_stop=PriceOffset(D(-3), PriceKind.PERCENT))),
    ],
)
def test_amend(text: str, args: AmendArgs) -> None:
    assert amend(text) == args


def test_trades_may_be_a_file() -> None:
    assert read_trades("csv btc 30") == TradesArgs("btc", 30, file=True)


def test_an_answer_to_a_card_needs_no_name() -> None:
    assert read_amend("60000", is_reply=True) == AmendArgs("", D(60000))
    assert read_amend("@ 60000 amount=1", is_reply=True) == AmendArgs("", D(60000), D(1))
    assert read_price_reply(" @ 59500 ") == AmendArgs(price=D(59500))
    assert read_price_reply("mid") == AmendArgs(asked=PriceWord.MID)


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("", PnlArgs()),
        ("today", PnlArgs(TODAY)),
        ("avg 30d", PnlArgs(Span("30 days", 30), None, Method.AVERAGE)),
        ("btc/eur 2w", PnlArgs(Span("14 days", 14), "btc/eur")),
        ("all", PnlArgs(ALL_TIME)),
        ("eth", PnlArgs(pair="eth")),
    ],
)
def test_pnl(text: str, args: PnlArgs) -> None:
    assert read_pnl(text, NOON) == args


def test_a_year_and_dates_are_spans_in_utc() -> None:
    assert bounds(read_pnl("2026", NOON).span, NOON) == (
        NEW_YEAR,
        datetime(2027, 1, 1, tzinfo=UTC),
    )
    span = read_export("trades 2026-01-01..2026-01-31", NOON).span
    assert bounds(span, NOON) == (NEW_YEAR, datetime(2026, 2, 1, tzinfo=UTC))
    assert bounds(read_export("trades 2026-01-01..", NOON).span, NOON) == (NEW_YEAR, None)
    assert bounds(TODAY, NOON) == (NOON.replace(hour=0), None)
    assert bounds(ALL_TIME, NOON) == (None, None)


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("trades", ExportArgs("trades")),
        ("JSON orders 30d", ExportArgs("orders", Span("30 days", 30), "json")),
        ("tax avg", ExportArgs("pnl", tax=True, method=Method.AVERAGE)),
    ],
)
def test_export(text: str, args: ExportArgs) -> None:
    assert read_export(text, NOON) == args


def test_the_others() -> None:
    assert read_balance("all eur") == BalanceArgs(everything=True, currency="EUR")
    assert read_trades("30 btc") == TradesArgs("btc", 30)
    assert read_trades("eth/eur 2w") == TradesArgs("eth/eur", 14)
    assert read_portfolio("1y") == 365
    assert read_portfolio("") == 30
    assert read_name("Last", "cancel") == "last"
    assert read_cost_reply("0") == 0


@pytest.mark.parametrize(
    ("read", "text", "error"),
    [
        (read_orders, "btc nonsense", BadArgument),
        (read_orders, "0", OutOfRange),
        (read_cancel_all, "btc entris", BadArgument),
        (amend, "60000", BadArgument),
        (amend, "amount=1", BadArgument),
        (amend, "last amount=0", OutOfRange),
        (amend, "last 0,5", CommaForDot),
        (amend, "last amount=1e5", BadArgument),
        (amend, "last amount=-1", BadArgument),
        (amend, "last 2%", NoSign),
        (amend, "last stop=bid", BadArgument),
        (amend, "last other=1", BadArgument),
        (read_balance, "all eur usd", BadArgument),
        (read_trades, "0d", OutOfRange),
        (read_trades, "99999", OutOfRange),
        (read_trades, "99999999d", OutOfRange),
        (read_trades, "yesterday", BadArgument),
        (read_portfolio, "99999999d", OutOfRange),
        (lambda text: read_pnl(text, NOON), "yesterday", BadArgument),
        (lambda text: read_pnl(text, NOON), "99999999d", OutOfRange),
        (read_portfolio, "3y", OutOfRange),
        (read_portfolio, "7d 30d", TooManyArguments),
        (lambda text: read_name(text, "cancel"), "a b", TooManyArguments),
        (lambda text: read_name(text, "cancel"), "a'; drop", TooManyArguments),
        (lambda text: read_export(text, NOON), "", BadArgument),
        (lambda text: read_export(text, NOON), "trades 2026-13-01..", BadArgument),
        (lambda text: read_export(text, NOON), "trades 2026-02-01..2026-01-01", BadArgument),
        (lambda text: read_pnl(text, NOON), "btc eth sol", BadArgument),
    ],
)
def test_what_is_not_understood_is_named(
    read: Callable[[str], object], text: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        read(text)


@pytest.mark.parametrize(
    "entry", [value for value in vars(catalogue).values() if isinstance(value, CommandHelp)]
)
def test_every_example_of_the_help_parses(entry: CommandHelp) -> None:
    for example in entry.examples:
        command, _, args = example.removeprefix("/").partition(" ")
        if command == entry.name:
            READERS[command](args)


READERS: dict[str, Callable[[str], object]] = {
    "orders": read_orders,
    "cancel": lambda text: read_name(text, "cancel"),
    "cancelall": read_cancel_all,
    "amend": amend,
    "balance": read_balance,
    "trades": read_trades,
    "fees": str,
    "pnl": lambda text: read_pnl(text, NOON),
    "portfolio": read_portfolio,
    "export": lambda text: read_export(text, NOON),
}

WORDS = st.sampled_from(
    [
        "btc",
        "last",
        "60000",
        "amount=",
        "=",
        "@",
        "2026",
        "..",
        "7d",
        "all",
        "0,5",
        "1e9",
        "²",
        "fifo",
        "-1%",
        "bid",
    ]
)


@given(st.text(max_size=300) | st.lists(WORDS, max_size=6).map(" ".join))
def test_any_text_ends_in_a_value_or_in_a_sentence(text: str) -> None:
    for read in READERS.values():
        try:
            read(text)
        except UserError as error:
            assert str(error) is not None
    for read in (read_price_reply, read_cost_reply):
        try:
            assert read(text) is not None
        except UserError:
            continue
