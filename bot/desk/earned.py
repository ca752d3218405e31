"""What today earned, as one figure beside the prices of a watch.

Rules: it is looked up seldom, whoever watches prices waits for it a moment at most, and what
cannot be had now is left out; nothing is said of an account that never traded.
"""

import asyncio
from datetime import datetime

from bot.core.access import Access, allows
from bot.core.args import ACCOUNT_EVERY
from bot.core.errors import UserError
from bot.core.settings import ChatSettings
from bot.core.texts.profit import ProfitReport
from bot.core.trade.account_args import TODAY, PnlArgs
from bot.desk.profit import read_profit
from bot.desk.services import Services
from kraken.core.errors import KrakenError

_PATIENCE = 2.0
"""Seconds that the prices may wait; pages of the past that were read by then are kept."""


class Earned:
    """Of one chat's own account; a group has none that everybody may see."""

    def __init__(self, services: Services, chat_id: int) -> None:
        self._services = services
        self._chat_id = chat_id
        self._asked_at: datetime | None = None
        self._found: ProfitReport | None = None

    async def today(self, settings: ChatSettings) -> ProfitReport | None:
        """As it was a moment ago; None where there is no figure, or not all of it is known."""
        if self._chat_id < 0:
            return None
        now = self._services.clock.now()
        if self._asked_at is None or now - self._asked_at >= ACCOUNT_EVERY:
            self._asked_at = now
            self._found = await self._look(settings)
        return self._found

    async def _look(self, settings: ChatSettings) -> ProfitReport | None:
        role = await self._services.safety.role(self._chat_id, self._chat_id)
        if not allows(role, Access.BALANCES, "private"):
            return None
        try:
            async with asyncio.timeout(_PATIENCE):
                chat = await self._services.accounts.of(self._chat_id)
                report = await read_profit(self._services, chat, PnlArgs(TODAY), settings)
        except (KrakenError, UserError, TimeoutError):
            return None
        found = report.profit
        has_figure = bool(found.trades or found.fees or found.unrealised)
        return report if report.is_complete and has_figure else None
