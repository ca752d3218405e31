"""What waits for the bot: the queue behind getUpdates and webhooks.

* An update is kept until a later offset confirms it, or a webhook took it.
* One poll at a time: a new one ends the old one with 409.
* Which kinds are wanted is remembered from the last call that said so; others are never queued.
* The same offset asked again at once waits, so that a loop without a timeout does no harm.

https://core.telegram.org/bots/api#getupdates
"""

import asyncio
from collections.abc import Callable
from typing import Any

from bot.standin.refusals import Refusal, conflict

FIRST_UPDATE_ID = 700_000_001
MAX_LIMIT = 100
MAX_TIMEOUT = 50
# Sent only to bots that ask for them by name.
ON_REQUEST = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


class UpdateQueue:
    """Updates in order, each with its id, and the one poll that waits for the next."""

    def __init__(self, *, monotonic: Callable[[], float], repeat_pause: float) -> None:
        self._monotonic = monotonic
        self._repeat_pause = repeat_pause
        self._next_id = FIRST_UPDATE_ID
        self._waiting: dict[int, dict[str, Any]] = {}
        self._allowed: frozenset[str] = frozenset()
        self._poll: asyncio.Future[None] | None = None
        self._previous: tuple[int, float] | None = None
        self.polling = asyncio.Event()  # set while a poll waits

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def allowed(self) -> list[str]:
        return sorted(self._allowed)

    def allow(self, kinds: Any) -> None:
        """Remembers the wanted kinds; an empty list is the default set, None changes nothing."""
        if isinstance(kinds, list):
            self._allowed = frozenset(str(kind) for kind in kinds)

    def add(self, kind: str, content: dict[str, Any]) -> int | None:
        """Queues an update and gives its id, or None when the bot does not want this kind."""
        wanted = kind in self._allowed if self._allowed else kind not in ON_REQUEST
        if not wanted:
            return None
        update_id = self._next_id
        self._next_id += 1
        self._waiting[update_id] = {"update_id": update_id, kind: content}
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)
        return update_id

    def first(self) -> dict[str, Any] | None:
        """The update to be delivered next, for a webhook."""
        return next(iter(self._waiting.values()), None)

    def confirm(self, update_id: int) -> None:
        """Forgets this update and all before it."""
        for waiting in [known for known in self._waiting if known <= update_id]:
            del self._waiting[waiting]

    def clear(self) -> None:
        self._waiting.clear()

    def interrupt(self, refusal: Refusal | None = None) -> None:
        """Ends the waiting poll: with this refusal, or with what there is."""
        if self._poll is None or self._poll.done():
            return
        if refusal is None:
            self._poll.set_result(None)
        else:
            self._poll.set_exception(refusal)

    async def poll(self, offset: int, limit: int, patience: float) -> list[dict[str, Any]]:
        """Waits for updates from the offset on. Raises: Refusal (409) when another poll comes."""
        self.interrupt(
            conflict(
                "terminated by other getUpdates request; make sure that only one bot instance "
                "is running"
            )
        )
        patience = self._patience(offset, patience)
        if offset > 0:
            self.confirm(offset - 1)
        elif offset < 0:
            for known in list(self._waiting)[:offset]:
                del self._waiting[known]
        if not self._waiting and patience > 0:
            await self._wait(patience)
        return list(self._waiting.values())[:limit]

    def _patience(self, offset: int, wished: float) -> float:
        now = self._monotonic()
        previous, self._previous = self._previous, (offset, now)
        if previous is None or previous[0] != offset or now >= previous[1] + self._repeat_pause:
            return wished
        return max(wished, self._repeat_pause)

    async def _wait(self, patience: float) -> None:
        poll: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._poll = poll
        self.polling.set()
        try:
            async with asyncio.timeout(patience):
                await poll
        except TimeoutError:
            return
        finally:
            if self._poll is poll:
                self._poll = None
                self.polling.clear()
