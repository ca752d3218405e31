"""Ground: everything that runs whether or not anybody is talked to, built from the settings.

``bot.app`` owns its tasks and ends them; here nothing is started.
"""

import asyncio
import importlib.metadata
import logging
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta

import aiohttp

from bot.charts import Charts
from bot.core.audit import Action, seal_from
from bot.core.config import Settings
from bot.desk.alerts import Alerts
from bot.desk.alerts_picture import picture_of
from bot.desk.care import Care
from bot.desk.caretaking import Caretaker
from bot.desk.heart import Heart
from bot.desk.heartbeat import Heartbeat
from bot.desk.keyring import unlock
from bot.desk.keys import Keys, open_keys
from bot.desk.live_door import LiveDoor
from bot.desk.makers import Makers
from bot.desk.plans_runs import PlanRuns
from bot.desk.quiet import QuietHours
from bot.desk.safety import Brakes, Surroundings
from bot.desk.services import BotHealth, Services
from bot.handlers.command import Command
from bot.outbox import Outbox
from bot.schedule import Timers
from bot.store import Store, StoreUnavailable
from bot.tasks import KeyedTasks
from bot.telegram.edge import App, close_application, make_application
from bot.telegram.scheduled import Teller
from bot.telegram.sender import TelegramSender
from kraken.clock import Clock, SystemClock
from kraken.connections import Connections
from kraken.market import Market
from kraken.paper import PaperVenue
from kraken.rest import Rest

log = logging.getLogger(__name__)

VERSION = importlib.metadata.version("kraken-bot")
_TIDY_EVERY = timedelta(days=1)


@dataclass(slots=True)
class Ground:
    """The parts that everything else stands on."""

    settings: Settings
    clock: SystemClock
    store: Store
    brakes: Brakes
    market: Market
    charts: Charts
    application: App
    sender: TelegramSender
    outbox: Outbox
    venue: PaperVenue
    door: LiveDoor
    keys: Keys
    timers: Timers
    caretaker: Caretaker

    def running(self) -> tuple[Coroutine[object, object, None], ...]:
        """What has to run from the beginning to the end."""
        return (
            self.market.run(),
            self.market.check_feeds(),
            self.outbox.run(),
            self.brakes.run(),
            Care(self.store, self.brakes, self.outbox.push, self.clock).run(),
            QuietHours(self.store, self.outbox.push, self.clock).run(),
            self._heartbeat().run(),
            self.venue.run(),
            self.door.run(),
            _keep_tidy(self.store, self.clock),
        )

    def _heartbeat(self) -> Heartbeat:
        def is_connected() -> bool:
            return self.market.health().connected

        return Heartbeat(
            self.store, self.outbox.push, self.clock, is_connected, sleep=self.clock.sleep
        )

    def heart(self, tasks: KeyedTasks) -> Heart:
        """Trading, which knows the keys' changes from now on."""
        makers = Makers(self.store, self.venue, self.door.make)
        heart = Heart(
            store=self.store,
            market=self.market,
            outbox=self.outbox,
            makers=makers,
            keyring=self.keys.ring,
            tasks=tasks,
            brakes=self.brakes,
            clock=self.clock,
        )
        makers.tell_through(heart.telling)
        self.keys.on_change(heart.accounts.renew)
        return heart

    def services(
        self, tasks: KeyedTasks, heart: Heart, answered_at: Callable[[], datetime | None]
    ) -> Services:
        """What desks and handlers may use; ``answered_at`` is when Telegram last answered."""

        def health() -> BotHealth:
            return BotHealth(self.door.offset.known, self.outbox.waiting, answered_at())

        return Services(
            market=self.market,
            store=self.store,
            charts=self.charts,
            clock=self.clock,
            tasks=tasks,
            outbox=self.outbox,
            version=VERSION,
            started_at=self.clock.now(),
            health=health,
            safety=self.store,
            brakes=self.brakes,
            records=self.store,
            accounts=heart.accounts,
            trading=heart.trading,
            past=self.store,
            values=heart.values,
            keyring=self.keys.ring,
            connecting=self.keys.connecting,
            alerts=Alerts(
                self.store,
                self.store,
                self.market,
                self.outbox,
                tasks,
                self.clock,
                draw=picture_of(self.market, self.charts),
            ),
            plans=self.store,
            clockwork=self.timers,
            leagues=self.store,
            caretaker=self.caretaker,
            unpin=self.sender.unpin,
            sleep=self.clock.sleep,
        )

    def planned(
        self, services: Services, tasks: KeyedTasks, commands: Mapping[str, Command]
    ) -> Coroutine[object, object, None]:
        """What is done at a time, until cancelled."""
        say = Teller(services, commands, self.store.role, self.outbox.send)
        runs = PlanRuns(services, say, self.store.role, self.outbox)
        return self.timers.run(runs, tasks)


async def build(settings: Settings, stack: AsyncExitStack, clock: SystemClock) -> Ground:
    """Open the store, the network and the keys; ``stack`` closes them in turn.

    Raises:
        StoreError: the database cannot be used.
        WrongMasterKey: what is sealed cannot be opened.
        NetworkMisconfigured: Telegram's library does not take the settings.
    """
    store = await stack.enter_async_context(Store(settings.data, clock.now))
    # First of all: with a wrong master key not even the start is written down.
    await unlock(store, settings.master_keys)
    if settings.owner is not None:
        await store.set_owner(settings.owner)
    brakes = await _brakes(store, settings, clock)
    http = await stack.enter_async_context(
        aiohttp.ClientSession(
            headers={"User-Agent": f"kraken-bot/{VERSION}"},
            # Each live key keeps a connection open; a limit would stop all calls at some number.
            connector=aiohttp.TCPConnector(limit=0),
        )
    )
    connections = Connections(clock)
    rest = Rest(http, settings.kraken_rest, clock=clock)
    market = Market(
        rest, http=http, ws_url=settings.kraken_ws, clock=clock, connections=connections
    )
    charts = await stack.enter_async_context(Charts())
    application = make_application(settings)
    stack.push_async_callback(close_application, application)
    sender = TelegramSender(application.bot)
    outbox = Outbox(store, sender, clock)
    keys = await open_keys(
        store, settings.master_keys, http, settings.kraken_rest, clock, say=outbox.push
    )
    door = LiveDoor(
        rest,
        http=http,
        ws_url=settings.kraken_ws_auth,
        clock=clock,
        connections=connections,
        calls=keys.ring.calls,
        listed_besides=market.listed_besides,
    )
    return Ground(
        settings=settings,
        clock=clock,
        store=store,
        brakes=brakes,
        market=market,
        charts=charts,
        application=application,
        sender=sender,
        outbox=outbox,
        venue=PaperVenue(market, clock=clock),
        door=door,
        keys=keys,
        timers=Timers(store, clock),
        caretaker=Caretaker(store, settings.master_keys),
    )


async def _brakes(store: Store, settings: Settings, clock: Clock) -> Brakes:
    """What stops orders, as an earlier run left it; and the audit log, which begins to grow.

    The head of the log stands in the process's own log, where nobody who writes the database can
    change it.
    """
    keys = settings.master_keys
    await store.seal_audit(seal_from(keys[0]) if keys else None)
    head = await store.note_action(Action.START, now=clock.now(), detail={"version": VERSION})
    log.info("the audit log's head is %s", head)
    brakes = Brakes(store, clock, Surroundings(settings.data))
    await brakes.load()
    return brakes


async def _keep_tidy(store: Store, clock: Clock) -> None:
    while True:
        try:
            await store.tidy(clock.now())
        except StoreUnavailable as error:
            log.warning("not tidied: %s", error)
        await asyncio.sleep(_TIDY_EVERY.total_seconds())
