"""/balance, /trades, /fees, /pnl, /portfolio, and their buttons."""

from decimal import Decimal

from bot.core.args import read_pairs
from bot.core.errors import Expired
from bot.core.page import Page, Payload
from bot.core.texts.balance import balance_page
from bot.core.texts.fees import fees_page
from bot.core.texts.portfolio import portfolio_page
from bot.core.texts.profit import ask_cost_page, cost_kept_page, profit_page
from bot.core.texts.trades import trades_page
from bot.core.trade.account_args import (
    BalanceArgs,
    PnlArgs,
    TradesArgs,
    read_balance,
    read_cost_reply,
    read_pnl,
    read_portfolio,
    read_trades,
)
from bot.desk.fills import read_trades as ask_trades
from bot.desk.holdings import read_fees, read_holdings
from bot.desk.prices import find_pair
from bot.desk.profit import draw_course, read_profit
from bot.desk.profit import read_portfolio as ask_portfolio
from bot.handlers.ask import Ask
from bot.handlers.export import export
from bot.handlers.privately import answer, turn
from bot.handlers.retold import Retold

COST_TOPIC = "cost"


async def balance(ask: Ask) -> None:
    """What is owned and what that is worth."""
    await answer(ask, await _balance(ask, read_balance(ask.args)))


async def turn_balance(ask: Ask) -> None:
    """Unfolded, in another currency, or as it is now."""
    args = BalanceArgs(bool(ask.payload["all"]), str(ask.payload["currency"]))
    await turn(ask, await _balance(ask, args))


async def trades(ask: Ask) -> None:
    """The fills of the last days, or the file of them."""
    args = read_trades(ask.args)
    if args.file:
        await export(Retold(ask, "export", f"trades {args.days}d csv"))
    else:
        await ask.reply(await _trades(ask, args, 1))


async def turn_trades(ask: Ask) -> None:
    """Another page of them, or newer ones."""
    args = TradesArgs(str(ask.payload["pair"]) or None, int(ask.payload["days"]))
    await ask.edit(await _trades(ask, args, int(ask.payload["page"])))


async def fees(ask: Ask) -> None:
    """What trading costs."""
    await ask.reply(await _fees(ask, ask.args))


async def turn_fees(ask: Ask) -> None:
    """The same, newly looked up."""
    await ask.edit(await _fees(ask, str(ask.payload["pair"])))


async def pnl(ask: Ask) -> None:
    """What a period earned."""
    await answer(ask, await _pnl(ask, read_pnl(ask.args, ask.now)))


async def turn_pnl(ask: Ask) -> None:
    """Another period or method in the same message."""
    words = " ".join(str(ask.payload[name]) for name in ("span", "method", "pair"))
    await turn(ask, await _pnl(ask, read_pnl(words, ask.now)))


async def portfolio(ask: Ask) -> None:
    """Holdings with their cost, and the line of their worth."""
    await ask.typing("upload_photo")
    await answer(ask, await _portfolio(ask, read_portfolio(ask.args)))


async def turn_portfolio(ask: Ask) -> None:
    """Another length of the line."""
    page = await _portfolio(ask, int(ask.payload["days"]))
    if page.photo is None:
        await answer(ask, page)  # the message with the picture stays as it was
    else:
        await turn(ask, page)


async def set_cost(ask: Ask) -> None:
    """Ask what a deposit had cost."""
    settings = await ask.services.store.chat_settings(ask.chat_id)
    chat = await ask.services.accounts.of(ask.chat_id)
    asset, currency = str(ask.payload["asset"]), str(ask.payload["currency"])
    question = await ask.reply(
        ask_cost_page(chat.mode, asset, Decimal(str(ask.payload["qty"])), currency, settings)
    )
    payload: Payload = {
        "entry": str(ask.payload["entry"]),
        "asset": asset,
        "currency": currency,
        "account": chat.id,
    }
    await ask.services.past.set_topic(ask.chat_id, question, COST_TOPIC, payload, ask.now)


async def answer_cost(ask: Ask, payload: Payload) -> None:
    """The answer to that question."""
    cost = read_cost_reply(ask.text)
    chat = await ask.services.accounts.of(ask.chat_id)
    if chat.id != payload["account"]:
        raise Expired("another account")
    settings = await ask.services.store.chat_settings(ask.chat_id)
    asset, currency = str(payload["asset"]), str(payload["currency"])
    await ask.services.past.set_lot_cost(chat.id, str(payload["entry"]), currency, cost)
    await ask.reply(cost_kept_page(chat.mode, asset, cost, currency, settings))


async def _balance(ask: Ask, args: BalanceArgs) -> Page:
    chat = await ask.services.accounts.of(ask.chat_id)
    settings = await ask.services.store.chat_settings(ask.chat_id)
    currency = args.currency or settings.currency
    found = await read_holdings(ask.services, chat, currency, everything=args.everything)
    return balance_page(found, settings, ask.now)


async def _trades(ask: Ask, args: TradesArgs, page: int) -> Page:
    chat = await ask.services.accounts.of(ask.chat_id)
    settings = await ask.services.store.chat_settings(ask.chat_id)
    found = await ask_trades(ask.services, chat, args, page, settings)
    return trades_page(found, settings, ask.now)


async def _fees(ask: Ask, said: str) -> Page:
    chat = await ask.services.accounts.of(ask.chat_id)
    settings = await ask.services.store.chat_settings(ask.chat_id)
    names = read_pairs(said, "fees", 1)
    pair = find_pair(ask.services, settings, names[0] if names else None)
    return fees_page(await read_fees(ask.services, chat, pair, settings), settings)


async def _pnl(ask: Ask, args: PnlArgs) -> Page:
    chat = await ask.services.accounts.of(ask.chat_id)
    settings = await ask.services.store.chat_settings(ask.chat_id)
    return profit_page(await read_profit(ask.services, chat, args, settings), settings)


async def _portfolio(ask: Ask, days: int) -> Page:
    chat = await ask.services.accounts.of(ask.chat_id)
    settings = await ask.services.store.chat_settings(ask.chat_id)
    found = await ask_portfolio(ask.services, chat, days, settings)
    picture = await draw_course(ask.services, found, settings)
    return portfolio_page(found, settings, ask.now, picture)
