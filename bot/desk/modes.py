"""Modes: practice at once, real money after a typed word."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from bot.core.errors import Expired, NotConnected
from bot.core.keys import Permission, PermissionReport
from bot.core.trade.limits import FIRST_DAY, Limits, is_raise, with_value
from bot.core.trade.types import Mode, Ticket
from bot.desk.doors import ChatAccount
from bot.desk.kill import open_things
from bot.desk.services import Services
from kraken.core.errors import KrakenError
from kraken.core.trading import EXACT

LIVE_TICKET = "live"
LIFE = timedelta(seconds=120)


@dataclass(frozen=True, slots=True)
class LiveOffer:
    """What is to be known before real money is traded."""

    ticket: str
    tail: str
    total: Decimal | None
    currency: str
    limits: Limits
    is_first: bool
    """No limit was ever set here: a suggestion is made."""


async def to_paper(services: Services, chat_id: int, user_id: int, now: datetime) -> int | None:
    """Practise from here on; how many live orders stay open, None if that is not known."""
    await services.safety.switch(chat_id, Mode.PAPER, by=user_id, now=now)
    try:
        chat = await services.accounts.of(chat_id, Mode.LIVE)
    except NotConnected:
        return None
    things = await open_things(chat)
    return None if things is None else things.entries + things.stops


@dataclass(frozen=True, slots=True)
class ReadsOnly:
    """There is a key, which is not to trade; what it lacks, or nothing if its holder chose so."""

    tail: str
    missing: tuple[Permission, ...]


async def offer_live(
    services: Services, chat_id: int, user_id: int, now: datetime
) -> LiveOffer | ReadsOnly | None:
    """The card's content, and the ticket for the word; None without a key that works."""
    try:
        chat = await services.accounts.of(chat_id, Mode.LIVE)
    except NotConnected:
        return None
    record = await services.keyring.record_of(chat_id)
    if record is not None and record.reads_only:
        return ReadsOnly(record.tail, PermissionReport(record.permissions).lacks_trading)
    limits = await services.safety.limits(chat_id, now)
    currency = (await services.store.chat_settings(chat_id)).currency
    ticket = Ticket(
        id=secrets.token_hex(16),
        kind=LIVE_TICKET,
        chat_id=chat_id,
        user_id=user_id,
        body="{}",
        created_at=now,
        expires_at=now + LIFE,
    )
    await services.safety.save_ticket(ticket)
    return LiveOffer(
        ticket=ticket.id,
        tail=record.tail if record else "",
        total=await _total(services, chat, currency),
        currency=currency,
        limits=limits.now,
        is_first=limits.now == Limits() and not limits.raises,
    )


async def go_live(
    services: Services, chat_id: int, user_id: int, ticket: str, now: datetime
) -> Limits:
    """The word was typed.

    Raises:
        AlreadySent, Expired: the ticket cannot be used; the mode is as it was.
        NotConnected: there is no key that works any more.
    """
    await services.safety.claim_ticket(ticket, chat_id=chat_id, user_id=user_id, now=now)
    await services.accounts.of(chat_id, Mode.LIVE)
    record = await services.keyring.record_of(chat_id)
    if record is not None and record.reads_only:
        raise Expired("another key")
    await services.safety.switch(chat_id, Mode.LIVE, by=user_id, now=now)
    return (await services.safety.limits(chat_id, now)).now


async def take_first_limits(services: Services, chat_id: int, user_id: int, now: datetime) -> None:
    """The limits that are suggested for the first day."""
    for limit, value in FIRST_DAY.items():
        limits = (await services.safety.limits(chat_id, now)).now
        if is_raise(limits, limit, with_value(limits, limit, str(value))):
            continue  # they were lowered since: a tap raises nothing
        await services.safety.set_limit(chat_id, limit, str(value), by=user_id, now=now)


async def _total(services: Services, chat: ChatAccount, currency: str) -> Decimal | None:
    """What the account is worth; what has no price is left out."""
    try:
        balances = await chat.account.balances()
    except KrakenError:
        return None
    total = Decimal(0)
    for asset, balance in balances.items():
        value = await services.values.value(asset, balance.total, currency)
        total = EXACT.add(total, value or Decimal(0))
    return total
