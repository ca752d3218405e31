"""What the trading desks ask of each other and of the store, each named by what is asked of it.

Whoever builds a part satisfies its Protocol; whoever uses it knows nothing else of it, and tests
stand in for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from bot.core.trade.types import AccountId, Intent, Mode, PlacedOrder, Standing, Ticket
from kraken.account import Account
from kraken.core.trading import Amend, Fill, Order, OrderName
from kraken.core.types import ClientOrderId, ExecId


@dataclass(frozen=True, slots=True)
class ChatAccount:
    """The account that a chat trades on in one mode."""

    id: AccountId
    mode: Mode
    chat_id: int
    account: Account


class Accounts(Protocol):
    """The accounts behind the chats: ``bot.desk.accounts.Accounts``."""

    async def mode(self, chat_id: int) -> Mode: ...
    async def of(self, chat_id: int, mode: Mode | None = None) -> ChatAccount:
        """The account of this chat, in its own mode or the one that is named.

        Raises:
            NotConnected: the mode is live and the chat has no key, or the key is not usable.
        """
        ...

    async def renew(self, chat_id: int) -> None:
        """The chat's key or practice money changed: end what ran on the old one, run the new."""
        ...

    def is_current(self, account: AccountId) -> bool:
        """Whether facts of this account arrive now: nothing of it is older than a moment."""
        ...


class Trading(Protocol):
    """Everything that moves money: ``bot.desk.trading.Trading``."""

    async def place(self, intent: Intent, ticket_id: str | None) -> PlacedOrder:
        """Commit, send once, and return where it stands; never raises what sending raised.

        From here on the order's card and pushes follow it by themselves.

        Raises:
            AlreadySent: the ticket was used before; nothing happened.
            Expired: the ticket is too old or void; nothing was sent.
            LimitReached: a limit or a pause forbids it; nothing was sent.
            StoreUnavailable: it could not be committed; nothing was sent.
        """
        ...

    async def amend(self, chat: ChatAccount, name: OrderName, change: Amend) -> Order: ...

    async def cancel(self, chat: ChatAccount, name: OrderName) -> Order | None:
        """Ask for the end of an order and return how it is then, as far as that is known.

        Never refused locally and may be repeated; raises what ``Account.cancel`` raises, but an
        order that is not open any more is looked up and returned instead.
        """
        ...


class TradeRecords(Protocol):
    """Modes, tickets, orders and fills in the store: ``bot.store.trading``."""

    async def chat_mode(self, chat_id: int) -> Mode: ...
    async def set_chat_mode(self, chat_id: int, mode: Mode) -> None:
        """Change it and void the chat's open tickets, in one transaction."""
        ...

    async def save_ticket(self, ticket: Ticket) -> None: ...
    async def place_ticket(self, ticket_id: str, message_id: int) -> None:
        """Note the message that the ticket stands on."""
        ...

    async def ticket(self, ticket_id: str) -> Ticket | None: ...
    async def claim_ticket(
        self, ticket_id: str, *, chat_id: int, user_id: int, now: datetime
    ) -> Ticket:
        """Take it, for what is not an order (an order's ticket is taken by ``commit_intent``).

        Raises:
            AlreadySent: it was taken before.
            Expired: it is unknown here, too old, void, or somebody else's.
        """
        ...

    async def void_tickets(self, chat_id: int) -> int:
        """No open ticket of this chat can be used any more; how many there were."""
        ...

    async def commit_intent(
        self, intent: Intent, *, ticket_id: str | None, now: datetime
    ) -> PlacedOrder:
        """In one transaction: take the ticket, check pause and limits, and write the order down.

        Raises: what ``Trading.place`` raises.
        """
        ...

    async def note_standing(
        self,
        client_id: ClientOrderId,
        standing: Standing,
        *,
        order: Order | None = None,
        reason: str = "",
        now: datetime,
    ) -> PlacedOrder: ...

    async def note_order(self, account: AccountId, order: Order, now: datetime) -> None:
        """How an order is now, ours or one that was made elsewhere."""
        ...

    async def placed_order(self, client_id: ClientOrderId) -> PlacedOrder | None: ...
    async def placed_by_order_id(
        self, account: AccountId, order_id: str
    ) -> PlacedOrder | None: ...
    async def placed_orders(
        self, chat_id: int, *, mode: Mode | None = None, most: int = 50
    ) -> Sequence[PlacedOrder]:
        """The newest of a chat, the newest first."""
        ...

    async def unsettled(self) -> Sequence[PlacedOrder]:
        """All that stand at ``sent`` or ``unknown``, the oldest first."""
        ...

    async def book_fill(self, account: AccountId, fill: Fill) -> bool:
        """Keep a fill; False if it was known."""
        ...

    async def booked_fills(
        self, account: AccountId, since: datetime | None = None, most: int = 1000
    ) -> Sequence[Fill]:
        """The newest first."""
        ...

    async def knows_fill(self, account: AccountId, exec_id: ExecId) -> bool: ...


class Valuer(Protocol):
    """What amounts are worth in another currency, at the prices of now: ``bot.desk.values``."""

    async def value(self, asset: str, amount: Decimal, currency: str) -> Decimal | None:
        """None where no pair leads from one to the other."""
        ...
