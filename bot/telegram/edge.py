"""Telegram as one thing that the application owns: built, run, and asked how it is."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from telegram import Bot, ChatMember, ChatMemberUpdated, Update
from telegram.constants import ChatType
from telegram.error import InvalidToken, TelegramError
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    ChatMemberHandler,
    ContextTypes,
    InlineQueryHandler,
    MessageHandler,
    filters,
)

from bot import log as logs
from bot.core.config import Settings
from bot.core.delivery import SendFailed
from bot.core.queue import Priority
from bot.core.texts import gate as texts
from bot.core.trade.limits import PauseKind
from bot.desk.services import Services
from bot.handlers import COMMANDS, KEY_TEXTS, TAPS, free_text, unknown_command
from bot.outbox import Outbox
from bot.store import Store
from bot.store.safety import EVERYWHERE
from bot.tasks import Lanes, together
from bot.telegram.arrival import LONG_AGO, read_message, read_tap
from bot.telegram.claim import Claim
from bot.telegram.emergency import Emergency
from bot.telegram.gate import Gate
from bot.telegram.inline import InlineMode
from bot.telegram.intake import Intake
from bot.telegram.menus import show_menus
from bot.telegram.moving import Moving
from bot.telegram.polling import Polling
from bot.telegram.router import Router
from bot.telegram.wire import Wire
from kraken.clock import Clock

log = logging.getLogger(__name__)

_PRESENT = (ChatMember.MEMBER, ChatMember.ADMINISTRATOR, ChatMember.RESTRICTED)
_SENDS_AT_ONCE = 32

App = Application[Any, Any, Any, Any, Any, Any]


class TokenRefused(Exception):
    """Telegram does not know the bot token; the text is one line for who runs the bot."""


class NetworkMisconfigured(Exception):
    """A proxy or a certificate file that the environment names is unusable; one line."""


def make_application(settings: Settings) -> App:
    """python-telegram-bot without its updater: a pool for sending, our own loop for receiving.

    Raises:
        NetworkMisconfigured: no connection can even be tried.
    """
    try:
        return _build(settings)
    except (ValueError, RuntimeError, ImportError, OSError) as error:
        # Not the error's own words: an address of a proxy may hold a password.
        raise NetworkMisconfigured(
            "No connection can be set up: one of HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY, "
            "SSL_CERT_FILE and SSL_CERT_DIR is unusable (a proxy must be http:// or https://)."
        ) from error


def _build(settings: Settings) -> App:
    return (
        ApplicationBuilder()
        .token(settings.telegram_token)
        .base_url(f"{settings.telegram_api}/bot")
        .base_file_url(f"{settings.telegram_api}/file/bot")
        .request(Wire(settings.telegram_api, _SENDS_AT_ONCE))
        .get_updates_request(Wire(settings.telegram_api, 1))
        .updater(None)
        .job_queue(None)
        .build()
    )


async def close_application(application: App) -> None:
    """End its connections, also when it was never initialized."""
    await application.shutdown()
    await application.bot.request.shutdown()


class Telegram:
    """Receives until it is cancelled. Handlers that run by then are in ``lanes``."""

    def __init__(
        self,
        *,
        application: App,
        settings: Settings,
        store: Store,
        outbox: Outbox,
        services: Services,
        clock: Clock,
        lanes: Lanes,
        claim: Claim | None,
    ) -> None:
        self._application = application
        self._bot: Bot = application.bot
        self._store = store
        self._outbox = outbox
        self._clock = clock
        self._services = services
        self._gate = Gate(store, outbox, clock, claim)
        self._moving = Moving(store, outbox, services, self._gate.known)
        self._router = Router(
            bot=self._bot,
            gate=self._gate,
            store=store,
            outbox=outbox,
            services=services,
            commands=COMMANDS,
            taps=TAPS,
            unknown_command=unknown_command,
            free_text=free_text,
            key_texts=KEY_TEXTS,
        )
        self._inline = InlineMode(self._bot, self._gate, services)
        self._intake = Intake(store, lanes, self._process, self._too_busy, self._is_old)
        self._emergency = Emergency(self._bot, self._gate.known, services, outbox, clock)
        self._polling = Polling(
            address=f"{settings.telegram_api}/bot{settings.telegram_token}",
            # One connection of its own, so that sending never waits for a long poll.
            make_request=lambda: Wire(settings.telegram_api, 1),
            store=store,
            clock=clock,
            on_update=self._take_in,
            on_conflict=self._tell_conflict,
            on_arrival=self._emergency.peek,
            on_unkept=self._emergency.act,
        )
        self._register()

    @property
    def answered_at(self) -> datetime | None:
        """When Telegram last answered the question for updates."""
        return self._polling.answered_at

    @property
    def is_alive(self) -> bool:
        """Whether Telegram was reached lately; a long silence calls for a restart."""
        return self._polling.is_alive

    async def run(self, connected: Callable[[str], Awaitable[None]]) -> None:
        """Connect, say so with the bot's name, take up what was left, then receive.

        Raises:
            TokenRefused: at the start, when nothing can work.
            PollingDead: Telegram was not reached for so long that a restart may help.
        """
        await self._connect()
        self._router.bot_name = self._emergency.bot_name = self._bot.username
        await self._gate.known.load()
        await connected(self._bot.username)
        await self._intake.resume()
        owner = await self._store.owner()
        await together(self._polling.run(), show_menus(self._bot, COMMANDS, owner))

    async def _connect(self) -> None:
        rest = 0.5
        while True:
            try:
                await self._application.initialize()
            except InvalidToken as error:
                raise TokenRefused(
                    "Telegram does not know this bot token. Check TELEGRAM_BOT_TOKEN, "
                    "or ask @BotFather for the current one."
                ) from error
            except TelegramError as error:
                log.warning("Telegram is not reached (%s); trying again", error)
                await asyncio.sleep(rest)
                rest = min(rest * 2, 15)
            else:
                return

    def _register(self) -> None:
        add = self._application.add_handler
        add(MessageHandler(filters.StatusUpdate.MIGRATE, self._on_migration))
        add(MessageHandler(filters.ALL, self._on_message))
        add(CallbackQueryHandler(self._on_tap))
        add(InlineQueryHandler(self._on_inline_query))
        add(ChatMemberHandler(self._on_membership, ChatMemberHandler.MY_CHAT_MEMBER))
        self._application.add_error_handler(self._on_error)

    def _take_in(self, update_id: int, body: str) -> None:
        if self._emergency.was_refused(update_id):
            self._intake.drop(update_id)
        else:
            self._intake.add(update_id, body)

    async def _process(self, update: dict[str, Any]) -> None:
        parsed = Update.de_json(update, self._bot)
        await self._application.process_update(parsed)

    async def _on_message(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.message or update.edited_message
        if message is not None and message.via_bot == self._bot.bot:
            return  # chosen from what this bot offered inline: nobody says anything with it
        arrival = read_message(update)
        if arrival is not None:
            await self._outbox.heard(arrival.chat_id)
            await self._router.message(arrival)

    async def _on_tap(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        arrival = read_tap(query, self._clock.now()) if query else None
        if arrival is not None:
            await self._outbox.heard(arrival.chat_id)
            await self._router.tap(arrival)

    async def _on_inline_query(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        if update.inline_query is not None:
            await self._inline.asked(update.inline_query)

    async def _on_migration(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.message
        if message is None:
            return
        if message.migrate_to_chat_id is not None:
            await self._moving.follow(message.chat.id, message.migrate_to_chat_id)
        elif message.migrate_from_chat_id is not None:
            await self._moving.follow(message.migrate_from_chat_id, message.chat.id)

    async def _on_membership(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        change = update.my_chat_member
        if change is None:
            return
        chat = change.chat
        if change.new_chat_member.status not in _PRESENT:
            await self._outbox.silence(chat.id, "the bot was blocked or removed")
        else:
            await self._outbox.heard(chat.id)
            if chat.type in (ChatType.GROUP, ChatType.SUPERGROUP) and _just_came(change):
                await self._gate.added_to_group(chat.id, chat.title or "", change.from_user.id)
            elif chat.type == ChatType.CHANNEL:
                await self._gate.added_to_channel(chat.id, chat.title or "", change.from_user.id)

    async def _on_error(self, update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
        """What went wrong outside of any handler; inside, the router has told it already."""
        if isinstance(context.error, SendFailed):
            log.warning("an answer could not be delivered: %s", context.error)
        else:
            log.error("#%s: an update failed", logs.reference(), exc_info=context.error)

    async def _too_busy(self, chat_id: int, left_out: str) -> None:
        if await self._gate.may_be_told(chat_id):
            await self._outbox.send(chat_id, texts.busy_page(left_out))

    def _is_old(self, sent_at: int) -> bool:
        return sent_at < (self._clock.now() - LONG_AGO).timestamp()

    async def _tell_conflict(self, kind: str) -> None:
        """Somebody else uses the token: tell the owner, once an hour."""
        if kind == "webhook":
            with contextlib.suppress(TelegramError):  # the next conflict tries again
                await self._bot.delete_webhook()
        # Whoever reads our messages may hold the token: no new live order until the owner says so.
        await self._services.brakes.pause(EVERYWHERE, PauseKind.TOKEN, live_only=True)
        owner = await self._store.owner()
        page = texts.webhook_page() if kind == "webhook" else texts.conflict_page()
        if owner is not None:
            hour = self._clock.now().strftime("%Y-%m-%dT%H")
            await self._outbox.push(owner, page, Priority.ALERT, f"{kind}:{hour}")


def _just_came(change: ChatMemberUpdated) -> bool:
    return change.old_chat_member.status not in _PRESENT
