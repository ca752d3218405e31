"""The daily loss limit: a chat that lost more than it may since midnight UTC is paused.

Rules: only what was realised counts, with its fees, in US dollars; it is reckoned anew after every
fill, so a chat that was resumed is paused again by the next loss, not at once; what cannot be
reckoned now is reckoned at the next look.
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal

from bot.core.errors import NotConnected
from bot.core.queue import Priority
from bot.core.texts.safety import paused_note_page
from bot.core.trade.limits import PauseKind
from bot.core.trade.profit import Method, Period, profit
from bot.core.trade.types import Mode
from bot.desk.doors import ChatAccount
from bot.desk.history import Reach, read_past
from bot.desk.profit import reckon
from bot.desk.services import Services
from bot.store import StoreUnavailable
from kraken.core.errors import KrakenError
from kraken.core.trading import EXACT
from kraken.core.types import ExecId

log = logging.getLogger(__name__)

_EVERY = 30.0

LossOf = Callable[[Services, ChatAccount, datetime], Awaitable[Decimal]]
"""What was lost since then, in US dollars; below zero: earned."""


async def realised_loss(services: Services, chat: ChatAccount, since: datetime) -> Decimal:
    """What the account lost since then by sales, with fees; raises what reading raises."""
    past = await read_past(services, chat, Reach())
    accounting = await reckon(services, chat, past, "USD", Method.FIFO)
    earned = profit(accounting, Period(since), {})
    return EXACT.subtract(earned.fees, earned.realised)


class LossWatch:
    """Looks at every chat that trades real money."""

    def __init__(self, services: Services, loss_of: LossOf = realised_loss) -> None:
        self._services = services
        self._loss_of = loss_of
        self._reckoned: dict[int, tuple[datetime, int, ExecId]] = {}
        """By chat: the day, how many of its fills were reckoned, and the newest of them."""

    async def run(self) -> None:
        """For ever; ends when it is cancelled."""
        while True:
            try:
                for chat_id in await self._services.safety.live_chats():
                    await self._look_safely(chat_id)
            except StoreUnavailable as error:
                log.warning("losses are not looked at: %s", error)
            await self._services.sleep(_EVERY)

    async def _look_safely(self, chat_id: int) -> None:
        try:
            await self.look(chat_id)
        except StoreUnavailable as error:
            log.warning("the loss of chat %s is not looked at: %s", chat_id, error)
        except Exception:  # one chat's past that cannot be reckoned ends no other chat's watch
            log.exception("the loss of chat %s cannot be reckoned", chat_id)

    async def look(self, chat_id: int) -> None:
        """Pause the chat if it lost too much and something was filled since the last look."""
        now = self._services.clock.now()
        midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        try:
            chat = await self._services.accounts.of(chat_id, Mode.LIVE)
            fills = await self._services.records.booked_fills(chat.id, midnight)
            if not fills:
                return
            seen = (midnight, len(fills), fills[0].exec_id)
            if self._reckoned.get(chat_id) == seen:
                return
            loss = await self._loss_of(self._services, chat, midnight)
        except (NotConnected, KrakenError) as error:
            log.info("the loss of chat %s is not known: %r", chat_id, error)
            return
        limits = await self._services.safety.limits(chat_id, now)
        self._reckoned[chat_id] = seen
        if loss >= limits.now.loss:
            await self._pause(chat_id, loss, now)

    async def _pause(self, chat_id: int, loss: Decimal, now: datetime) -> None:
        log.warning("chat %s lost %s USD today and is paused", chat_id, loss)
        await self._services.brakes.pause(chat_id, PauseKind.LOSS)
        page = paused_note_page(PauseKind.LOSS)
        key = f"loss:{chat_id}:{now.isoformat()}"
        await self._services.outbox.push(chat_id, page, Priority.KILL, key)


def start(services: Services) -> None:
    """Look from here on."""
    services.tasks.start("losses", LossWatch(services).run())
