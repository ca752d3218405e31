"""Values: what amounts are worth in another currency, at the market's prices of now."""

from collections.abc import Mapping
from decimal import Decimal

from bot.desk.prices import first_values
from bot.desk.services import MarketData
from kraken.core.errors import KrakenError
from kraken.core.trading import EXACT
from kraken.core.types import Instrument

BRIDGES = ("USD", "EUR", "USDT")
"""Through which a value is found where no pair joins two assets."""

_PATIENCE = 3.0


class Values:
    """Satisfies ``bot.desk.doors.Valuer``."""

    def __init__(self, market: MarketData, *, patience: float = _PATIENCE) -> None:
        self._market = market
        self._patience = patience

    async def value(self, asset: str, amount: Decimal, currency: str) -> Decimal | None:
        """The amount in that currency, by last prices; None where no pair leads there."""
        if asset == currency or not amount:
            return amount
        try:
            listed = self._market.instruments()
        except KrakenError:
            return None
        pairs = {(str(pair.base), str(pair.quote)): pair for pair in listed}
        return await self._along(pairs, asset, amount, currency)

    async def _along(
        self,
        pairs: Mapping[tuple[str, str], Instrument],
        asset: str,
        amount: Decimal,
        currency: str,
    ) -> Decimal | None:
        direct = await self._step(pairs, asset, amount, currency)
        if direct is not None:
            return direct
        for bridge in BRIDGES:
            if bridge in (asset, currency):
                continue
            half = await self._step(pairs, asset, amount, bridge)
            if half is not None:
                whole = await self._step(pairs, bridge, half, currency)
                if whole is not None:
                    return whole
        return None

    async def _step(
        self,
        pairs: Mapping[tuple[str, str], Instrument],
        asset: str,
        amount: Decimal,
        currency: str,
    ) -> Decimal | None:
        if pair := pairs.get((asset, currency)):
            price = await self._price(pair)
            return None if price is None else EXACT.multiply(amount, price)
        if pair := pairs.get((currency, asset)):
            price = await self._price(pair)
            return EXACT.divide(amount, price) if price else None
        return None

    async def _price(self, pair: Instrument) -> Decimal | None:
        async with self._market.ticker(pair.symbol) as watch:
            await first_values([watch], self._patience)
            return None if watch.value is None else watch.value.last
