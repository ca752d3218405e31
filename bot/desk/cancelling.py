"""Cancelling many orders: what it would end, its ticket, and going on until they are gone.

Rules: as ``bot.desk.insisting`` says; only what was shown is ended, and an order that came
meanwhile stays.
"""

import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec

from bot.core.errors import Expired
from bot.core.notices import Loudness, Notice, loudness
from bot.core.queue import Priority
from bot.core.settings import ChatSettings
from bot.core.texts.cancelling import swept_push
from bot.core.trade.account_args import CancelAllArgs, Whom
from bot.core.trade.listing import OrderRow, doomed
from bot.core.trade.types import Mode, Ticket
from bot.desk import take_profits
from bot.desk.doors import ChatAccount
from bot.desk.insisting import ask_for_ends, insist, left_of
from bot.desk.orders import rows_of
from bot.desk.patience import patiently
from bot.desk.prices import find_pair
from bot.desk.services import Services
from kraken.core.trading import Order, OrderName
from kraken.core.types import ClientOrderId, OrderId

log = logging.getLogger(__name__)

KIND = "cancel_all"
LIFE = timedelta(seconds=60)


class _Body(msgspec.Struct, frozen=True):
    """What a ticket of this kind holds: what was shown, and nothing that came later."""

    account: str
    orders: list[str]
    profits: list[str] = []


@dataclass(frozen=True, slots=True)
class Doomed:
    """The orders that one tap would end."""

    mode: Mode
    whom: Whom
    symbol: str
    rows: Sequence[OrderRow]
    spared: int
    """Protective stops that stay."""
    ticket: str = ""
    profits: int = 0
    """Take-profits that the bot watches, which end as well."""


@dataclass(frozen=True, slots=True)
class Swept:
    """How far it is."""

    mode: Mode
    ended: tuple[Order, ...]
    left: tuple[Order, ...]
    is_silent: bool = False
    """The exchange does not answer; it goes on."""
    is_over: bool = False
    refused: str = ""
    """Why it stopped before the end."""


Tell = Callable[[Swept], Awaitable[None]]


async def propose(
    services: Services,
    chat: ChatAccount,
    user_id: int,
    args: CancelAllArgs,
    settings: ChatSettings,
) -> Doomed:
    """What would be ended, and its ticket if there is anything.

    Raises:
        UnknownInstrument: there is no such pair.
        KrakenError: the open orders could not be read.
    """
    symbol = find_pair(services, settings, args.pair).symbol if args.pair else ""
    orders = await patiently(services, lambda: chat.account.open_orders(certain=True))
    found = doomed(orders, args.whom, symbol)
    spared = 0 if args.whom == "all" else len(doomed(orders, "stops", symbol))
    rows = await rows_of(services, chat, found)
    shown = Doomed(chat.mode, args.whom, symbol, rows, spared if args.whom == "entries" else 0)
    profits = await _profits(services, chat, symbol) if args.whom == "all" else []
    if not found and not profits:
        return shown
    now = services.clock.now()
    body = _Body(chat.id, [order.order_id for order in found], profits)
    ticket = Ticket(
        id=secrets.token_hex(16),
        kind=KIND,
        chat_id=chat.chat_id,
        user_id=user_id,
        body=msgspec.json.encode(body).decode(),
        created_at=now,
        expires_at=now + LIFE,
    )
    await services.records.save_ticket(ticket)
    return replace(shown, ticket=ticket.id, profits=len(profits))


async def _profits(services: Services, chat: ChatAccount, symbol: str) -> list[str]:
    return [str(one.client_id) for one in await take_profits.watched_on(services, chat.id, symbol)]


async def take(
    services: Services, chat_id: int, user_id: int, ticket_id: str
) -> tuple[ChatAccount, frozenset[OrderId], list[ClientOrderId]]:
    """Use the ticket up: the account, the orders that it ends, and those whose take-profits end.

    Raises:
        AlreadySent, Expired: it is used up; nothing was cancelled.
    """
    ticket = await services.records.claim_ticket(
        ticket_id, chat_id=chat_id, user_id=user_id, now=services.clock.now()
    )
    body = msgspec.json.decode(ticket.body, type=_Body)
    chat = await services.accounts.of(chat_id)
    if chat.id != body.account:
        raise Expired("another account")
    return (
        chat,
        frozenset(OrderId(order_id) for order_id in body.orders),
        [ClientOrderId(name) for name in body.profits],
    )


class Sweep:
    """Ends these orders, however long that takes."""

    def __init__(self, services: Services, chat: ChatAccount, names: frozenset[OrderId]) -> None:
        self._services = services
        self._chat = chat
        self._names = names
        self._known: dict[OrderId, Order] = {}
        self._ended: tuple[Order, ...] = ()
        self._left: tuple[Order, ...] = ()

    async def run(self, tell: Tell) -> Swept:
        """Go on until none is open, and tell whenever something changed."""
        began = self._services.clock.now()
        self._services.trading.sum_up(self._chat.id, self._names)
        swept = await insist(self._services, self, tell)
        left = [order.order_id for order in swept.left]
        self._services.trading.tell_apart(self._chat.id, left)
        await self._sum_up(swept, began)
        return swept

    async def _sum_up(self, swept: Swept, began: datetime) -> None:
        """One push for all that ended without a fill; those with one were told by themselves."""
        unfilled = [order for order in swept.ended if not order.filled_qty]
        chat_id = self._chat.chat_id
        settings = await self._services.store.chat_settings(chat_id)
        now = self._services.clock.now()
        loud = loudness(settings, Notice.CANCEL, swept.mode, now)
        if not unfilled or loud is Loudness.OFF:
            return
        page = swept_push(swept.mode, unfilled, len(swept.ended), len(swept.left), settings)
        page = replace(page, silent=loud is Loudness.SILENT)
        key = f"swept:{self._chat.id}:{began.isoformat()}"
        await self._services.outbox.push(chat_id, page, Priority.FILL, key)

    async def turn(self, *, first: bool) -> Swept:
        """One round of it."""
        await ask_for_ends(await self._look(first=first), self._cancel)
        await self._look(first=False)
        return self._swept(is_over=not self._left)

    def silent(self) -> Swept:
        """The exchange did not answer."""
        return self._swept(is_silent=True)

    def refused(self, reason: str) -> Swept:
        """The key was refused, or nobody answered for long."""
        return self._swept(is_over=True, refused=reason)

    def _ours(self, orders: Sequence[Order]) -> list[Order]:
        return [each for each in orders if each.is_open and each.order_id in self._names]

    async def _look(self, *, first: bool) -> tuple[Order, ...]:
        """Which of them are open; of those that are not any more, how they ended."""
        left = await left_of(self._chat.account, self._ours, first=first)
        opened = {order.order_id: order for order in left}
        self._known.update(opened)
        self._left = tuple(opened.values())
        for name in sorted(
            self._names - opened.keys() - {order.order_id for order in self._ended}
        ):
            order = await self._services.records.known_order(
                self._chat.id, OrderName(order_id=name)
            )
            if order is None or order.is_open:
                # Asked only where it was not told: each question counts against a limit.
                order = await self._chat.account.order(OrderName(order_id=name))
            if order is not None and not order.is_open:
                self._ended += (order,)
        return self._left

    async def _cancel(self, order: Order) -> None:
        await self._services.trading.cancel(self._chat, OrderName(order_id=order.order_id))

    def _swept(
        self, *, is_over: bool = False, is_silent: bool = False, refused: str = ""
    ) -> Swept:
        return Swept(self._chat.mode, self._ended, self._left, is_silent, is_over, refused)
