"""The buttons of an order's card."""

from bot.core.audit import Action
from bot.core.errors import Expired, NotFound
from bot.core.texts import cards as texts
from bot.core.texts import take_profits as profit_texts
from bot.core.trade.exits import ExitState, is_protection
from bot.core.trade.types import PlacedOrder, Standing
from bot.desk import take_profits
from bot.desk.noting import note
from bot.handlers.ask import Ask
from kraken.core.trading import OrderName
from kraken.core.types import ClientOrderId


async def check(ask: Ask) -> None:
    """Look again at once for an order without an answer."""
    placed = await _order(ask)
    if not placed.standing.is_open_question:
        await ask.toast(texts.KNOWN)
        await ask.services.trading.show(placed.intent.client_id)
        return
    await ask.toast(texts.LOOKING)
    await ask.services.trading.check_now(placed.intent.client_id)


async def cancel(ask: Ask) -> None:
    """End an open order; a stop that protects something is asked about once."""
    placed = await _order(ask)
    if is_protection(placed.intent) and not ask.payload.get("sure"):
        has_profit = await take_profits.goes_with(ask.services, placed)
        await ask.reply(texts.sure_page(placed, has_take_profit=has_profit))
        return
    chat = await ask.services.accounts.of(ask.chat_id, placed.intent.mode)
    if chat.id != placed.intent.account:
        raise Expired("card")
    order = await ask.services.trading.cancel(chat, _name(placed))
    await note(ask.services, chat, ask.user_id, Action.CANCEL, placed.intent.client_id)
    await ask.toast(texts.cancelled(order))
    if ask.payload.get("sure"):
        await ask.edit(texts.asked_page(placed))


async def end_take_profit(ask: Ask) -> None:
    """Watch no more for the take-profit of this order; nothing is asked of the exchange."""
    placed = await _order(ask)
    client_id = placed.intent.client_id
    before = await ask.services.records.exit_of(client_id)
    if before is None or not await take_profits.end(ask.services, [before]):
        await ask.toast(profit_texts.OVER)
        await ask.services.trading.show(client_id)
        return
    stops = await ask.services.records.stops_of(client_id)
    said = profit_texts.ended_toast(
        was_closing=before.state is ExitState.CLOSING,
        stop_rests=any(stop.is_open for stop in stops) or _protects(placed),
    )
    await ask.toast(said, alert=True)
    await note(ask.services, placed.intent, ask.user_id, Action.CANCEL, f"take-profit {client_id}")


def _protects(placed: PlacedOrder) -> bool:
    """It is itself a stop that rests."""
    order = placed.order
    return is_protection(placed.intent) and order is not None and order.is_open


async def _order(ask: Ask) -> PlacedOrder:
    """The order of the card, if it is one of this chat."""
    placed = await ask.services.records.placed_order(ClientOrderId(str(ask.payload["id"])))
    if placed is None or placed.intent.chat_id != ask.chat_id:
        raise NotFound("order")
    return placed


def _name(placed: PlacedOrder) -> OrderName:
    """By the exchange's own name where it is known: ours may be on its way still."""
    if placed.standing is Standing.ACKED and placed.order is not None:
        return OrderName(order_id=placed.order.order_id)
    return OrderName(client_id=placed.intent.client_id)
