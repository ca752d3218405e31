"""What can be done with practice money only: a new start, other fees, a slower wire, and why."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Protocol, runtime_checkable

from bot.core.errors import NotFound
from bot.core.trade.paper_args import PaperWish
from bot.core.trade.types import Mode
from bot.desk.makers import START_MONEY
from bot.desk.services import Services
from kraken.core.fees import FeeTier
from kraken.core.practice.why import WhyNot
from kraken.core.trading import EXACT, OrderName
from kraken.core.types import Asset, Symbol

_PERCENT = Decimal(100)


@runtime_checkable
class Practising(Protocol):
    """What a practice account can do beyond any other: ``kraken.paper.PaperAccount``."""

    async def reset(self, balances: Mapping[Asset, Decimal]) -> None: ...
    async def set_fees(self, fees: FeeTier | None) -> None: ...
    async def set_latency(self, latency: timedelta) -> None: ...
    def why(self, name: OrderName) -> WhyNot | None: ...


async def start_anew(services: Services, chat_id: int, wish: PaperWish) -> dict[str, Decimal]:
    """End all practice orders and begin with this money; what it is then.

    Raises:
        UnknownInstrument, InvalidOrder, NotSent: nothing was changed.
    """
    currency = (await services.store.chat_settings(chat_id)).currency
    money = dict(wish.balances) or {currency: START_MONEY}
    account = await _account(services, chat_id)
    await account.reset({Asset(name): amount for name, amount in money.items()})
    return money


async def set_fees(services: Services, chat_id: int, wish: PaperWish) -> FeeTier | None:
    """Other fees from the next fill on; None: Kraken's lowest tier.

    Raises:
        NotConnected: one's own fees are asked for, and there is no key.
        KrakenError: one's own fees could not be read.
    """
    fees = None
    if wish.own_fees:
        live = await services.accounts.of(chat_id, Mode.LIVE)
        pair = Symbol((await services.store.chat_settings(chat_id)).pair)
        own = await live.account.own_fees([pair])
        fees = _tier(own.maker[pair], own.taker[pair])
    elif wish.fees is not None:
        fees = _tier(*wish.fees)
    await (await _account(services, chat_id)).set_fees(fees)
    return fees


async def set_latency(services: Services, chat_id: int, latency: timedelta) -> None:
    """How much later orders meet the market."""
    await (await _account(services, chat_id)).set_latency(latency)


async def reasons(services: Services, chat_id: int) -> list[WhyNot]:
    """What each open practice order waits for."""
    chat = await services.accounts.of(chat_id, Mode.PAPER)
    account = await _account(services, chat_id)
    found = [
        account.why(OrderName(order_id=order.order_id))
        for order in await chat.account.open_orders()
    ]
    return [reason for reason in found if reason is not None]


async def _account(services: Services, chat_id: int) -> Practising:
    account = (await services.accounts.of(chat_id, Mode.PAPER)).account
    if not isinstance(account, Practising):
        raise NotFound("practice")
    return account


def _tier(maker: Decimal, taker: Decimal) -> FeeTier:
    return FeeTier(EXACT.divide(maker, _PERCENT), EXACT.divide(taker, _PERCENT))
