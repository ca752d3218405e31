"""Telling of alerts: what has come true becomes one durable message a chat and moment.

Rules: that an alert has happened and the message about it are written in one transaction, and
until that is done both are still to come after a crash; several of one chat within a second are
one message; beyond 20 messages an hour a chat gets a summary every ten minutes; what asks to be
seen is said again until somebody has.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.core.alerts.policy import MOST_NAGS, may_tell, sound_of
from bot.core.alerts.words import Alert, Crossing, State
from bot.core.notices import Loudness
from bot.core.page import Page
from bot.core.queue import Priority
from bot.core.settings import ChatSettings
from bot.core.texts import alerts as texts
from bot.core.trade.news import News
from bot.desk.alerts_kept import AlertRecords, AlertVoice, Kept
from bot.desk.services import MarketData, Records
from bot.store import StoreUnavailable
from kraken.clock import Clock
from kraken.core.errors import KrakenError
from kraken.core.types import Instrument, Symbol

log = logging.getLogger(__name__)

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_MOMENT = timedelta(seconds=1)
_SUMMARY = timedelta(minutes=10)
_AGAIN = 1.0
"""Seconds until what could not be written is tried again."""


class Teller:
    """Takes what has happened and says it."""

    def __init__(
        self,
        kept: Kept,
        records: AlertRecords,
        choices: Records,
        market: MarketData,
        voice: AlertVoice,
        clock: Clock,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._kept = kept
        self._records = records
        self._choices = choices
        self._market = market
        self._voice = voice
        self._clock = clock
        self._sleep = sleep
        self._waiting: dict[int, list[Crossing]] = {}
        self._told_at: dict[int, datetime] = {}
        self._unsaid_since: dict[int, datetime] = {}
        self._rang = asyncio.Event()

    def happened(self, crossings: Sequence[Crossing]) -> None:
        """These have come true; returns at once."""
        for crossing in crossings:
            alert = self._kept.alerts.get(crossing.alert_id)
            if alert is not None:
                self._waiting.setdefault(alert.chat_id, []).append(crossing)
                self._rang.set()

    def take_up(self) -> None:
        """What an earlier run had still to sum up."""
        for alert in self._kept.alerts.values():
            if alert.state is State.FIRED and alert.unsaid and alert.told_at is not None:
                self._unsaid_since.setdefault(alert.chat_id, alert.told_at)

    def symbols(self) -> set[Symbol]:
        """Pairs of which something is not written down yet."""
        waiting = [each.alert_id for chat in self._waiting.values() for each in chat]
        return {self._kept.alerts[each].symbol for each in waiting if each in self._kept.alerts}

    async def run(self) -> None:
        """Say what happens; ends when it is cancelled."""
        while True:
            await self._rang.wait()
            self._rang.clear()
            while self._waiting:
                await self._round()

    async def _round(self) -> None:
        """Tell each chat that was not told a moment ago, and wait for the others' turn."""
        now = self._clock.now()
        due = [chat for chat in self._waiting if now >= self._free_at(chat)]
        try:
            for chat_id in due:
                await self._tell_safely(chat_id)
            if due:
                await self._voice.load_waiting()
        except StoreUnavailable as error:
            log.warning("alerts are not written down: %s; again soon", error)
            await self._sleep(_AGAIN)
            return
        if self._waiting and not due:
            soonest = min(self._free_at(chat) for chat in self._waiting)
            await self._sleep(max((soonest - now).total_seconds(), 0.0))

    async def _tell_safely(self, chat_id: int) -> None:
        try:
            async with self._kept.lock:
                await self._tell(chat_id)
        except StoreUnavailable:
            raise
        except Exception:  # a bug in one message must not end what everybody is told by
            log.exception("alerts of chat %s could not be told", chat_id)
            self._waiting.pop(chat_id, None)

    def _free_at(self, chat_id: int) -> datetime:
        told_at = self._told_at.get(chat_id)
        return _LONG_AGO if told_at is None else told_at + _MOMENT

    async def _tell(self, chat_id: int) -> None:
        now = self._clock.now()
        settings = await self._choices.chat_settings(chat_id)
        crossings = tuple(self._waiting[chat_id])
        told: dict[int, texts.Happened] = {}
        quiet: dict[int, Alert] = {}
        for crossing in crossings:
            alert = self._kept.alerts.get(crossing.alert_id)
            if alert is None:
                continue
            before = told[alert.id].alert if alert.id in told else alert
            if may_tell(alert, settings, now) and self._is_wanted(alert, settings, now):
                told[alert.id] = self._happened(before, crossing, now)
            else:
                quiet[alert.id] = self._not_told(quiet.get(alert.id, alert))
        await self._write(chat_id, list(told.values()), list(quiet.values()), settings)
        rest = self._waiting[chat_id][len(crossings) :]
        if rest:
            self._waiting[chat_id] = rest
        else:
            del self._waiting[chat_id]

    def _is_wanted(self, alert: Alert, settings: ChatSettings, now: datetime) -> bool:
        return sound_of(alert.wish.options, settings, now) is not Loudness.OFF

    def _happened(self, alert: Alert, crossing: Crossing, now: datetime) -> texts.Happened:
        options = alert.wish.options
        after = self._kept.judged(alert)
        after = replace(
            after,
            state=State.ARMED if options.repeats else State.FIRED,
            progress=after.progress if options.repeats else replace(after.progress, armed=False),
            told_at=now,
            times=alert.times + 1,
            nag_at=now + timedelta(seconds=options.nag) if options.nag else None,
            nags=0,
        )
        ticker = self._kept.tickers.get(alert.symbol)
        change = ticker.change_pct if ticker is not None else None
        return texts.Happened(after, crossing, self._instrument(alert.symbol), change)

    def _not_told(self, alert: Alert) -> Alert:
        """It came true at a time when it is not told; it has to come true again."""
        after = replace(self._kept.judged(alert), unsaid=alert.unsaid + 1)
        if alert.wish.options.repeats:
            return after
        return replace(after, progress=replace(after.progress, armed=False))

    async def _write(
        self,
        chat_id: int,
        told: Sequence[texts.Happened],
        quiet: Sequence[Alert],
        settings: ChatSettings,
    ) -> None:
        now = self._clock.now()
        if quiet:
            await self._records.save_alerts(quiet)
            for alert in quiet:
                self._kept.put(alert)
                engine = self._kept.engines.get(alert.symbol)
                if engine is not None and not alert.wish.options.repeats:
                    engine.add(alert)
        if not told:
            return
        page = texts.fired_page(told, settings, now)
        news = self._news(chat_id, page, [each.alert for each in told], settings)
        changed = [replace(each.alert, unsaid=0) for each in told]
        is_said = await self._records.tell_alerts([each.alert for each in told], news, now=now)
        if is_said:
            self._told_at[chat_id] = now
        else:
            self._unsaid_since.setdefault(chat_id, now)
            changed = [replace(each.alert, unsaid=each.alert.unsaid + 1) for each in told]
        for alert in changed:
            self._keep(alert)

    def _keep(self, alert: Alert) -> None:
        """In memory as long as anything is still to come of it, unless it was deleted."""
        if alert.id not in self._kept.alerts:
            return
        if alert.state is State.ARMED or alert.nag_at is not None or alert.unsaid:
            self._kept.put(alert)
        else:
            self._kept.drop(alert)

    def _news(
        self, chat_id: int, page: Page, alerts: Sequence[Alert], settings: ChatSettings
    ) -> News:
        now = self._clock.now()
        sounds = {sound_of(alert.wish.options, settings, now) for alert in alerts}
        first = alerts[0]
        return News(
            f"alert:{first.id}:{first.times}",
            chat_id,
            replace(page, silent=Loudness.LOUD not in sounds),
            priority=Priority.ALERT,
        )

    # -- what time brings

    async def look(self) -> None:
        """Say again what nobody has seen, and sum up what was too much."""
        now = self._clock.now()
        for alert in list(self._kept.alerts.values()):
            if alert.nag_at is not None and alert.nag_at <= now:
                async with self._kept.lock:
                    await self._nag(self._kept.alerts.get(alert.id, alert), now)
        for chat_id in {alert.chat_id for alert in self._kept.alerts.values() if alert.unsaid}:
            since = self._unsaid_since.get(chat_id)
            if since is not None and now - since >= _SUMMARY:
                async with self._kept.lock:
                    await self._sum_up(chat_id, now - since)
        await self._voice.load_waiting()

    async def _nag(self, alert: Alert, now: datetime) -> None:
        if alert.nag_at is None or alert.id not in self._kept.alerts:
            return
        nags = alert.nags + 1
        over = nags > MOST_NAGS
        after = replace(
            alert,
            nags=nags,
            nag_at=None if over else now + timedelta(seconds=alert.wish.options.nag),
        )
        settings = await self._choices.chat_settings(alert.chat_id)
        happened = texts.Happened(
            alert, Crossing(alert.id, alert.told_at or now), self._instrument(alert.symbol)
        )
        page = texts.fired_page([happened], settings, now, nags=nags)
        await self._records.save_alerts([after])
        if not over:
            key = f"alert:{alert.id}:{alert.times}:again:{nags}"
            await self._voice.push(alert.chat_id, page, Priority.ALERT, key)
        self._keep(after)

    async def _sum_up(self, chat_id: int, since: timedelta) -> None:
        now = self._clock.now()
        alerts = [each for each in self._kept.alerts.values() if each.chat_id == chat_id]
        unsaid = [each for each in alerts if each.unsaid]
        page = texts.summary_page(unsaid, since)
        key = f"alert:sum:{chat_id}:{now.isoformat()}"
        news = News(key, chat_id, page, priority=Priority.ALERT)
        cleared = [replace(each, unsaid=0) for each in unsaid]
        await self._records.tell_alerts(cleared, news, now=now, counts=False)
        del self._unsaid_since[chat_id]
        for alert in cleared:
            self._keep(alert)

    def _instrument(self, symbol: Symbol) -> Instrument | None:
        try:
            return self._market.instrument(symbol)
        except KrakenError:
            return None
