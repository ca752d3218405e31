"""The gate: the one place that decides who is heard. Deny by default.

Rules: a role belongs to a numeric user id; a blocked person is never answered; a stranger is
answered once a day and the owner is asked; a group works only when the owner opened it; nobody is
heard more often than a person can read the answers.
"""

import logging
from datetime import timedelta

from bot.core.access import Access, Role, allows
from bot.core.audit import Action
from bot.core.errors import TooFast
from bot.core.invitations import Outcome, token_in
from bot.core.limits import Bucket, Window
from bot.core.queue import Priority
from bot.core.texts import gate as texts
from bot.core.texts.commands import URGENT
from bot.core.texts.feeds import channel_added_page
from bot.core.texts.invitations import coming_page
from bot.core.texts.leaving import blocked_page
from bot.desk.invitations import accept
from bot.desk.roles import admit
from bot.handlers import Tap
from bot.handlers.ask import Ask
from bot.outbox import Outbox
from bot.store import Store
from bot.telegram.arrival import Arrival
from bot.telegram.claim import Claim
from bot.telegram.known import KnownRoles
from kraken.clock import Clock

log = logging.getLogger(__name__)

_MESSAGES = (timedelta(seconds=3), 20)
"""20 a minute; a burst is fine, the answers leave one a second anyway."""
_TAPS = (timedelta(seconds=1), 30)
_INLINE = (timedelta(seconds=0.5), 30)
"""Telegram asks with every letter that is typed."""
_CHARTS = (6, timedelta(minutes=1))
_NAMELESS = (timedelta(minutes=10), 1)
"""How often a group is told that somebody without a name is not heard."""
_START = "start"
_SETUP = "setup"
"""The command with which somebody who may trade asks for a group."""
_LINKS = (timedelta(hours=1), 3)
"""How often a stranger is told that an invitation is no good."""
_WORDLESS = (timedelta(minutes=10), 1)
"""How often a person is told that pictures and voices are not read: an album is ten messages."""


class Gate:
    """Judges arrivals and answers those that it does not let in."""

    def __init__(self, store: Store, outbox: Outbox, clock: Clock, claim: Claim | None) -> None:
        self._store = store
        self._outbox = outbox
        self._clock = clock
        self._claim = claim
        self.known = KnownRoles(store)
        self._notices = Bucket(timedelta(hours=1), 10)
        self._buckets: dict[tuple[int, tuple[timedelta, int]], Bucket] = {}
        self._charts: dict[int, Window] = {}
        self._told_too_fast: set[int] = set()
        self.taps = {
            "role": Tap(self._give_role, Access.OWNER),
            "open_group": Tap(self._open_group, Access.OWNER),
        }

    async def role_of(self, arrival: Arrival) -> Role:
        """What this person is in this chat; a stranger if nobody can be held to it."""
        if arrival.impersonal:
            return Role.STRANGER
        if arrival.chat_kind == "group" and not await self._store.group_is_open(arrival.chat_id):
            return Role.STRANGER
        return await self._store.role(arrival.user_id, arrival.chat_id)

    async def admit(self, arrival: Arrival) -> Role | None:
        """The role of who wrote, or None if the message ends here; what is to be said is said.

        Raises:
            TooFast: to be said once; what follows too soon is left out in silence.
        """
        if arrival.chat_kind == "group" and not await self._store.group_is_open(arrival.chat_id):
            await self._in_closed_group(arrival)
            return None
        if arrival.impersonal:
            if self._takes(arrival.chat_id, _NAMELESS):
                page = texts.impersonal_page()
                await self._outbox.send(
                    arrival.chat_id, page, Priority.DIGEST, topic=arrival.topic
                )
            return None
        role = await self._store.role(arrival.user_id, arrival.chat_id)
        self.known.note(arrival.user_id, arrival.chat_id, role)
        if role is Role.BLOCKED:
            return None
        if role is Role.STRANGER:
            await self._meet(arrival)
            return None
        # What was written while the bot was away was not written too fast; it is only summed up.
        # What stops or ends something is heard however often it is said.
        is_urgent = arrival.command in URGENT
        is_heard = is_urgent or arrival.is_old(self._clock.now()) or self._in_time(arrival)
        return role if is_heard else None

    def may_tap(self, user_id: int) -> bool:
        """Whether this person has not pressed too many buttons lately; counts this one."""
        return self._takes(user_id, _TAPS)

    async def role_anywhere(self, user_id: int) -> Role:
        """What this person is to the bot where no chat is known."""
        return await self._store.role(user_id, user_id)

    def may_ask_inline(self, user_id: int) -> bool:
        """Whether this person has not asked inline too often lately; counts this time."""
        return self._takes(user_id, _INLINE)

    def may_draw(self, user_id: int) -> bool:
        """Whether this person has not asked for too many charts lately; counts this one."""
        now = self._clock.now()
        if user_id not in self._charts:
            self._charts = {
                user: drawn for user, drawn in self._charts.items() if not drawn.is_full(now)
            }
        drawn = self._charts.setdefault(user_id, Window(*_CHARTS))
        if drawn.free_at(now) > now:
            return False
        drawn.take(now)
        return True

    def may_hear_of_wordless(self, user_id: int) -> bool:
        """Whether this person was not told lately that only text is read; counts this time."""
        return self._takes(user_id, _WORDLESS)

    async def may_be_told(self, chat_id: int) -> bool:
        """Whether anything that nobody asked for may be said in this chat."""
        return await self._store.may_be_told(chat_id)

    async def added_to_group(self, chat_id: int, title: str, by_user_id: int) -> None:
        """The bot became a member: the owner's invitation opens the group, a trader's is passed
        on to the owner, anybody else's ends here."""
        if await self._store.owner() == by_user_id:
            await self._store.open_group(chat_id, title)
            await self._outbox.send(chat_id, texts.group_open_page())
        elif await self._store.role(by_user_id, by_user_id) is Role.TRADER:
            await self._ask_owner(chat_id, title, by_user_id)
        else:
            log.info("added to group %s by %s, who has no say", chat_id, by_user_id)

    async def added_to_channel(self, chat_id: int, title: str, by_user_id: int) -> None:
        """Whoever may trade with the bot may have a channel; nothing is posted until they ask."""
        role = await self._store.role(by_user_id, by_user_id)
        if not allows(role, Access.TRADER):
            log.info("made administrator of channel %s by %s, who has no say", chat_id, by_user_id)
            return
        await self._store.add_channel(chat_id, title, by_user_id)
        page = channel_added_page(title)
        key = f"channel:{chat_id}:{by_user_id}:{self._clock.now().date().isoformat()}"
        await self._outbox.push(by_user_id, page, Priority.REPLY, key)

    async def _in_closed_group(self, arrival: Arrival) -> None:
        if arrival.impersonal:
            return
        if await self._store.owner() == arrival.user_id:
            page = texts.group_request_page(arrival.chat_id, arrival.chat_title)
            await self._outbox.send(arrival.user_id, page)
        elif arrival.command == _SETUP and (
            await self._store.role(arrival.user_id, arrival.user_id) is Role.TRADER
        ):
            await self._ask_owner(arrival.chat_id, arrival.chat_title, arrival.user_id)

    async def _ask_owner(self, chat_id: int, title: str, by_user_id: int) -> None:
        """A trader wants the bot in a group, and would own that group; asked once a day."""
        owner = await self._store.owner()
        if owner is None:
            return
        page = texts.group_request_page(chat_id, title, by_user_id)
        key = f"group:{chat_id}:{by_user_id}:{self._clock.now().date().isoformat()}"
        await self._outbox.push(owner, page, Priority.DIGEST, key)

    def _in_time(self, arrival: Arrival) -> bool:
        now = self._clock.now()
        bucket = self._bucket(arrival.user_id, _MESSAGES)
        free_at = bucket.free_at(now)
        if free_at <= now:
            bucket.take(now)
            self._told_too_fast.discard(arrival.user_id)
            return True
        if arrival.user_id in self._told_too_fast:
            return False
        self._told_too_fast.add(arrival.user_id)
        raise TooFast(free_at - now)

    def _takes(self, who: int, limit: tuple[timedelta, int]) -> bool:
        now = self._clock.now()
        bucket = self._bucket(who, limit)
        if bucket.free_at(now) > now:
            return False
        bucket.take(now)
        return True

    def _bucket(self, who: int, limit: tuple[timedelta, int]) -> Bucket:
        bucket = self._buckets.get((who, limit))
        if bucket is None:
            now = self._clock.now()
            self._buckets = {
                key: kept for key, kept in self._buckets.items() if not kept.is_full(now)
            }
            bucket = self._buckets[who, limit] = Bucket(*limit)
        return bucket

    async def _meet(self, arrival: Arrival) -> None:
        """Somebody without a role: perhaps the owner-to-be, else answered once a day."""
        if arrival.chat_kind == "private" and await self._is_claimed_by(arrival):
            await self._outbox.send(arrival.chat_id, texts.owner_page())
            return
        if await self._comes_invited(arrival):
            return
        now = self._clock.now()
        user_id, name = arrival.user_id, arrival.user_name
        if not await self._store.note_stranger(user_id, name, now.date()):
            return
        owner = await self._store.owner()
        page = texts.stranger_page(user_id, has_owner=owner is not None)
        # Thousands of strangers must not hold up an answer to somebody who is let in.
        await self._outbox.send(arrival.chat_id, page, Priority.DIGEST, topic=arrival.topic)
        if owner is None or self._notices.free_at(now) > now:
            return
        self._notices.take(now)
        await self._outbox.push(
            owner,
            texts.request_page(user_id, name),
            Priority.DIGEST,
            f"stranger:{user_id}:{now.date().isoformat()}",
        )

    async def _comes_invited(self, arrival: Arrival) -> bool:
        """Whether the owner's link lets in this stranger, who is told so; or why it does not."""
        token = token_in(arrival.args) if arrival.command == _START else ""
        is_own = arrival.chat_kind == "private" and not arrival.edited and not arrival.forwarded
        if not token or not is_own:
            return False
        user_id, chat_id = arrival.user_id, arrival.chat_id
        person = (user_id, arrival.user_name)
        coming = await accept(self._store, self._outbox, token, person, self._clock.now())
        if coming.outcome is Outcome.ADMITTED:
            log.info("user %s came by invitation as %s", user_id, coming.role)
            self.known.note(user_id, chat_id, coming.role)
            await self._outbox.send(chat_id, coming_page(coming))
            return True
        if self._takes(user_id, _LINKS):
            await self._outbox.send(chat_id, coming_page(coming), Priority.DIGEST)
        return False

    async def _is_claimed_by(self, arrival: Arrival) -> bool:
        claim = self._claim
        if claim is None or not claim.is_try(arrival.text):
            return False
        if not claim.accepts(arrival.text, arrival.user_id, self._clock.now()):
            log.warning("a wrong claim code from user %s", arrival.user_id)
            return False
        claimed = await self._store.claim_owner(arrival.user_id, arrival.user_name)
        self._claim = None  # only now: a database that does not answer must not use the code up
        return claimed

    async def _give_role(self, ask: Ask) -> None:
        user_id, name = int(ask.payload["user_id"]), str(ask.payload["name"])
        role = Role(str(ask.payload["role"]))
        before = await self._store.role(user_id, user_id)
        made = await admit(ask.services, user_id, role, by=ask.user_id, now=ask.now, name=name)
        log.info("user %s is now %s", user_id, role)
        if role is Role.BLOCKED:
            await ask.edit(blocked_page(user_id, name, made.left))
        else:
            await ask.edit(texts.decided_page(user_id, name, role))
        if role is not before and role in (Role.TRADER, Role.VIEWER):
            key = f"role:{user_id}:{ask.now.isoformat()}"
            await self._outbox.push(user_id, texts.admitted_page(role), Priority.REPLY, key)

    async def _open_group(self, ask: Ask) -> None:
        chat_id, title = int(ask.payload["chat_id"]), str(ask.payload["title"])
        await self._store.open_group(chat_id, title)
        keeper = int(ask.payload.get("keeper", 0))
        if keeper:
            await self._store.give_chat_role(
                chat_id, keeper, Role.CHAT_OWNER, by=ask.user_id, now=ask.now
            )
        await self._store.note_action(
            Action.GROUP, now=ask.now, actor=ask.user_id, chat_id=chat_id, detail={"open": True}
        )
        await ask.edit(texts.group_open_page())
        await self._outbox.send(chat_id, texts.group_open_page())
