"""Telling of alerts: what has come true becomes one durable message a chat and moment.

Rules: that an alert has happened and the message about it are written in one transaction, and
until that is done both are still to come after a crash; several of one chat within a second are
one message; what comes too soon after an alert's last message, or beyond 20 messages an hour in a
chat, is summed up ten minutes later, also after a restart; what asks to be seen is said again
until somebody has. A picture is drawn before, beside everything else, and holds up nobody but its
own chat; one that is not ready in time is left out.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.core.alerts.policy import MOST_NAGS, is_between, may_tell, pause_of, sound_of
from bot.core.alerts.words import EVENTS, Alert, Crossing, State
from bot.core.notices import Loudness
from bot.core.page import Page
from bot.core.queue import Priority
from bot.core.settings import ChatSettings
from bot.core.texts import alerts_told as texts
from bot.core.texts.feeds import posted_alerts
from bot.core.trade.news import News
from bot.desk.alerts_kept import AlertRecords, AlertVoice, Kept
from bot.desk.services import MarketData, Records
from bot.store import StoreUnavailable
from bot.tasks import together
from kraken.clock import Clock
from kraken.core.errors import KrakenError
from kraken.core.types import Instrument, Symbol

log = logging.getLogger(__name__)

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_MOMENT = timedelta(seconds=1)
_SUMMARY = timedelta(minutes=10)
_AGAIN = 1.0
"""Seconds until what could not be written is tried again."""
_A_LITTLE = 0.05
_MOST_WAITS = 60
_DRAWN_IN = 5.0
"""Seconds that a message waits for its picture."""

Draw = Callable[[Alert, ChatSettings], Awaitable[bytes | None]]
"""A picture of an alert's market; None if there is none to be had."""


async def no_picture(alert: Alert, settings: ChatSettings) -> bytes | None:
    """Where nobody draws."""
    return None


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
        draw: Draw = no_picture,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._kept = kept
        self._records = records
        self._choices = choices
        self._market = market
        self._voice = voice
        self._clock = clock
        self._draw = draw
        self._sleep = sleep
        self._waiting: dict[int, list[Crossing]] = {}
        self._told_at: dict[int, datetime] = {}
        self._unsaid_since: dict[int, datetime] = {}
        """By alert: since when it is to be summed up."""
        self._rang = (asyncio.Event(), asyncio.Event())
        """For what is told at once, and for what is drawn first."""

    def happened(self, crossings: Sequence[Crossing]) -> None:
        """These have come true; returns at once."""
        for crossing in crossings:
            alert = self._kept.alerts.get(crossing.alert_id)
            if alert is not None:
                self._waiting.setdefault(alert.chat_id, []).append(crossing)
                for rang in self._rang:
                    rang.set()

    def take_up(self) -> None:
        """What an earlier run had still to sum up."""
        for alert in self._kept.alerts.values():
            if alert.unsaid and alert.told_at is not None:
                self._unsaid_since.setdefault(alert.id, alert.told_at)

    def to_tell(self) -> set[int]:
        """Alerts of which something is not written down yet."""
        return {each.alert_id for chat in self._waiting.values() for each in chat}

    async def told(self, alert_id: int) -> None:
        """Wait, but not for long, until what has happened of an alert is written down."""
        for _ in range(_MOST_WAITS):
            if alert_id not in self.to_tell():
                return
            await self._sleep(_A_LITTLE)

    def symbols(self) -> set[Symbol]:
        """Pairs of which something is not written down yet."""
        return {self._kept.alerts[i].symbol for i in self.to_tell() if i in self._kept.alerts}

    async def run(self) -> None:
        """Say what happens; ends when it is cancelled."""
        await together(self._work(drawn=False), self._work(drawn=True))

    async def _work(self, *, drawn: bool) -> None:
        rang = self._rang[drawn]
        while True:
            await rang.wait()
            rang.clear()
            while any(self._to_draw(chat_id) is drawn for chat_id in self._waiting):
                await self._round(drawn=drawn)

    async def _round(self, *, drawn: bool) -> None:
        """Tell each chat that was not told a moment ago, and wait for the others' turn."""
        now = self._clock.now()
        mine = [chat for chat in self._waiting if self._to_draw(chat) is drawn]
        due = [chat for chat in mine if now >= self._free_at(chat)]
        try:
            for chat_id in due:
                picture = await self._picture(chat_id) if drawn else None
                await self._tell_safely(chat_id, picture, drawn=drawn)
            if due:
                await self._voice.load_waiting()
        except StoreUnavailable as error:
            log.warning("alerts are not written down: %s; again soon", error)
            await self._sleep(_AGAIN)
            return
        if mine and not due:
            soonest = min(self._free_at(chat) for chat in mine)
            await self._sleep(max((soonest - now).total_seconds(), 0.0))

    async def _tell_safely(self, chat_id: int, picture: bytes | None, *, drawn: bool) -> None:
        try:
            async with self._kept.lock:
                if chat_id in self._waiting and self._to_draw(chat_id) is drawn:
                    await self._tell(chat_id, picture)
        except StoreUnavailable:
            raise
        except Exception:  # a bug in one message must not end what everybody is told by
            log.exception("alerts of chat %s could not be told", chat_id)
            self._waiting.pop(chat_id, None)

    def _charted(self, chat_id: int) -> Alert | None:
        """The first of a chat's alerts that wants a picture."""
        found = (self._kept.alerts.get(each.alert_id) for each in self._waiting.get(chat_id, ()))
        return next((each for each in found if each and each.wish.options.chart), None)

    def _to_draw(self, chat_id: int) -> bool:
        return self._charted(chat_id) is not None

    async def _picture(self, chat_id: int) -> bytes | None:
        alert = self._charted(chat_id)
        if alert is None:
            return None
        try:
            async with asyncio.timeout(_DRAWN_IN):
                return await self._draw(alert, await self._choices.chat_settings(chat_id))
        except StoreUnavailable:
            raise
        except Exception:  # the words are what matters, whatever became of the picture
            log.warning("alert %s is told without its picture", alert.id, exc_info=True)
            return None

    def _free_at(self, chat_id: int) -> datetime:
        told_at = self._told_at.get(chat_id)
        return _LONG_AGO if told_at is None else told_at + _MOMENT

    async def _tell(self, chat_id: int, picture: bytes | None) -> None:
        now = self._clock.now()
        settings = await self._choices.chat_settings(chat_id)
        crossings = tuple(self._waiting[chat_id])
        told: dict[int, texts.Happened] = {}
        quiet: dict[int, Alert] = {}
        for crossing in crossings:
            alert = self._kept.alerts.get(crossing.alert_id)
            if alert is None:
                continue
            wanted = self._is_wanted(alert, settings, now)
            if wanted and may_tell(alert, settings, now):
                told[alert.id] = self._happened(told.get(alert.id), alert, crossing, now)
            else:
                counts = wanted and is_between(alert.wish.options, settings, now)
                quiet[alert.id] = self._not_told(quiet.get(alert.id, alert), counts=counts)
        await self._write(chat_id, list(told.values()), list(quiet.values()), settings, picture)
        rest = self._waiting[chat_id][len(crossings) :]
        if rest:
            self._waiting[chat_id] = rest
        else:
            del self._waiting[chat_id]

    def _is_wanted(self, alert: Alert, settings: ChatSettings, now: datetime) -> bool:
        return sound_of(alert.wish.options, settings, now) is not Loudness.OFF

    def _happened(
        self, before: texts.Happened | None, alert: Alert, crossing: Crossing, now: datetime
    ) -> texts.Happened:
        options = alert.wish.options
        after = self._kept.judged(alert)
        after = replace(
            after,
            state=State.ARMED if options.repeats else State.FIRED,
            progress=after.progress if options.repeats else replace(after.progress, armed=False),
            told_at=now,
            times=(before.alert if before else alert).times + 1,
            nag_at=now + timedelta(seconds=options.nag) if options.nag else None,
            nags=0,
        )
        ticker = self._kept.tickers.get(alert.symbol)
        change = ticker.change_pct if ticker is not None else None
        earlier = (*before.earlier, before.crossing) if before else ()
        instrument = self._instrument(alert.symbol)
        return texts.Happened(after, crossing, instrument, change, earlier)

    def _not_told(self, alert: Alert, *, counts: bool) -> Alert:
        """It came true at a time when it is not told; it has to come true again."""
        after = replace(self._kept.judged(alert), unsaid=alert.unsaid + counts)
        if alert.wish.options.repeats or alert.wish.conditions[0].kind in EVENTS:
            return after
        return replace(after, progress=replace(after.progress, armed=False))

    async def _write(
        self,
        chat_id: int,
        told: Sequence[texts.Happened],
        quiet: Sequence[Alert],
        settings: ChatSettings,
        picture: bytes | None,
    ) -> None:
        now = self._clock.now()
        if quiet:
            await self._records.save_alerts(quiet)
            for alert in quiet:
                self._kept.put(alert)
                self._note_unsaid(alert, now)
                engine = self._kept.engines.get(alert.symbol)
                if engine is not None and not alert.wish.options.repeats:
                    engine.add(alert)
        if not told:
            return
        page = texts.with_picture(texts.fired_page(told, settings, now), picture)
        news = self._news(chat_id, page, [each.alert for each in told], settings)
        changed = [replace(each.alert, unsaid=0) for each in told]
        is_said = await self._records.tell_alerts([each.alert for each in told], news, now=now)
        if is_said:
            self._told_at[chat_id] = now
        else:
            changed = [replace(each.alert, unsaid=each.alert.unsaid + 1) for each in told]
        for alert in changed:
            self._keep(alert)
            self._note_unsaid(alert, now)

    def _note_unsaid(self, alert: Alert, now: datetime) -> None:
        if alert.unsaid:
            self._unsaid_since.setdefault(alert.id, now)
        else:
            self._unsaid_since.pop(alert.id, None)

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
            posted=posted_alerts(page, alerts),
        )

    # -- what time brings

    async def look(self) -> None:
        """Say again what nobody has seen, and sum up what was too much."""
        now = self._clock.now()
        for alert in list(self._kept.alerts.values()):
            if alert.nag_at is not None and alert.nag_at <= now:
                async with self._kept.lock:
                    await self._nag(self._kept.alerts.get(alert.id, alert), now)
        due = {each.chat_id for each in self._kept.alerts.values() if self._is_due(each, now)}
        for chat_id in due:
            async with self._kept.lock:
                await self._sum_up(chat_id, now)
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

    def _is_due(self, alert: Alert, now: datetime) -> bool:
        """Whether it is time to sum up what was not said of it."""
        since = self._unsaid_since.get(alert.id)
        return bool(alert.unsaid) and since is not None and now - since >= _patience(alert)

    async def _sum_up(self, chat_id: int, now: datetime) -> None:
        """Also what has not waited so long yet, unless it asked for longer pauses."""
        alerts = [each for each in self._kept.alerts.values() if each.chat_id == chat_id]
        unsaid = [
            each
            for each in alerts
            if each.unsaid and (self._is_due(each, now) or _patience(each) == _SUMMARY)
        ]
        if not unsaid:
            return
        since = min(self._unsaid_since.get(each.id, now) for each in unsaid)
        page = texts.summary_page(unsaid, now - since)
        key = f"alert:sum:{chat_id}:{now.isoformat()}"
        news = News(key, chat_id, page, priority=Priority.ALERT)
        cleared = [replace(each, unsaid=0) for each in unsaid]
        await self._records.tell_alerts(cleared, news, now=now, counts=False)
        for alert in cleared:
            self._note_unsaid(alert, now)
            self._keep(alert)

    def _instrument(self, symbol: Symbol) -> Instrument | None:
        try:
            return self._market.instrument(symbol)
        except KrakenError:
            return None


def _patience(alert: Alert) -> timedelta:
    """How long what was not said of it may wait."""
    return max(_SUMMARY, pause_of(alert))
