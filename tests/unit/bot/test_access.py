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
        (Access.EVERYONE, {Role.VIEWER, Role.TRADER, Role.OWNER}),
        (Access.APPROVED, {Role.VIEWER, Role.TRADER, Role.OWNER}),
        (Access.TRADER, {Role.TRADER, Role.OWNER}),
        (Access.OWNER, {Role.OWNER}),
    ],
)
def test_each_access_admits_exactly_these_roles(access: Access, allowed: set[Role]) -> None:
    assert {role for role in Role if allows(role, access)} == allowed
