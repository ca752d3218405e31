"""Feeds of alerts: of the market exactly what the alerts ask for is followed, and no more."""

import logging
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from functools import partial

from bot.core.alerts.engine import Engine
from bot.desk.alerts_follow import Following
from bot.desk.alerts_kept import Kept
from bot.desk.services import Keyed
from kraken.core.types import Interval, Symbol

log = logging.getLogger(__name__)

_AGAIN = 5.0
"""Seconds until a feed that failed is begun again."""
_Feed = Callable[[], Coroutine[object, object, None]]


class Feeds:
    """Begins and ends them."""

    def __init__(
        self,
        kept: Kept,
        following: Following,
        tasks: Keyed,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._kept = kept
        self._following = following
        self._tasks = tasks
        self._sleep = sleep
        self._running: set[Hashable] = set()

    def follow(self) -> None:
        """Begin what is needed, and end what is not any more."""
        needed: dict[Hashable, _Feed] = {}
        for symbol, engine in list(self._kept.engines.items()):
            if not len(engine):
                del self._kept.engines[symbol]
                continue
            needed |= self._needs(symbol, engine)
        for key in self._running - needed.keys():
            self._tasks.stop(key)
        for key in needed.keys() - self._running:
            self._tasks.start(key, self._kept_going(key, needed[key]))
        self._running = set(needed)

    def end(self) -> None:
        """End all of them."""
        for key in self._running:
            self._tasks.stop(key)

    def _needs(self, symbol: Symbol, engine: Engine) -> dict[Hashable, _Feed]:
        following = self._following
        needed: dict[Hashable, _Feed] = {
            ("alerts", "pair", symbol): partial(following.follow_pair, symbol)
        }
        if engine.wants_book():
            needed["alerts", "book", symbol] = partial(following.follow_book, symbol)
        for minutes in engine.intervals():
            candles = partial(following.follow_candles, symbol, Interval(minutes))
            needed["alerts", "candles", symbol, minutes] = candles
        return needed

    async def _kept_going(self, key: Hashable, make: _Feed) -> None:
        """One feed; a fault in it must not leave its alerts unwatched."""
        while True:
            try:
                await make()
            except Exception:  # whatever it is, it is in the log and the next try may work
                log.exception("alerts: feed %s failed; again soon", key)
                await self._sleep(_AGAIN)
