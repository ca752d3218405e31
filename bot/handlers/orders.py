"""/orders, /cancel, /cancelall, and the buttons of the list."""

from bot import live
from bot.core.audit import Action
from bot.core.errors import NotFound
from bot.core.page import Page
from bot.core.texts import cancelling as many_texts
from bot.core.texts import orders as texts
from bot.core.texts import take_profits as profit_texts
from bot.core.trade.account_args import (
    CancelAllArgs,
    OrdersArgs,
    Whom,
    read_cancel_all,
    read_name,
    read_orders,
)
from bot.core.trade.types import Mode
from bot.desk import cancelling, held, take_profits
from bot.desk import orders as desk
from bot.desk.doors import ChatAccount
from bot.desk.noting import note
from bot.handlers.ask import Ask
from bot.handlers.cards import end_take_profit
from kraken.core.trading import Order


async def orders(ask: Ask) -> None:
    """The list that was asked for."""
    await ask.reply(await _list(ask, read_orders(ask.args)))


async def turn_orders(ask: Ask) -> None:
    """Another page of it, or the same with newer numbers."""
    which = read_orders(str(ask.payload["which"])).which
    args = OrdersArgs(str(ask.payload["pair"]) or None, which, int(ask.payload["page"]))
    await ask.edit(await _list(ask, args))


async def end_part(ask: Ask) -> None:
    """End a take-profit of the list, which is shown again without it."""
    await end_take_profit(ask)
    await turn_orders(ask)


async def end_stops(ask: Ask) -> None:
    """End the stops that hold what is to be sold, and what belongs to them."""
    said, mode = ask.payload, Mode(str(ask.payload["mode"]))
    chat, stops, profits = await held.let_go(
        ask.services, ask.chat_id, mode, str(said["orders"]).split()
    )
    command, args = str(said["command"]), str(said["args"])
    await ask.edit(profit_texts.freed_page(chat.mode, stops, profits, command, args))
    await note(ask.services, chat, ask.user_id, Action.CANCEL, str(said["orders"]))


async def open_order(ask: Ask) -> None:
    """The card of one order: ours goes on living, of any other this is how it is now."""
    chat, order = await _order(ask)
    settings = await ask.services.store.chat_settings(ask.chat_id)
    page = texts.card_page(
        await desk.row_of(ask.services, chat, order), chat.mode, settings, ask.now
    )
    placed = await desk.placed_of(ask.services, chat, order)
    if placed is None or placed.intent.chat_id != ask.chat_id:
        await ask.edit(page)
        await ask.services.past.set_topic(
            ask.chat_id, ask.message_id, "order", {"order": order.order_id}, ask.now
        )
        return
    card = await ask.reply(page)
    if placed.order is not None and placed.order.order_id == order.order_id:
        await ask.services.records.carry_on(placed.intent.client_id, card)
        await ask.services.trading.show(placed.intent.client_id)


async def cancel(ask: Ask) -> None:
    """Of the named order, of the one whose card was answered, or a choice."""
    chat = await ask.services.accounts.of(ask.chat_id)
    name = read_name(ask.args, "cancel")
    if not name:
        name = await desk.order_of_reply(ask.services, chat, ask.reply_to_message_id)
        chat = await desk.account_of(ask.services, ask.chat_id, name)
    settings = await ask.services.store.chat_settings(ask.chat_id)
    if not name:
        listing = await desk.read_list(ask.services, chat, OrdersArgs(), settings)
        await ask.reply(texts.pick_page(listing, settings))
        return
    found = await desk.find_orders(ask.services, chat, name)
    if len(found) == 1:
        await _cancel(ask, chat, found[0], sure=False)
    elif found:
        rows = await desk.rows_of(ask.services, chat, found)
        await ask.reply(texts.ambiguous_page(name, rows, chat.mode, settings))
    elif await desk.is_unclear(ask.services, name):
        await ask.reply(texts.unclear_page(name, chat.mode))
    else:
        await ask.reply(texts.gone_page(name, chat.mode, settings))


async def tap_cancel(ask: Ask) -> None:
    """The button of a list: a protective stop is asked about once."""
    chat, order = await _order(ask)
    await _cancel(ask, chat, order, sure=bool(ask.payload.get("sure")))


async def cancel_all(ask: Ask) -> None:
    """What it would end, and one tap."""
    await ask.reply(await _proposal(ask, read_cancel_all(ask.args)))


async def tap_cancel_all(ask: Ask) -> None:
    """The same from a button."""
    whom: Whom = read_cancel_all(str(ask.payload["whom"])).whom
    await ask.reply(await _proposal(ask, CancelAllArgs(str(ask.payload["pair"]) or None, whom)))


async def sweep(ask: Ask) -> None:
    """End them all, in the background; the message says how far it is."""
    chat, names, profits = await cancelling.take(
        ask.services, ask.chat_id, ask.user_id, str(ask.payload["ticket"])
    )
    settings = await ask.services.store.chat_settings(ask.chat_id)
    # First, so that none of them sells what its stop is taken away from.
    ended_profits = await take_profits.end_of(ask.services, profits)
    await ask.edit(many_texts.sweep_page(chat.mode, (), (), settings, profits=ended_profits))

    async def say(page: Page) -> None:
        await ask.edit(page, ask.message_id)

    async def tell(swept: cancelling.Swept) -> None:
        await say(
            many_texts.sweep_page(
                chat.mode,
                swept.ended,
                swept.left,
                settings,
                is_silent=swept.is_silent,
                is_over=swept.is_over,
                refused=swept.refused,
                profits=ended_profits,
            )
        )

    async def work() -> None:
        await cancelling.Sweep(ask.services, chat, names).run(tell)

    given_up = many_texts.given_up_page(chat.mode)
    key = ("cancel_all", ask.chat_id, ask.message_id)
    await live.in_background(ask.services, key, work, say, given_up)
    await note(
        ask.services, chat, ask.user_id, Action.CANCEL, " ".join(map(str, (*names, *profits)))
    )


async def _list(ask: Ask, args: OrdersArgs) -> Page:
    chat = await ask.services.accounts.of(ask.chat_id)
    settings = await ask.services.store.chat_settings(ask.chat_id)
    listing = await desk.read_list(ask.services, chat, args, settings)
    return texts.orders_page(listing, settings, ask.now)


async def _proposal(ask: Ask, args: CancelAllArgs) -> Page:
    chat = await ask.services.accounts.of(ask.chat_id)
    settings = await ask.services.store.chat_settings(ask.chat_id)
    found = await cancelling.propose(ask.services, chat, ask.user_id, args, settings)
    if not found.ticket:
        return many_texts.nothing_page(found.mode, found.whom, found.symbol, found.spared)
    return many_texts.confirm_page(
        found.mode,
        found.whom,
        found.symbol,
        found.rows,
        found.spared,
        found.ticket,
        settings,
        profits=found.profits,
    )


async def _cancel(ask: Ask, chat: ChatAccount, order: Order, *, sure: bool) -> None:
    settings = await ask.services.store.chat_settings(ask.chat_id)
    if order.is_open and desk.needs_consent(order) and not sure:
        row = await desk.row_of(ask.services, chat, order)
        has_profit = await take_profits.belongs_to(ask.services, chat, order)
        page = texts.cancel_stop_page(row, chat.mode, settings, has_take_profit=has_profit)
        await ask.reply(page)
        return
    if not order.is_open:
        await ask.reply(texts.cancelled_page(order, chat.mode, settings, ask.now))
        return
    message = await ask.reply(texts.cancelling_page(order, chat.mode))
    ended = await desk.cancel(ask.services, chat, order)
    now = ask.services.clock.now()
    await ask.edit(texts.cancelled_page(ended, chat.mode, settings, now), message)
    await note(ask.services, chat, ask.user_id, Action.CANCEL, order.order_id)


async def _order(ask: Ask) -> tuple[ChatAccount, Order]:
    """The order that a button names, and its account.

    Raises:
        NotFound: the exchange knows it no more.
    """
    name = str(ask.payload["order"])
    chat = await desk.account_of(ask.services, ask.chat_id, name)
    order = await desk.order_by_id(ask.services, chat, name)
    if order is None:
        raise NotFound("order", name)
    return chat, order
