"""Accounts: whose money a chat moves, and what keeps the facts of it coming.

Rules: one account for one key, however many chats trade with it; every account that is used is
listened to for as long as the bot runs, and listened to again when that fails; a key that the
exchange refuses is used no more until it is replaced.
"""

import asyncio
import logging
import random as randomness
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from bot.core.errors import NotConnected
from bot.core.trade.types import AccountId, Mode
from bot.desk.doors import ChatAccount, ChatKey, Keyring, TradeRecords
from bot.desk.services import Keyed
from bot.store import StoreUnavailable
from kraken.account import (
    Account,
    AccountEvent,
    AccountInterrupted,
    AccountReady,
    AccountRefused,
)
from kraken.core.backoff import delay
from kraken.core.errors import KrakenError

log = logging.getLogger(__name__)

Hear = Callable[[AccountId, AccountEvent], Awaitable[None]]
"""Takes what an account tells; what it raises is told again."""
Overhear = Callable[[AccountId, AccountEvent], None]

_PAPER = "paper:"
_LIVE = "live:"


class Makers(Protocol):
    """Where accounts come from; the composition root knows."""

    async def paper_of(self, chat_id: int) -> AccountId:
        """The name of a chat's practice account, whether there is one yet or not."""
        ...

    async def chat_of_paper(self, account: AccountId) -> int:
        """The chat that practises with it."""
        ...

    async def paper(self, account: AccountId) -> Account:
        """A practice account as it was left, or a new one."""
        ...

    async def live(self, key: ChatKey) -> Account:
        """The account behind a key."""
        ...

    async def busy_papers(self) -> list[AccountId]:
        """Practice accounts that have something open."""
        ...


@dataclass(slots=True)
class _Opened:
    account: Account
    home: int | None = None
    """Of a live account: the private chat of whoever connected the key."""
    chats: set[int] = field(default_factory=set)
    is_current: bool = False
    is_refused: bool = False


class Accounts:
    """The accounts behind the chats: satisfies ``bot.desk.doors.Accounts``."""

    def __init__(
        self,
        records: TradeRecords,
        makers: Makers,
        keyring: Keyring,
        tasks: Keyed,
        market_ready: Callable[[], Awaitable[None]],
        *,
        random: Callable[[], float] = randomness.random,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._records = records
        self._makers = makers
        self._keyring = keyring
        self._tasks = tasks
        self._market_ready = market_ready
        self._random = random
        self._sleep = sleep
        self._opened: dict[AccountId, _Opened] = {}
        self._opening = asyncio.Lock()
        self._hear: Hear | None = None
        self._listeners: list[Overhear] = []

    def on_event(self, hear: Hear) -> None:
        """Who is told what happens; before any account is used."""
        self._hear = hear

    def listen(self, listener: Overhear) -> None:
        """Have this told, too, as soon as it is kept; it must not fail."""
        self._listeners.append(listener)

    async def start(self) -> None:
        """Listen to every key, and to practice accounts that have something open."""
        for key in await self._keyring.keys():
            self._open_soon(_live_id(key), partial(self._open_live, key))
        for account in await self._makers.busy_papers():
            self._open_soon(account, partial(self._resume_paper, account))

    async def mode(self, chat_id: int) -> Mode:
        """Whether this chat trades practice money or real money."""
        return await self._records.chat_mode(chat_id)

    async def of(self, chat_id: int, mode: Mode | None = None) -> ChatAccount:
        """The account of this chat, in its own mode or the one that is named.

        Raises:
            NotConnected: the mode is live and the chat has no key, or the key is refused.
        """
        mode = mode or await self.mode(chat_id)
        if mode is Mode.PAPER:
            account_id = await self._open_paper(await self._makers.paper_of(chat_id))
        else:
            key = await self._keyring.key_of(chat_id)
            if key is None:
                raise NotConnected
            account_id = await self._open_live(key)
        opened = self._opened[account_id]
        if opened.is_refused:
            raise NotConnected
        opened.chats.add(chat_id)
        return ChatAccount(account_id, mode, chat_id, opened.account)

    async def by_id(self, account: AccountId) -> Account:
        """The account of this id.

        Raises:
            NotConnected: its key is not there any more, or is refused.
        """
        if account.startswith(_PAPER):
            await self._open_paper(account)
        elif account not in self._opened:
            for key in await self._keyring.keys():
                if _live_id(key) == account:
                    await self._open_live(key)
        opened = self._opened.get(account)
        if opened is None or opened.is_refused:
            raise NotConnected
        return opened.account

    async def renew(self, chat_id: int) -> None:
        """The chat's key changed: end what ran on a key that is gone or refused, run the others.

        Practice goes on: an account that two hands held would forget what one of them did.
        """
        kept = {_live_id(key): key for key in await self._keyring.keys()}
        for account, opened in list(self._opened.items()):
            if account.startswith(_LIVE) and (account not in kept or opened.is_refused):
                self._tasks.stop(("account", account))
                del self._opened[account]
        for account, key in kept.items():
            self._open_soon(account, partial(self._open_live, key))

    async def follow(self, old: int, new: int) -> None:
        """A group got another id: what is told of its accounts is told there."""
        for opened in self._opened.values():
            if old in opened.chats:
                opened.chats.discard(old)
                opened.chats.add(new)
        await self.renew(new)

    def is_current(self, account: AccountId) -> bool:
        """Whether facts of this account arrive now."""
        opened = self._opened.get(account)
        return opened is not None and opened.is_current

    def at_hand(self, chat_id: int) -> list[ChatAccount]:
        """The accounts that this chat used since the start, without asking the database."""
        return [
            ChatAccount(
                account,
                Mode.LIVE if account.startswith(_LIVE) else Mode.PAPER,
                chat_id,
                opened.account,
            )
            for account, opened in self._opened.items()
            if chat_id in opened.chats and not opened.is_refused
        ]

    async def home(self, account: AccountId) -> int | None:
        """The chat that is told of what nobody did through the bot."""
        if account.startswith(_PAPER):
            return await self._makers.chat_of_paper(account)
        opened = self._opened.get(account)
        return None if opened is None else opened.home

    async def chats(self, account: AccountId) -> list[int]:
        """The home of the account, then the chats that trade with it."""
        home = await self.home(account)
        opened = self._opened.get(account)
        others = sorted(opened.chats - {home}) if opened is not None else []
        return others if home is None else [home, *others]

    async def _open_paper(self, account: AccountId) -> AccountId:
        async with self._opening:
            if account not in self._opened:
                self._open(account, await self._makers.paper(account))
        return account

    async def _resume_paper(self, account: AccountId) -> None:
        """Go on practising once there is a market to look at."""
        await self._market_ready()
        await self._open_paper(account)

    async def _open_live(self, key: ChatKey) -> AccountId:
        account = _live_id(key)
        async with self._opening:
            if account not in self._opened:
                self._open(account, await self._makers.live(key), key.home)
        return account

    def _open_soon(self, account: AccountId, opening: Callable[[], Awaitable[object]]) -> None:
        """Open it beside everything else, as soon as the exchange can be reached."""

        async def until_it_is_open() -> None:
            failures = 0
            while account not in self._opened:
                try:
                    await opening()
                except (KrakenError, StoreUnavailable) as error:
                    log.info("account %s is not open yet: %r", account, error)
                    failures += 1
                    await self._sleep(delay(failures, self._random()))

        self._tasks.start(("opening", account), until_it_is_open())

    def _open(self, account: AccountId, made: Account, home: int | None = None) -> None:
        opened = self._opened[account] = _Opened(made, home)
        self._tasks.start(("account", account), self._listen(account, opened))

    async def _listen(self, account: AccountId, opened: _Opened) -> None:
        """Hear what the account tells, for ever; a fact that could not be kept is told again."""

        async def hear(event: AccountEvent) -> None:
            assert self._hear is not None, "somebody listens"
            await self._hear(account, event)
            self._note(opened, event)
            for listener in self._listeners:
                listener(account, event)
            failures.clear()

        failures: list[Exception] = []
        while not opened.is_refused:
            try:
                await opened.account.run(hear)
            except Exception as error:  # one account must not end, whatever a fact does to us
                log.exception("account %s: listening failed, and begins anew", account)
                failures.append(error)
            opened.is_current = False
            await self._sleep(delay(len(failures), self._random()))

    def _note(self, opened: _Opened, event: AccountEvent) -> None:
        match event:
            case AccountReady():
                opened.is_current = True
            case AccountInterrupted():
                opened.is_current = False
            case AccountRefused():
                opened.is_current, opened.is_refused = False, True
            case _:
                pass


def _live_id(key: ChatKey) -> AccountId:
    return AccountId(f"{_LIVE}{key.id}")
