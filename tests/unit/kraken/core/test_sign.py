"""Signatures against published examples, and nonces that only rise.

Mutants tried by hand and killed: the hexadecimal digest in place of its bytes; the path left out;
the nonce not in front of the body; ``max(last, now)`` without the one more; a mark that is raised
to the nonce alone.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken.core.sign import NONCE_LIMIT, api_sign, next_nonce, reserve

KRAKENS_SECRET = (
    "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg=="
)
PYTHON_SECRET = "cHl0aG9uLWtyYWtlbi1zZGsgdW5pdC10ZXN0IHNlY3JldCB2YWx1ZQ=="
NONCE = "1616492376594"
FORM = f"nonce={NONCE}&ordertype=limit&pair=XBTUSD"
JSON = (
    '{"nonce":"1616492376594","ordertype":"limit","pair":"XBTUSD",'
    '"price":"37500","type":"buy","volume":"1.25"}'
)


@pytest.mark.parametrize(
    ("secret", "body", "signature"),
    [
        (  # docs: REST, Authentication
            KRAKENS_SECRET,
            f"{FORM}&price=37500&type=buy&volume=1.25",
            "4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ==",
        ),
        (  # another client's published test
            PYTHON_SECRET,
            FORM,
            "Fo+0Uhanvs3F1byZFCjVBMLsCcRE2xLQMDpoA3Q9hawoZ0ZL35AmbknAQBlOIs4baRx9UGhzQH+/CTl9qnyp1w==",
        ),
        (
            KRAKENS_SECRET,
            JSON,
            "r/o+GpKxXjV/mls/r5CKLu5R+yzK5psqvQ4hXxMX1nzdxTBhV+ui82QGgPZMMitpFwCOAdPEZMmXgZxD2chJEg==",
        ),
    ],
)
def test_published_requests_get_their_published_signatures(
    secret: str, body: str, signature: str
) -> None:
    assert api_sign(secret, "/0/private/AddOrder", NONCE, body.encode()) == signature


def test_the_path_is_signed_too() -> None:
    assert api_sign(KRAKENS_SECRET, "/0/private/Balance", NONCE, f"nonce={NONCE}".encode()) == (
        "1nH4vwR+8FHiYh1QT649xXkGd3JR3x0DWkgv3u9Ed/Qqv6KPtgQpEU4m+Emb/VgpEji3j1XNwI+HCbfXxmrTOg=="
    )


def test_a_broken_secret_is_told_without_quoting_it() -> None:
    with pytest.raises(ValueError, match="not base64") as caught:
        api_sign("kQH5HW/8p1uGOVj!", "/0/private/Balance", NONCE, b"")
    assert "kQH5HW" not in str(caught.value)
    assert caught.value.__cause__ is None


@given(st.lists(st.integers(0, 10**16), min_size=1, max_size=30))
def test_nonces_rise_whatever_the_clock_does(clock: list[int]) -> None:
    last, sent = 0, []
    for unix_us in clock:
        last = next_nonce(last, unix_us)
        sent.append(last)
        assert last >= unix_us
    assert sent == sorted(set(sent))


def test_a_key_that_ran_out_of_numbers_says_so() -> None:
    assert next_nonce(NONCE_LIMIT - 2, 0) == NONCE_LIMIT - 1
    with pytest.raises(OverflowError):
        next_nonce(NONCE_LIMIT - 1, 0)


@given(st.lists(st.tuples(st.integers(0, 10**13), st.booleans()), min_size=1, max_size=30))
def test_a_restart_never_repeats_a_nonce(steps: list[tuple[int, bool]]) -> None:
    """Only the mark survives a restart."""
    mark = last = highest = 0
    for unix_us, restarts in steps:
        if restarts:
            last = mark
        last = next_nonce(last, unix_us)
        mark = reserve(last, mark)
        assert last > highest
        highest = last


def test_the_disk_is_not_asked_for_each_nonce() -> None:
    mark = reserve(1000, 0)
    assert mark > 1000
    assert all(reserve(nonce, mark) == mark for nonce in (1001, 5000, mark))
