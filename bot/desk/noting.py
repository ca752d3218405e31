"""Writing down who ended or changed an order with real money; never a reason not to do it."""

import logging

from bot.core.audit import Action
from bot.core.trade.types import Intent, Mode
from bot.desk.doors import ChatAccount
from bot.desk.services import Services
from bot.store import StoreUnavailable

log = logging.getLogger(__name__)


async def note(
    services: Services, chat: ChatAccount | Intent, user_id: int, action: Action, what: str
) -> None:
    """Note it after it was asked for; practice is not written down."""
    if chat.mode is Mode.PAPER:
        return
    try:
        await services.safety.note_action(
            action,
            now=services.clock.now(),
            actor=user_id,
            chat_id=chat.chat_id,
            detail={"order": what},
        )
    except StoreUnavailable as error:
        log.warning("%s of %s by %s is not written down: %s", action, what, user_id, error)
