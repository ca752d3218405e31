"""What a later ``/start`` says of a chat's account, as far as it can be had at once."""

from dataclasses import dataclass
from decimal import Decimal

from bot.core.errors import UserError
from bot.core.trade.types import Mode
from bot.desk.services import Services
from kraken.core.errors import KrakenError
from kraken.core.trading import EXACT


@dataclass(frozen=True, slots=True)
class Summary:
    """Money and orders; None is what is not known now."""

    total: Decimal | None = None
    open_orders: int | None = None


async def read_summary(services: Services, chat_id: int, mode: Mode, currency: str) -> Summary:
    """Never fails: whoever greets is answered."""
    try:
        account = (await services.accounts.of(chat_id, mode)).account
        orders = await account.open_orders()
        total: Decimal | None = Decimal(0)
        for asset, balance in (await account.balances()).items():
            value = await services.values.value(asset, balance.total, currency)
            total = None if value is None or total is None else EXACT.add(total, value)
    except (KrakenError, UserError):
        return Summary()
    return Summary(total, len(orders))
