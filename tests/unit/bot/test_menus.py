"""The command menus in Telegram: short enough to be read, and what is used most comes first."""

import pytest

from bot.core.texts.catalogue.entry import Scope
from bot.core.texts.commands import CATALOGUE

MOST = 20
"""A longer list has to be scrolled, and hides what it is for."""


def menu(*scopes: Scope) -> list[str]:
    return [entry.name for entry in CATALOGUE if set(scopes) & set(entry.scopes)]


@pytest.mark.parametrize(
    "scopes",
    [("default",), ("private",), ("group",), ("group", "group_admin")],
)
def test_a_menu_is_short(scopes: tuple[Scope, ...]) -> None:
    assert 0 < len(menu(*scopes)) <= MOST
    for entry in CATALOGUE:
        assert len(entry.summary) <= 40


def test_a_private_chat_lists_what_a_person_trades_and_looks_with() -> None:
    assert set(menu("private")) == {
        *("buy", "sell", "orders", "balance", "ticker", "book", "candles"),
        *("alert", "alerts", "watch", "pnl", "dca"),
        *("status", "kill", "settings", "connect", "paper", "live", "help"),
    }


def test_a_group_lists_no_balance_and_its_administrators_can_set_it_up() -> None:
    group = menu("group")
    assert set(group) >= {"ticker", "book", "candles", "alert", "orders", "buy", "sell", "kill"}
    assert not {"balance", "pnl", "connect", "live"} & set(group)
    assert set(menu("group", "group_admin")) >= {*group, "setup", "role", "settings"}
