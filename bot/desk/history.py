"""History: an account's past, read page by page, kept, and never read twice.

Rules: what is new is read first, and back to what is known; then what is older, as far as there is
time. A page that was read is kept at once, so a limit, a restart or an impatient person loses
nothing: the next one goes on where the last one stopped. Only what was read to its end is called
whole.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Protocol, TypeVar

from bot.core.page import Payload
from bot.core.trade.types import AccountId, PlacedOrder
from bot.desk.doors import ChatAccount
from bot.desk.patience import SILENT, patiently
from bot.desk.services import Services
from bot.store.history import Kind, Mark
from kraken.core.errors import Busy
from kraken.core.holdings import LedgerEntry
from kraken.core.trading import Fill

Row = TypeVar("Row", Fill, LedgerEntry)

BEGINNING = datetime(2009, 1, 1, tzinfo=UTC)
PAGE = 50
AT_ONCE = 4
"""Pages of one kind that are read while somebody waits."""

_OVERLAP = timedelta(minutes=10)
"""Histories may be late by that; rows that are seen twice are kept once."""

_FRESH = timedelta(minutes=1)
"""Somebody who looks at fills and then at profit is not made to wait twice."""

Progress = Callable[[int], Awaitable[None]]
Ask = Callable[[datetime, int, int], Awaitable[list[Row]]]
Keep = Callable[[AccountId, Sequence[Row]], Awaitable[None]]


class PastKeeper(Protocol):
    """What is asked of the store about the past: ``bot.store.history.PastRecords``."""

    async def past_fills(self, account: AccountId) -> list[Fill]: ...
    async def past_entries(self, account: AccountId) -> list[LedgerEntry]: ...
    async def keep_fills(self, account: AccountId, fills: Sequence[Fill]) -> None: ...
    async def keep_entries(self, account: AccountId, entries: Sequence[LedgerEntry]) -> None: ...
    async def past_mark(self, account: AccountId, kind: Kind) -> Mark | None: ...
    async def set_past_mark(self, account: AccountId, kind: Kind, mark: Mark) -> None: ...
    async def count_past(self, account: AccountId, kind: Kind, since: datetime) -> int: ...
    async def paper_began_at(self, account: AccountId) -> datetime | None: ...
    async def begin_anew(self, account: AccountId, at: datetime) -> None: ...
    async def lot_costs(self, account: AccountId, currency: str) -> Mapping[str, Decimal]: ...
    async def set_lot_cost(
        self, account: AccountId, entry_id: str, currency: str, cost: Decimal
    ) -> None: ...
    async def set_topic(
        self, chat_id: int, message_id: int, topic: str, payload: Payload, now: datetime
    ) -> None: ...
    async def topic_of(self, chat_id: int, message_id: int) -> tuple[str, Payload] | None: ...
    async def placed_of_card(self, chat_id: int, message_id: int) -> PlacedOrder | None: ...


@dataclass(frozen=True, slots=True)
class Reach:
    """How far the past is to be read."""

    back_to: datetime = BEGINNING
    pages: int | None = AT_ONCE
    """Of each kind; None: all of them."""
    patience: timedelta = SILENT
    """How long one page is asked for against a limit."""


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of an account's past, the newest first."""

    fills: Sequence[Fill]
    entries: Sequence[LedgerEntry]
    is_whole: bool
    """Nothing more of what was asked for can be read."""
    entries_since: datetime = BEGINNING
    """From then on no entry is missing; practice forgets, so some before it may be."""


async def read_past(
    services: Services,
    chat: ChatAccount,
    reach: Reach,
    *,
    with_entries: bool = True,
    progress: Progress | None = None,
) -> Past:
    """Read what is missing, within reach, and return all that is known.

    Raises:
        KrakenError: not even the newest could be read.
    """
    fills = _Reading(services, chat, reach, "fills", progress)
    is_whole = await fills.run(chat.account.fills, services.past.keep_fills)
    if with_entries:
        entries = _Reading(services, chat, reach, "entries", progress)
        is_whole &= await entries.run(chat.account.ledger, services.past.keep_entries)
    mark = await services.past.past_mark(chat.id, "entries")
    return Past(
        await services.past.past_fills(chat.id),
        await services.past.past_entries(chat.id) if with_entries else (),
        is_whole,
        mark.oldest if mark else BEGINNING,
    )


class _Reading:
    """Reads one kind of rows, as far as it may."""

    def __init__(
        self,
        services: Services,
        chat: ChatAccount,
        reach: Reach,
        kind: Kind,
        progress: Progress | None,
    ) -> None:
        self._services = services
        self._chat = chat
        self._reach = reach
        self._kind: Kind = kind
        self._progress = progress
        self._pages = 0
        self._rows = 0

    async def run(self, ask: Ask[Row], keep: Keep[Row]) -> bool:
        """True if everything down to ``back_to`` is known now.

        Raises:
            KrakenError: nothing is known of this account's past.
        """
        mark = await self._services.past.past_mark(self._chat.id, self._kind)
        try:
            is_stale = mark is not None and not self._is_fresh(mark)
            if mark and is_stale and not await self._read_newer(ask, keep, mark):
                return False
            return await self._read_older(ask, keep)
        except Busy:
            if mark is None and not self._rows:
                raise
            return False

    async def _read_newer(self, ask: Ask[Row], keep: Keep[Row], mark: Mark) -> bool:
        """Back to what is known; it joins only when nothing between is missing.

        The newest that is known is seen again, unless the account forgot it: then what was known
        before is not joined, and the stretch without gaps begins after it.
        """
        times: list[datetime] = []
        skip, newest, now = 0, mark.newest, self._services.clock.now()
        while self._may_read():
            page: list[Row] = await self._page(ask, mark.newest - _OVERLAP, skip)
            await keep(self._chat.id, page)
            times += [row.at for row in page]
            newest = max([newest, *times])
            if len(page) < PAGE:
                has_gap = bool(times) and min(times) > mark.newest
                has_gap &= bool(await self._count(mark.oldest))
                oldest = min(times) if has_gap else mark.oldest
                await self._set(Mark(oldest, newest, now, mark.is_whole and not has_gap))
                return True
            skip += len(page)
        return False

    async def _read_older(self, ask: Ask[Row], keep: Keep[Row]) -> bool:
        """From the oldest that is known on, back to where it was asked for."""
        mark = await self._services.past.past_mark(self._chat.id, self._kind)
        skip = await self._count(mark.oldest) if mark else 0
        while mark is None or not (mark.is_whole or mark.oldest <= self._reach.back_to):
            if not self._may_read():
                return False
            now = self._services.clock.now()
            page: list[Row] = await self._page(ask, BEGINNING, skip)
            await keep(self._chat.id, page)
            skip += len(page)
            times: list[datetime] = [row.at for row in page] or [now]
            before = mark or Mark(max(times), max(times), now, is_whole=False)
            oldest = min([before.oldest, *times])
            mark = Mark(oldest, before.newest, before.read_at, len(page) < PAGE)
            await self._set(mark)
        return True

    def _is_fresh(self, mark: Mark) -> bool:
        """Read a moment ago: good enough for a look, not for a file."""
        is_look = self._reach.pages is not None
        return is_look and self._services.clock.now() - mark.read_at < _FRESH

    async def _page(self, ask: Ask[Row], since: datetime, skip: int) -> list[Row]:
        page = await patiently(
            self._services, lambda: ask(since, PAGE, skip), self._reach.patience
        )
        self._rows += len(page)
        if self._progress is not None:
            await self._progress(self._rows)
        return page

    async def _set(self, mark: Mark) -> None:
        await self._services.past.set_past_mark(self._chat.id, self._kind, mark)

    async def _count(self, since: datetime) -> int:
        return await self._services.past.count_past(self._chat.id, self._kind, since)

    def _may_read(self) -> bool:
        self._pages += 1
        return self._reach.pages is None or self._pages <= self._reach.pages
