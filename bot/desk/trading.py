"""Trading: everything that moves money goes through here, once.

Rules: an order is committed before it is sent and is never sent again, whatever happens; "no",
"not sent" and "unknown" are three different things; what is unknown is found out in the
background, for as long as that takes, also after a restart; and until an account's orders of a
former life are found out, it takes no new ones.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta

from bot.core.errors import Expired, LimitReached, NotConnected, Unsettled
from bot.core.numbers import duration
from bot.core.texts import pushes
from bot.core.trade.types import AccountId, Intent, PlacedOrder, Standing
from bot.desk import attempts
from bot.desk.doors import Accounts, Brakes, ChatAccount, TradeRecords
from bot.desk.services import Keyed
from bot.desk.telling import Telling
from bot.store import StoreUnavailable
from kraken.account import Account
from kraken.clock import Clock
from kraken.core.errors import AuthError, KrakenError, NotSent, Rejected
from kraken.core.settling import MARGIN
from kraken.core.trading import Amend, Order, OrderName
from kraken.core.types import ClientOrderId, OrderId

log = logging.getLogger(__name__)

LIFE_OF_A_REQUEST = timedelta(seconds=5)
"""The engine matches nothing of an order that arrives later than this after the tap."""

_MOMENT = 0.1
_LOOKS = 15
"""How often, and how long in between, a cancelled order is looked at before Kraken is asked."""

_LONG_LOOK = 120.0
"""Seconds after which a person is told that nothing was found out yet."""

_ASKED_ANEW = 600.0
"""Seconds after which finding out begins anew, on the account that is there then."""

_LOOKED_AGAIN = timedelta(minutes=10)
"""How often an order whose key is gone is looked for with the key that is there now."""

_AGAIN = 15.0
"""Seconds between two tries to find out about an order where even asking fails."""


class Trading:
    """Places, changes and cancels: satisfies ``bot.desk.doors.Trading``."""

    def __init__(
        self,
        records: TradeRecords,
        accounts: Accounts,
        telling: Telling,
        tasks: Keyed,
        brakes: Brakes,
        clock: Clock,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._records = records
        self._accounts = accounts
        self._telling = telling
        self._tasks = tasks
        self._brakes = brakes
        self._clock = clock
        self._sleep = sleep
        self._held: dict[AccountId, set[ClientOrderId]] = {}
        self._looked: dict[ClientOrderId, datetime] = {}
        """When orders whose key is gone were looked for with another one."""

    async def start(self) -> None:
        """Find out about every order that a former life left open; to be called once."""
        for placed in await self._records.unsettled():
            intent = placed.intent
            self._held.setdefault(intent.account, set()).add(intent.client_id)
            self._find_out(intent)

    def is_held(self, account: AccountId) -> bool:
        """Whether orders of a former life are still being found out."""
        return bool(self._held.get(account))

    async def place(self, intent: Intent, ticket_id: str | None) -> PlacedOrder:
        """Commit, send once, and return where it stands; raises what the door says."""
        chat = await self._accounts.of(intent.chat_id, intent.mode)
        if chat.id != intent.account:
            raise Expired("ticket")
        if self.is_held(intent.account):
            raise Unsettled
        self._brakes.check(intent)
        try:
            placed = await self._records.commit_intent(
                intent, ticket_id=ticket_id, now=self._clock.now()
            )
        except asyncio.CancelledError:
            # The database's thread goes on: it may be committed although nobody waits.
            self._find_out(intent)
            raise
        return await self._send(chat.account, placed)

    async def amend(self, chat: ChatAccount, name: OrderName, change: Amend) -> Order:
        """Change an open order once; raises what ``Account.amend`` raises."""
        attempts.note()
        order = await chat.account.amend(name, change)
        await self._keep(chat.id, order)
        return order

    async def cancel(self, chat: ChatAccount, name: OrderName) -> Order | None:
        """Ask for its end and return how it is then, as far as that is known."""
        attempts.note()
        try:
            await chat.account.cancel(name)
        except AuthError:
            raise
        except Rejected:
            # Not open: it may have been filled a moment ago, so nobody says "cancelled".
            order = await chat.account.order(name)
            if order is None:
                raise
            await self._keep(chat.id, order)
            return order
        try:
            return await self._after_cancel(chat, name)
        except StoreUnavailable as error:
            log.warning("cancelled, and it is not known how it was written down: %s", error)
            return None

    def sum_up(self, account: AccountId, orders: Iterable[OrderId]) -> None:
        """These are ended together, and told once by whoever does it."""
        self._telling.sum_up(account, orders)

    def tell_apart(self, account: AccountId, orders: Iterable[OrderId]) -> None:
        """These were not ended after all: each is told by itself again."""
        self._telling.tell_apart(account, orders)

    async def check_now(self, client_id: ClientOrderId) -> PlacedOrder | None:
        """Look again at once for an order of unknown outcome."""
        placed = await self._records.placed_order(client_id)
        if placed is not None and placed.standing.is_open_question:
            self._find_out(placed.intent)
        return placed

    async def show(self, client_id: ClientOrderId) -> None:
        """Bring the order's card to what is known."""
        await self._telling.show_again(client_id)

    async def _after_cancel(self, chat: ChatAccount, name: OrderName) -> Order | None:
        """How the order is now: the stream usually says it in a moment, and asking is counted."""
        for _ in range(_LOOKS):
            known = await self._records.known_order(chat.id, name)
            if known is None or not known.is_open:
                break
            await self._sleep(_MOMENT)
        else:
            known = None
        if known is not None:
            return known
        try:
            order = await chat.account.order(name)
        except KrakenError as error:
            log.info("cancelled, but not looked at again: %r", error)
            return None
        if order is not None:
            await self._telling.order_changed(chat.id, order)
        return order

    async def _keep(self, account: AccountId, order: Order) -> None:
        """What was done is done, whether or not the database takes it; the account tells again."""
        try:
            await self._telling.order_changed(account, order)
        except StoreUnavailable as error:
            log.warning("not written down how %s is: %s", order.order_id, error)

    async def _send(self, account: Account, placed: PlacedOrder) -> PlacedOrder:
        intent = placed.intent
        try:
            self._brakes.check(intent)
            attempts.note()
            order = await account.place(intent.request)
        except LimitReached:
            # Paused between the commit and the first byte.
            return await self._note(placed, Standing.NOT_SENT, reason="trading was paused")
        except Rejected as error:
            return await self._note(placed, Standing.REJECTED, reason=error.code)
        except NotSent as error:
            wait = error.retry_after
            again = f"; again in {duration(wait)}" if wait is not None else ""
            return await self._note(placed, Standing.NOT_SENT, reason=f"{error.code}{again}")
        except Exception as error:  # noqa: BLE001 - whatever it is, it may have been sent
            log.warning("no answer about %s: %r", intent.client_id, error)
            placed = await self._note(placed, Standing.UNKNOWN)
            self._find_out(intent)
            return placed
        except BaseException:  # cancelled on the way: nobody waits, but it has to be known
            self._find_out(intent)
            raise
        return await self._note(placed, Standing.ACKED, order=order)

    async def _note(
        self,
        placed: PlacedOrder,
        standing: Standing,
        *,
        order: Order | None = None,
        reason: str = "",
    ) -> PlacedOrder:
        """Write down where it stands and show it; what cannot be written is found out again."""
        try:
            return await self._telling.stands(placed, standing, order=order, reason=reason)
        except StoreUnavailable:
            log.exception("it could not be noted where %s stands", placed.intent.client_id)
            self._find_out(placed.intent)
            return placed

    def _find_out(self, intent: Intent) -> None:
        self._tasks.start(("settle", intent.client_id), self._settle(intent))
        self._tasks.start(("doubt", intent.client_id), self._doubt(intent.client_id))

    async def _doubt(self, client_id: ClientOrderId) -> None:
        """Say what is known, and where to look, when it is not found out in a while."""
        await self._sleep(_LONG_LOOK)
        placed = await self._records.placed_order(client_id)
        if placed is not None and placed.standing.is_open_question:
            page = pushes.doubt_page(placed)
            intent = placed.intent
            await self._telling.bot_news(intent.chat_id, intent.mode, f"doubt:{client_id}", page)

    async def _settle(self, intent: Intent) -> None:
        """Ask until there is evidence, write it down, and let the account trade again."""
        while not await self._is_settled(intent):
            await self._sleep(_AGAIN)
        held = self._held.get(intent.account)
        if held is not None:
            held.discard(intent.client_id)

    async def _is_settled(self, intent: Intent) -> bool:
        try:
            return await self._ask(intent)
        except (AuthError, NotConnected) as error:
            log.warning("nobody may ask about %s: %r", intent.client_id, error)
        except (KrakenError, StoreUnavailable) as error:
            log.warning("not found out about %s yet: %r", intent.client_id, error)
        return False

    async def _ask(self, intent: Intent) -> bool:
        """Find out and write it down; True when it is known."""
        placed = await self._records.placed_order(intent.client_id)
        if placed is None or not placed.standing.is_open_question:
            return True  # its commit was given up, or it is known
        if placed.standing is Standing.SENT:
            placed = await self._telling.stands(placed, Standing.UNKNOWN)
        try:
            # Not the intent's own: what a former key left may have been adopted.
            account = await self._accounts.by_id(placed.intent.account)
        except NotConnected:
            return await self._ask_another_key(placed)
        try:
            # The account may be another one by now: its key was replaced, or comes back.
            async with asyncio.timeout(_ASKED_ANEW):
                order = await account.settle(intent.client_id, intent.deadline)
        except TimeoutError:
            return False
        except AuthError:
            raise  # a key that may not ask proves nothing
        except Rejected:
            await self._telling.stands(placed, Standing.ABSENT)
        else:
            await self._telling.stands(placed, Standing.ACKED, order=order)
        return True

    async def _ask_another_key(self, placed: PlacedOrder) -> bool:
        """The order's key is gone: the one of now may be of the same account at the exchange.

        It is if it shows the order. If it does not, nobody knows: that is said, and looked at
        again, because lists may be a minute behind.
        """
        intent, now = placed.intent, self._clock.now()
        looked_at = self._looked.get(intent.client_id)
        too_soon = looked_at is not None and now - looked_at < _LOOKED_AGAIN
        if too_soon or now < intent.deadline + MARGIN:
            return False
        chat = await self._accounts.of(intent.chat_id, intent.mode)
        order = await chat.account.order(OrderName(client_id=intent.client_id))
        self._looked[intent.client_id] = now
        if order is None:
            page = pushes.former_key_page(placed)
            key = f"former-key:{intent.client_id}"
            await self._telling.bot_news(intent.chat_id, intent.mode, key, page)
            return False
        await self._records.adopt(intent.account, chat.id)
        self._held.pop(intent.account, None)
        found = await self._records.placed_order(intent.client_id)
        assert found is not None, "orders are never forgotten"
        await self._telling.stands(found, Standing.ACKED, order=order)
        return True
