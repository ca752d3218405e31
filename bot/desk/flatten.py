"""Sell everything: the plan that is shown, and its execution after the typed word.

Rules: everything is cancelled first, so that nothing holds what is to be sold, and no take-profit
is left that would sell it once more; each sale is a limit order that trades at once or not at
all, at a price that was shown; what is left over is said, never sold at any price; each sale is
an intent like every other order.
"""

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from bot.core.errors import UserError
from bot.core.settings import ChatSettings
from bot.core.trade.limits import FLATTEN, Limits
from bot.core.trade.types import Intent, PlacedOrder, Standing
from bot.desk.doors import ChatAccount
from bot.desk.kill import MONEY
from bot.desk.patience import patiently
from bot.desk.prices import first_values
from bot.desk.services import Services
from bot.store import StoreUnavailable
from kraken.core.errors import KrakenError
from kraken.core.fills import mid, walk
from kraken.core.rules import faults, round_price, round_qty
from kraken.core.trading import EXACT, Order, OrderName, OrderRequest, OrderType, TimeInForce
from kraken.core.types import Asset, BookView, ClientOrderId, Instrument, Side

log = logging.getLogger(__name__)

_DEPTH = 100
_LIFE = timedelta(seconds=5)
_FUNDS_ROUNDS = 30
_END_ROUNDS = 10
_REST = 1.0
_QUOTES = ("USD", "EUR", "USDT", "USDC")


@dataclass(frozen=True, slots=True)
class Sale:
    """One asset as it would be sold now."""

    instrument: Instrument
    qty: Decimal
    price: Decimal
    """The worst that is taken."""
    proceeds: Decimal
    """What the book pays for it now, in quote, before fees."""
    slippage: Decimal | None
    """Percent against the middle of the book."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be sold, and what cannot be."""

    sales: tuple[Sale, ...]
    unsellable: tuple[Asset, ...]


@dataclass(frozen=True, slots=True)
class Sold:
    """What became of one sale."""

    symbol: str
    wanted: Decimal
    filled: Decimal | None
    """None: it was sent, and what was sold of it is not known."""
    standing: Standing | None
    reason: str = ""


async def make_plan(
    services: Services, chat: ChatAccount, settings: ChatSettings, limits: Limits
) -> Plan:
    """What selling everything would bring now; raises what reading balances raises."""
    sales, unsellable = [], []
    balances = await patiently(services, chat.account.balances)
    for asset, balance in sorted(balances.items()):
        if asset in MONEY or balance.total <= 0:
            continue
        sale = await _sale(services, asset, balance.total, settings, limits)
        if sale is None:
            unsellable.append(asset)
        else:
            sales.append(sale)
    return Plan(tuple(sales), tuple(unsellable))


async def sell_all(
    services: Services,
    chat: ChatAccount,
    user_id: int,
    settings: ChatSettings,
    limits: Limits,
) -> list[Sold]:
    """Sell what is free, once everything was cancelled; never raises what selling raised."""
    await _funds_free(services, chat)
    plan = await make_plan(services, chat, settings, limits)
    sold = [await _sell(services, chat, user_id, sale) for sale in plan.sales]
    return sold + [Sold(asset, Decimal(0), Decimal(0), None) for asset in plan.unsellable]


async def _funds_free(services: Services, chat: ChatAccount) -> None:
    """Wait until no order holds anything any more, but not for ever."""
    for _ in range(_FUNDS_ROUNDS):
        try:
            balances = await chat.account.balances()
        except KrakenError as error:
            log.info("balances are not known yet: %r", error)
        else:
            if not any(balance.held for asset, balance in balances.items() if asset not in MONEY):
                return
        await services.sleep(_REST)


async def _sale(
    services: Services, asset: Asset, total: Decimal, settings: ChatSettings, limits: Limits
) -> Sale | None:
    for instrument in _pairs(services, asset, settings.currency):
        qty = round_qty(instrument, total)
        book = await _book(services, instrument)
        if book is None or not book.bids or qty <= 0:
            continue
        middle = mid(book) or book.bids[0].price
        collar = EXACT.divide(EXACT.subtract(Decimal(100), limits.collar), Decimal(100))
        price = round_price(instrument, EXACT.multiply(middle, collar), Side.SELL)
        taken = walk(
            [level for level in book.bids if level.price >= price], qty=qty, middle=middle
        )
        slippage = None if taken.slippage is None else EXACT.multiply(taken.slippage, Decimal(100))
        sale = Sale(instrument, qty, price, taken.cost, slippage)
        if not faults(instrument, qty, price):
            return sale
    return None


async def _book(services: Services, instrument: Instrument) -> BookView | None:
    async with services.market.book(instrument.symbol, _DEPTH) as watch:
        await first_values([watch], services.patience)
        return watch.value


def _pairs(services: Services, asset: Asset, currency: str) -> Sequence[Instrument]:
    """The pairs in which it can be sold, the chat's currency first."""
    quotes = list(dict.fromkeys((currency, *_QUOTES)))
    found = [each for each in services.market.instruments() if each.base == asset]
    return sorted(
        (each for each in found if each.quote in quotes),
        key=lambda each: quotes.index(each.quote),
    )


async def _sell(services: Services, chat: ChatAccount, user_id: int, sale: Sale) -> Sold:
    """Sell one asset, once."""
    symbol = str(sale.instrument.symbol)
    intent = await _intent(services, chat, user_id, sale)
    try:
        placed = await services.trading.place(intent, None)
    except (UserError, StoreUnavailable) as error:
        log.warning("not sold: %r", error)
        return Sold(symbol, sale.qty, Decimal(0), Standing.NOT_SENT, type(error).__name__)
    if placed.standing is not Standing.ACKED:
        return Sold(symbol, sale.qty, Decimal(0), placed.standing, placed.reason)
    filled = await _filled(services, chat, placed)
    return Sold(symbol, sale.qty, filled, placed.standing)


async def _filled(services: Services, chat: ChatAccount, placed: PlacedOrder) -> Decimal | None:
    """What was sold of it, as soon as it is known that it ended; None: it is not known."""
    for _ in range(_END_ROUNDS):
        try:
            order = await _ended(services, chat, placed.intent.client_id)
        except (KrakenError, StoreUnavailable) as error:
            log.info("what was sold is not known yet: %r", error)
            order = None
        if order is not None:
            return order.filled_qty
        await services.sleep(_REST)
    return None


async def _ended(services: Services, chat: ChatAccount, name: ClientOrderId) -> Order | None:
    """It at its end: as its stream told it, which costs nothing, or as the exchange answers."""
    kept = await services.records.placed_order(name)
    if kept is not None and kept.order is not None and not kept.order.is_open:
        return kept.order
    order = await chat.account.order(OrderName(client_id=name))
    return order if order is not None and not order.is_open else None


async def _intent(services: Services, chat: ChatAccount, user_id: int, sale: Sale) -> Intent:
    quote = sale.instrument.quote
    value = await services.values.value(quote, sale.proceeds, "USD")
    request = OrderRequest(
        symbol=sale.instrument.symbol,
        side=Side.SELL,
        type=OrderType.LIMIT,
        qty=sale.qty,
        client_id=ClientOrderId(str(uuid.uuid4())),
        limit_price=sale.price,
        time_in_force=TimeInForce.IOC,
        deadline=services.clock.now() + _LIFE,
    )
    return Intent(
        account=chat.id,
        mode=chat.mode,
        chat_id=chat.chat_id,
        user_id=user_id,
        request=request,
        value=sale.proceeds if value is None else value,
        source=FLATTEN,
    )
