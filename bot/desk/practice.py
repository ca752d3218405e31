"""Practice: what a chat may do with its play money beyond trading with it.

Rules: a reset that would end open orders, or a take-profit that waits, is confirmed once; what is
not understood changes nothing; all of it works while the chat trades real money, and never asks
Kraken about an account, but for the rates of the chat's own key.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol, runtime_checkable

import msgspec

from bot.core.errors import BadArgument, Expired, NotFound
from bot.core.practice_args import START_MONEY
from bot.core.practice_stats import Stats, make_stats
from bot.core.settings import ChatSettings
from bot.core.trade.exits import Exit
from bot.core.trade.types import Mode, Ticket
from bot.desk import take_profits
from bot.desk.course import Course
from bot.desk.doors import ChatAccount
from bot.desk.history import Reach, read_past
from bot.desk.prices import known_pair
from bot.desk.services import Services
from kraken.account import Account
from kraken.core.fees import FeeTier
from kraken.core.practice.rates import OwnVolume
from kraken.core.trading import Order, OrderName
from kraken.core.types import Asset, Instrument
from kraken.paper import Unchecked, WhyNot

KIND = "paper_reset"
LIFE = timedelta(seconds=60)


class _Body(msgspec.Struct, frozen=True):
    """What a ticket of this kind holds."""

    balances: dict[str, Decimal]


@runtime_checkable
class Practising(Account, Protocol):
    """What a practice account can do beyond any other: ``kraken.paper.PaperAccount``."""

    @property
    def fees(self) -> FeeTier | None: ...
    @property
    def key_volume(self) -> OwnVolume | None: ...
    @property
    def unchecked(self) -> Sequence[Unchecked]: ...
    @property
    def latency(self) -> timedelta: ...
    async def reset(self, balances: Mapping[Asset, Decimal]) -> None: ...
    async def set_fees(self, fees: FeeTier | None, volume: OwnVolume | None = None) -> None: ...
    async def set_latency(self, latency: timedelta) -> None: ...
    def why(self, name: OrderName) -> WhyNot | None: ...


@dataclass(frozen=True, slots=True)
class Reset:
    """New play money: given already, or waiting for one tap."""

    balances: Mapping[str, Decimal]
    open_orders: int = 0
    """That it ended, or would end."""
    take_profits: int = 0
    ticket: str = ""
    """Empty: it is done."""


async def practice_of(services: Services, chat_id: int) -> tuple[ChatAccount, Practising]:
    """The chat's practice account, whatever mode it is in."""
    chat = await services.accounts.of(chat_id, Mode.PAPER)
    if not isinstance(chat.account, Practising):
        raise NotFound("practice")
    return chat, chat.account


async def ask_reset(
    services: Services,
    chat_id: int,
    user_id: int,
    balances: Mapping[str, Decimal],
    settings: ChatSettings,
) -> Reset:
    """Do it, or say what it would end and make its ticket.

    Raises:
        BadArgument: no pair has such an asset; nothing changed.
        NotSent: Kraken was not reached yet, so its assets are not known; nothing changed.
    """
    wanted = dict(balances) or {settings.currency: START_MONEY}
    _check_assets(services, wanted)
    chat, _ = await practice_of(services, chat_id)
    orders = await chat.account.open_orders()
    exits = await take_profits.watched_on(services, chat.id)
    if not orders and not exits:
        await _reset(services, chat_id, wanted, exits)
        return Reset(wanted)
    now = services.clock.now()
    ticket = Ticket(
        id=secrets.token_hex(16),
        kind=KIND,
        chat_id=chat_id,
        user_id=user_id,
        body=msgspec.json.encode(_Body(wanted)).decode(),
        created_at=now,
        expires_at=now + LIFE,
    )
    await services.records.save_ticket(ticket)
    return Reset(wanted, len(orders), len(exits), ticket.id)


async def take_reset(services: Services, chat_id: int, user_id: int, ticket_id: str) -> Reset:
    """The tap.

    Raises:
        AlreadySent, Expired: it is used up; nothing changed.
    """
    now = services.clock.now()
    ticket = await services.records.claim_ticket(
        ticket_id, chat_id=chat_id, user_id=user_id, now=now
    )
    if ticket.kind != KIND:
        raise Expired("something else")
    wanted = msgspec.json.decode(ticket.body, type=_Body).balances
    _check_assets(services, wanted)
    chat, _ = await practice_of(services, chat_id)
    orders = await chat.account.open_orders()
    exits = await take_profits.watched_on(services, chat.id)
    await _reset(services, chat_id, wanted, exits)
    return Reset(wanted, len(orders), len(exits))


async def read_stats(
    services: Services, chat_id: int, settings: ChatSettings
) -> tuple[Stats, Instrument | None]:
    """How it went since the money was given, and the pair that holding is compared with.

    Raises:
        NotSent: Kraken was not reached yet.
    """
    chat, account = await practice_of(services, chat_id)
    past = await read_past(services, chat, Reach(), with_entries=False)
    now = services.clock.now()
    began = await services.past.paper_began_at(chat.id)
    since = min([began or now, *(fill.at for fill in past.fills)])
    pair = known_pair(services, settings, settings.pair)
    base = pair.base if pair else Asset(settings.pair.partition("/")[0])
    owned = {asset: each.total for asset, each in (await account.balances()).items()}
    course = Course(services, settings.currency, since, now)
    traded = {name for fill in past.fills for name in fill.symbol.split("/")}
    await course.load({*owned, *traded, *(f.fee_asset for f in past.fills), base})
    stats = make_stats(since, owned, past.fills, course.instants(), course.price, base)
    return stats, pair


async def why_not(
    services: Services, chat_id: int, name: OrderName
) -> tuple[WhyNot | None, Instrument | None]:
    """What an open practice order waits for, and its pair; None if it is not open."""
    _, account = await practice_of(services, chat_id)
    why = account.why(name)
    if why is None:
        return None, None
    pairs = {pair.symbol: pair for pair in services.market.instruments()}
    return why, pairs.get(why.order.symbol)


async def unknown_times(services: Services, chat_id: int, order: Order) -> Sequence[Unchecked]:
    """When nobody knows whether this open order would have filled."""
    _, account = await practice_of(services, chat_id)
    return [each for each in account.unchecked if order.order_id in each.orders]


async def open_orders(services: Services, chat_id: int) -> Sequence[Order]:
    """The open practice orders, the newest first."""
    _, account = await practice_of(services, chat_id)
    return list(reversed(await account.open_orders()))


def _check_assets(services: Services, balances: Mapping[str, Decimal]) -> None:
    pairs = services.market.instruments()
    known = {asset for pair in pairs for asset in (pair.base, pair.quote)}
    for asset in balances:
        if asset not in known:
            raise BadArgument(
                "asset", asset, "/paper reset 10000 eur btc=0.5", hint="assets that Kraken trades"
            )


async def _reset(
    services: Services, chat_id: int, balances: Mapping[str, Decimal], exits: Sequence[Exit]
) -> None:
    chat, account = await practice_of(services, chat_id)
    orders = await account.open_orders()
    services.trading.sum_up(chat.id, [order.order_id for order in orders])
    await take_profits.end(services, exits)
    await account.reset({Asset(asset): amount for asset, amount in balances.items()})
    await services.past.begin_anew(chat.id, await _given_at(account, services.clock.now()))


async def _given_at(account: Practising, now: datetime) -> datetime:
    """When the money was given: its entries are the only ones."""
    entries = await account.ledger(datetime.min.replace(tzinfo=now.tzinfo))
    return min([now, *(entry.at for entry in entries if entry.kind == "deposit")])
