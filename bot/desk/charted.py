"""What is a chat's own on a chart of everybody's prices: trades, open orders, alerts, cost."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bot.charts import OwnPrice, OwnTrade
from bot.core.alerts.words import Kind
from bot.core.errors import UserError
from bot.core.trade.holdings import position
from bot.core.trade.profit import Method
from bot.desk.doors import ChatAccount
from bot.desk.history import Reach, read_past
from bot.desk.profit import reckon
from bot.desk.services import Services
from kraken.core.errors import KrakenError
from kraken.core.trading import Order
from kraken.core.types import Asset, Instrument, Side

log = logging.getLogger(__name__)

_TRADES_MOST = 200
_PATIENCE = 3.0
_PAGES = 1
"""Of the past that may be asked for: a chart is no reason to read all of it."""


@dataclass(frozen=True, slots=True)
class Own:
    """Nothing of it where nothing is known."""

    trades: tuple[OwnTrade, ...] = ()
    prices: tuple[OwnPrice, ...] = ()


async def read_own(
    services: Services, chat_id: int, instrument: Instrument, since: datetime
) -> Own:
    """What can be had now; a chart is worth having without it, so this never fails."""
    alerts = tuple(
        OwnPrice(condition.value, "alert")
        for alert in await services.alerts.of_chat(chat_id)
        if alert.symbol == instrument.symbol and alert.is_watched
        for condition in alert.wish.conditions
        if condition.kind is Kind.PRICE
    )
    try:
        async with asyncio.timeout(_PATIENCE):
            chat = await services.accounts.of(chat_id)
            fills = await services.records.booked_fills(chat.id, since, _TRADES_MOST)
            orders = _prices(await chat.account.open_orders(), instrument)
            average = await _average(services, chat, instrument)
    except (KrakenError, UserError, TimeoutError) as error:
        log.info("a chart of %s without orders: %r", instrument.symbol, error)
        return Own(prices=alerts)
    trades = tuple(
        OwnTrade(fill.at, fill.price, fill.side is Side.BUY)
        for fill in fills
        if fill.symbol == instrument.symbol
    )
    return Own(trades, (*orders, *average, *alerts))


def _prices(orders: Sequence[Order], instrument: Instrument) -> tuple[OwnPrice, ...]:
    """Where each open order rests, or waits to be triggered."""
    found = []
    for order in orders:
        price = order.trigger.price if order.trigger else order.limit_price
        if order.symbol == instrument.symbol and price is not None:
            found.append(OwnPrice(price, "buy" if order.side is Side.BUY else "sell"))
    return tuple(found)


async def _average(
    services: Services, chat: ChatAccount, instrument: Instrument
) -> tuple[OwnPrice, ...]:
    """What one of what is held cost, in the currency of the chart; only if all of it is known."""
    past = await read_past(services, chat, Reach(pages=_PAGES))
    if not past.is_whole:
        return ()
    lots = (await reckon(services, chat, past, instrument.quote, Method.AVERAGE)).lots
    base, nothing = Asset(instrument.base), Decimal(0)
    average = position(base, nothing, None, lots.of(base), nothing).average
    return (OwnPrice(average, "average"),) if average else ()
