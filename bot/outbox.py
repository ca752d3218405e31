"""The outbox: everything the bot says goes through here, urgent first and never too fast.

Replies live in memory: whoever asked is waiting and can ask again. Pushes (``push``) are rows:
they are deleted from the queue only after Telegram accepted them, and an event is told once. What
Telegram's answers mean is decided here, in one place; ``Sender`` only reports them.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.core.delivery import (
    ChatGone,
    ChatMoved,
    Counts,
    Letter,
    MessageGone,
    Sender,
    SendFailed,
    SlowDown,
    TopicGone,
    Unreachable,
    Unreadable,
)
from bot.core.page import Page
from bot.core.queue import Entry, Limits, Priority, SendQueue
from bot.core.texts.delivery import marked
from bot.core.texts.topics import fallen_back
from bot.store import LIFE_OF_A_BUTTON, Push, Store, StoreUnavailable
from bot.tasks import together
from kraken.clock import Clock

log = logging.getLogger(__name__)

_AT_ONCE = 8
"""Messages to different chats that may be under way together."""
_REPLY_LIFE = timedelta(minutes=2)
"""After this long without a connection an answer is given up: nobody waits for it any more."""
_LONGEST_REST = 60
_MOMENT = 0.3
"""How long a tap's edit is waited for, in seconds; Telegram usually answers in less."""


Follow = Callable[[int, int], Awaitable[None]]
"""Lets everything of a group follow it from its old id to its new one."""


@dataclass(slots=True)
class _Job:
    """What one queue entry is about."""

    page: Page
    since: datetime
    reply_to: int | None = None
    topic: int | None = None
    done: asyncio.Future[int] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    push: Push | None = None
    maybe_sent: bool = False
    plain: bool = False
    anew_if_gone: bool = False
    failures: int = 0


class Outbox:
    """Queues, sends and repeats. ``run`` must be running for anything to leave."""

    def __init__(
        self, store: Store, sender: Sender, clock: Clock, *, limits: Limits | None = None
    ) -> None:
        self._store = store
        self._sender = sender
        self._clock = clock
        self._queue: SendQueue[_Job] = SendQueue(limits or Limits())
        self._changed = asyncio.Event()
        self._turn = asyncio.Lock()
        self._idle = asyncio.Event()
        self._idle.set()
        self._muted: set[int] = set()
        self._loaded: set[int] = set()
        self._follow: Follow = store.move_chat
        self.counts = Counts()

    def on_move(self, follow: Follow) -> None:
        """Who is told that a group has another id; without it only what is written follows."""
        self._follow = follow

    @property
    def waiting(self) -> int:
        """What has not left yet."""
        return len(self._queue) + self._queue.busy

    async def send(
        self,
        chat_id: int,
        page: Page,
        priority: Priority = Priority.REPLY,
        *,
        reply_to: int | None = None,
        topic: int | None = None,
    ) -> int:
        """Say it in a new message; return the message's id when Telegram has taken it.

        A caller that is cancelled while it waits leaves the message in the queue.

        Raises:
            SendFailed: it was not taken and never will be.
        """
        job = _Job(page, self._clock.now(), reply_to, topic)
        self._add(Entry(chat_id, priority, job))
        return await asyncio.shield(job.done)

    async def push(self, chat_id: int, page: Page, priority: Priority, event_key: str) -> bool:
        """Have it said, now or after a restart; False if this event was told already.

        Where the bot may not speak only what is about orders is kept until it may.
        """
        push = await self._store.add_push(event_key, chat_id, priority, page)
        if push is None:
            return False
        self._load(push)
        if chat_id in self._muted and priority > Priority.FILL:
            await self._write(self._store.drop(push.id))
        return True

    async def edit(
        self, chat_id: int, message_id: int, page: Page, priority: Priority = Priority.EDIT
    ) -> None:
        """Say it in place of an earlier message. A newer edit overtakes one that waits.

        Raises:
            MessageGone: say it in a new message.
            SendFailed: it was not taken and never will be.
        """
        await asyncio.shield(self._replace(chat_id, message_id, page, priority).done)

    async def edit_or_send(
        self, chat_id: int, message_id: int, page: Page, topic: int | None = None
    ) -> None:
        """Say it in place of an earlier message, in a new one in the topic if that is gone.

        Waits no longer than a moment, so that nothing else is held up where the chat's turn is
        far off; a newer edit of the same message overtakes this one.

        Raises:
            SendFailed: it was not taken and never will be.
        """
        job = self._replace(chat_id, message_id, page, Priority.REPLY)
        job.anew_if_gone, job.topic = True, topic
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_MOMENT):
                await asyncio.shield(job.done)

    def edit_soon(self, chat_id: int, message_id: int, page: Page) -> None:
        """The same for whoever does not wait for it and need not know whether it was taken."""
        self._replace(chat_id, message_id, page, Priority.EDIT)

    def _replace(self, chat_id: int, message_id: int, page: Page, priority: Priority) -> _Job:
        entry = self._queue.waiting_edit(chat_id, message_id)
        if entry is None:
            entry = Entry(chat_id, priority, _Job(page, self._clock.now()), edits=message_id)
            self._add(entry)
        else:
            entry.content.page = page
            entry.content.plain = False
            entry.priority = min(entry.priority, priority)
        return entry.content

    async def edit_live(self, chat_id: int, message_id: int, page: Page) -> bool:
        """Edit a message that follows the market; False when following it must end."""
        try:
            await self.edit(chat_id, message_id, page, Priority.WATCH)
        except Unreachable:
            return True
        except SendFailed as error:
            log.info("live message %s ends: %s", message_id, error)
            return False
        return True

    async def heard(self, chat_id: int) -> None:
        """Somebody spoke there, so the bot may speak there, too."""
        if chat_id in self._muted:
            self._muted.discard(chat_id)
            await self._write(self._store.unmute(chat_id))
            await self._write(self.load_waiting())

    async def silence(self, chat_id: int, reason: str) -> None:
        """The bot may not speak there any more."""
        self._muted.add(chat_id)
        await self._write(self._store.mute(chat_id, reason))

    async def run(self) -> None:
        """Send what waits, what an earlier run left first. Ends when it is cancelled."""
        self._muted = await self._store.muted()
        await self.load_waiting()
        await together(*(self._work() for _ in range(_AT_ONCE)))

    async def drained(self) -> None:
        """Wait until nothing waits."""
        await self._idle.wait()

    async def load_waiting(self) -> None:
        """Take up pushes that somebody else wrote down."""
        for push in await self._store.waiting_pushes():
            self._load(push)

    def _load(self, push: Push) -> None:
        if push.id in self._loaded or push.chat_id in self._muted:
            return
        self._loaded.add(push.id)
        job = _Job(push.page, push.created_at, push.reply_to, push.topic, push=push)
        job.maybe_sent = push.maybe_sent
        self._add(Entry(push.chat_id, Priority(push.priority), job))

    def _add(self, entry: Entry[_Job]) -> None:
        self._queue.add(entry)
        self._idle.clear()
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _work(self) -> None:
        while True:
            async with self._turn:
                entry = await self._next()
            try:
                await self._deliver(entry)
            finally:
                self._queue.done(entry)
                if not self.waiting:
                    self._queue.forget_idle(self._clock.now())
                    self._idle.set()
                self._wake()

    async def _next(self) -> Entry[_Job]:
        """Wait for something that may go now; one worker at a time looks."""
        while True:
            changed, now = self._changed, self._clock.now()
            if (entry := self._queue.take(now)) is not None:
                return entry
            until = self._queue.next_at(now)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout((until - now).total_seconds() if until else None):
                    await changed.wait()

    async def _deliver(self, entry: Entry[_Job]) -> None:
        chat_id, job = entry.chat_id, entry.content
        try:
            message_id = await self._hand_over(entry)
        except SendFailed as error:
            await self._answer_no(entry, error)
        except Exception as error:
            # A bug in one message must not end the worker that sends everybody's.
            log.exception("a message to chat %s could not be made", chat_id)
            self._end(job, error)
        else:
            self.counts.sent += 1
            if job.push is not None:
                await self._write(self._store.sent(job.push.id, message_id))
            self._end(job, message_id)

    async def _hand_over(self, entry: Entry[_Job]) -> int:
        chat_id, job = entry.chat_id, entry.content
        if chat_id in self._muted:
            raise ChatGone("muted")
        page = job.page
        if job.push is not None:
            page = marked(page, self._clock.now() - job.since, maybe_twice=job.maybe_sent)
            if not job.maybe_sent:
                await self._write(self._store.asking(job.push.id))
        letter = Letter(*await self._with_tokens(chat_id, page), job.plain, job.topic)
        if entry.edits is None:
            return await self._sender.send(chat_id, letter, job.reply_to)
        await self._sender.edit(chat_id, entry.edits, letter)
        return entry.edits

    async def _with_tokens(
        self, chat_id: int, page: Page
    ) -> tuple[Page, tuple[tuple[str, ...], ...]]:
        buttons = [button for button in page.buttons() if button.url is None]
        try:
            tokens = iter(
                await self._store.add_buttons(
                    chat_id, None, buttons, self._clock.now() + LIFE_OF_A_BUTTON
                )
            )
        except StoreUnavailable:
            log.warning("said without its buttons, because the database does not answer")
            return Page(page.html, photo=page.photo, document=page.document), ()
        rows = tuple(
            tuple("" if button.url else f"v1:{button.verb}:{next(tokens)}" for button in row)
            for row in page.rows
        )
        return page, rows

    async def _answer_no(self, entry: Entry[_Job], error: SendFailed) -> None:
        """What to do about each kind of no."""
        job, now = entry.content, self._clock.now()
        match error:
            case SlowDown(wait=wait):
                self.counts.slowed_down += 1
                log.info("Telegram asks chat %s to wait %s", entry.chat_id, wait)
                self._queue.pause(entry.chat_id, now + wait, now)
                await self._repeat(entry, maybe_sent=False)
            case Unreachable(maybe_sent=maybe_sent):
                self.counts.unreachable += 1
                await self._try_later(entry, error, now, maybe_sent=maybe_sent)
            case Unreadable() if not job.plain:
                self.counts.unreadable += 1
                log.error("markup that Telegram cannot read (%s): %r", error, job.page.html)
                job.plain = True
                await self._repeat(entry, maybe_sent=False)
            case TopicGone() if job.topic or job.reply_to:
                await self._write(self._store.topic_is_gone(entry.chat_id, job.topic))
                job.page, job.topic, job.reply_to = fallen_back(job.page), None, None
                await self._repeat(entry, maybe_sent=False)
            case ChatMoved(new_chat_id=new_chat_id):
                await self._move(entry, new_chat_id)
            case ChatGone():
                await self._mute(entry, error)
            case MessageGone() if job.anew_if_gone:
                self._say_anew(entry)
            case _:
                await self._give_up(entry, error)

    async def _try_later(
        self, entry: Entry[_Job], error: SendFailed, now: datetime, *, maybe_sent: bool
    ) -> None:
        job = entry.content
        job.failures += 1
        if job.push is None and now - job.since > _REPLY_LIFE:
            await self._give_up(entry, error)
            return
        seconds = min(_LONGEST_REST, 2 ** (job.failures - 1))
        self._queue.rest(entry.chat_id, now + timedelta(seconds=seconds))
        await self._repeat(entry, maybe_sent=maybe_sent or job.maybe_sent)

    async def _repeat(self, entry: Entry[_Job], *, maybe_sent: bool) -> None:
        job = entry.content
        if job.push is not None and not maybe_sent:
            await self._write(self._store.not_sent(job.push.id))
        job.maybe_sent = maybe_sent
        self._queue.put_back(entry)

    def _say_anew(self, entry: Entry[_Job]) -> None:
        entry.content.anew_if_gone = False
        self._add(Entry(entry.chat_id, entry.priority, entry.content))

    async def _move(self, entry: Entry[_Job], new_chat_id: int) -> None:
        await self._write(self._follow(entry.chat_id, new_chat_id))
        if entry.edits is not None and not entry.content.anew_if_gone:
            self._end(entry.content, MessageGone("it stayed behind in the old group"))
            return
        self._add(Entry(new_chat_id, entry.priority, entry.content))

    async def _mute(self, entry: Entry[_Job], error: SendFailed) -> None:
        """Say nothing more there. What is about orders waits until the bot is heard again."""
        if entry.chat_id not in self._muted:
            log.warning("chat %s is muted: %s", entry.chat_id, error)
            self._muted.add(entry.chat_id)
            await self._write(self._store.mute(entry.chat_id, str(error)))
        for left in [entry, *self._queue.drop_chat(entry.chat_id)]:
            push = left.content.push
            if push is not None and push.priority <= Priority.FILL:
                await self._write(self._store.not_sent(push.id))
                self._loaded.discard(push.id)
                self._end(left.content, error)
            else:
                await self._give_up(left, error)

    async def _give_up(self, entry: Entry[_Job], error: SendFailed) -> None:
        job = entry.content
        if job.push is not None:
            log.error("push %s to chat %s is dropped: %s", job.push.id, entry.chat_id, error)
            await self._write(self._store.drop(job.push.id))
        self._end(job, error)

    def _end(self, job: _Job, result: int | Exception) -> None:
        if job.push is not None:
            self._loaded.discard(job.push.id)
        if job.done.done():
            return
        if isinstance(result, int):
            job.done.set_result(result)
            return
        job.done.set_exception(result)
        job.done.exception()  # whoever asked may have stopped waiting; that is no warning

    async def _write(self, question: Awaitable[None]) -> None:
        """Note it; a database that does not answer must not stop the sending."""
        try:
            await question
        except StoreUnavailable as error:
            log.warning("not noted: %s", error)
