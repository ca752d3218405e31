"""What a watch of an account shows: its orders, what it owns, what it earned today."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from bot.core.errors import UserError
from bot.core.live import Stop
from bot.core.page import Page
from bot.core.settings import ChatSettings, LiveRow
from bot.core.texts.balance import balance_page
from bot.core.texts.orders import orders_page
from bot.core.texts.profit import profit_page
from bot.core.texts.watch import account_watch_page, stopped_account_watch_page
from bot.core.trade.account_args import TODAY, OrdersArgs, PnlArgs
from bot.desk.doors import ChatAccount
from bot.desk.holdings import read_holdings
from bot.desk.orders import read_list
from bot.desk.profit import read_profit
from bot.desk.services import Services
from kraken.core.errors import KrakenError

Look = Callable[[Services, ChatAccount, ChatSettings], Awaitable[Page]]


async def _orders(services: Services, chat: ChatAccount, settings: ChatSettings) -> Page:
    listing = await read_list(services, chat, OrdersArgs(), settings)
    return orders_page(listing, settings, services.clock.now())


async def _portfolio(services: Services, chat: ChatAccount, settings: ChatSettings) -> Page:
    found = await read_holdings(services, chat, settings.currency)
    return balance_page(found, settings, services.clock.now())


async def _pnl(services: Services, chat: ChatAccount, settings: ChatSettings) -> Page:
    report = await read_profit(services, chat, PnlArgs(TODAY), settings)
    return profit_page(report, settings)


LOOKS: Mapping[str, Look] = {"orders": _orders, "portfolio": _portfolio, "pnl": _pnl}
"""By what ``/watch`` was asked for."""


class AccountShow:
    """One look at the chat's account, again and again, in whatever mode the chat is."""

    def __init__(self, services: Services, settings: ChatSettings, row: LiveRow) -> None:
        self._services = services
        self.settings = settings
        self._row = row
        self._look = LOOKS[str(row.payload["what"])]
        self._seen = ""
        self._is_old = False
        self.every = timedelta(seconds=int(row.payload["every"]))
        self.lasts = timedelta(seconds=int(row.payload["lasts"]))

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        await self._read()
        yield

    async def page(self, ends_at: datetime) -> Page:
        await self._read()
        return account_watch_page(self._shown, self.settings, self.every, ends_at)

    def last_page(self, stop: Stop) -> Page:
        return stopped_account_watch_page(
            self._shown, self.settings, stop, self.lasts, self._row.payload
        )

    @property
    def _shown(self) -> tuple[str, bool]:
        return self._seen, self._is_old

    async def _read(self) -> None:
        """What cannot be read now may be the next time; what was seen stays, and says so."""
        try:
            chat = await self._services.accounts.of(self._row.chat_id)
            self._seen = (await self._look(self._services, chat, self.settings)).html
        except (KrakenError, UserError):
            self._is_old = True
        else:
            self._is_old = False
