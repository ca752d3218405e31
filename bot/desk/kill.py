"""After a kill: what is open, and ending it, for as long as it takes.

Rules: as ``bot.desk.insisting`` says; it waits for no database. Protective stops are spared unless
everything is named.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.core.errors import NotConnected
from bot.core.trade.account_args import Whom
from bot.core.trade.listing import doomed, is_protective
from bot.core.trade.types import Mode
from bot.desk.doors import ChatAccount
from bot.desk.insisting import NO_ANSWER, ask_for_ends, insist, left_of
from bot.desk.services import Services
from kraken.core.errors import KrakenError
from kraken.core.trading import Order, OrderName
from kraken.core.types import Asset, OrderId

log = logging.getLogger(__name__)

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

    @property
    def is_silent(self) -> bool:
        """Nobody knows what is left."""
        return self.left is None


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
        orders = [order for order in await _listed(chat) if order.is_open]
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


async def _listed(chat: ChatAccount) -> list[Order]:
    """As the exchange says now: what nobody told of is stopped as well."""
    return await chat.account.open_orders(certain=True)


class Ending:
    """Cancels until nothing is left, and keeps one message saying how far it is."""

    def __init__(self, services: Services, chat: ChatAccount, whom: Whom) -> None:
        self._services = services
        self._chat = chat
        self._whom = whom
        self._since = services.clock.now()
        self._seen: set[OrderId] = set()
        self._left: int | None = None

    async def run(self, say: Callable[[Ended], None]) -> Ended:
        """Go on until the exchange says that nothing is left, or refuses the key.

        ``say`` is told whenever something changed.
        """

        async def tell(ended: Ended) -> None:
            say(ended)

        return await insist(self._services, self, tell)

    async def turn(self, *, first: bool) -> Ended:
        """One round of it."""
        left = await self._look(first=first)
        self._seen.update(order.order_id for order in left)
        await ask_for_ends(left, self._cancel)
        left = await self._look(first=False) if left else left
        self._left = len(left)
        ended = len(self._seen - {order.order_id for order in left})
        return Ended(ended, len(left), self._since, is_over=not left)

    def silent(self) -> Ended:
        """The exchange did not answer."""
        self._left = None
        return Ended(len(self._seen), None, self._since)

    def refused(self, reason: str) -> Ended:
        """The key was refused, or nobody answered for long."""
        left = self._left if reason == NO_ANSWER else None
        return Ended(len(self._seen), left, self._since, reason, is_over=True)

    async def _look(self, *, first: bool) -> list[Order]:
        chat, whom = self._chat, self._whom
        return await left_of(chat.account, lambda orders: doomed(orders, whom), first=first)

    async def _cancel(self, order: Order) -> None:
        await self._chat.account.cancel(OrderName(order_id=order.order_id))
