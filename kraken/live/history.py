"""Lists of private REST, read page by page.

A page is the newest rows less an offset. Rows that come while reading push others to the next
page, where they are seen again: nothing is passed over, and whoever reads drops duplicates.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Protocol, TypeVar

from kraken.core.errors import InvalidOrder
from kraken.core.trading import FeePreference, Fill, Report
from kraken.core.types import Asset, OrderId
from kraken.private_rest import PrivateRest

logger = logging.getLogger(__name__)

PAGE = 50
"""Rows of a page, and orders that may be asked for at once."""

Row = TypeVar("Row")


class Page(Protocol):
    """What all pages say beside their rows."""

    @property
    def unread(self) -> tuple[str, ...]:
        """Names of rows that cannot be read."""

    @property
    def count(self) -> int | None:
        """How many rows there are on all pages."""


P = TypeVar("P", bound=Page)


async def rows(
    ask: Callable[[int], Awaitable[P]],
    of: Callable[[P], tuple[Row, ...]],
    most: int | None = None,
    skip: int = 0,
) -> tuple[list[Row], tuple[str, ...]]:
    """All rows from the newest on, or so many, and the names of those that cannot be read.

    ``skip`` passes over so many of the newest.
    """
    found: list[Row] = []
    unread: list[str] = []
    offset = skip
    while True:
        page = await ask(offset)
        made = of(page)
        found += made
        unread += page.unread
        size = len(made) + len(page.unread)
        offset += size
        is_last = size < PAGE or (page.count is not None and offset >= page.count)
        if is_last or (most is not None and len(found) >= most):
            return found[:most], tuple(unread)


async def orders(
    rest: PrivateRest, order_ids: Iterable[OrderId], *, urgent: bool = False
) -> list[Report]:
    """These orders, without those that Kraken does not know or that cannot be read."""
    found: list[Report] = []
    for some in chunks(order_ids):
        try:
            found += (await rest.query_orders(some, urgent=urgent)).reports
        except InvalidOrder:
            if len(some) == 1:
                logger.warning("an order is not known to Kraken")
                continue
            for each in some:
                found += await orders(rest, [each], urgent=urgent)
    return found


def chunks(order_ids: Iterable[OrderId]) -> Iterator[list[OrderId]]:
    rest = iter(order_ids)
    while some := list(islice(rest, PAGE)):
        yield some


def paid(fill: Fill, preferences: Mapping[OrderId, FeePreference]) -> Fill:
    """A fill of a list, with its fee in the asset that its order asked for."""
    base, _, quote = fill.symbol.partition("/")
    in_base = preferences.get(fill.order_id) is FeePreference.BASE
    return replace(fill, fee_asset=Asset(base if in_base else quote)) if quote else fill


async def fills(
    rest: PrivateRest, since: datetime, most: int | None = None, skip: int = 0
) -> tuple[list[Fill], tuple[str, ...]]:
    """Fills from then on (Kraken's time), the newest first, each once."""
    found, unread = await rows(
        lambda offset: rest.trades_history(since=since, offset=offset),
        lambda page: page.fills,
        most,
        skip,
    )
    return list({fill.exec_id: fill for fill in found}.values()), unread
