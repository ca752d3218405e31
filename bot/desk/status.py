"""Status: what is known about every part right now; what is not known stays None."""

from typing import Protocol, runtime_checkable

from bot.core.texts.status import Status, TradeStatus
from bot.desk.deadman import delay_of
from bot.desk.services import Services
from kraken.account import Account
from kraken.core.limiter import Load
from kraken.core.types import SystemState


@runtime_checkable
class Loaded(Protocol):
    """An account with limits on how much is asked of it."""

    def load(self) -> Load: ...


async def read_status(services: Services, chat_id: int, *, may_trade: bool = False) -> Status:
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
        alerts=sum(alert.is_watched for alert in await services.alerts.of_chat(chat_id)),
        plans=len(await services.plans.plans_of(chat_id)),
        trade=await _trade(services, chat_id) if may_trade else None,
    )


async def _trade(services: Services, chat_id: int) -> TradeStatus:
    now = services.clock.now()
    mode = await services.accounts.mode(chat_id)
    record = await services.keyring.record_of(chat_id)
    at_hand = [one for one in services.accounts.at_hand(chat_id) if one.mode is mode]
    return TradeStatus(
        mode=mode,
        pause=services.brakes.pause_of(chat_id, mode),
        limits=(await services.safety.limits(chat_id, now)).now,
        usage=await services.safety.counts(chat_id, now),
        is_current=services.accounts.is_current(at_hand[0].id) if at_hand else None,
        load=_load(at_hand[0].account) if at_hand else None,
        key_tail=record.tail if record else "",
        key_expires=record.valid_until if record else None,
        deadman=await delay_of(services, chat_id),
    )


def _load(account: Account) -> Load | None:
    return account.load() if isinstance(account, Loaded) else None
