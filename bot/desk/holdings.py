"""Holdings: what an account owns and what that is worth, and what trading costs it."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal

from bot.core.errors import BadArgument
from bot.core.settings import ChatSettings
from bot.core.trade.holdings import FeeReport, Holdings, make_holdings
from bot.core.trade.moves import is_cash, plain_asset
from bot.core.trade.types import Mode
from bot.desk.doors import ChatAccount
from bot.desk.history import Reach, read_past
from bot.desk.patience import patiently
from bot.desk.services import Services
from kraken.core.errors import NotSent
from kraken.core.fees import SPOT_FEES, STABLE_FEES, FeeTier
from kraken.core.holdings import Balance
from kraken.core.trading import EXACT, Fill, Liquidity
from kraken.core.types import Asset, Instrument

_MONTH_PAGES = 6


async def read_holdings(
    services: Services, chat: ChatAccount, currency: str, *, everything: bool = False
) -> Holdings:
    """What is owned now, valued at the prices of now.

    Raises:
        BadArgument: nothing that is traded has to do with this currency.
        KrakenError: the balances could not be read.
    """
    if not _is_traded(services, currency):
        raise BadArgument("currency", currency, "/balance eur")
    balances = await patiently(services, chat.account.balances)
    values = await values_of(services, balances, currency)
    return make_holdings(chat.mode, currency, balances, values, everything=everything)


def _is_traded(services: Services, currency: str) -> bool:
    """Whether any pair has to do with it; nobody knows before Kraken was reached."""
    try:
        pairs = services.market.instruments()
    except NotSent:
        return True
    return any(currency in (pair.base, pair.quote) for pair in pairs)


async def values_of(
    services: Services, balances: Mapping[Asset, Balance], currency: str
) -> dict[Asset, Decimal | None]:
    """The worth of each balance; None where there is no price."""
    return {
        asset: await services.values.value(plain_asset(asset), each.total, currency)
        for asset, each in balances.items()
    }


async def prices_of(
    services: Services, assets: Iterable[Asset], currency: str
) -> dict[Asset, Decimal | None]:
    """What one unit of each is worth now."""
    return {
        asset: await services.values.value(asset, Decimal(1), currency)
        for asset in sorted(set(assets))
    }


async def read_fees(
    services: Services, chat: ChatAccount, pair: Instrument, settings: ChatSettings
) -> FeeReport:
    """What this pair costs, the next tier, and what this month cost.

    Raises:
        KrakenError: the fees could not be read.
    """
    own = await patiently(services, lambda: chat.account.own_fees([pair.symbol]))
    maker, taker = own.maker.get(pair.symbol), own.taker.get(pair.symbol)
    first = _first_of_month(services.clock.now())
    past = await read_past(
        services, chat, Reach(back_to=first, pages=_MONTH_PAGES), with_entries=False
    )
    month = [fill for fill in past.fills if fill.at >= first]
    paid, unpriced = await _sum(services, ((f.fee_asset, f.fee) for f in month), settings)
    saved, _ = await _sum(services, _too_much(month, maker), settings)
    return FeeReport(
        mode=chat.mode,
        currency=settings.currency,
        symbol=pair.symbol,
        volume=own.volume,
        maker=maker,
        taker=taker,
        next_tier=_next_tier(chat, pair, own.volume),
        month=paid,
        saved=saved,
        unpriced=unpriced,
    )


def _next_tier(chat: ChatAccount, pair: Instrument, volume: Decimal) -> FeeTier | None:
    """Practice has no volume that could make it cheaper, unless its account says so."""
    if chat.mode is not Mode.LIVE and not volume:
        return None
    return (STABLE_FEES if is_cash(pair.base) else SPOT_FEES).after(volume)


def _too_much(fills: Iterable[Fill], maker: Decimal | None) -> list[tuple[str, Decimal]]:
    """What takers paid more than makers would have, in the quote of each fill."""
    if maker is None:
        return []
    found: list[tuple[str, Decimal]] = []
    for fill in fills:
        quote = fill.symbol.partition("/")[2]
        if fill.liquidity is Liquidity.TAKER and fill.fee_asset == quote:
            as_maker = EXACT.multiply(fill.cost, maker).scaleb(-2)
            found.append((quote, max(EXACT.subtract(fill.fee, as_maker), Decimal(0))))
    return found


async def _sum(
    services: Services, amounts: Iterable[tuple[str, Decimal]], settings: ChatSettings
) -> tuple[Decimal, int]:
    """All amounts in the chat's currency, and how many have no price."""
    by_asset: dict[str, list[Decimal]] = {}
    for asset, amount in amounts:
        by_asset.setdefault(asset, []).append(amount)
    total, unpriced = Decimal(0), 0
    for asset, each in by_asset.items():
        whole = Decimal(0)
        for amount in each:
            whole = EXACT.add(whole, amount)
        value = await services.values.value(asset, whole, settings.currency)
        if value is None:
            unpriced += len(each)
        else:
            total = EXACT.add(total, value)
    return total, unpriced


def _first_of_month(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
