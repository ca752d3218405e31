"""Modes of chats, tickets, orders as they were committed, and their fills.

Rules: an order's row is written before anything is sent, with the ticket that it came from and
what limits say, in one transaction. Where it stands moves by evidence only: what the exchange
told of an order is never overruled by an error. A fill is kept, and told, once.
"""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from sqlite_utils import Database

from bot.core.audit import Action
from bot.core.errors import AlreadySent, LimitReached
from bot.core.trade.news import Known, Tell, end_key
from bot.core.trade.types import AccountId, Intent, Mode, PlacedOrder, Standing
from bot.store import order_rows as rows
from bot.store.audit import append
from bot.store.exits import Exits
from bot.store.express import guard_express
from bot.store.file import StoreFile, time_text
from bot.store.outbox import insert_news, is_told
from bot.store.safety import guard
from bot.store.tickets import Tickets, take_ticket
from kraken.core.trading import EXACT, Fill, Order, OrderName
from kraken.core.types import ClientOrderId


class Trades(Tickets, Exits, StoreFile):
    """Questions about orders: satisfies ``bot.desk.doors.TradeRecords``."""

    async def commit_intent(
        self, intent: Intent, *, ticket_id: str | None, now: datetime
    ) -> PlacedOrder:
        """Take the ticket, check the limits and write the order down, all or nothing.

        Raises:
            AlreadySent: this ticket, or this very order, was committed before.
            Expired: the ticket is too old, void or somebody else's, or express is off by now.
            LimitReached: a pause or a limit forbids it; the ticket is as it was.
        """

        def write(db: Database) -> PlacedOrder:
            if ticket_id is not None:
                take_ticket(db, ticket_id, intent.chat_id, intent.user_id, now)
            guard(db, intent, now)
            guard_express(db, intent, now)
            try:
                rows.insert(db, intent, ticket_id, now)
            except sqlite3.IntegrityError as error:
                raise AlreadySent from error
            _write_down(db, Action.ORDER, intent, now)
            return PlacedOrder(intent, Standing.SENT, now, now)

        try:
            return await self.run(write)
        except LimitReached as error:
            why = error.limit
            await self.run(lambda db: _write_down(db, Action.REFUSED, intent, now, why))
            raise

    async def note_standing(
        self,
        client_id: ClientOrderId,
        standing: Standing,
        *,
        order: Order | None = None,
        reason: str = "",
        now: datetime,
        tell: Tell | None = None,
    ) -> PlacedOrder:
        """Where the order stands, unless more is known; returns what is known then."""

        def write(db: Database) -> PlacedOrder:
            placed = rows.by_client_id(db, client_id)
            assert placed is not None, "an order is committed before it stands anywhere"
            placed = rows.further(placed, standing, order, reason, now)
            rows.update(db, placed)
            _tell(db, tell, placed.intent.account, placed, placed.order, now)
            return placed

        return await self.run(write, durable=False)

    async def note_order(
        self, account: AccountId, order: Order, now: datetime, *, tell: Tell | None = None
    ) -> PlacedOrder | None:
        """How an order is now; returns ours, None for one that was made elsewhere.

        A stop that a fill of ours placed is kept beside the order, and that order is returned.
        """

        def write(db: Database) -> PlacedOrder | None:
            placed, newest = rows.note(db, account, order, now)
            _tell(db, tell, account, placed, newest, now)
            return placed

        return await self.run(write, durable=False)

    async def book_fill(
        self,
        account: AccountId,
        fill: Fill,
        *,
        order: Order | None = None,
        tell: Tell | None = None,
        now: datetime | None = None,
    ) -> bool:
        """Keep a fill, how its order is by it, and what is told of it; False if it was known."""
        at = now or fill.at
        return await self.run(lambda db: book(db, account, fill, order, tell, at), durable=False)

    async def placed_order(self, client_id: ClientOrderId) -> PlacedOrder | None:
        """One order of ours."""
        return await self.run(lambda db: rows.by_client_id(db, client_id))

    async def has_order(self, ticket_id: str) -> bool:
        """Whether an order was committed with this ticket."""
        query = "select 1 from orders where ticket_id = ?"
        return await self.run(lambda db: db.execute(query, [ticket_id]).fetchone() is not None)

    async def placed_by_order_id(self, account: AccountId, order_id: str) -> PlacedOrder | None:
        """One order of ours by the exchange's name for it, or for a stop that it placed."""
        return await self.run(lambda db: rows.by_order_id(db, account, order_id))

    async def adopt(self, old: AccountId, new: AccountId) -> None:
        """An order of the old one was found under the new one's key: they are one account."""
        await self.run(lambda db: rows.adopt(db, old, new))

    async def known_order(self, account: AccountId, name: OrderName) -> Order | None:
        """An order of ours, or a stop that it placed, as it was told last."""
        return await self.run(lambda db: rows.known_order(db, account, name))

    async def placed_orders(
        self, chat_id: int, *, mode: Mode | None = None, most: int = 50
    ) -> Sequence[PlacedOrder]:
        """The newest of a chat, the newest first."""
        return await self.run(
            lambda db: rows.many(
                db,
                "chat_id = ?1 and (?2 is null or mode = ?2) "
                "order by created_at desc, rowid desc limit ?3",
                [chat_id, mode, most],
            )
        )

    async def unsettled(self) -> Sequence[PlacedOrder]:
        """All that stand at ``sent`` or ``unknown``, the oldest first."""
        return await self.run(
            lambda db: rows.many(
                db, "standing in ('sent', 'unknown') order by created_at, rowid", []
            )
        )

    async def carry_on(self, client_id: ClientOrderId, card: int) -> None:
        """From here on this message is the order's card."""
        await self.run(
            lambda db: db.execute(
                "update orders set card = ? where client_id = ?", [card, client_id]
            )
        )

    async def stops_of(self, client_id: ClientOrderId) -> Sequence[Order]:
        """What the fills of this order placed on the other side, as far as it was told."""
        return await self.run(lambda db: rows.stops(db, client_id))

    async def has_open_orders(self, account: AccountId) -> bool:
        """Whether an order of ours may be open in this account."""
        return await self.run(
            lambda db: bool(
                db.execute(
                    "select 1 from orders where account = ? and is_open = 1 limit 1", [account]
                ).fetchone()
            )
        )

    async def booked_fills(
        self, account: AccountId, since: datetime | None = None, most: int = 1000
    ) -> Sequence[Fill]:
        """The newest first."""
        after = "" if since is None else time_text(since)
        return await self.run(
            lambda db: rows.fills(
                db,
                "account = ? and at > ? order by at desc, exec_id desc limit ?",
                [account, after, most],
            )
        )


def book(
    db: Database,
    account: AccountId,
    fill: Fill,
    order: Order | None,
    tell: Tell | None,
    now: datetime,
) -> bool:
    """Keep a fill, inside any transaction; see :meth:`Trades.book_fill`."""
    if not rows.insert_fill(db, account, fill):
        return False
    if order is not None:
        placed, newest = rows.note(db, account, order, now)
        _tell(db, tell, account, placed, newest, now)
    return True


def _tell(
    db: Database,
    tell: Tell | None,
    account: AccountId,
    placed: PlacedOrder | None,
    order: Order | None,
    now: datetime,
) -> None:
    """Write down what is told, beside what it tells."""
    if tell is None:
        return
    booked, is_end_told = Decimal(0), False
    if order is not None:
        for fill in rows.fills(db, "account = ? and order_id = ?", [account, order.order_id]):
            booked = EXACT.add(booked, fill.qty)
        is_end_told = is_told(db, end_key(account, order.order_id))
    news = tell(Known(placed, order, booked, is_end_told))
    if news is not None:
        insert_news(db, news, time_text(now))


def _write_down(
    db: Database, action: Action, intent: Intent, now: datetime, why: str = ""
) -> None:
    """Who ordered what with real money; practice is not written down."""
    if intent.mode is Mode.PAPER:
        return
    request = intent.request
    detail = {
        "order": intent.client_id,
        "symbol": request.symbol,
        "side": request.side.value,
        "type": request.type.value,
        "qty": f"{request.qty or request.cash_qty:f}",
        "value": f"{intent.value:f}",
        "source": intent.source if intent.express_until is None else "express",
        "second": intent.approved_by,
        "why": why or None,
    }
    append(db, action, now=now, actor=intent.user_id, chat_id=intent.chat_id, detail=detail)
