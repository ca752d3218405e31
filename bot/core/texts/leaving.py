"""Somebody is let in no more: what becomes of their key, and of what lies at the exchange."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from bot.core.access import Role
from bot.core.keys import KeyRecord
from bot.core.page import Button, Page
from bot.core.texts.gate import decided_page
from bot.core.texts.markup import code, esc, paragraphs
from kraken.core.trading import Order

_SHOWN = 10


class Behind(Protocol):
    """What somebody leaves behind."""

    @property
    def key(self) -> KeyRecord: ...
    @property
    def orders(self) -> Sequence[Order] | None: ...
    @property
    def groups(self) -> Sequence[int]: ...


def blocked_page(user_id: int, name: str, left: Behind | None) -> Page:
    """To the owner of the bot, after somebody was blocked."""
    page = decided_page(user_id, name, Role.BLOCKED)
    if left is None:
        return replace(page, html=paragraphs(page.html, "They have no key here."))
    ended = f"The key {code('…' + left.key.tail)} is not used any more: it stays sealed."
    lent = ""
    if left.groups:
        named = ", ".join(code(group) for group in left.groups[:_SHOWN])
        lent = f"It was lent to {named}; trading there is practice again."
    destroy = Button("Destroy that key", "revoke_key", {"user_id": user_id}, "danger")
    html = paragraphs(page.html, ended, lent, *_orders(left.orders))
    return replace(page, html=html, rows=(*page.rows, (destroy,)))


def theirs_page(user_id: int) -> Page:
    """Somebody is let in again, whose key was to be destroyed."""
    return Page(
        paragraphs(
            "They are let in again.",
            f"So the key is theirs, and stays. First: {code(f'/block {user_id}')}. "
            "Nothing was changed.",
        )
    )


def revoked_page(user_id: int, tail: str) -> Page:
    """After the owner had that key destroyed."""
    if not tail:
        return Page(paragraphs("There is no key any more.", "Nothing was changed."))
    return Page(
        paragraphs(
            "The key is destroyed.",
            f"{code('…' + tail)} of user {code(user_id)} is gone from this server. Orders that "
            "are open at Kraken stay there; only its holder can delete the key at Kraken.",
        )
    )


def _orders(orders: Sequence[Order] | None) -> list[str]:
    if orders is None:
        return ["Kraken did not say what is open; whatever is open stays there."]
    if not orders:
        return ["Nothing of theirs is open at Kraken."]
    more = [f"and {len(orders) - _SHOWN} more"] if len(orders) > _SHOWN else []
    return [
        "These stay open at Kraken; only their holder can end them there:",
        *(_named(order) for order in orders[:_SHOWN]),
        *more,
    ]


def _named(order: Order) -> str:
    side, symbol = order.side.value.upper(), esc(order.symbol, 24)
    return f"{side} {order.qty.normalize():f} {symbol} {code(order.order_id)}"
