"""Keys, signatures, nonces, counters and tokens of the simulated exchange, one by one."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from random import Random
from urllib.parse import urlencode

import pytest

from kraken.sim.market.types import SECOND
from kraken.sim.private.counters import (
    AMEND,
    CANCEL,
    EDIT,
    HUNDREDTHS,
    TIERS,
    Counter,
    by_age,
    call_cost,
)
from kraken.sim.private.keys import LOCKED_AFTER, LOCKED_S, NEEDS, TRADING, Door, Key, Knock
from kraken.sim.private.names import Names
from kraken.sim.private.nonces import Nonces
from kraken.sim.private.signature import Unreadable, is_signed, read_body, sign
from kraken.sim.private.tokens import LIFE_S, Tokens
from kraken.sim.wire.api_error import ApiError

PUBLISHED = (
    "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg==",
    "1616492376594",
    "nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25",
    "4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ==",
)
PATH = "/0/private/AddOrder"


def test_the_signature_is_the_one_that_kraken_publishes() -> None:
    secret, nonce, body, told = PUBLISHED
    assert sign(PATH, nonce, body.encode(), secret) == told
    assert is_signed(PATH, nonce, body.encode(), secret, told)


@pytest.mark.parametrize(
    "changed",
    [
        {"path": "/0/private/CancelOrder"},
        {"nonce": "1616492376595"},
        {"body": PUBLISHED[2].encode() + b" "},
        {"told": PUBLISHED[3].swapcase()},
        {"told": "not base64"},
        {"told": ""},
    ],
)
def test_a_signature_of_anything_else_is_refused(changed: dict[str, object]) -> None:
    secret, nonce, body, told = PUBLISHED
    whole = {"path": PATH, "nonce": nonce, "body": body.encode(), "secret": secret, "told": told}
    assert not is_signed(**{**whole, **changed})  # type: ignore[arg-type]  # mixed on purpose


@pytest.mark.skipif("KRAKEN_CAPTURES" not in os.environ, reason="KRAKEN_CAPTURES is not set")
def test_every_known_vector_verifies() -> None:
    vectors = json.loads((Path(os.environ["KRAKEN_CAPTURES"]) / "vectors.json").read_text())
    assert len(vectors["spot_api_sign"]) >= 4
    for each in vectors["spot_api_sign"]:
        body = each["body"].encode()
        assert is_signed(
            each["path"], each["nonce"], body, each["secret_b64"], each["API-Sign"]
        ), each["origin"]


def test_forms_may_spell_objects_and_lists() -> None:
    body = urlencode(
        {"nonce": "1", "close[price]": "5", "orders[0][type]": "buy", "orders[1][type]": "sell"}
    )
    assert read_body(body.encode(), "application/x-www-form-urlencoded") == {
        "nonce": "1",
        "close": {"price": "5"},
        "orders": [{"type": "buy"}, {"type": "sell"}],
    }


def test_a_plus_in_a_form_is_a_blank_unless_it_is_escaped() -> None:
    form = "application/x-www-form-urlencoded"
    assert read_body(b"price=+5", form) == {"price": " 5"}
    assert read_body(b"price=%2B5", form) == {"price": "+5"}


@pytest.mark.parametrize(
    "body", [b"{", b"[1]", b"\xff\xfe=1", b'{"a":NaN}', b"a=1&a[b]=2", b"[" * 100_000]
)
def test_a_body_that_is_neither_form_nor_json_is_unreadable(body: bytes) -> None:
    kind = "application/x-www-form-urlencoded" if body.startswith(b"a=") else "application/json"
    with pytest.raises(Unreadable):
        read_body(body, kind)


def test_nonces_must_rise() -> None:
    nonces = Nonces()
    assert [nonces.accept(text) for text in ("5", "6", "6", "5", "1000", "7")] == [
        True, True, False, False, True, False,
    ]  # fmt: skip
    assert not nonces.accept(str(1 << 64))
    assert not nonces.accept("-1")
    assert not nonces.accept("")
    assert nonces.accept(str((1 << 64) - 1))


def test_a_window_lets_late_nonces_in_once() -> None:
    nonces = Nonces(window=10)
    told = [nonces.accept(text) for text in ("100", "95", "95", "91", "90", "101", "91")]
    assert told == [True, True, False, True, False, True, False]


def test_the_price_of_touching_an_order_falls_with_its_age() -> None:
    ages = [0, 4.9, 5, 9.9, 10, 15, 44, 45, 90, 299, 300]
    cancels = [by_age(CANCEL, int(age * SECOND)) for age in ages]
    assert cancels == [8, 8, 6, 6, 5, 4, 4, 2, 1, 1, 0]
    assert [by_age(AMEND, int(age * SECOND)) for age in (0, 5, 10, 15)] == [3, 2, 1, 0]
    assert [by_age(EDIT, int(age * SECOND)) for age in (0, 5, 10, 15, 45, 90)] == [
        6,
        5,
        4,
        2,
        1,
        0,
    ]


def test_the_documented_example_costs_eight() -> None:
    """Add, amend after 7 seconds, cancel 36 seconds later: 1 + 3 + 4, without any decay."""
    counter = Counter(60, 0)
    counter.add(1 * HUNDREDTHS, 0)
    counter.add((1 + by_age(AMEND, 7 * SECOND)) * HUNDREDTHS, 7 * SECOND)
    counter.add(by_age(CANCEL, 36 * SECOND) * HUNDREDTHS, 43 * SECOND)
    assert counter.value(43 * SECOND) == 8 * HUNDREDTHS


def test_a_counter_falls_with_time_and_refuses_when_full() -> None:
    counter = Counter(2, 50)
    assert [counter.spend(HUNDREDTHS, 0) for _ in range(3)] == [True, True, False]
    assert not counter.spend(HUNDREDTHS, 1 * SECOND)
    assert counter.spend(HUNDREDTHS, 2 * SECOND)
    assert counter.value(100 * SECOND) == 0


def test_orders_are_not_counted_as_calls_and_history_counts_more() -> None:
    assert [call_cost(name) for name in ("Balance", "Ledgers", "AddOrder", "CancelAll")] == [
        1, 2, 0, 0,
    ]  # fmt: skip


class Street:
    """A door with one key, and a clock that is set by hand."""

    def __init__(self, permissions: tuple[str, ...] = TRADING) -> None:
        self.now_ns = 1_000 * SECOND
        self.names = Names(Random(5))
        self.door = Door(lambda: self.now_ns)
        tier = TIERS["starter"]
        self.key = Key(
            self.names.api_key(),
            self.names.api_secret(),
            set(permissions),
            "starter",
            Nonces(),
            1,
            Counter(tier.calls, tier.calls_decay),
        )
        self.door.keys[self.key.api_key] = self.key

    def knock(
        self, nonce: str, endpoint: str = "Balance", headers: Mapping[str, str] | None = None
    ) -> str:
        """The error, or nothing."""
        path, body = f"/0/private/{endpoint}", f"nonce={nonce}".encode()
        told = {
            "API-Key": self.key.api_key,
            "API-Sign": sign(path, nonce, body, self.key.secret),
            **(headers or {}),
        }
        form = "application/x-www-form-urlencoded"
        try:
            self.door.enter(Knock(endpoint, path, told, body, form))
        except ApiError as error:
            return str(error)
        return ""


def test_keys_have_krakens_lengths() -> None:
    key = Street().key
    assert (len(key.api_key), len(key.secret)) == (56, 88)
    assert key.secret not in repr(key)


def test_who_knocks_is_told_the_first_thing_that_is_wrong() -> None:
    street = Street()
    assert street.knock("1") == ""
    assert street.knock("2", headers={"API-Key": "x" * 56}) == "EAPI:Invalid key"
    assert street.knock("2", headers={"API-Sign": "AAAA"}) == "EAPI:Invalid signature"
    assert street.knock("1") == "EAPI:Invalid nonce"
    assert street.knock("2") == ""
    street.key.permissions.discard("query-funds")
    assert street.knock("3") == "EGeneral:Permission denied"
    assert street.knock("4", "OpenOrders") == ""
    street.key.is_revoked = True
    assert street.knock("5") == "EAPI:Invalid key"


@pytest.mark.parametrize("endpoint", sorted(NEEDS))
def test_a_key_without_permissions_may_only_ask_about_itself(endpoint: str) -> None:
    told = Street(()).knock("1", endpoint)
    assert told == ("" if endpoint == "GetApiKeyInfo" else "EGeneral:Permission denied")


def test_a_key_that_is_refused_again_and_again_is_locked_out_and_each_try_begins_anew() -> None:
    street = Street()
    for _ in range(LOCKED_AFTER):
        assert street.knock("0") == "EAPI:Invalid nonce"
    assert street.knock("1") == "EGeneral:Temporary lockout"
    street.now_ns += (LOCKED_S - 1) * SECOND
    assert street.knock("1") == "EGeneral:Temporary lockout"
    street.now_ns += (LOCKED_S - 1) * SECOND
    assert street.knock("1") == "EGeneral:Temporary lockout"
    street.now_ns += LOCKED_S * SECOND
    assert street.knock("1") == ""


def test_calls_beyond_the_counter_are_refused_until_it_has_fallen() -> None:
    street = Street()
    told = [street.knock(str(nonce)) for nonce in range(1, 18)]
    assert told == [""] * 15 + ["EAPI:Rate limit exceeded"] * 2
    assert street.knock("100", "AddOrder") == ""
    street.now_ns += 4 * SECOND
    assert street.knock("101") == ""


def test_a_token_is_good_for_fifteen_minutes_or_where_it_is_in_use() -> None:
    street = Street()
    tokens = Tokens(street.names, lambda: street.now_ns)
    text = tokens.issue(street.key)
    assert len(text) == 43
    street.now_ns += LIFE_S * SECOND - 1
    assert tokens.find(text, established=False) is street.key
    street.now_ns += 1
    assert tokens.find(text, established=False) is None
    assert tokens.find(text, established=True) is street.key
    street.key.is_revoked = True
    assert tokens.find(text, established=True) is None
    street.key.is_revoked = False
    tokens.revoke_all()
    assert tokens.find(text, established=True) is None
    assert tokens.find("unknown", established=True) is None
