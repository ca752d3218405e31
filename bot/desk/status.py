"""Status: what is known about every part right now; what is not known stays None."""

from bot.core.texts.status import Status
from bot.desk.services import Services
from kraken.core.types import SystemState


async def read_status(services: Services, chat_id: int) -> Status:
    """Gather it; asks nobody but our own parts, so it answers when nothing else does."""
    now = services.clock.now()
    market, bot = services.market.health(), services.health()
    rows = await services.store.live_rows(chat_id)
    return Status(
        version=services.version,
        uptime=now - services.started_at,
        # A state that was told over a connection that is gone is not known any more.
        system=market.system if market.connected else SystemState.UNKNOWN,
        clock_offset=bot.clock_offset,
        connected=market.connected,
        frame_age=now - market.last_frame_at if market.last_frame_at else None,
        streams=market.subscriptions,
        checksum_failures=market.checksum_failures,
        unverified=tuple(market.unverified),
        telegram_age=now - bot.last_update_at if bot.last_update_at else None,
        queue=bot.queue,
        watches=len(rows),
    )
