"""What is said about keys: it fits a phone, and it never shows what was typed."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.keys import (
    KeyRecord,
    KeyReport,
    KeyState,
    Leaving,
    Permission,
    PermissionReport,
    Problem,
)
from bot.core.texts import connect, key_report, keys
from kraken.sim.private.keys import PERMISSIONS
from tests.fakes import NOON
from tests.fakes_keys import ALL
from tests.page_rules import check_page, words_of

KEY = KeyRecord(
    id="0d6c0c0e",
    chat_id=1,
    user_id=1,
    label="<b>my & key",
    fingerprint="9f3c" * 16,
    tail="a1B2",
    permissions=ALL,
    reads_only=False,
    has_address_limit=False,
    created_at=NOON - timedelta(days=3),
    checked_at=NOON,
)
LESS = PermissionReport(ALL - {"query-funds", "modify-trades", "create-ws-token"})
WORST = PermissionReport(frozenset(PERMISSIONS))
CHECKED = KeyReport(timedelta(seconds=0.2), True, "tele<b>gram", PermissionReport(ALL))

PAGES = {
    "intro": connect.intro_page(1, None, reads_only=False),
    "intro again": connect.intro_page(2**51, KEY, reads_only=True),
    "no master key": connect.no_master_key_page(),
    "group": connect.group_page(deleted=None),
    "group, deleted": connect.group_page(deleted=True),
    "group, not deleted": connect.group_page(deleted=False),
    "ask": connect.ask_key_page(),
    "ask for the private key": connect.ask_other_half_page(have_key=True, chat_id=1),
    "ask for the key": connect.ask_other_half_page(have_key=False, chat_id=1),
    "odd": connect.odd_page(87, deleted=True),
    "odd, not deleted": connect.odd_page(0, deleted=False),
    "not deleted": connect.not_deleted_page(),
    "stray": connect.stray_page(deleted=True),
    "secondhand": connect.secondhand_page(deleted=False),
    "lost": connect.lost_page(deleted=True),
    "cancelled": connect.cancelled_page(),
    "checking": key_report.report_page(KeyReport(timedelta(0))),
    "checking without a clock": key_report.report_page(KeyReport()),
    "checked": key_report.report_page(CHECKED),
    "connected": key_report.report_page(replace(CHECKED, connected=KEY)),
    "replaced": key_report.report_page(
        replace(CHECKED, connected=KEY, replaced=replace(KEY, fingerprint="other"))
    ),
    "connected again": key_report.report_page(replace(CHECKED, connected=KEY, replaced=KEY)),
    "read-only": key_report.report_page(replace(CHECKED, connected=replace(KEY, reads_only=True))),
    "worst": key_report.report_page(
        replace(CHECKED, permissions=WORST, problem=Problem.FORBIDDEN)
    ),
    "missing": key_report.report_page(replace(CHECKED, permissions=LESS, problem=Problem.MISSING)),
    "no status": keys.status_page(None, 1, None, NOON),
    "status": keys.status_page(KEY, 1, NOON - timedelta(hours=2), NOON),
    "status of a group": keys.status_page(KEY, -100, None, NOON),
    "status, ends": keys.status_page(
        replace(KEY, valid_until=NOON + timedelta(days=2)), 1, None, NOON
    ),
    "status, ended": keys.status_page(replace(KEY, valid_until=NOON), 1, None, NOON),
    "status, refused": keys.status_page(
        replace(KEY, state=KeyState.REFUSED, reason="EAPI:Invalid key"), 1, None, NOON
    ),
    "status, locked": keys.status_page(
        replace(KEY, state=KeyState.LOCKED, reason="withdraw-funds"), 1, None, NOON
    ),
    "disconnect": keys.disconnect_page(KEY, Leaving(3, 1, 2)),
    "disconnect one": keys.disconnect_page(KEY, Leaving(1, 0, 0)),
    "disconnect none": keys.disconnect_page(KEY, Leaving(0, 2, 1, 3)),
    "disconnect, not counted": keys.disconnect_page(KEY, Leaving(None, 0, 0)),
    "disconnected": keys.disconnected_page(KEY),
    "nothing to disconnect": keys.nothing_to_disconnect_page(),
    "locked": keys.locked_page(KEY, WORST.forbidden),
    "refused": keys.refused_page(KEY, "EAPI:Invalid key"),
    "refused without a word": keys.refused_page(KEY, ""),
    "lost rights": keys.lost_rights_page(KEY, ("modify-trades", "new")),
    "ends": keys.expiry_page(KEY, NOON, 1),
    "ends later": keys.expiry_page(KEY, NOON, 14),
    "lost master key": keys.lost_page(KEY),
    "on the server": keys.connected_on_server_page(KEY),
    **{
        f"problem {problem}": key_report.report_page(KeyReport(problem=problem, said="EAPI:<x>"))
        for problem in Problem
    },
}


@pytest.mark.parametrize("name", PAGES)
def test_every_page_about_keys_keeps_the_rules(name: str) -> None:
    check_page(PAGES[name])


def test_disconnecting_says_what_stays_and_what_stops() -> None:
    said = words_of(PAGES["disconnect"])
    assert "3 open orders at Kraken stay there." in said
    assert "What I run stops: 1 take-profit, live trading in 2 groups." in said
    said = words_of(PAGES["disconnect none"])
    assert "What I run stops: 2 take-profits, 3 plans, live trading in 1 group." in said
    assert "Nothing that I run stops." in words_of(PAGES["disconnect one"])


@pytest.mark.parametrize("problem", Problem)
def test_every_refusal_says_that_nothing_was_stored(problem: Problem) -> None:
    assert "Nothing was stored." in words_of(PAGES[f"problem {problem}"])


def test_a_master_key_is_made_by_what_the_page_tells() -> None:
    assert "head -c 32 /dev/urandom | base64 | tr '+/' '-_'" in words_of(PAGES["no master key"])


@given(
    permissions=st.frozensets(st.sampled_from([*PERMISSIONS, "<new>"])),
    reads_only=st.booleans(),
    name=st.text(max_size=40),
)
def test_any_key_is_told_line_by_line(
    permissions: frozenset[str], reads_only: bool, name: str
) -> None:
    found = PermissionReport(permissions)
    page = key_report.report_page(replace(CHECKED, permissions=found, name=name))
    check_page(page)
    said = words_of(page)
    assert ("✅ Cannot withdraw" in said) is not found.withdraws
    for permission in Permission:
        is_needed = permission is not Permission.LEDGER
        is_missing = is_needed and permission not in permissions
        assert (key_report.AT_KRAKEN[permission] in said) is is_missing


def test_the_steps_name_all_that_is_needed_and_nothing_else() -> None:
    said = words_of(PAGES["intro"])
    ticks = {line.removeprefix("☑ ") for line in said.split("\n") if line.startswith("☑")}
    needed = [permission for permission in Permission if permission is not Permission.LEDGER]
    assert ticks == {key_report.AT_KRAKEN[permission] for permission in needed}
