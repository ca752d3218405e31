"""The dead man's switches that are on: told every 20 seconds that the bot is here."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.core.errors import NotConnected, UserError
from bot.core.queue import Priority
from bot.core.texts.safety import deadman_fired_page, deadman_left_page, deadman_resting_page
from bot.core.trade.deadman import EVERY
from bot.core.trade.types import Mode
from bot.desk.services import Services
from bot.store import StoreUnavailable
from kraken.core.errors import KrakenError
from kraken.core.types import SystemState

log = logging.getLogger(__name__)

_OFF = timedelta(0)


async def delay_of(services: Services, chat_id: int) -> timedelta | None:
    """How long this chat's switch waits; None if it is off."""
    found = [one.delay for one in await services.safety.deadmen() if one.chat_id == chat_id]
    return found[0] if found else None


async def turn_on(services: Services, chat_id: int, user_id: int, delay: timedelta) -> None:
    """Arm it, and keep it armed from here on; raises what arming raises."""
    chat = await services.accounts.of(chat_id, Mode.LIVE)
    await chat.account.cancel_all_after(delay)
    await services.safety.set_deadman(chat_id, delay, by=user_id, now=services.clock.now())
    _start(services, chat_id, delay)


async def turn_off(services: Services, chat_id: int, user_id: int) -> None:
    """Disarm it; raises what disarming raises, and then it is still on."""
    delay = await delay_of(services, chat_id)
    if delay is None:
        return
    chat = await services.accounts.of(chat_id, Mode.LIVE)
    services.tasks.stop(("deadman", chat_id))
    try:
        await chat.account.cancel_all_after(_OFF)
    except BaseException:  # also when nobody waits any more: it is armed, and needs its telling
        _start(services, chat_id, delay)
        raise
    await services.safety.set_deadman(chat_id, None, by=user_id, now=services.clock.now())


async def let_go(services: Services, chat_ids: Sequence[int]) -> None:
    """Their key is about to go: disarm what is armed with it, and tell where that failed."""
    for one in await services.safety.deadmen():
        if one.chat_id not in chat_ids:
            continue
        now = services.clock.now()
        try:
            await turn_off(services, one.chat_id, one.chat_id)
        except (KrakenError, NotConnected) as error:
            log.warning("the dead man's switch of chat %s stays armed: %r", one.chat_id, error)
            services.tasks.stop(("deadman", one.chat_id))
            await services.safety.set_deadman(one.chat_id, None, by=None, now=now)
            key = f"deadman-left:{one.chat_id}:{now.isoformat()}"
            page = deadman_left_page(one.delay)
            await services.outbox.push(one.chat_id, page, Priority.KILL, key)


async def resume(services: Services) -> None:
    """Take up what an earlier run kept armed."""
    for one in await services.safety.deadmen():
        _start(services, one.chat_id, one.delay)


async def follow(services: Services, old: int, new: int) -> None:
    """A group got another id, also in the store: whoever stops telling lets everything end."""
    services.tasks.stop(("deadman", old))
    delay = await delay_of(services, new)
    if delay is not None:
        _start(services, new, delay)


def _start(services: Services, chat_id: int, delay: timedelta) -> None:
    services.tasks.start(("deadman", chat_id), Watch(services, chat_id, delay).run())


class Watch:
    """Keeps one chat's switch armed, and says when it was not in time."""

    def __init__(self, services: Services, chat_id: int, delay: timedelta) -> None:
        self._services = services
        self._chat_id = chat_id
        self._delay = delay
        self._told_at: datetime | None = None
        """When the exchange last took it; None while it rests."""
        self._rests = False

    async def run(self) -> None:
        """For ever; ends when it is cancelled."""
        while True:
            try:
                await self.turn()
            except (KrakenError, UserError, StoreUnavailable) as error:
                # Whoever stops telling lets Kraken cancel everything, stops included.
                log.warning("the dead man's switch of chat %s: %r", self._chat_id, error)
            await self._services.sleep(EVERY.total_seconds())

    async def turn(self) -> None:
        """One sign of life; raises what sending it raises."""
        chat = await self._services.accounts.of(self._chat_id, Mode.LIVE)
        if self._must_rest():
            if not self._rests:
                await chat.account.cancel_all_after(_OFF)
                await self._say_resting(resting=True)
            return
        await chat.account.cancel_all_after(self._delay)
        now = self._services.clock.now()
        away = now - self._told_at if self._told_at else _OFF
        self._told_at = now
        if self._rests:
            await self._say_resting(resting=False)
        elif away >= self._delay:
            key = f"deadman:{self._chat_id}:{now.isoformat()}"
            await self._services.outbox.push(
                self._chat_id, deadman_fired_page(away), Priority.KILL, key
            )

    def _must_rest(self) -> bool:
        health = self._services.market.health()
        return health.connected and health.system not in (SystemState.ONLINE, SystemState.UNKNOWN)

    async def _say_resting(self, *, resting: bool) -> None:
        self._rests = resting
        self._told_at = None if resting else self._told_at
        key = f"deadman-rests:{self._chat_id}:{self._services.clock.now().isoformat()}"
        page = deadman_resting_page(resting=resting)
        await self._services.outbox.push(self._chat_id, page, Priority.FILL, key)
