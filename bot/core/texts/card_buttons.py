"""The buttons of an order's card: what can be done next in each of its states."""

from decimal import Decimal

from bot.core.page import Button, Rows
from bot.core.texts.card_states import CardState
from bot.core.texts.labels import WHY, run_in
from bot.core.texts.take_profits import end_button
from bot.core.trade.exits import Exit, ExitState, in_lots
from bot.core.trade.repeat import command_of
from bot.core.trade.types import Mode, PlacedOrder
from kraken.core.trading import EXACT
from kraken.core.types import Instrument, Side

_PARTS = (25, 50, 100)
_OVER = frozenset({CardState.FILLED, CardState.CANCELLED, CardState.EXPIRED})


def buttons_of(
    placed: PlacedOrder,
    instrument: Instrument | None,
    state: CardState,
    watched: Exit | None = None,
) -> Rows:
    """The rows of buttons under a card."""
    return (*_of_state(placed, instrument, state), *_end_of(placed, state, watched))


def _end_of(placed: PlacedOrder, state: CardState, watched: Exit | None) -> Rows:
    """Once its order is over, a take-profit goes on until somebody ends it."""
    if state not in _OVER or watched is None or watched.state is ExitState.ENDED:
        return ()
    return ((end_button(str(placed.intent.client_id)),),)


def _of_state(placed: PlacedOrder, instrument: Instrument | None, state: CardState) -> Rows:
    client_id = str(placed.intent.client_id)
    protect = run_in(placed.intent.mode, "+ SL/TP", "protect", _pair(placed))
    match state:
        case CardState.UNKNOWN:
            return ((Button("Check now", "order_check", {"id": client_id}),),)
        case CardState.OPEN | CardState.PART_FILLED | CardState.WAITING:
            cancel = "Cancel rest" if state is CardState.PART_FILLED else "Cancel"
            return (
                (
                    Button("Change price", "amend", {"id": client_id}),
                    Button(cancel, "order_cancel", {"id": client_id}, "danger"),
                ),
                *_why(placed),
            )
        case CardState.FILLED:
            again = (*((protect,) if _is_buy(placed) else ()), _again("Again", placed))
            return tuple(row for row in (_sells(placed, instrument), again) if row)
        case CardState.CANCELLED | CardState.EXPIRED | CardState.ABSENT:
            return ((_again("Again", placed),),)
        case CardState.REJECTED | CardState.NOT_SENT:
            return ((_again("Edit and retry", placed),),)
        case _:
            return ()


def _why(placed: PlacedOrder) -> Rows:
    """Practice can say what an order waits for."""
    if placed.intent.mode is Mode.LIVE:
        return ()
    return ((Button(WHY, "why", {"id": str(placed.intent.client_id)}),),)


def _sells(placed: PlacedOrder, instrument: Instrument | None) -> tuple[Button, ...]:
    """Parts of what was bought, as far as they are not below the minimum."""
    if not _is_buy(placed) or placed.order is None or instrument is None:
        return ()
    buttons = []
    for part in _PARTS:
        share = EXACT.multiply(placed.order.filled_qty, Decimal(part).scaleb(-2))
        qty = in_lots(share, instrument)
        if qty:
            args = f"{qty.normalize():f} {_pair(placed)} market"
            buttons.append(run_in(placed.intent.mode, f"Sell {part} %", "sell", args))
    return tuple(buttons)


def _again(label: str, placed: PlacedOrder) -> Button:
    command, args = command_of(placed.intent)
    return run_in(placed.intent.mode, label, command, args)


def _is_buy(placed: PlacedOrder) -> bool:
    return placed.intent.request.side is Side.BUY


def _pair(placed: PlacedOrder) -> str:
    return placed.intent.request.symbol.lower()
