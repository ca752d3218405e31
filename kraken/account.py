"""The one door to money: what every account can do, live, paper or (later) perpetual.

Commands either return or raise what may be concluded (see ``kraken.core.errors``): ``Rejected`` is
a clear no, ``NotSent`` means that nothing left this machine, ``OutcomeUnknown`` that it may have
happened. No command is ever sent twice by an account; whoever gets ``OutcomeUnknown`` asks
:meth:`Account.settle`. Facts come through :meth:`Account.run` only: an order that ``place``
returned is what the answer said, its fills are told as events.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from kraken.core.holdings import Balance, LedgerEntry, OwnFees, Position
from kraken.core.trading import Amend, Fill, Order, OrderName, OrderRequest
from kraken.core.types import Asset, ClientOrderId, Symbol


@dataclass(frozen=True, slots=True)
class OrderUpdated:
    """An order is new or changed, by us or by anybody with the same key."""

    order: Order
    before: Order | None
    """As it was told before; None for an order that was not known."""


@dataclass(frozen=True, slots=True)
class FillHappened:
    """One fill; told at least once, so store it under its ``exec_id`` before telling it on.

    Fills of a time when nobody listened are told as soon as they are found.
    """

    fill: Fill
    order: Order


@dataclass(frozen=True, slots=True)
class BalancesChanged:
    """Assets whose total or hold is another one now; those that are not named did not change."""

    balances: Mapping[Asset, Balance]


@dataclass(frozen=True, slots=True)
class DepositCame:
    """Money came in from outside, while somebody listened; the ledger has the others."""

    entry: LedgerEntry


@dataclass(frozen=True, slots=True)
class AccountReady:
    """Facts arrive again, and everything missed meanwhile has been told."""

    at: datetime


@dataclass(frozen=True, slots=True)
class AccountInterrupted:
    """Facts do not arrive for now: what is known of orders and balances may be old."""

    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class AccountRefused:
    """The key is no longer accepted; nothing more will come until it is replaced."""

    at: datetime
    reason: str


AccountEvent = (
    OrderUpdated
    | FillHappened
    | BalancesChanged
    | DepositCame
    | AccountReady
    | AccountInterrupted
    | AccountRefused
)

Listener = Callable[[AccountEvent], Awaitable[None]]
"""Called with one event after the other; the next one waits until it returns."""


class Account(Protocol):
    """One user's side of an exchange."""

    # -- commands: each is sent once, and raises what may be concluded -------------------------

    async def place(self, request: OrderRequest) -> Order:
        """Send the order once and return what the answer says of it.

        The request carries a ``client_id`` and a ``deadline`` that were committed before.

        Raises:
            Rejected: a clear no; nothing was placed.
            NotSent: nothing left this machine; nothing was placed.
            OutcomeUnknown: it may be placed. Never send it again: :meth:`settle` finds out.
        """

    async def settle(self, client_id: ClientOrderId, deadline: datetime) -> Order:
        """Find out what became of an order whose answer did not come.

        Asks until there is evidence, however long that takes: the order as it is, or proof that
        there never was one (two complete empty rounds over open and closed orders and trades, a
        minute and more after the deadline). It can be cancelled and asked again at any time.

        Raises:
            Rejected: proven absent; nothing was placed and nothing will be.
        """

    async def amend(self, name: OrderName, change: Amend) -> Order:
        """Change an open order under its name and return it as the answer says.

        Raises:
            Rejected: a clear no; the order is as it was, or not open any more.
            NotSent: nothing left this machine; the order is as it was.
            OutcomeUnknown: the order is as it was, or changed; the events will tell.
        """

    async def cancel(self, name: OrderName) -> None:
        """Ask for the end of an open order; what it filled until then is told by events.

        May be repeated: cancelling twice does no harm.

        Raises:
            Rejected: no such open order; it may have been filled, so look at the events.
            NotSent: nothing left this machine; the order is as it was.
            OutcomeUnknown: it may be cancelled; ask again.
        """

    async def cancel_all(self) -> int:
        """Ask for the end of every open order of the account, also of those placed elsewhere.

        Returns how many will end. May be repeated; raises what :meth:`cancel` raises.
        """

    async def cancel_all_after(self, delay: timedelta) -> None:
        """Arm the dead man's switch: all orders end when it is not armed again in time.

        A delay of zero switches it off. It holds for the whole account, whoever placed an order.
        May be repeated; raises what :meth:`cancel` raises.
        """

    # -- reads: raise Busy, NotSent, BadData or Rejected, and may be asked again ---------------

    async def check(self, request: OrderRequest) -> None:
        """Have the exchange check the order; nothing is placed.

        Raises:
            Rejected: what is wrong with it, besides what any read raises.
        """

    async def open_orders(self, *, certain: bool = False) -> list[Order]:
        """All open orders, also those that were placed elsewhere; the oldest first.

        As they were told, while facts arrive; ``certain``: as the exchange lists them now, for
        whoever has to know that there are no others.
        """

    async def closed_orders(self, since: datetime, most: int = 50, skip: int = 0) -> list[Order]:
        """The newest orders that ended after ``since``, the newest first.

        ``skip`` passes over so many of the newest, here and in the next two, so that a long
        history is read page by page: what ends meanwhile is then seen twice, and nothing is
        passed over. Fewer than ``most`` are the last ones.
        """

    async def order(self, name: OrderName) -> Order | None:
        """One order, open or ended; None if the exchange knows none of that name."""

    async def fills(self, since: datetime, most: int = 50, skip: int = 0) -> list[Fill]:
        """The newest fills after ``since``, the newest first."""

    async def ledger(self, since: datetime, most: int = 50, skip: int = 0) -> list[LedgerEntry]:
        """The newest changes of balances after ``since``, the newest first."""

    async def balances(self) -> dict[Asset, Balance]:
        """What the account owns, and how much of it open orders hold."""

    async def own_fees(self, symbols: Iterable[Symbol]) -> OwnFees:
        """What this account pays in these pairs, and how much it traded lately."""

    async def positions(self) -> list[Position]:
        """Open contract positions; none on spot."""

    async def run(self, on_event: Listener) -> None:
        """Tell everything that happens, until cancelled; reconnects by itself.

        What the listener raises ends it: a fact that could not be kept is told again by the
        next run.
        """
