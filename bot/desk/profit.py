"""Profit: an account's whole past taken in, and what a period of it earned."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import reduce

from bot.charts import ChartFailed, LineChart
from bot.core.settings import ChatSettings
from bot.core.texts.portfolio import Portfolio
from bot.core.texts.profit import ProfitReport
from bot.core.trade.account_args import PnlArgs, bounds
from bot.core.trade.equity import Equity, EquityPoint, equity
from bot.core.trade.holdings import position
from bot.core.trade.moves import History, history, is_cash, plain_asset
from bot.core.trade.profit import Accounting, Method, Period, account, profit
from bot.desk.doors import ChatAccount
from bot.desk.history import Past, Reach, read_past
from bot.desk.holdings import prices_of, values_of
from bot.desk.patience import patiently
from bot.desk.prices import find_pair
from bot.desk.rates import Rates
from bot.desk.services import Services
from kraken.core.holdings import Balance
from kraken.core.trading import EXACT
from kraken.core.types import Asset

_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)


async def read_profit(
    services: Services, chat: ChatAccount, args: PnlArgs, settings: ChatSettings
) -> ProfitReport:
    """What a period earned, from all fills that are known.

    Raises:
        UnknownInstrument: there is no such pair.
        KrakenError: nothing of the past could be read.
    """
    pair = find_pair(services, settings, args.pair) if args.pair else None
    past = await read_past(services, chat, Reach())
    accounting = await reckon(services, chat, past, settings.currency, args.method)
    held = {lot.asset for lot in accounting.lots.all()}
    prices = await prices_of(services, held, settings.currency)
    since, until = bounds(args.span, services.clock.now())
    period = Period(since, until, pair.symbol if pair else "")
    return ProfitReport(
        mode=chat.mode,
        currency=settings.currency,
        span=args.span.name,
        asked=args.span.word,
        pair=pair.symbol if pair else "",
        method=args.method,
        profit=profit(accounting, period, prices),
        is_complete=past.is_whole,
    )


async def reckon(
    services: Services, chat: ChatAccount, past: Past, currency: str, method: Method
) -> Accounting:
    """Lots and sales in one currency, with what people said that deposits cost."""
    moves = await moves_of(services, chat, past, currency)
    return account(moves.moves, moves.charges, method)


async def moves_of(services: Services, chat: ChatAccount, past: Past, currency: str) -> History:
    """The past in one currency, at the rates of its days."""
    rates = await rates_for(services, past, currency)
    costs = await services.past.lot_costs(chat.id, currency)
    return history(past.fills, past.entries, rates.rate, costs)


async def rates_for(services: Services, past: Past, currency: str) -> Rates:
    """The rates that are needed: of what fills were paid in, and of what was converted."""
    rates = Rates(services, currency)
    paid_in = {fill.symbol.partition("/")[2] for fill in past.fills if "/" in fill.symbol}
    others = {
        str(fill.fee_asset)
        for fill in past.fills
        if fill.fee and fill.fee_asset not in fill.symbol.split("/")
    }
    swapped = {
        str(plain_asset(entry.asset))
        for entry in past.entries
        if entry.kind in {"spend", "receive", "conversion", "sale"} and is_cash(entry.asset)
    }
    await rates.load(paid_in | others | swapped)
    return rates


async def read_portfolio(
    services: Services, chat: ChatAccount, days: int, settings: ChatSettings
) -> Portfolio:
    """Holdings with their cost, and the course of their worth.

    Raises:
        KrakenError: the balances, or anything of the past, could not be read.
    """
    currency = settings.currency
    balances = await patiently(services, chat.account.balances)
    values = await values_of(services, balances, currency)
    past = await read_past(services, chat, Reach())
    accounting = await reckon(services, chat, past, currency, Method.AVERAGE)
    owned, worth = _joined(balances, values)
    total = reduce(EXACT.add, (each for each in worth.values() if each is not None), Decimal(0))
    positions = [
        position(asset, qty, worth[asset], accounting.lots.of(asset), total)
        for asset, qty in owned.items()
        if qty
    ]
    positions.sort(key=lambda each: (-(each.value or 0), each.asset))
    course = await _course(services, balances, past, days, currency, total)
    return Portfolio(chat.mode, currency, total, positions, course, days, past.is_whole)


async def draw_course(
    services: Services, portfolio: Portfolio, settings: ChatSettings
) -> bytes | None:
    """The line as a picture; None where there is no line, or it could not be drawn."""
    points = portfolio.equity.points
    if len(points) < 2:
        return None
    chart = LineChart(
        title="Portfolio",
        subtitle=f"{portfolio.mode.value.upper()} · {portfolio.days} d",
        unit=portfolio.currency,
        times=tuple(point.at for point in points),
        values=tuple(point.value for point in points),
        zone=settings.time_zone,
    )
    try:
        return await services.charts.line(chart)
    except ChartFailed:
        return None


async def _course(
    services: Services,
    balances: dict[Asset, Balance],
    past: Past,
    days: int,
    currency: str,
    total: Decimal,
) -> Equity:
    """Back day by day, but not beyond the first entry that is known."""
    now = services.clock.now()
    instants = _ends_of_days(now, days, past)
    if not instants:
        return Equity((), ())
    rates = Rates(services, currency)
    named = {plain_asset(entry.asset) for entry in past.entries}
    await rates.load(named | {plain_asset(asset) for asset in balances})
    owned = {asset: each.total for asset, each in balances.items()}
    found = equity(owned, past.entries, instants, rates.rate)
    return Equity([*found.points, EquityPoint(now, total)], found.unpriced)


def _ends_of_days(now: datetime, days: int, past: Past) -> list[datetime]:
    """The last instants of the days before today, the newest first, as far as they are known."""
    if not past.entries:
        return []
    first = max(min(entry.at for entry in past.entries), past.entries_since)
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    ends = [today - _DAY * back - _INSTANT for back in range(days)]
    return [end for end in ends if end >= first]


def _joined(
    balances: Mapping[Asset, Balance], values: Mapping[Asset, Decimal | None]
) -> tuple[dict[Asset, Decimal], dict[Asset, Decimal | None]]:
    """Amounts and worth by asset, what earns included."""
    owned: dict[Asset, Decimal] = {}
    worth: dict[Asset, Decimal | None] = {}
    for name, each in balances.items():
        asset, value = plain_asset(name), values.get(name)
        owned[asset] = EXACT.add(owned.get(asset, Decimal(0)), each.total)
        before = worth.get(asset, Decimal(0))
        worth[asset] = None if value is None or before is None else EXACT.add(before, value)
    return owned, worth
