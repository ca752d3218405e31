"""Roles against what commands ask for."""

import pytest

from bot.core.access import Access, Role, allows


@pytest.mark.parametrize("access", Access)
@pytest.mark.parametrize("role", [Role.STRANGER, Role.BLOCKED])
def test_who_has_no_role_may_do_nothing(role: Role, access: Access) -> None:
    assert not allows(role, access)


@pytest.mark.parametrize(
    ("access", "allowed"),
    [
        (Access.EVERYONE, {Role.VIEWER, Role.SEEING, Role.TRADER, Role.CHAT_OWNER, Role.OWNER}),
        (Access.APPROVED, {Role.VIEWER, Role.SEEING, Role.TRADER, Role.CHAT_OWNER, Role.OWNER}),
        (Access.BALANCES, {Role.SEEING, Role.TRADER, Role.CHAT_OWNER, Role.OWNER}),
        (Access.TRADER, {Role.TRADER, Role.CHAT_OWNER, Role.OWNER}),
        (Access.CHAT_OWNER, {Role.CHAT_OWNER, Role.OWNER}),
        (Access.OWNER, {Role.OWNER}),
    ],
)
def test_each_access_admits_exactly_these_roles(access: Access, allowed: set[Role]) -> None:
    assert {role for role in Role if allows(role, access)} == allowed


def test_a_trader_owns_the_private_chat_and_nothing_else() -> None:
    assert allows(Role.TRADER, Access.CHAT_OWNER, "private")
    assert not allows(Role.TRADER, Access.CHAT_OWNER, "group")
    assert not allows(Role.VIEWER, Access.CHAT_OWNER, "private")
    assert not allows(Role.TRADER, Access.OWNER, "private")
