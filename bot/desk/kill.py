"""After a kill: what is open, and ending it, for as long as it takes.

Rules: a cancel does no harm when it is repeated, so it is repeated until the exchange itself says
that nothing of it is open any more; it waits for no database. Protective stops are spared unless
everything is named.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.errors import NotConnected
from bot.core.trade.account_args import Whom
from bot.core.trade.listing import doomed, is_protective
from bot.core.trade.types import Mode
from bot.desk.doors import ChatAccount
from bot.desk.services import Services
from bot.store import StoreUnavailable
from kraken.core.errors import AuthError, KrakenError
from kraken.core.trading import Order, OrderName
from kraken.core.types import Asset

log = logging.getLogger(__name__)

NO_ANSWER = "no answer"
"""Why cancelling was given up, if the exchange never said no."""
_FIRST_REST = 1.0
_LONGEST_REST = 15.0
_LONG = timedelta(minutes=30)
"""After this long without success somebody has to look: the person is told so."""

MONEY = frozenset({"USD", "EUR", "GBP", "CAD", "CHF", "AUD", "JPY", "USDT", "USDC"})
"""What is held as money, not as a holding that falls with the market."""


@dataclass(frozen=True, slots=True)
class OpenThings:
    """What stands at the exchange and what is held."""

    mode: Mode
    entries: int
    stops: int
    holdings: tuple[tuple[Asset, str], ...]


@dataclass(frozen=True, slots=True)
class Ended:
    """How ending orders goes: ``left`` is None while the exchange does not answer."""

    ended: int
    left: int | None
    since: datetime
    refused: str = ""
    is_over: bool = False


async def accounts_of(services: Services, chat_id: int) -> list[ChatAccount]:
    """The chat's accounts: its key's also while it practises, because orders may stand there."""
    own = await services.accounts.mode(chat_id)
    found = []
    for mode in (Mode.LIVE, Mode.PAPER):
        if mode is own or mode is Mode.LIVE:
            try:
                found.append(await services.accounts.of(chat_id, mode))
            except NotConnected:
                continue
    return found


async def open_things(chat: ChatAccount) -> OpenThings | None:
    """What is open and held; None while the exchange does not answer."""
    try:
        orders = [order for order in await chat.account.open_orders() if order.is_open]
        balances = await chat.account.balances()
    except KrakenError as error:
        log.info("what is open is not known: %r", error)
        return None
    stops = sum(map(is_protective, orders))
    held = tuple(
        (asset, f"{balance.total.normalize():f}")
        for asset, balance in sorted(balances.items())
        if balance.total > 0 and asset not in MONEY
    )
    return OpenThings(chat.mode, len(orders) - stops, stops, held)


class Ending:
    """Cancels until nothing is left, and keeps one message saying how far it is."""

    def __init__(self, services: Services, chat: ChatAccount, whom: Whom) -> None:
        self._services = services
        self._chat = chat
        self._whom = whom
        self._since = services.clock.now()
        self._seen: set[OrderName] = set()

    async def run(self, say: Callable[[Ended], None]) -> Ended:
        """Go on until the exchange says that nothing is left, or refuses the key.

        ``say`` is told whenever something changed.
        """
        rest, told = _FIRST_REST, None
        while True:
            now = await self._round()
            if now != told:
                say(now)
                told = now
            if now.is_over:
                return now
            waited = self._services.clock.now() - self._since
            if waited > _LONG:
                now = Ended(now.ended, now.left, self._since, NO_ANSWER, is_over=True)
                say(now)
                return now
            await self._services.sleep(rest)
            rest = _FIRST_REST if now.left is not None else min(rest * 2, _LONGEST_REST)

    async def _round(self) -> Ended:
        try:
            left = await self._left()
            for order in left:
                await self._end(order)
            left = await self._left() if left else left
        except AuthError as error:
            return Ended(len(self._seen), None, self._since, error.code or "key", is_over=True)
        except (KrakenError, StoreUnavailable) as error:
            log.warning("cancelling goes on: %r", error)
            return Ended(len(self._seen), None, self._since)
        ended = len(self._seen - {_name(order) for order in left})
        return Ended(ended, len(left), self._since, is_over=not left)

    async def _left(self) -> list[Order]:
        return doomed(await self._chat.account.open_orders(), self._whom)

    async def _end(self, order: Order) -> None:
        name = _name(order)
        self._seen.add(name)
        try:
            await self._chat.account.cancel(name)
        except AuthError:
            raise
        # The next round shows whether it ended; the others go on.
        except (KrakenError, StoreUnavailable) as error:
            log.info("not cancelled: %r", error)


def _name(order: Order) -> OrderName:
    return OrderName(order_id=order.order_id)
