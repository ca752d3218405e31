"""Money: what an account owns, asked of Kraken only if something may have moved since.

The stream tells totals and not what orders hold, so balances come from REST; each question counts
against the key's call counter, which a few commands in a row already use up.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from kraken.clock import Clock
from kraken.core.holdings import Balance
from kraken.core.types import Asset
from kraken.live.facts import Facts
from kraken.private_rest import PrivateRest

BALANCES_AFTER = timedelta(seconds=0.5)
"""What an order moves is read once, after all of it; what is read sooner may be from before it."""


class Money:
    """One account's balances, and whether they can be other ones by now."""

    def __init__(
        self,
        rest: PrivateRest,
        facts: Facts,
        clock: Clock,
        is_told: Callable[[], bool],
        since: datetime,
    ) -> None:
        """``is_told`` says whether whatever happens is told; ``since`` is when this life began."""
        self._rest = rest
        self._facts = facts
        self._clock = clock
        self._is_told = is_told
        self._moves = 0
        self._moved_at = since
        self._known_after: int | None = None
        """The moves that the known balances come after."""
        self._turn = asyncio.Lock()

    def moved(self) -> None:
        """Something happens, or is about to, that may change balances or what orders hold."""
        self._moves += 1
        self._moved_at = self._clock.now()

    @property
    def is_known(self) -> bool:
        """Whether nothing can have moved since balances were read."""
        return self._is_told() and self._known_after == self._moves

    async def balances(self) -> dict[Asset, Balance]:
        """All balances; who asks at the same time shares an answer."""
        async with self._turn:
            if not self.is_known:
                moves, is_settled = self._moves, self._is_settled()
                self._facts.learn_balances(await self._rest.balances())
                self._known_after = moves if is_settled else None
            return dict(self._facts.balances)

    def _is_settled(self) -> bool:
        return self._clock.now() - self._moved_at >= BALANCES_AFTER
