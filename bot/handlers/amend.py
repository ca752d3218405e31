"""/amend, “Change price”, and the answers to its question."""

from decimal import Decimal

from bot.core.errors import NotFound
from bot.core.page import Payload
from bot.core.texts import amend as texts
from bot.core.texts import orders as order_texts
from bot.core.trade.account_args import OrdersArgs
from bot.core.trade.amend_args import AmendArgs, read_amend, read_price_reply
from bot.desk import amend as desk
from bot.desk import orders as order_desk
from bot.desk import take_profits
from bot.desk.doors import ChatAccount
from bot.handlers.ask import Ask
from kraken.core.trading import Order
from kraken.core.types import ClientOrderId

PRICE_TOPIC = "amend"


async def amend(ask: Ask) -> None:
    """Before and after of the named order, of the one whose card was answered, or a choice."""
    chat = await ask.services.accounts.of(ask.chat_id)
    replied = await order_desk.order_of_reply(ask.services, chat, ask.reply_to_message_id)
    args = read_amend(ask.args, is_reply=bool(replied))
    name = args.name or replied
    if not args.name:
        chat = await order_desk.account_of(ask.services, ask.chat_id, replied)
    settings = await ask.services.store.chat_settings(ask.chat_id)
    if not name:
        listing = await order_desk.read_list(ask.services, chat, OrdersArgs(), settings)
        await ask.reply(texts.pick_page(listing.rows, chat.mode, settings))
        return
    found = await order_desk.find_orders(ask.services, chat, name)
    if len(found) > 1:
        rows = await order_desk.rows_of(ask.services, chat, found)
        await ask.reply(order_texts.ambiguous_page(name, rows, chat.mode, settings))
    elif not found and await order_desk.is_unclear(ask.services, name):
        await ask.reply(order_texts.unclear_page(name, chat.mode))
    elif not found:
        await ask.reply(order_texts.gone_page(name, chat.mode, settings))
    elif args == AmendArgs(args.name):
        await _ask_price(ask, chat, found[0])
    else:
        await _propose(ask, chat, found[0], args)


async def tap_amend(ask: Ask) -> None:
    """“Change price”: a question, whose answer shows before and after."""
    await _ask_price(ask, *await _order(ask))


async def send(ask: Ask) -> None:
    """The one tap."""
    order, chat, refusal = await desk.send(
        ask.services, ask.chat_id, ask.user_id, str(ask.payload["ticket"])
    )
    settings = await ask.services.store.chat_settings(ask.chat_id)
    if not order.is_open:
        await ask.edit(order_texts.cancelled_page(order, chat.mode, settings, ask.now))
        return
    instrument = order_desk.instruments_of(ask.services).get(order.symbol)
    if refusal is not None:
        await ask.edit(texts.refused_page(order, chat.mode, refusal.code, instrument, settings))
        return
    await ask.edit(texts.amended_page(order, chat.mode, instrument, settings))


async def replace(ask: Ask) -> None:
    """With consent: cancel the old one, and only when it is gone prepare the new one."""
    chat, order = await _order(ask)
    await ask.edit(order_texts.cancelling_page(order, chat.mode))
    ended = await order_desk.cancel(ask.services, chat, order) if order.is_open else order
    if ended.is_open or ended.filled_qty != Decimal(str(ask.payload["filled"])):
        await ask.edit(texts.not_replaced_page(ended, chat.mode))
    else:
        await ask.edit(texts.replaced_page(ended, chat.mode, str(ask.payload["command"])))


async def answer_price(ask: Ask, payload: Payload) -> None:
    """The answer to “the new price?”: it shows before and after, and changes nothing yet."""
    args = read_price_reply(ask.text)
    name = str(payload["order"])
    chat = await order_desk.account_of(ask.services, ask.chat_id, name)
    order = await order_desk.order_by_id(ask.services, chat, name)
    if order is None:
        raise NotFound("order", name)
    await _propose(ask, chat, order, AmendArgs(name, args.price, asked=args.asked))


async def _ask_price(ask: Ask, chat: ChatAccount, order: Order) -> None:
    settings = await ask.services.store.chat_settings(ask.chat_id)
    if not order.is_open:
        await ask.reply(order_texts.cancelled_page(order, chat.mode, settings, ask.now))
        return
    instrument = order_desk.instruments_of(ask.services).get(order.symbol)
    question = await ask.reply(texts.ask_price_page(order, chat.mode, instrument, settings))
    await ask.services.past.set_topic(
        ask.chat_id, question, PRICE_TOPIC, {"order": order.order_id}, ask.now
    )


async def _propose(ask: Ask, chat: ChatAccount, order: Order, args: AmendArgs) -> None:
    settings = await ask.services.store.chat_settings(ask.chat_id)
    if not order.is_open:
        await ask.reply(order_texts.cancelled_page(order, chat.mode, settings, ask.now))
        return
    planned = await desk.plan_change(ask.services, order, args, settings)
    if planned is None:
        await ask.reply(texts.no_pair_page(order, chat.mode))
        return
    made, instrument = planned
    if made.obstacle is not None:
        command = await desk.command_for(ask.services, chat, made, args)
        await ask.reply(texts.replace_page(made, chat.mode, command, settings))
        return
    ticket = await desk.keep(ask.services, chat, ask.user_id, made)
    has_profit = await take_profits.belongs_to(ask.services, chat, order)
    page = texts.amend_page(
        made, ticket, chat.mode, instrument, settings, has_take_profit=has_profit
    )
    message = await ask.reply(page)
    await ask.services.records.place_ticket(ticket, message)


async def _order(ask: Ask) -> tuple[ChatAccount, Order]:
    """The order that a button names, by the exchange's id or by ours, and its account.

    Raises:
        NotFound: the exchange knows it no more.
    """
    name = str(ask.payload.get("order", ""))
    if not name:
        placed = await ask.services.records.placed_order(ClientOrderId(str(ask.payload["id"])))
        if placed is None or placed.intent.chat_id != ask.chat_id or placed.order is None:
            raise NotFound("order")
        name = placed.order.order_id
    chat = await order_desk.account_of(ask.services, ask.chat_id, name)
    order = await order_desk.order_by_id(ask.services, chat, name)
    if order is None:
        raise NotFound("order", name)
    return chat, order
