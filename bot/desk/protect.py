"""Protecting a holding: ``/protect`` as the sell order that it stands for."""

from bot.core.settings import ChatSettings
from bot.core.trade.protect import ProtectArgs, above, is_distance
from bot.desk.prices import find_pair, read_known_quotes
from bot.desk.services import Services
from kraken.core.errors import NotSent
from kraken.core.rules import round_price
from kraken.core.types import Side


async def sell_words(services: Services, settings: ChatSettings, args: ProtectArgs) -> str:
    """What stands after ``/sell``; a distance of the take-profit is a price by now.

    Raises:
        NotSent: no price is known to count from.
        UnknownInstrument: there is no such pair.
    """
    if not is_distance(args.take_profit):
        return args.as_sell(args.take_profit)
    pair = find_pair(services, settings, args.pair or None)
    [quote] = await read_known_quotes(services, [pair])
    if quote.ticker is None:
        raise NotSent("no price is known to count from")
    # Rounded as a seller's price: never below what was asked for.
    price = round_price(pair, above(quote.ticker.last, args.take_profit), Side.SELL)
    return args.as_sell(f"{price:f}")
