"""Fills of the last days, as a list."""

from datetime import timedelta

from bot.core.settings import ChatSettings
from bot.core.texts.trades import PER_PAGE, TradeList
from bot.core.trade.account_args import TradesArgs
from bot.desk.doors import ChatAccount
from bot.desk.history import Reach, read_past
from bot.desk.orders import instruments_of
from bot.desk.prices import find_pair
from bot.desk.services import Services


async def read_trades(
    services: Services, chat: ChatAccount, args: TradesArgs, page: int, settings: ChatSettings
) -> TradeList:
    """One page of the fills that were asked for.

    Raises:
        UnknownInstrument: there is no such pair.
        KrakenError: nothing of the past could be read.
    """
    symbol = find_pair(services, settings, args.pair).symbol if args.pair else ""
    since = services.clock.now() - timedelta(days=args.days)
    past = await read_past(services, chat, Reach(back_to=since), with_entries=False)
    found = [
        fill for fill in past.fills if fill.at >= since and (not symbol or fill.symbol == symbol)
    ]
    pages = max(1, -(-len(found) // PER_PAGE))
    number = min(max(page, 1), pages)
    return TradeList(
        mode=chat.mode,
        pair=symbol,
        days=args.days,
        fills=found[(number - 1) * PER_PAGE : number * PER_PAGE],
        instruments=instruments_of(services),
        total=len(found),
        page=number,
        pages=pages,
        is_complete=past.is_whole,
    )
