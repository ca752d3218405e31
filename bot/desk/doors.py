"""What the trading desks ask of each other and of the store, each named by what is asked of it.

Whoever builds a part satisfies its Protocol; whoever uses it knows nothing else of it, and tests
stand in for it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from bot.core.page import Page
from bot.core.queue import Priority
from bot.core.trade.exits import Exit
from bot.core.trade.limits import Pause, PauseKind
from bot.core.trade.news import Tell
from bot.core.trade.types import AccountId, Intent, Mode, PlacedOrder, Standing, Ticket
from kraken.account import Account, AccountEvent
from kraken.core.trading import Amend, Fill, Order, OrderName
from kraken.core.types import ClientOrderId, Credentials, OrderId


@dataclass(frozen=True, slots=True)
class ChatAccount:
    """The account that a chat trades on in one mode."""

    id: AccountId
    mode: Mode
    chat_id: int
    account: Account


@dataclass(frozen=True, slots=True)
class ChatKey:
    """A key that a chat may trade with: its own, or one that was lent to it."""

    id: str
    """Names the key, not what it says: ``live:<id>`` is its account."""
    home: int
    """The private chat of whoever connected it: what was made elsewhere is told there."""
    credentials: Credentials = field(repr=False)


class Keyring(Protocol):
    """The opened keys: ``bot.desk.keyring.Keyring``."""

    async def key_of(self, chat_id: int) -> ChatKey | None:
        """The key of this chat; None if it has none that may be used."""
        ...

    async def keys(self) -> Sequence[ChatKey]:
        """Every key that may be used, once each."""
        ...


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

    async def follow(self, old: int, new: int) -> None:
        """A group got another id: what is told of its accounts is told there."""
        ...

    def is_current(self, account: AccountId) -> bool:
        """Whether facts of this account arrive now: nothing of it is older than a moment."""
        ...

    async def by_id(self, account: AccountId) -> Account:
        """The account of this id, whoever trades with it.

        Raises:
            NotConnected: its key is not there any more, or is refused.
        """
        ...

    def at_hand(self, chat_id: int) -> list[ChatAccount]:
        """The accounts that this chat used since the start, without asking the database."""
        ...

    def listen(self, listener: Callable[[AccountId, AccountEvent], None]) -> None:
        """Have every fact of every account told, as soon as it is kept; it must not fail."""
        ...

    async def home(self, account: AccountId) -> int | None:
        """The chat that is told of what nobody did through the bot; None if there is none."""
        ...

    async def chats(self, account: AccountId) -> Sequence[int]:
        """The home of the account, then the chats that trade with it."""
        ...


class Speaker(Protocol):
    """What is asked of the outbox about orders: ``bot.outbox.Outbox``."""

    def edit_soon(self, chat_id: int, message_id: int, page: Page) -> None: ...
    async def push(self, chat_id: int, page: Page, priority: Priority, event_key: str) -> bool: ...
    async def load_waiting(self) -> None:
        """Pushes were written down: take them up."""
        ...


class Trading(Protocol):
    """Everything that moves money: ``bot.desk.trading.Trading``."""

    def is_held(self, account: AccountId) -> bool:
        """Whether orders of a former life are still being found out: nothing is placed."""
        ...

    async def place(self, intent: Intent, ticket_id: str | None) -> PlacedOrder:
        """Commit, send once, and return where it stands; never raises what sending raised.

        From here on the order's card and pushes follow it by themselves.

        Raises:
            AlreadySent: the ticket was used before; nothing happened.
            Expired: the ticket is too old or void; nothing was sent.
            LimitReached: a limit or a pause forbids it; nothing was sent.
            NotConnected: the mode is live and there is no key that works; nothing was sent.
            Unsettled: an order from before a restart is not clear yet; nothing was sent.
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

    def sum_up(self, account: AccountId, orders: Iterable[OrderId]) -> None:
        """These are ended together: whoever does it tells those that end without a fill."""
        ...

    def tell_apart(self, account: AccountId, orders: Iterable[OrderId]) -> None:
        """These were not ended after all: whatever becomes of them is told as ever."""
        ...

    async def check_now(self, client_id: ClientOrderId) -> PlacedOrder | None:
        """Look again at once for an order of unknown outcome; its card tells what comes of it."""
        ...

    async def show(self, client_id: ClientOrderId) -> None:
        """Bring the order's card to what is known."""
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
    async def ticket_on(self, chat_id: int, message_id: int) -> Ticket | None:
        """The newest that stands on this message, used or not."""
        ...

    async def open_tickets(self, kind: str) -> Sequence[Ticket]:
        """All of this kind that nobody used, also those that are too old; the oldest first."""
        ...

    async def end_ticket(self, ticket_id: str) -> None:
        """Void it, if it is open: its card says that it is over."""
        ...

    async def claim_ticket(
        self, ticket_id: str, *, chat_id: int, user_id: int, now: datetime
    ) -> Ticket:
        """Take it, for what is not an order (an order's ticket is taken by ``commit_intent``).

        Raises:
            AlreadySent: it was taken before.
            Expired: it is unknown here, too old, void, or somebody else's.
        """
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
        tell: Tell | None = None,
    ) -> PlacedOrder:
        """Where it stands, unless more is known already; returns what is known then."""
        ...

    async def note_order(
        self, account: AccountId, order: Order, now: datetime, *, tell: Tell | None = None
    ) -> PlacedOrder | None:
        """How an order is now; returns ours, None for one that was made elsewhere.

        A stop that a fill of ours placed is kept beside that order of ours, which is returned.
        """
        ...

    async def placed_order(self, client_id: ClientOrderId) -> PlacedOrder | None: ...
    async def has_order(self, ticket_id: str) -> bool:
        """Whether an order was committed with this ticket; it may be used up without one."""
        ...

    async def placed_by_order_id(
        self, account: AccountId, order_id: str
    ) -> PlacedOrder | None: ...
    async def adopt(self, old: AccountId, new: AccountId) -> None:
        """An order of the old one was found under the new one's key: they are one account."""
        ...

    async def known_order(self, account: AccountId, name: OrderName) -> Order | None:
        """An order of ours, or a stop that it placed, as it was told last."""
        ...

    async def placed_orders(
        self, chat_id: int, *, mode: Mode | None = None, most: int = 50
    ) -> Sequence[PlacedOrder]:
        """The newest of a chat, the newest first."""
        ...

    async def unsettled(self) -> Sequence[PlacedOrder]:
        """All that stand at ``sent`` or ``unknown``, the oldest first."""
        ...

    async def carry_on(self, client_id: ClientOrderId, card: int) -> None:
        """From here on this message is the order's card."""
        ...

    async def stops_of(self, client_id: ClientOrderId) -> Sequence[Order]:
        """What the fills of this order placed on the other side, as far as it was told."""
        ...

    async def book_fill(
        self,
        account: AccountId,
        fill: Fill,
        *,
        order: Order | None = None,
        tell: Tell | None = None,
        now: datetime | None = None,
    ) -> bool:
        """Keep a fill, how its order is by it and what is told of it; False if it was known."""
        ...

    async def exit_of(self, client_id: ClientOrderId) -> Exit | None:
        """The take-profit of an order; None if it has none."""
        ...

    async def waiting_exits(self) -> Sequence[Exit]:
        """All that are not over, the oldest first."""
        ...

    async def note_exit(self, watched: Exit) -> None: ...

    async def was_told(self, event_key: str) -> bool:
        """Whether this event was told, or waits to be."""
        ...

    async def booked_fills(
        self, account: AccountId, since: datetime | None = None, most: int = 1000
    ) -> Sequence[Fill]:
        """The newest first."""
        ...


class Valuer(Protocol):
    """What amounts are worth in another currency, at the prices of now: ``bot.desk.values``."""

    async def value(self, asset: str, amount: Decimal, currency: str) -> Decimal | None:
        """None where no pair leads from one to the other."""
        ...


class Brakes(Protocol):
    """What stops new orders at once, also without a database: ``bot.desk.safety.Brakes``."""

    def check(self, intent: Intent) -> None:
        """Ask before an intent is committed, and again before its first byte is sent.

        Raises:
            LimitReached: trading is paused, here or everywhere; nothing may be sent.
        """
        ...

    def pause_of(self, chat_id: int, mode: Mode = Mode.LIVE) -> Pause | None:
        """Why nothing new may be ordered there now, or None.

        Whoever ends one order to make another (a take-profit) asks before it ends the first.
        """
        ...

    def pauses_in(self, chat_id: int) -> list[Pause]:
        """Every reason why nothing new may be ordered there."""
        ...

    def hold(
        self, chat_id: int, kind: PauseKind, *, by: int | None = None, live_only: bool = False
    ) -> Pause:
        """Pause it in memory, at once; it is written down later."""
        ...

    def follow(self, old: int, new: int) -> None:
        """A group got another id: its pauses hold there."""
        ...

    @property
    def is_kept(self) -> bool:
        """Whether every pause is written down."""
        ...

    async def pause(
        self, chat_id: int, kind: PauseKind, *, by: int | None = None, live_only: bool = False
    ) -> bool:
        """Stop new orders of this chat, or of all (0), from now on; never fails.

        False if it is held in memory only, because the database does not answer; it is written
        down as soon as that does.
        """
        ...

    async def resume(
        self, chat_id: int, *, by: int | None = None, kind: PauseKind | None = None
    ) -> int:
        """End the pauses of this chat, or of one kind; how many there were.

        Raises:
            StoreUnavailable: it is paused as before.
        """
        ...
