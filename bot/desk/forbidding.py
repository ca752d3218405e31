"""What forbids an order before it is asked for: pauses and limits, at the card and at the tap.

The transaction that commits an order judges limits again; here they are told before anybody taps.
"""

from decimal import Decimal

from bot.core.errors import LimitReached
from bot.core.trade.limits import Limit, check, check_price
from bot.core.trade.preview import Preview
from bot.core.trade.situation import distance
from bot.core.trade.types import Intent, Mode
from bot.desk.services import Services
from kraken.core.trading import EXACT
from kraken.core.types import Side


async def check_allowed(services: Services, preview: Preview, intent: Intent) -> None:
    """Let an order pass that no pause and no limit forbids.

    Raises:
        LimitReached: which of them does; nothing was sent.
    """
    pause = services.brakes.pause_of(intent.chat_id, preview.mode)
    if pause is not None:
        raise LimitReached(Limit.PAUSED, pause.kind)
    if preview.mode is Mode.PAPER:
        return
    now = services.clock.now()
    limits = (await services.safety.limits(intent.chat_id, now)).now
    usage = await services.safety.usage(intent, now)
    person = await services.safety.own_maximum(intent.chat_id, intent.user_id, now)
    check(limits, usage, intent, person=person)
    check_price(
        limits,
        preview.mode,
        age=preview.age,
        beyond_market=_beyond(preview),
        slippage=_slippage(preview),
    )


def _beyond(preview: Preview) -> Decimal | None:
    """How far a limit lies on the losing side; a protected market order has its own measure."""
    limit = preview.request.limit_price
    if limit is None or preview.request.trigger is not None or preview.is_market:
        return None
    percent = distance(limit, preview.middle)
    return percent if preview.request.side is Side.BUY else -percent


def _slippage(preview: Preview) -> Decimal | None:
    slippage = preview.taken.slippage
    if slippage is None or not preview.is_market:
        return None
    return EXACT.multiply(slippage, Decimal(100))
