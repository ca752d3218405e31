"""The book: against a naive twin, against published checksums, and at the edges of notation.

Mutants tried by hand and killed here: no cut to the depth; the first of repeated prices wins; the
digits by ``str`` of a float or Decimal; zeros left in front of the digits; the bids first in the
checksum; the price cached over a change of decimals; the crossed book let through; quantities
below the tenth level kept without their zeros.
"""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken.core.events import BookFault
from kraken.core.wire.books import decode_book
from tests.book_cases import NOW, apply, fault_of_loading, loaded, market, shown
from tests.strategies import Change, changes
from tests.tiny_kraken import TinyMarket, written


def test_a_snapshot_is_shown_with_kraken_s_digits() -> None:
    book = loaded(market().snapshot(10))
    view = book.view(2, NOW)
    assert [str(level.price) for level in view.bids] == ["99.9", "99.8"]
    assert [str(level.qty) for level in view.asks] == ["0.50000000", "0.50000001"]
    assert view.at == datetime(2026, 11, 8, 10, 0, 0, 120450, tzinfo=UTC)
    assert view.checksum == market().checksum()


@given(
    start=st.lists(changes(), max_size=60),
    messages=st.lists(st.lists(changes(), min_size=1, max_size=12), max_size=12),
    depth=st.sampled_from([10, 25]),
    decimals=st.tuples(st.integers(0, 6), st.integers(0, 8)),
)
def test_the_book_is_its_naive_twin_s(
    start: list[Change],
    messages: list[list[Change]],
    depth: int,
    decimals: tuple[int, int],
) -> None:
    twin = TinyMarket("BTC/USD", *decimals)
    for side, price, qty in start:
        twin.change(side, [(price, qty)], depth)
    book = loaded(twin.snapshot(depth), depth)
    for message in messages:
        told: dict[str, list[tuple[int, int]]] = {"bids": [], "asks": []}
        for side, price, qty in message:
            told[side] += twin.change(side, [(price, qty)], depth)
        assert apply(book, twin.frame("update", told["bids"], told["asks"])) is None
        assert shown(book.view(depth, NOW)) == twin.shown(depth)


def test_a_level_that_fell_out_does_not_come_back_without_being_told() -> None:
    twin = market()
    del twin.asks[1000]
    book = loaded(twin.snapshot(10))
    told = twin.change("asks", [(1000, 7)], 10)
    assert apply(book, twin.frame("update", [], told)) is None
    assert len(book.view(25, NOW).asks) == 10
    gone = twin.change("asks", [(1000, 0)], 10)
    assert len(gone) == 2
    assert apply(book, twin.frame("update", [], gone)) is None
    # The same without the level that comes into sight is a lost message.
    twin.change("asks", [(1001, 0)], 10)
    assert apply(book, twin.frame("update", [], [(1001, 0)])) is BookFault.CHECKSUM


def test_of_a_price_that_occurs_twice_the_last_wins() -> None:
    twin = market()
    book = loaded(twin.snapshot(10))
    twin.change("bids", [(999, 3), (999, 0), (999, 5), (999, 2)], 10)
    told = [(999, 3), (999, 0), (999, 5), (999, 2)]
    assert apply(book, twin.frame("update", told, [])) is None
    assert book.view(1, NOW).bids[0].qty == Decimal("0.00000002")


def test_both_sides_of_one_message_count() -> None:
    twin = market()
    book = loaded(twin.snapshot(10))
    bids, asks = twin.change("bids", [(990, 1)], 10), twin.change("asks", [(1005, 1)], 10)
    assert apply(book, twin.frame("update", bids, asks)) is None


def test_fewer_than_ten_levels_and_none_at_all_are_books_too() -> None:
    twin = TinyMarket("BTC/USD")
    book = loaded(twin.snapshot(10))
    assert shown(book.view(10, NOW)) == ([], [])
    assert apply(book, twin.frame("update", twin.change("bids", [(5, 12)], 10), [])) is None
    assert apply(book, twin.frame("update", [], twin.change("asks", [(7, 10**9)], 10))) is None
    assert shown(book.view(10, NOW)) == twin.shown(10)


def test_a_crossed_book_is_refused_whatever_its_checksum() -> None:
    twin = market()
    book = loaded(twin.snapshot(10))
    told = twin.change("bids", [(1003, 1)], 10)
    assert apply(book, twin.frame("update", told, [])) is BookFault.CROSSED


def test_a_wrong_checksum_is_a_fault_in_snapshots_too() -> None:
    twin = market()
    assert fault_of_loading(twin.frame("snapshot", *twin.best(10), checksum=1)) is (
        BookFault.CHECKSUM
    )
    assert fault_of_loading(twin.frame("snapshot", *twin.best(10), checksum=-1)) is (
        BookFault.CHECKSUM
    )


def rewritten(text: str, number: str) -> str:
    """The same frame from a writer that has another way with numbers."""
    frame = json.loads(text, parse_float=Decimal)

    def write(value: object) -> str:
        if isinstance(value, dict):
            return "{" + ",".join(f'"{k}":{write(v)}' for k, v in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ",".join(map(write, value)) + "]"
        if isinstance(value, Decimal):
            return {"trimmed": lambda v: repr(float(v)), "short": lambda v: f"{v.normalize()}"}[
                number
            ](value)
        return json.dumps(value)

    return write(frame)


@pytest.mark.parametrize("number", ["trimmed", "short"])
@given(messages=st.lists(st.lists(changes(), min_size=1, max_size=6), max_size=8))
def test_zeros_left_out_integers_and_exponents_are_read_alike(
    number: str, messages: list[list[Change]]
) -> None:
    """``4.0``, ``4``, ``1e-08`` and ``1E-8`` for ``4.00000000`` and ``0.00000001``."""
    twin = market(price_decimals=2)
    twin.asks[1001] = 1
    book = loaded(rewritten(twin.snapshot(25), number), 25, price_decimals=2, qty_decimals=8)
    for message in messages:
        told: dict[str, list[tuple[int, int]]] = {"bids": [], "asks": []}
        for side, price, qty in message:
            told[side] += twin.change(side, [(price, qty)], 25)
        text = rewritten(twin.frame("update", told["bids"], told["asks"]), number)
        assert apply(book, text) is None
        assert shown(book.view(25, NOW)) == twin.shown(25)


def test_integer_literals_are_prices_and_quantities_too() -> None:
    twin = TinyMarket("BTC/USD", price_decimals=1, qty_decimals=8)
    twin.bids, twin.asks = {1000000: 10**8, 999995: 3 * 10**8}, {1000010: 12 * 10**8}
    bids = '{"price":100000,"qty":1},{"price":99999.5,"qty":3.0}'
    text = (
        '{"channel":"book","type":"snapshot","data":[{"symbol":"BTC/USD",'
        f'"bids":[{bids}],"asks":[{{"price":100001,"qty":12}}],"checksum":{twin.checksum()}}}]}}'
    )
    book = loaded(text, price_decimals=1, qty_decimals=8)
    assert shown(book.view(10, NOW)) == twin.shown(10)
    twin.change("bids", [(1000000, 0), (999990, 5 * 10**8)], 10)
    update = twin.frame("update", [], []).replace(
        '"bids":[]', '"bids":[{"price":100000,"qty":0},{"price":99999,"qty":5}]'
    )
    assert apply(book, update) is None
    assert shown(book.view(10, NOW)) == twin.shown(10)


@pytest.mark.parametrize("price", ['"nan"', '"inf"', '"-inf"', "null", "true", "[]", '"1_0.0"'])
def test_a_snapshot_with_a_price_that_is_none_is_no_book(price: str) -> None:
    twin = market()
    text = twin.snapshot(10).replace("99.9", price)
    assert fault_of_loading(text) in (BookFault.UNREADABLE, BookFault.CHECKSUM)


def test_decimals_grow_when_a_longer_number_comes() -> None:
    twin = TinyMarket("BTC/USD", price_decimals=2, qty_decimals=8)
    twin.bids, twin.asks = {100: 10**8}, {200: 2 * 10**8}
    short = '"bids":[{"price":1.0,"qty":1.0}],"asks":[{"price":2.0,"qty":2.0}]'
    checksum = twin.checksum()
    text = (
        '{"channel":"book","type":"snapshot","data":[{"symbol":"BTC/USD",'
        f'{short},"checksum":{checksum}}}]}}'
    )
    assert fault_of_loading(text) is BookFault.CHECKSUM
    book = loaded(text, price_decimals=2, qty_decimals=8)
    told = twin.change("bids", [(101, 123)], 10)
    assert apply(book, twin.frame("update", told, [])) is None
    assert shown(book.view(10, NOW)) == twin.shown(10)


def test_a_price_that_left_before_the_decimals_grew_comes_back_with_the_right_digits() -> None:
    twin = TinyMarket("BTC/USD", price_decimals=2, qty_decimals=8)
    twin.bids = {990: 10**8}
    one_decimal = TinyMarket("BTC/USD", price_decimals=1, qty_decimals=8)
    one_decimal.bids = {100: 10**8, 99: 10**8}
    book = loaded(one_decimal.snapshot(10))
    gone = one_decimal.change("bids", [(100, 0)], 10)
    assert apply(book, one_decimal.frame("update", gone, [])) is None
    for change in ((991, 7), (1000, 5), (990, 3)):
        told = twin.change("bids", [change], 10)
        assert apply(book, twin.frame("update", told, [])) is None
    assert shown(book.view(10, NOW)) == twin.shown(10)


def test_prices_that_a_float_cannot_tell_apart_stay_apart() -> None:
    twin = TinyMarket("BTC/USD", price_decimals=8, qty_decimals=8)
    base = 9_007_199_254_740_993
    twin.bids, twin.asks = {base: 5, base + 1: 6}, {base + 2: 7, base + 3: 8}
    book = loaded(twin.snapshot(10))
    assert book.is_exact
    assert shown(book.view(10, NOW)) == twin.shown(10)
    told = twin.change("bids", [(base + 1, 0)], 10)
    assert apply(book, twin.frame("update", told, [])) is None
    assert shown(book.view(10, NOW)) == twin.shown(10)


def test_a_price_that_becomes_too_long_for_a_float_is_a_fault_not_a_guess() -> None:
    twin = market()
    book = loaded(twin.snapshot(10))
    told = twin.change("asks", [(9_007_199_254_740_993, 5)], 25)
    assert apply(book, twin.frame("update", [], told)) is BookFault.UNREADABLE


def test_many_prices_are_forgotten_without_losing_those_that_are_held(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("kraken.core.book._REMEMBERED_PRICES", 40)
    twin = market()
    book = loaded(twin.snapshot(25), 25)
    for step in range(100):
        for qty in (1, 0):
            told = [(2000 + step, qty)]
            twin.change("asks", told, 25)
            assert book.apply(decode_book(twin.frame("update", [], told)).data[0]) is None
    assert shown(book.view(25, NOW)) == twin.shown(25)


PUBLISHED_ASKS = (
    "45285.2 0.00100000|45286.4 1.54571953|45286.6 1.54571109|45289.6 1.54560911|"
    "45290.2 0.15890660|45291.8 1.54553491|45294.7 0.04454749|45296.1 0.35380000|"
    "45297.5 0.09945542|45299.5 0.18772827"
)
PUBLISHED_BIDS = (
    "45283.5 0.10000000|45283.4 1.54582015|45282.1 0.10000000|45281.0 0.10000000|"
    "45280.3 1.54592586|45279.0 0.07990000|45277.6 0.03310103|45277.5 0.30000000|"
    "45277.3 1.54602737|45276.6 0.15445238"
)


def test_the_checksum_that_kraken_published_holds() -> None:
    """docs: guide, Book checksum (WebSocket v2)."""

    def levels(text: str) -> str:
        pairs = (level.split() for level in text.split("|"))
        return ",".join(f'{{"price":{price},"qty":{qty}}}' for price, qty in pairs)

    text = (
        '{"channel":"book","type":"snapshot","data":[{"symbol":"BTC/USD",'
        f'"bids":[{levels(PUBLISHED_BIDS)}],"asks":[{levels(PUBLISHED_ASKS)}],'
        '"checksum":3310070434}]}'
    )
    book = loaded(text)
    assert book.checksum == 3310070434
    assert book.view(1, NOW).at is None


def test_every_recorded_checksum_holds(captures: Path) -> None:
    lines = (captures / "ws_v2" / "book_btcusd_d10_2023.jsonl").read_text().splitlines()
    book = loaded(lines[0])
    assert [apply(book, line) for line in lines[1:]] == [None] * 509


def test_a_recording_without_its_zeros_is_understood(captures: Path) -> None:
    lines = (captures / "ws_v2" / "book_btcusd_d10_2023.jsonl").read_text().splitlines()
    book = loaded(rewritten(lines[0], "trimmed"))
    assert {apply(book, rewritten(line, "trimmed")) for line in lines[1:]} == {None}


def test_the_collected_checksums_hold(captures: Path) -> None:
    cases = json.loads((captures / "vectors.json").read_text())["checksums"]
    books = [case for case in cases if case["kind"] == "book v2"]
    assert books
    for case in books:
        levels = {
            side: ",".join(f'{{"price":{p},"qty":{q}}}' for p, q in case[side])
            for side in ("bids", "asks")
        }
        text = (
            f'{{"channel":"book","type":"snapshot","data":[{{"symbol":"{case["symbol"]}",'
            f'"bids":[{levels["bids"]}],"asks":[{levels["asks"]}],'
            f'"checksum":{case["checksum"]}}}]}}'
        )
        assert fault_of_loading(text, 1000) is None, case["origin"]


def test_written_numbers_are_padded() -> None:
    assert [written(7, 2), written(1234, 1), written(0, 8), written(5, 0)] == [
        "0.07",
        "123.4",
        "0.00000000",
        "5",
    ]
