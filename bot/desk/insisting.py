"""Ending orders for as long as it takes: what a kill and the cancelling of many have in common.

Rules: a cancel does no harm when it is repeated, so rounds follow each other until the exchange
itself says that nothing of it is open any more; one order that does not go holds up no other;
only a key that is refused, or half an hour without success, ends it earlier.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import timedelta
from typing import Protocol, TypeVar

from bot.desk.services import Services
from bot.store import StoreUnavailable
from kraken.account import Account
from kraken.core.errors import AuthError, KrakenError
from kraken.core.trading import Order

log = logging.getLogger(__name__)

NO_ANSWER = "no answer"
"""Why it was given up, if the exchange never said no."""
_FIRST_REST, _LONGEST_REST = 1.0, 15.0
_PATIENCE = timedelta(minutes=30)
"""After this long without success somebody has to look: the person is told so."""


class State(Protocol):
    """How far it is; told whenever it is another one."""

    @property
    def is_over(self) -> bool: ...
    @property
    def is_silent(self) -> bool:
        """The exchange does not answer; it goes on."""
        ...


S = TypeVar("S", bound=State)
S_co = TypeVar("S_co", bound=State, covariant=True)


class Rounds(Protocol[S_co]):
    """What is ended, and how that is told."""

    async def turn(self, *, first: bool) -> S_co:
        """Ask for the end of what is left, and look again; raises what asking raises."""
        ...

    def silent(self) -> S_co:
        """The exchange did not answer."""
        ...

    def refused(self, reason: str) -> S_co:
        """It ends here, for that reason."""
        ...


async def insist(services: Services, rounds: Rounds[S], say: Callable[[S], Awaitable[None]]) -> S:
    """Go on until it is over, and tell whenever something changed."""
    began, rest = services.clock.now(), _FIRST_REST
    told: S | None = None
    while True:
        now = await _round(rounds, first=told is None)
        if services.clock.now() - began > _PATIENCE and not now.is_over:
            now = rounds.refused(NO_ANSWER)
        if now != told:
            await say(now)
            told = now
        if now.is_over:
            return now
        await services.sleep(rest)
        rest = min(rest * 2, _LONGEST_REST) if now.is_silent else _FIRST_REST


async def _round(rounds: Rounds[S], *, first: bool) -> S:
    try:
        return await rounds.turn(first=first)
    except AuthError as error:
        return rounds.refused(error.code or "key refused")
    except (KrakenError, StoreUnavailable) as error:
        log.warning("cancelling goes on: %r", error)
        return rounds.silent()


async def ask_for_ends(
    orders: Iterable[Order], cancel: Callable[[Order], Awaitable[object]]
) -> None:
    """Cancel each; which of them ended shows in the next look."""
    for order in orders:
        try:
            await cancel(order)
        except AuthError:
            raise
        except (KrakenError, StoreUnavailable) as error:
            log.info("not cancelled: %r", error)


async def left_of(
    account: Account, chosen: Callable[[Sequence[Order]], list[Order]], *, first: bool
) -> list[Order]:
    """Which are open: as the exchange lists them at first, and again before it is none."""
    if not first and (left := chosen(await account.open_orders())):
        return left
    return chosen(await account.open_orders(certain=True))
