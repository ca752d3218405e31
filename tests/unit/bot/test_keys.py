"""Keys in messages, and what a key may be allowed."""

import json
from datetime import timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.keys import (
    READING,
    REMOVED,
    KeyReport,
    KeyText,
    Permission,
    PermissionReport,
    Problem,
    expiry_warning,
    judge,
    key_text,
    problem_of,
    read_key,
    without_keys,
    without_keys_inside,
)
from kraken.sim.private.keys import PERMISSIONS
from tests.fakes import NOON
from tests.fakes_keys import API_KEY, API_SECRET

BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
KEYS = st.text(BASE64, min_size=56, max_size=56)


def test_the_examples_have_the_lengths_of_real_keys() -> None:
    assert (len(API_KEY), len(API_SECRET)) == (56, 88)


@pytest.mark.parametrize(
    "text",
    [
        f"{API_KEY}\n{API_SECRET}",
        f"{API_SECRET}\n{API_KEY}",
        f"/connect {API_KEY} {API_SECRET}",
        f"/connect main {API_SECRET}   {API_KEY}",
        f"API key: {API_KEY}\nPrivate key: {API_SECRET}",
        f"“{API_KEY}”, '{API_SECRET}';".replace("“", '"').replace("”", '"'),
    ],
)
def test_both_halves_are_found_wherever_they_stand(text: str) -> None:
    typed = read_key(text)
    assert (typed.api_key, typed.api_secret) == (API_KEY, API_SECRET)
    assert typed.is_whole


def test_halves_that_come_one_by_one_are_joined_and_the_newer_counts() -> None:
    first = read_key(API_KEY).joined(read_key(API_SECRET))
    assert first.is_whole
    other = API_KEY[::-1]
    assert first.joined(read_key(other)).api_key == other


@pytest.mark.parametrize("text", [API_SECRET[:-30], API_KEY[:30], API_SECRET + API_SECRET])
def test_what_is_cut_or_doubled_is_no_whole_key(text: str) -> None:
    assert not read_key(text).is_whole


def test_a_typed_key_shows_neither_half() -> None:
    said = repr(read_key(f"{API_KEY} {API_SECRET}"))
    assert API_KEY not in said
    assert API_SECRET not in said


@given(before=st.text(max_size=20), key=KEYS, after=st.text(max_size=20))
def test_no_key_shaped_text_is_left_in_what_is_kept(before: str, key: str, after: str) -> None:
    is_random = key != key.upper() and any(map(str.isdigit, key)) and key != key.lower()
    text = f"{before} {key} {after}"
    if is_random:
        assert key not in without_keys(text)
        assert key_text(text, secondhand=False) is KeyText.NEW


@pytest.mark.parametrize(
    "text",
    [
        "/book btc 25 group 10",
        "/cancel OVN7VD-7VYHS-APBKHA",
        "/amend 6d1b345e-2821-40e2-ad83-4ecb18a06876 qty 0.5",
        "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
        "x" * 300,
        "https://www.kraken.com/c/account-settings/api",
        "/connect my very long but harmless name",
        "",
    ],
)
def test_what_people_usually_write_is_left_alone(text: str) -> None:
    assert without_keys(text) == text
    assert key_text(text, secondhand=False) is None


def test_after_connect_a_part_of_a_key_is_enough() -> None:
    assert API_KEY[:20] not in without_keys(f"/connect {API_KEY[:20]}")
    assert without_keys(f"/connect@bot {API_KEY}") == f"/connect@bot {REMOVED}"


def test_an_update_is_kept_without_the_key_wherever_it_is_quoted() -> None:
    said = {
        "message": {"text": API_SECRET, "reply_to_message": {"text": f"a\n{API_KEY}"}, "n": [1]}
    }
    kept = json.dumps(without_keys_inside(said))
    assert API_SECRET not in kept
    assert API_KEY not in kept
    assert json.loads(kept)["message"]["n"] == [1]


def test_what_was_kept_is_known_as_lost_and_what_was_forwarded_as_secondhand() -> None:
    assert key_text(without_keys(API_KEY), secondhand=False) is KeyText.LOST
    assert key_text(API_KEY, secondhand=True) is KeyText.SECONDHAND


def test_of_all_sets_of_permissions_only_those_without_danger_and_gap_are_taken() -> None:
    """All 2^13 sets that Kraken knows: nothing beyond the list, nothing that trading lacks."""
    needed = {permission.value for permission in Permission} - {Permission.LEDGER.value}
    taken = set()
    for count in range(len(PERMISSIONS) + 1):
        for chosen in combinations(PERMISSIONS, count):
            report = KeyReport(works=True, permissions=PermissionReport(frozenset(chosen)))
            for reads_only in (False, True):
                if judge(report, NOON, reads_only=reads_only) is None:
                    taken.add((reads_only, frozenset(chosen)))
    trading = {chosen for reads_only, chosen in taken if not reads_only}
    assert trading == {frozenset(needed), frozenset(needed | {Permission.LEDGER.value})}
    allowed = {permission.value for permission in Permission}
    for _, chosen in taken:
        assert chosen <= allowed
        assert chosen >= {permission.value for permission in READING}
    assert len(taken) == 2 + 2**4


def test_a_permission_that_nobody_knows_yet_is_too_much() -> None:
    report = PermissionReport(frozenset(p.value for p in Permission) | {"stake-everything"})
    assert report.forbidden == ("stake-everything",)
    assert not report.withdraws


def test_withdrawing_is_named_before_anything_else() -> None:
    report = PermissionReport(frozenset({"add-funds", "withdraw-funds", "earn-funds"}))
    assert report.forbidden == ("withdraw-funds", "add-funds", "earn-funds")
    assert report.withdraws


def test_an_expired_key_is_not_taken() -> None:
    every = PermissionReport(frozenset(p.value for p in Permission))
    report = KeyReport(permissions=every, valid_until=NOON)
    assert judge(report, NOON, reads_only=False) is Problem.EXPIRED
    assert judge(report, NOON - timedelta(seconds=1), reads_only=False) is None


@pytest.mark.parametrize(
    ("left", "warning"),
    [
        (timedelta(days=15), None),
        (timedelta(days=14), 14),
        (timedelta(days=4), 14),
        (timedelta(days=3), 3),
        (timedelta(hours=25), 3),
        (timedelta(hours=24), 1),
        (timedelta(seconds=1), 1),
        (timedelta(0), None),
    ],
)
def test_the_end_of_a_key_is_told_at_14_3_and_1_days(left: timedelta, warning: int | None) -> None:
    assert expiry_warning(NOON + left, NOON) == warning


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("EAPI:Invalid key", Problem.UNKNOWN_KEY),
        ("EAPI: Invalid key", Problem.UNKNOWN_KEY),
        ("EAPI:Invalid signature", Problem.BAD_SIGNATURE),
        ("EAPI:Invalid nonce", Problem.NONCE),
        ("EAPI:Invalid otp", Problem.ONE_TIME_CODE),
        ("EGeneral:Temporary lockout", Problem.LOCKED_OUT),
        ("EGeneral:Permission denied", Problem.REFUSED),
    ],
)
def test_a_refusal_is_read_as_what_is_wrong_with_the_key(code: str, problem: Problem) -> None:
    assert problem_of(code) is problem
