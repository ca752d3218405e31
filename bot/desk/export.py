"""Exports: everything that a file holds, read as far back as it reaches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bot.core.settings import ChatSettings
from bot.core.trade import export as files
from bot.core.trade.account_args import ExportArgs, bounds
from bot.core.trade.moves import plain_asset
from bot.core.trade.profit import Period, Sale
from bot.desk.doors import ChatAccount
from bot.desk.history import BEGINNING, PAGE, Past, Progress, Reach, read_past
from bot.desk.patience import FOR_LONG, patiently
from bot.desk.profit import rates_for, reckon
from bot.desk.rates import Rates
from bot.desk.services import Services
from kraken.core.holdings import LedgerEntry
from kraken.core.trading import EXACT, Order

_RECORDS_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Export:
    """A file, and what has to be said about it."""

    document: bytes
    rows: int


@dataclass(frozen=True, slots=True)
class _Span:
    since: datetime | None
    until: datetime | None

    def holds(self, at: datetime | None) -> bool:
        return at is not None and Period(self.since, self.until).holds(at)


async def make_export(
    services: Services,
    chat: ChatAccount,
    args: ExportArgs,
    settings: ChatSettings,
    progress: Progress,
) -> Export:
    """Read all that the file needs, however long that takes, and write it.

    Raises:
        KrakenError: it could not be read to its end.
    """
    span = _Span(*bounds(args.span, services.clock.now()))
    wish = _Wish(services, chat, args, span, settings.currency, progress)
    columns, rows = await _MAKERS[args.what](wish)
    return Export(files.file_of(columns, rows, args.form), len(rows))


@dataclass(frozen=True, slots=True)
class _Wish:
    """What a file is made of."""

    services: Services
    chat: ChatAccount
    args: ExportArgs
    span: _Span
    currency: str
    progress: Progress


Made = tuple[Sequence[str], list[files.Row]]


async def _trades(wish: _Wish) -> Made:
    past = await _whole(wish, wish.span.since, with_entries=False)
    rates = await rates_for(wish.services, past, wish.currency)
    fills = [fill for fill in past.fills if wish.span.holds(fill.at)]
    notes = await _notes(wish.services, wish.chat)
    return files.TRADES, files.trade_rows(fills, wish.currency, rates.rate, notes)


async def _orders(wish: _Wish) -> Made:
    # What practice forgot, our records have; what the exchange says is newer.
    found = await _recorded(wish.services, wish.chat)
    since, skip = wish.span.since or BEGINNING, 0
    while True:
        page = await patiently(
            wish.services,
            lambda skip=skip: wish.chat.account.closed_orders(since, PAGE, skip),  # type: ignore[misc]  # the page of this round
            FOR_LONG,
        )
        found |= {order.order_id: order for order in page}
        await wish.progress(len(found))
        skip += len(page)
        if len(page) < PAGE:
            break
    opened = await patiently(wish.services, wish.chat.account.open_orders, FOR_LONG)
    found |= {order.order_id: order for order in opened}
    orders = [o for o in found.values() if wish.span.holds(o.created_at or o.updated_at)]
    return files.ORDERS, files.order_rows(orders)


async def _ledger(wish: _Wish) -> Made:
    past = await _whole(wish, wish.span.since)
    entries = [entry for entry in past.entries if wish.span.holds(entry.at)]
    rates = Rates(wish.services, wish.currency)
    await rates.load({str(plain_asset(entry.asset)) for entry in entries})

    def value(entry: LedgerEntry) -> Decimal | None:
        rate = rates.rate(plain_asset(entry.asset), entry.at)
        return None if rate is None else EXACT.multiply(entry.amount, rate)

    return files.LEDGER, files.ledger_rows(entries, wish.currency, value)


async def _pnl(wish: _Wish) -> Made:
    # Costs reach back to the first fill, whatever the span is.
    past = await _whole(wish, None)
    accounting = await reckon(wish.services, wish.chat, past, wish.currency, wish.args.method)
    sales: list[Sale] = [sale for sale in accounting.sales if wish.span.holds(sale.at)]
    if wish.args.tax:
        return files.TAX, files.tax_rows(sales, wish.currency, wish.args.method.value)
    return files.PNL, files.profit_rows(sales, wish.currency)


_MAKERS = {"trades": _trades, "orders": _orders, "ledger": _ledger, "pnl": _pnl}


async def _whole(wish: _Wish, since: datetime | None, *, with_entries: bool = True) -> Past:
    reach = Reach(back_to=since or BEGINNING, pages=None, patience=FOR_LONG)
    return await read_past(
        wish.services, wish.chat, reach, with_entries=with_entries, progress=wish.progress
    )


async def _recorded(services: Services, chat: ChatAccount) -> dict[str, Order]:
    """Orders of this account that were made in this chat, as they were told last."""
    placed = await services.records.placed_orders(chat.chat_id, mode=chat.mode, most=_RECORDS_MOST)
    return {
        each.order.order_id: each.order
        for each in placed
        if each.order is not None and each.intent.account == chat.id
    }


async def _notes(services: Services, chat: ChatAccount) -> dict[str, str]:
    """People's own notes by the exchange's name of the order."""
    placed = await services.records.placed_orders(chat.chat_id, mode=chat.mode, most=_RECORDS_MOST)
    return {
        each.order.order_id: each.intent.note
        for each in placed
        if each.order is not None and each.intent.note
    }
