"""Watching of accounts and of the bot itself, for alerts about them.

Rules: nothing is asked of Kraken that is not asked anyway: facts come as the accounts tell them,
balances and deposits are read once after each interruption; while an account tells nothing, its
balance is not judged; how far an alert is judged is kept with what is told of it, so a restart
goes on from there.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from bot.core.access import Access, allows
from bot.core.alerts import own
from bot.core.alerts.words import OF_MONEY, Alert, Condition, Crossing, Kind, Progress
from bot.core.errors import NotConnected
from bot.core.settings import ChatSettings
from bot.core.texts import alert_own as texts
from bot.core.trade.profit import Method, Period, profit
from bot.core.trade.types import AccountId, Mode
from bot.desk.doors import ChatAccount
from bot.desk.history import Reach, read_past
from bot.desk.prices import known_pair
from bot.desk.profit import reckon
from bot.desk.services import Services
from bot.store import StoreUnavailable
from kraken.account import (
    AccountEvent,
    AccountInterrupted,
    AccountReady,
    BalancesChanged,
    DepositCame,
    FillHappened,
    OrderUpdated,
)
from kraken.core.errors import AuthError, KrakenError
from kraken.core.holdings import Balance, LedgerEntry
from kraken.core.trading import EXACT, Order
from kraken.core.types import Asset, OrderId

log = logging.getLogger(__name__)

_EVERY = 5.0
_SOON = 0.5
"""Seconds until those are looked at of which something waited to be told."""
_ALL_EVERY = timedelta(seconds=60)
_NOTHING = Balance(Decimal(0))
_MOST_DEPOSITS = 50
_OVERLAP = timedelta(minutes=1)

Judged = tuple[Progress, Sequence[Crossing]]


class OwnRecords(Protocol):
    """What is asked of the store: ``bot.store.Store``."""

    async def fills_after(
        self, account: AccountId, number: int, since: datetime
    ) -> Sequence[own.KeptFill]: ...


@dataclass(slots=True)
class _Account:
    """What is known of one account from what it told."""

    balances: dict[Asset, Balance] = field(default_factory=dict)
    is_read: bool = False
    """The balances are whole."""
    missed: bool = True
    """Deposits may have come that nobody told."""
    is_away: bool = False
    orders: dict[OrderId, Order] = field(default_factory=dict)
    deposits: list[LedgerEntry] = field(default_factory=list)


async def earned(
    services: Services, chat: ChatAccount, condition: Condition, now: datetime
) -> Decimal:
    """What was realised in the span of a profit's condition, fees taken off.

    Raises:
        KrakenError: nothing is known of the past.
    """
    since = own.begin_of(condition.left, now)
    past = await read_past(services, chat, Reach())
    accounting = await reckon(services, chat, past, condition.right, Method.FIFO)
    found = profit(accounting, Period(since), {})
    return EXACT.subtract(found.realised, found.fees)


class OwnWatch:
    """Runs as long as the bot does; made before the accounts begin to tell."""

    def __init__(self, services: Services, records: OwnRecords) -> None:
        self._services = services
        self._records = records
        self._known: dict[AccountId, _Account] = {}
        self._changed: set[AccountId] = set()
        self._chats: dict[tuple[int, str], ChatAccount | None] = {}
        self._profits: dict[tuple[AccountId, str, str], tuple[object, Decimal]] = {}
        self._all_at: datetime | None = None
        self._has_more = False
        self._rang = asyncio.Event()
        services.accounts.listen(self.heard)

    def heard(self, account: AccountId, event: AccountEvent) -> None:
        """An account told something; returns at once."""
        known = self._known.setdefault(account, _Account())
        match event:
            case BalancesChanged(balances=balances):
                known.balances.update(balances)
            case OrderUpdated(order=order) | FillHappened(order=order):
                _note_order(known, order)
            case DepositCame(entry=entry):
                known.deposits = [*known.deposits[1 - _MOST_DEPOSITS :], entry]
            case AccountReady():
                known.is_read = known.is_away = False
            case AccountInterrupted():
                known.is_away = known.missed = True
            case _:
                return
        self._changed.add(account)
        self._rang.set()

    async def run(self) -> None:
        """Look whenever something changed, and every few seconds; until it is cancelled."""
        await self._services.alerts.load()
        while True:
            try:
                await self.look()
            except StoreUnavailable as error:
                log.warning("own alerts are looked at later: %s", error)
            await self._pause()

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(_SOON if self._has_more else _EVERY):
                await self._rang.wait()
        except TimeoutError:
            return
        finally:
            self._rang.clear()

    async def look(self) -> None:
        """Judge what may have changed, and once a minute everything."""
        now = self._services.clock.now()
        is_all = self._all_at is None or now - self._all_at >= _ALL_EVERY
        if is_all:
            self._all_at = now
            self._chats.clear()
        changed, self._changed = self._changed, set()
        ready, self._has_more = self._services.alerts.own()
        if self._has_more:
            self._changed |= changed
            self._all_at = None if is_all else self._all_at
        for alert in sorted(ready, key=_is_slow):
            await self._look_safely(alert, changed, now, is_all=is_all)

    async def _look_safely(
        self, alert: Alert, changed: set[AccountId], now: datetime, *, is_all: bool
    ) -> None:
        try:
            await self._look_at(alert, changed, now, is_all=is_all)
        except StoreUnavailable:
            self._changed |= changed
            raise
        except KrakenError as error:
            log.info("alert %s is not judged: %r", alert.id, error)
        except Exception:  # one alert that cannot be judged must not end the others
            log.exception("alert %s cannot be judged", alert.id)

    async def _look_at(
        self, alert: Alert, changed: set[AccountId], now: datetime, *, is_all: bool
    ) -> None:
        """Judge it, if anything that it depends on may be another than at the last look."""
        kind, is_due = alert.wish.conditions[0].kind, is_all or alert.progress.armed is None
        if kind is Kind.FEED:
            found = await self._silence(alert, now)
        elif kind is Kind.KEY:
            found = await self._key(alert, now) if is_due else (alert.progress, ())
        else:
            chat = await self._chat(alert)
            if chat is None or not (is_due or chat.id in changed):
                return
            settings = await self._services.store.chat_settings(alert.chat_id)
            found = await self._account(alert, chat, settings, now)
        if not found[1] or await self._may_know(alert):
            self._services.alerts.judge(alert, *found)

    async def _chat(self, alert: Alert) -> ChatAccount | None:
        """The account that it is about, looked for once a minute; None if there is none."""
        key = (alert.chat_id, alert.wish.conditions[0].mode)
        if key not in self._chats:
            try:
                self._chats[key] = await self._services.accounts.of(key[0], Mode(key[1]))
            except (NotConnected, KrakenError) as error:
                log.info("alert %s has no account: %r", alert.id, error)
                self._chats[key] = None
        return self._chats[key]

    async def _account(
        self, alert: Alert, chat: ChatAccount, settings: ChatSettings, now: datetime
    ) -> Judged:
        known = self._known.setdefault(chat.id, _Account())
        match alert.wish.conditions[0].kind:
            case Kind.FILL:
                return await self._fills(alert, chat, settings)
            case Kind.STALE:
                return await self._stale(alert, chat, known, settings, now)
            case Kind.BALANCE:
                return await self._balance(alert, chat, known, settings, now)
            case Kind.DEPOSIT:
                return await self._deposits(alert, chat, known, settings)
            case _:
                return await self._profit(alert, chat, settings, now)

    async def _may_know(self, alert: Alert) -> bool:
        """Whether who set it may still see the account."""
        role = await self._services.safety.role(alert.user_id, alert.chat_id)
        return alert.wish.conditions[0].kind not in OF_MONEY or allows(role, Access.TRADER)

    # -- each kind

    async def _fills(self, alert: Alert, chat: ChatAccount, settings: ChatSettings) -> Judged:
        condition, progress = alert.wish.conditions[0], alert.progress
        found: list[Crossing] = []
        kept = await self._records.fills_after(chat.id, progress.seen, _since(alert))
        for each in kept:
            if not found or alert.wish.options.repeats:
                found += await self._fill(alert, condition, each, settings)
        seen = kept[-1].number if kept else progress.seen
        return replace(progress, armed=True, seen=seen), found

    async def _fill(
        self, alert: Alert, condition: Condition, each: own.KeptFill, settings: ChatSettings
    ) -> list[Crossing]:
        fill = each.fill
        quote = fill.symbol.partition("/")[2]
        filled = EXACT.add(each.before, fill.cost)
        worth = await self._services.values.value(quote, filled, condition.right)
        if worth is None or not filled:
            return []
        before = EXACT.divide(EXACT.multiply(worth, each.before), filled)
        if not own.crosses(condition.value, before, worth):
            return []
        pair = known_pair(self._services, settings, fill.symbol)
        said = texts.fill_said(fill, filled, pair, settings)
        return [Crossing(alert.id, fill.at, worth, said=said)]

    async def _stale(
        self,
        alert: Alert,
        chat: ChatAccount,
        known: _Account,
        settings: ChatSettings,
        now: datetime,
    ) -> Judged:
        is_practice = chat.mode is Mode.PAPER
        orders = await chat.account.open_orders() if is_practice else list(known.orders.values())
        old = own.grown_old(alert.wish.conditions[0], orders, _since(alert), now)
        shown = old if alert.wish.options.repeats else old[:1]
        found = [
            Crossing(alert.id, now, said=texts.stale_said(order, now, settings)) for order in shown
        ]
        return replace(alert.progress, armed=True, since=now), found

    async def _balance(
        self,
        alert: Alert,
        chat: ChatAccount,
        known: _Account,
        settings: ChatSettings,
        now: datetime,
    ) -> Judged:
        if known.is_away:
            return alert.progress, ()
        if not known.is_read:
            known.balances = await chat.account.balances()
            known.is_read = True
        condition = alert.wish.conditions[0]
        total = known.balances.get(Asset(condition.left), _NOTHING).total
        progress, crosses = own.judged(condition, alert.progress, total)
        said = texts.balance_said(condition, total, settings)
        return progress, [Crossing(alert.id, now, total, said=said)] if crosses else []

    async def _deposits(
        self, alert: Alert, chat: ChatAccount, known: _Account, settings: ChatSettings
    ) -> Judged:
        entries, since = list(known.deposits), _since(alert)
        if known.missed and not known.is_away:
            entries += await _ledger(chat, since)
            known.missed, known.deposits = False, entries
        new = own.arrived(entries, alert.progress)
        if not alert.wish.options.repeats:
            new = new[:1]
        found = [
            Crossing(alert.id, each.at, each.amount, said=texts.deposit_said(each, settings))
            for each in new
        ]
        return own.after_deposits(alert.progress, new), found

    async def _profit(
        self, alert: Alert, chat: ChatAccount, settings: ChatSettings, now: datetime
    ) -> Judged:
        condition = alert.wish.conditions[0]
        value = await self._earned(chat, condition, now)
        progress, crosses = own.judged(condition, alert.progress, value)
        said = texts.profit_said(condition, value, settings)
        return progress, [Crossing(alert.id, now, value, said=said)] if crosses else []

    async def _earned(self, chat: ChatAccount, condition: Condition, now: datetime) -> Decimal:
        """Reckoned anew only if something was filled, or another span began."""
        since = own.begin_of(condition.left, now)
        fills = await self._services.records.booked_fills(chat.id, since)
        mark = (since, len(fills), fills[0].exec_id if fills else "")
        key = (chat.id, condition.left, condition.right)
        known = self._profits.get(key)
        if known is not None and known[0] == mark:
            return known[1]
        value = await earned(self._services, chat, condition, now)
        self._profits[key] = (mark, value)
        return value

    async def _silence(self, alert: Alert, now: datetime) -> Judged:
        services, condition = self._services, alert.wish.conditions[0]
        heard = services.market.health().last_frame_at or services.started_at
        silent = Decimal(int((now - heard).total_seconds()))
        progress, is_gone = own.judged(condition, alert.progress, silent)
        is_back = alert.times > 0 and alert.progress.armed is False and bool(progress.armed)
        if not (is_gone or is_back):
            return progress, ()
        settings = await services.store.chat_settings(alert.chat_id)
        say = texts.silence_said if is_gone else texts.heard_said
        return progress, [Crossing(alert.id, now, goes_up=is_gone, said=say(heard, settings))]

    async def _key(self, alert: Alert, now: datetime) -> Judged:
        key = await self._services.keyring.record_of(alert.chat_id)
        if key is None or key.valid_until is None:
            return alert.progress, ()
        condition = alert.wish.conditions[0]
        left = Decimal(int((key.valid_until - now).total_seconds()))
        progress, crosses = own.judged(condition, alert.progress, left)
        said = texts.key_said(key.valid_until, key.tail)
        return progress, [Crossing(alert.id, now, left, said=said)] if crosses else []


def _is_slow(alert: Alert) -> bool:
    """It may have to read the past: the others do not wait for that."""
    return alert.wish.conditions[0].kind is Kind.PROFIT


async def _ledger(chat: ChatAccount, since: datetime) -> list[LedgerEntry]:
    """What came meanwhile; nothing if the key may not see it."""
    try:
        return await chat.account.ledger(since - _OVERLAP, _MOST_DEPOSITS)
    except AuthError as error:
        log.info("account %s: deposits of a gap are not known: %s", chat.id, error)
        return []


def _note_order(known: _Account, order: Order) -> None:
    if order.is_open:
        known.orders[order.order_id] = order
    else:
        known.orders.pop(order.order_id, None)


def _since(alert: Alert) -> datetime:
    return alert.progress.since or alert.created_at
