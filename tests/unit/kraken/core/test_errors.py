"""Kraken's error texts, cut by what they allow to conclude."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken.core.errors import (
    LOCKOUT,
    PREFIXES,
    AuthError,
    BadData,
    Busy,
    InsufficientFunds,
    InvalidOrder,
    KrakenError,
    Maintenance,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    UnknownInstrument,
    from_code,
)

NOW = datetime(2026, 11, 8, 10, tzinfo=UTC)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_no_prefix_is_shadowed_by_a_shorter_one(prefix: str) -> None:
    assert type(from_code(prefix)) is type(PREFIXES[prefix](prefix))
    shorter = [other for other in PREFIXES if prefix.startswith(other) and other != prefix]
    assert all(from_code(other).code == other for other in shorter)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("EOrder:Insufficient funds", InsufficientFunds),
        ("EOrder:Margin allowance exceeded", InsufficientFunds),
        ("EOrder:Order minimum not met", InvalidOrder),
        ("EGeneral:Invalid arguments:volume", InvalidOrder),
        ("EAPI:Invalid key", AuthError),
        ("EAPI:Invalid nonce", AuthError),
        ("EGeneral:Permission denied", AuthError),
        ("ESession:Invalid session", AuthError),
        ("EAPI:Rate limit exceeded", RateLimited),
        ("EOrder:Rate limit exceeded", RateLimited),
        ("EOrder:Domain rate limit exceeded", RateLimited),
        ("EGeneral:Too many requests", RateLimited),
        ("EService:Unavailable", Maintenance),
        ("EService:Busy", Maintenance),
        ("EService:Market in cancel_only mode", Rejected),
        ("EQuery:Unknown asset pair", UnknownInstrument),
        ("EQuery:Unknown asset", UnknownInstrument),
        ("Currency pair not supported WWW/USD", UnknownInstrument),
        ("EGeneral:Unknown method", Rejected),
        ("EService: Unavailable", Maintenance),
        (" EOrder:Insufficient funds", InsufficientFunds),
    ],
)
def test_each_documented_text_has_its_conclusion(code: str, kind: type[KrakenError]) -> None:
    error = from_code(code)
    assert type(error) is kind
    assert error.code == code
    assert str(error) == code


@pytest.mark.parametrize(
    "code",
    [
        "EGeneral:Internal error",
        "EDatabase:Internal error",
        "EService:Deadline elapsed",
        "EFuture:What is this",
        "Something went wrong",
        "",
    ],
)
def test_what_is_not_known_to_be_a_no_is_busy(code: str) -> None:
    assert type(from_code(code)) is Busy


def test_throttling_says_how_long_to_wait() -> None:
    until = int((NOW + timedelta(seconds=30)).timestamp())
    error = from_code(f"EService: Throttled: {until}", NOW)
    assert isinstance(error, RateLimited)
    assert error.retry_after == timedelta(seconds=30)
    past = from_code("EService: Throttled: 1", NOW)
    assert isinstance(past, Busy)
    assert past.retry_after == timedelta(seconds=1)


def test_a_lockout_is_waited_out() -> None:
    error = from_code("EGeneral:Temporary lockout")
    assert isinstance(error, RateLimited)
    assert error.retry_after == LOCKOUT


def test_the_tree_is_cut_by_conclusion() -> None:
    assert {kind.__name__ for kind in KrakenError.__subclasses__()} == {
        kind.__name__ for kind in (Rejected, NotSent, Busy, OutcomeUnknown, BadData)
    }
    assert not issubclass(Busy, Rejected)


@given(st.text(max_size=60))
def test_any_text_is_an_error_of_ours(code: str) -> None:
    assert isinstance(from_code(code, NOW), KrakenError)
