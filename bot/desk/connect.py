"""/connect and /disconnect: what was typed so far, the check of a key, and its end.

Rules: a key between two messages is in memory only, for ten minutes, never on disk: after a
restart the person sends it again, and nothing was left behind. A key is checked at Kraken before
it is stored; where Kraken does not say what a key may do, it is not taken. Tries are limited,
because Kraken locks a key out after many wrong ones.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.core.keys import (
    KeyRecord,
    KeyReport,
    PermissionReport,
    Problem,
    TypedKey,
    judge,
    problem_of,
)
from bot.core.limits import Bucket
from bot.desk.keyring import Keyring
from bot.store import KeyTaken
from kraken.clock import Clock
from kraken.core.errors import AuthError, BadData, KrakenError, RateLimited, Rejected
from kraken.core.wire.private import KeyInfo, key_info
from kraken.private_rest import ServerOffset
from kraken.signed import SignedCalls

log = logging.getLogger(__name__)

REMEMBERED = timedelta(minutes=10)
"""How long a key that was typed, or the question for it, is remembered."""
WORD_WAITS = timedelta(minutes=2)
_TRIES = (timedelta(minutes=1), 5)

Changed = Callable[[int, bool], Awaitable[None]]
"""Told the chat whose key changed, and whether it is another key than before."""


@dataclass(slots=True)
class _Talk:
    """One person who is about to connect a key."""

    user_id: int
    label: str
    ends_at: datetime
    reads_only: bool = False
    prompt: int | None = None
    """The question that is being answered."""
    typed: TypedKey = field(default_factory=TypedKey)


class Connecting:
    """Who is connecting what in which chat."""

    def __init__(
        self,
        keyring: Keyring,
        clock: Clock,
        kraken_time: Callable[[], Awaitable[datetime]],
        changed: Changed,
    ) -> None:
        self._keyring = keyring
        self._clock = clock
        self._time = kraken_time
        self._changed = changed
        self._talks: dict[int, _Talk] = {}
        self._tries: dict[int, Bucket] = {}
        self._leaving: dict[int, tuple[int, datetime]] = {}

    # -- what was typed so far ------------------------------------------------------------------

    def begin(self, chat_id: int, user_id: int, label: str = "", *, reads_only: bool) -> None:
        """Somebody asked to connect; what was typed before is forgotten."""
        ends_at = self._clock.now() + REMEMBERED
        self._talks[chat_id] = _Talk(user_id, label, ends_at, reads_only)

    def asked(self, chat_id: int, prompt: int) -> None:
        """The message with this number asks for the next part."""
        if talk := self._talk(chat_id):
            talk.prompt = prompt

    def is_answer(self, chat_id: int, reply_to: int | None) -> bool:
        """Whether a message answers the question for a key, whatever it looks like."""
        talk = self._talk(chat_id)
        return talk is not None and reply_to is not None and reply_to == talk.prompt

    def is_open(self, chat_id: int) -> bool:
        """Whether somebody is connecting here."""
        return self._talk(chat_id) is not None

    def label(self, chat_id: int) -> str:
        """How the key that is being connected is to be called."""
        talk = self._talk(chat_id)
        return talk.label if talk else ""

    def hear(self, chat_id: int, typed: TypedKey) -> TypedKey:
        """Something was typed; what is known by now."""
        talk = self._talk(chat_id)
        assert talk is not None, "somebody is connecting"
        talk.typed = talk.typed.joined(typed)
        talk.ends_at = self._clock.now() + REMEMBERED
        return talk.typed

    def forget(self, chat_id: int) -> None:
        """Nothing that was typed here is remembered."""
        self._talks.pop(chat_id, None)

    def _talk(self, chat_id: int) -> _Talk | None:
        now = self._clock.now()
        self._talks = {chat: talk for chat, talk in self._talks.items() if talk.ends_at > now}
        return self._talks.get(chat_id)

    # -- the check ------------------------------------------------------------------------------

    async def check(
        self, chat_id: int, *, reads_only: bool | None = None
    ) -> AsyncIterator[KeyReport]:
        """Ask Kraken about the key that was typed, step by step; the last report is the outcome.

        ``reads_only`` takes a key that cannot trade. A key that was refused for what it may do
        is remembered, so that it can be checked again after its holder changed it.
        """
        talk = self._talk(chat_id)
        if talk is None or not talk.typed.is_whole:
            yield KeyReport(problem=Problem.FORGOTTEN)
            return
        if not self._may_try(chat_id):
            yield KeyReport(problem=Problem.TOO_OFTEN)
            return
        if reads_only is not None:
            talk.reads_only = reads_only
        report = KeyReport(offset=await self._offset())
        yield report
        report = await self._asked(self._keyring.new_calls(talk.typed), report)
        if report.problem is None:
            yield report
            problem = judge(report, self._clock.now(), reads_only=talk.reads_only)
            report = replace(report, problem=problem)
        if report.problem is None:
            report = await self._keep(chat_id, talk, report)
        elif report.problem not in _WORTH_ANOTHER_TRY:
            self.forget(chat_id)
        yield report

    async def _asked(self, calls: SignedCalls, report: KeyReport) -> KeyReport:
        try:
            info = await read_key_info(calls)
        except KrakenError as error:
            log.info("a key was not taken: %s", error)
            return replace(report, problem=_problem(error), said=_said(error))
        return with_info(report, info)

    async def _keep(self, chat_id: int, talk: _Talk, report: KeyReport) -> KeyReport:
        try:
            record, replaced = await self._keyring.add(
                talk.typed,
                report,
                chat_id=chat_id,
                user_id=talk.user_id,
                label=talk.label,
                reads_only=talk.reads_only,
                now=self._clock.now(),
            )
        except KeyTaken:
            self.forget(chat_id)
            return replace(report, problem=Problem.TAKEN)
        self.forget(chat_id)
        is_other = replaced is None or replaced.fingerprint != record.fingerprint
        await self._changed(chat_id, is_other)
        return replace(report, connected=record, replaced=replaced)

    async def _offset(self) -> timedelta | None:
        try:
            return await ServerOffset(self._clock).measure(self._time, rounds=1)
        except KrakenError:
            return None

    def _may_try(self, chat_id: int) -> bool:
        now = self._clock.now()
        self._tries = {
            chat: tries for chat, tries in self._tries.items() if not tries.is_full(now)
        }
        tries = self._tries.setdefault(chat_id, Bucket(*_TRIES))
        if tries.free_at(now) > now:
            return False
        tries.take(now)
        return True

    # -- the end --------------------------------------------------------------------------------

    def ask_to_leave(self, chat_id: int, user_id: int) -> None:
        """The word that ends it is waited for."""
        self._leaving[chat_id] = (user_id, self._clock.now() + WORD_WAITS)

    def leaves(self, chat_id: int, user_id: int, said: str, word: str) -> bool:
        """Whether this is the word that was waited for, said by who was asked; used once."""
        who, until = self._leaving.get(chat_id, (0, self._clock.now()))
        if who != user_id or until <= self._clock.now():
            self._leaving.pop(chat_id, None)
            return False
        if said.strip().strip("\"“”'`.!").lower() != word:
            return False
        del self._leaving[chat_id]
        return True

    async def disconnect(self, chat_id: int, by: int | None = None) -> KeyRecord | None:
        """Destroy the chat's key; None if it has none. ``by``: not by its holder."""
        self.forget(chat_id)
        groups = []
        record = await self._keyring.record_of(chat_id)
        if record is not None and record.chat_id == chat_id:
            groups = (await self._keyring.chats_of(record.id))[1:]
        removed = await self._keyring.remove(chat_id, by)
        if removed is not None:
            for chat in (chat_id, *groups):
                await self._changed(chat, True)
        return removed


async def read_key_info(calls: SignedCalls) -> KeyInfo:
    """What Kraken says of the key; asked twice where only the nonce was wrong.

    Raises:
        KrakenError: nothing is known of the key.
    """

    async def ask() -> KeyInfo:
        return await calls.read("GetApiKeyInfo", {}, key_info, urgent=True)

    try:
        return await ask()
    except AuthError as error:
        if problem_of(error.code) is not Problem.NONCE:
            raise
    return await ask()


def with_info(report: KeyReport, info: KeyInfo) -> KeyReport:
    """The report with what Kraken said of the key."""
    return replace(
        report,
        works=True,
        name=info.name,
        permissions=PermissionReport(info.permissions),
        has_address_limit=bool(info.allowed_addresses),
        valid_until=info.valid_until,
    )


_WORTH_ANOTHER_TRY = frozenset(
    {
        Problem.FORBIDDEN,
        Problem.MISSING,
        Problem.NO_ANSWER,
        Problem.TOO_OFTEN,
        Problem.UNKNOWN_KEY,
    }
)
"""The holder can change these at Kraken, or they pass: the key need not be typed again."""


def _problem(error: KrakenError) -> Problem:
    if isinstance(error, RateLimited) and "lockout" in error.code.lower():
        return Problem.LOCKED_OUT
    if isinstance(error, Rejected):
        return problem_of(error.code)
    return Problem.NO_ANSWER


def _said(error: KrakenError) -> str:
    """Kraken's own words; not ours, and none of an answer that was no answer."""
    return "" if isinstance(error, BadData) or not error.code.startswith("E") else error.code


async def connect_from_server(connecting: Connecting, typed: TypedKey, chat_id: int) -> KeyReport:
    """Check and keep a key that was typed on the server; the outcome."""
    connecting.begin(chat_id, chat_id, "", reads_only=False)
    connecting.hear(chat_id, typed)
    reports = [report async for report in connecting.check(chat_id)]
    connecting.forget(chat_id)
    return reports[-1]
