"""What waits: a tap until the exchange takes orders again, a preview until prices are there."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from bot.core.trade.refusals import OrderRefused, Refusal
from bot.desk.outcomes import Outcome, Waits
from bot.desk.services import Services
from bot.desk.tickets import Person, confirm
from kraken.core.errors import KrakenError

LASTS = timedelta(minutes=15)
_AGAIN = 2.0
_PASSING = frozenset({Refusal.SYSTEM, Refusal.PAIR, Refusal.NO_PRICE, Refusal.OLD_PRICE})
"""Reasons that end by themselves."""


async def until_it_can(services: Services, make: Callable[[], Awaitable[None]]) -> bool:
    """Make it as soon as the market lets it be made; False if it did not in time.

    Raises:
        OrderRefused: for a reason that does not end by itself.
    """
    until = services.clock.now() + LASTS
    while services.clock.now() < until:
        try:
            await make()
        except OrderRefused as error:
            if error.why not in _PASSING:
                raise
        except KrakenError:
            pass  # not back yet
        else:
            return True
        await services.sleep(_AGAIN)
    return False


async def confirm_when_it_can(
    services: Services, ticket_id: str, person: Person, first: Waits
) -> Outcome:
    """Tap again whenever the exchange may take the order, until something else comes of it.

    Each is a tap like any other: it sends nothing that is not what was shown, and nothing after
    the ticket's minute.
    """
    outcome: Outcome = first
    while isinstance(outcome, Waits):
        await services.sleep(outcome.wait.total_seconds())
        outcome = await confirm(services, ticket_id, person)
    return outcome
