"""Alerts: what chats wait for, watched while nobody looks.

``run`` keeps everything going; the other methods are what handlers ask for. Rules: a change is
kept before it holds; an engine is told in the same step, so that nothing is judged between; how
far judging is, is kept every half minute and with everything that happens, never ahead of what is
still to be written down.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.alerts.engine import Engine
from bot.core.alerts.syntax import NoAlert
from bot.core.alerts.words import Alert, Crossing, Kind, Newest, Progress, State, Wish
from bot.core.page import Page
from bot.core.queue import Priority
from bot.core.texts import alerts_told as texts
from bot.desk.alerts_feeds import Feeds
from bot.desk.alerts_follow import Following, PastTrades
from bot.desk.alerts_kept import AlertRecords, AlertVoice, Kept
from bot.desk.alerts_tell import Draw, Teller, no_picture
from bot.desk.services import Keyed, Records
from bot.store import StoreUnavailable
from bot.store.alerts import Seen
from bot.tasks import together
from kraken.clock import Clock
from kraken.core.errors import KrakenError, UnknownInstrument
from kraken.core.types import Instrument, InstrumentStatus, Symbol

log = logging.getLogger(__name__)

_EVERY = 5.0
"""Seconds between two looks at what time brings."""
_SAVE = timedelta(seconds=30)


class Alerts:
    """All alerts of all chats."""

    def __init__(
        self,
        records: AlertRecords,
        choices: Records,
        market: PastTrades,
        voice: AlertVoice,
        tasks: Keyed,
        clock: Clock,
        *,
        draw: Draw = no_picture,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._records = records
        self._choices = choices
        self._market = market
        self._voice = voice
        self._clock = clock
        self._sleep = sleep
        self._kept = Kept()
        self._teller = Teller(
            self._kept, records, choices, market, voice, clock, draw=draw, sleep=sleep
        )
        self._following = Following(
            self._kept, market, clock, self._teller.happened, self._tell_blind, sleep=sleep
        )
        self._feeds = Feeds(self._kept, self._following, tasks, sleep)
        self._saved_at = clock.now()
        self._loading = asyncio.Lock()
        self._is_loaded = False

    async def run(self) -> None:
        """Watch and tell, until it is cancelled; then keep how far it came."""
        await self.load()
        try:
            await together(self._teller.run(), self._look_around())
        finally:
            self._feeds.end()

    async def follow(self, old: int, new: int) -> None:
        """A group got another id, also in the store: its alerts are of that."""
        async with self._kept.lock:
            self._kept.follow(old, new)

    # -- what handlers ask for

    async def add(
        self, chat_id: int, user_id: int, symbol: Symbol, wish: Wish, progress: Progress
    ) -> Alert:
        """Watch for this from now on.

        Raises:
            TooManyAlerts: the chat has as many as it may.
        """
        await self.load()
        seen = await self._following.beginning(symbol)
        now = self._clock.now()
        lasts = wish.options.lasts
        until = now + timedelta(seconds=lasts) if lasts else None
        progress = replace(progress, seen=self._cursor(symbol, seen), since=now)
        alert = await self._records.add_alert(
            chat_id, user_id, symbol, wish, progress, until=until, now=now, seen=seen
        )
        self._watch(alert, seen)
        return alert

    async def of_chat(self, chat_id: int) -> list[Alert]:
        """All that are not done, oldest first, as they are now."""
        found = await self._records.alerts(chat_id)
        return [self._kept.judged(self._kept.alerts.get(alert.id, alert)) for alert in found]

    async def get(self, chat_id: int, number: int) -> Alert:
        """One of a chat, also when it is done.

        Raises:
            NoAlert: there is none of that number here.
        """
        alert = await self._records.alert(chat_id, number)
        if alert is None:
            raise NoAlert("alert", f"#{number}", "/alerts")
        kept = self._kept.alerts.get(alert.id)
        return alert if kept is None else self._kept.judged(kept)

    async def change(self, alert: Alert) -> None:
        """Wait for what it says now, and so long; how far it came meanwhile stays.

        Raises:
            NoAlert: it was deleted meanwhile.
        """
        await self._teller.told(alert.id)
        async with self._kept.lock:
            now = await self.get(alert.chat_id, alert.number)
            await self._change(replace(now, wish=alert.wish, until=alert.until))

    async def _change(self, alert: Alert, seen: Seen | None = None) -> None:
        """Keep it as it is given and watch it so; what was deleted stays so."""
        if await self._records.alert(alert.chat_id, alert.number) is None:
            return
        await self._records.save_alerts([alert], {alert.symbol: seen} if seen else None)
        self._kept.drop(alert)
        self._watch(alert, seen)

    async def again(self, alert: Alert) -> Alert:
        """Watch anew; where it is true already, it has to come back first."""
        seen = await self._following.beginning(alert.symbol)
        now = self._clock.now()
        lasts = alert.wish.options.lasts
        after = replace(
            alert,
            state=State.ARMED,
            rests_until=None,
            until=now + timedelta(seconds=lasts) if lasts else None,
            nag_at=None,
            unsaid=0,
            progress=self._fresh(alert, now, seen),
        )
        async with self._kept.lock:
            await self._change(after, seen)
        return after

    async def rest(self, alerts: Sequence[Alert], until: datetime) -> None:
        """Watch none of these until then."""
        for alert in alerts:
            await self._teller.told(alert.id)
            progress = replace(alert.progress, armed=None)
            after = replace(
                alert, state=State.ARMED, rests_until=until, progress=progress, nag_at=None
            )
            async with self._kept.lock:
                await self._change(after)

    async def wake(self, alerts: Sequence[Alert]) -> int:
        """Watch those of them that rest; how many there were."""
        resting = [each for each in alerts if each.rests_until is not None]
        for alert in resting:
            await self.again(alert)
        return len(resting)

    async def seen(self, alert: Alert) -> None:
        """Somebody has seen it: it is not said again."""
        async with self._kept.lock:
            after = replace(self._kept.alerts.get(alert.id, alert), nag_at=None)
            await self._records.save_alerts([after])
            if after.state is State.ARMED:
                self._kept.put(after)
            else:
                self._kept.drop(after)

    async def remove(self, alerts: Sequence[Alert]) -> int:
        """Forget them; how many there were."""
        if not alerts:
            return 0
        async with self._kept.lock:
            count = await self._records.remove_alerts(
                alerts[0].chat_id, [alert.number for alert in alerts]
            )
            for alert in alerts:
                self._kept.drop(alert)
        self._feeds.follow()
        return count

    # -- what is about no pair

    def own(self) -> tuple[list[Alert], bool]:
        """Those that somebody else judges; and whether there are more, of which something waits
        to be told before they may be judged again.
        """
        waiting = self._teller.to_tell()
        watched = [each for each in self._kept.alerts.values() if each.wish.is_own]
        found = [each for each in watched if each.is_watched]
        ready = [each for each in found if each.id not in waiting]
        return ready, len(ready) < len(found)

    def judge(self, alert: Alert, progress: Progress, found: Sequence[Crossing] = ()) -> None:
        """How such an alert stands, and what has come true; nothing if it changed meanwhile."""
        if self._kept.alerts.get(alert.id) is not alert:
            return
        if progress != alert.progress:
            self._kept.put(replace(alert, progress=progress))
            self._kept.moved.add(alert.id)
        self._teller.happened(found)

    # -- inside

    async def load(self) -> None:
        """Take up what an earlier run left, once the pairs are known."""
        await self._market.ready()
        async with self._loading:
            if not self._is_loaded:
                await self._load()
                self._is_loaded = True

    async def _load(self) -> None:
        seen = await self._records.seen_trades()
        alerts = await self._records.alerts()
        for alert in alerts:
            if alert.state is not State.PAUSED:
                self._kept.put(alert)
        self._teller.take_up()
        for symbol in {alert.symbol for alert in alerts if alert.is_watched and alert.symbol}:
            began = min(each.created_at for each in self._kept.of(symbol))
            known = seen.get(symbol)
            if known is not None and known.heard_at >= began:
                self._kept.heard_at[symbol] = known.heard_at
                self._make_engine(symbol, known)
            else:
                self._kept.heard_at[symbol] = began
                self._make_engine(symbol, None)
        for alert in alerts:
            if alert.is_watched and alert.symbol in self._kept.engines:
                self._kept.engines[alert.symbol].add(alert)
        self._feeds.follow()

    def _watch(self, alert: Alert, seen: Seen | None = None) -> None:
        self._kept.put(alert)
        if alert.is_watched and alert.symbol:
            if alert.symbol not in self._kept.engines:
                self._kept.heard_at[alert.symbol] = self._clock.now()
                self._make_engine(alert.symbol, seen)
            if alert.symbol in self._kept.engines:
                self._kept.engines[alert.symbol].add(alert)
        self._feeds.follow()

    def _make_engine(self, symbol: Symbol, known: Seen | None) -> None:
        instrument = self._instrument(symbol)
        if instrument is None:
            return  # the next look around says so
        self._kept.is_current.discard(symbol)
        self._kept.noted.discard(symbol)
        self._kept.engines[symbol] = Engine(instrument.tick_size, known.trade if known else None)

    def _cursor(self, symbol: Symbol, seen: Seen | None) -> int:
        engine = self._kept.engines.get(symbol)
        return engine.cursor if engine is not None else seen.trade.trade_id if seen else 0

    def _fresh(self, alert: Alert, now: datetime, seen: Seen | None) -> Progress:
        kind = alert.wish.conditions[0].kind
        base = alert.progress.base if kind is Kind.EXTREME else None
        return Progress(armed=None, base=base, seen=self._cursor(alert.symbol, seen), since=now)

    async def _look_around(self) -> None:
        """See to what time brings, for ever."""
        while True:
            await self._sleep(_EVERY)
            try:
                await self.look()
            except StoreUnavailable as error:
                log.warning("alerts: not written down: %s; again soon", error)

    async def look(self) -> None:
        """Once: what expires, awakes, is to be said again, is listed no more; and keep it all."""
        now = self._clock.now()
        connected = self._market.health().connected
        for alert in list(self._kept.alerts.values()):
            if alert.state is not State.ARMED or alert.id not in self._kept.alerts:
                continue
            if alert.until is not None and alert.until <= now:
                await self._expire(alert)
            elif alert.rests_until is not None and alert.rests_until <= now:
                await self.again(alert)
            elif connected and self._is_gone(alert.symbol):
                await self._pause(alert)
        for engine in self._kept.engines.values():
            self._teller.happened(engine.pass_time(now))
        await self._teller.look()
        self._feeds.follow()
        if now - self._saved_at >= _SAVE or self._is_any_new():
            await self.save()

    def _is_any_new(self) -> bool:
        """Of a pair that is not noted, a new life would not know where to go on."""
        engines = self._kept.engines.items()
        return any(each.newest and symbol not in self._kept.noted for symbol, each in engines)

    async def save(self) -> None:
        """Keep how far each pair was judged."""
        async with self._kept.lock:
            await self._save()

    async def _save(self) -> None:
        now = self._clock.now()
        unwritten = self._teller.symbols()
        seen: dict[Symbol, Seen] = {}
        moved, self._kept.moved = self._kept.moved & self._kept.alerts.keys(), set()
        changed = [self._kept.alerts[each] for each in moved - self._teller.to_tell()]
        connected = self._market.health().connected
        for symbol, engine in self._kept.engines.items():
            if symbol in unwritten or engine.newest is None:
                continue
            if connected and symbol in self._kept.is_current:
                self._kept.heard_at[symbol] = now
            newest = Newest(engine.cursor, engine.newest.price, engine.newest.at)
            seen[symbol] = Seen(newest, self._kept.heard_at[symbol])
            touched, engine.touched = engine.touched & self._kept.alerts.keys(), set()
            changed += [self._kept.judged(self._kept.alerts[each]) for each in touched]
        for alert in changed:
            self._kept.put(alert)
        try:
            await self._records.save_alerts(changed, seen)
        except StoreUnavailable:
            for alert in changed:
                followed = self._kept.engines.get(alert.symbol)
                (self._kept.moved if followed is None else followed.touched).add(alert.id)
            raise
        self._saved_at = now
        self._kept.noted |= seen.keys()

    async def _expire(self, alert: Alert) -> None:
        after = replace(alert, state=State.DONE, told_at=self._clock.now())
        async with self._kept.lock:
            await self._records.save_alerts([after])
            self._kept.drop(alert)
        self._feeds.follow()
        settings = await self._choices.chat_settings(alert.chat_id)
        page = texts.expired_page(alert, self._instrument(alert.symbol), settings)
        await self._say(alert, page, f"alert-expired:{alert.id}:{alert.until}")

    async def _pause(self, alert: Alert) -> None:
        async with self._kept.lock:
            await self._records.save_alerts([replace(alert, state=State.PAUSED)])
            self._kept.drop(alert)
        self._feeds.follow()
        page = texts.pair_gone_page(alert)
        await self._say(alert, page, f"alert-paused:{alert.id}:{alert.times}")

    async def _say(self, alert: Alert, page: Page, key: str) -> None:
        await self._voice.push(alert.chat_id, page, Priority.ALERT, key)

    async def _tell_blind(self, symbol: Symbol, since: datetime) -> None:
        now = self._clock.now()
        for chat_id in sorted({each.chat_id for each in self._kept.of(symbol)}):
            settings = await self._choices.chat_settings(chat_id)
            page = texts.blind_page(symbol, since, now, settings)
            key = f"alert-gap:{symbol}:{chat_id}:{since.isoformat()}"
            await self._voice.push(chat_id, page, Priority.ALERT, key)

    def _is_gone(self, symbol: Symbol) -> bool:
        if not symbol:
            return False
        try:
            found = self._market.instrument(symbol)
        except UnknownInstrument:
            return True
        except KrakenError:
            return False
        return found.symbol != symbol or found.status is InstrumentStatus.DELISTED

    def _instrument(self, symbol: Symbol) -> Instrument | None:
        try:
            return self._market.instrument(symbol)
        except KrakenError:
            return None
