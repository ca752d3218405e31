"""The process dies anywhere between a crossing, its commit, the sending and the mark: all is told.

What Telegram shows decides: every alert is there, and whatever is there twice says so. Tried by
hand and found here: telling apart from the commit, before it or after; keeping how far an alert of
an account was judged before what is told of it; a message marked as sent before it was; one that
is sent again without its mark; no past trades, no ledger, no kept fills and no balances after a
restart.
"""

import asyncio
import html
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from telegram import Bot

from bot.core.delivery import Letter
from bot.standin.server import LocalTelegram
from bot.telegram.sender import TelegramSender
from tests.alert_stage import Machine, Telegram
from tests.local_telegram import ptb
from tests.own_alert_stage import AUTHOR, OwnMachine, until_dead
from tests.stack import people, serving_telegram

TWICE = "(maybe sent twice)"
BATCH = 10
SEEDS = range(0, 130, BATCH)
OWN_SEEDS = range(1000, 1030, BATCH)


class Wired(Telegram):
    """Over the real library to a local Telegram."""

    def use(self, bot: Bot) -> None:
        self._sender = TelegramSender(bot)

    async def deliver(self, chat_id: int, letter: Letter) -> int:
        return await self._sender.send(chat_id, letter, None)


class Shown:
    """A local Telegram, and what it shows."""

    def __init__(self, telegram: LocalTelegram, bot: Bot, them: Any) -> None:
        self.telegram = telegram
        self.bot = bot
        self.them = them

    def wire(self, machine: Machine, *chats: int) -> None:
        """Let the machine write to people of these ids."""
        for chat in chats:
            self.telegram.state.add_user(chat, started=True)
        machine.telegram = wired = Wired(machine.clock, machine.store)
        wired.use(self.bot)

    async def texts(self, chat: int, words: str) -> list[str]:
        found = [html.unescape(each["text"]) for each in await self.them.messages(chat)]
        return [text for text in found if words in text]


@asynccontextmanager
async def telegram_shows() -> AsyncIterator[Shown]:
    async with (
        serving_telegram(repeat_pause=0.0) as telegram,
        ptb(telegram) as bot,
        people(telegram) as them,
    ):
        yield Shown(telegram, bot, them)


def doom(machine: Machine, dice: random.Random) -> None:
    """Let the process die at some question of the database, or some message."""
    if dice.random() < 0.5:
        machine.telegram.fatal = machine.telegram.asked + dice.randint(1, 4)
        machine.telegram.is_after = dice.random() < 0.5
    else:
        machine.store.fatal = machine.store.questions + dice.randint(1, 30)
        machine.store.is_after = dice.random() < 0.5


async def passes(machine: Machine, dice: random.Random) -> None:
    """A while, in which how far everything was judged is kept, or is not."""
    await asyncio.sleep(dice.choice([0, 0.001, 0.4, 2]))
    if dice.random() < 0.3 and not machine.store.dead.is_set():
        await until_dead(machine.store, machine.alerts.save())


def check(said: list[str], what: str, deaths: int) -> None:
    assert said, f"{what} is lost"
    assert all(TWICE in text for text in said[1:]), f"{what}: {said}"
    assert len(said) <= 1 + deaths, f"{what}: {said}"


@pytest.mark.parametrize("first", SEEDS)
async def test_every_alert_is_told_wherever_the_process_dies(first: int) -> None:
    """Kills before and after a transaction, and before and after Telegram took a message."""
    async with telegram_shows() as shown:
        for seed in range(first, first + BATCH):
            await _prices(shown, seed)


async def _prices(shown: Shown, seed: int) -> None:
    dice, machine = random.Random(seed), Machine()
    chats = (10_000 + 2 * seed, 10_001 + 2 * seed)
    shown.wire(machine, *chats)
    machine.market.trade(60000)
    levels = {level: dice.choice(chats) for level in dice.sample(range(60100, 60900, 50), 6)}
    async with machine.process():
        for level, chat_id in levels.items():
            await machine.set(f"> {level}", chat_id)
        await machine.settle(40 if dice.random() < 0.5 else 1)  # with and without a saved cursor
    price, deaths = 60000, dice.choice([1, 1, 2])
    for _ in range(deaths):
        async with machine.process():
            doom(machine, dice)
            while price < 61000 and not machine.store.dead.is_set():
                price += dice.choice([20, 60, 150])
                machine.market.trade(price)
                await passes(machine, dice)
            await machine.settle()
    while price < 61000:
        price += 60
        machine.market.trade(price)
    for _ in range(dice.choice([1, 60])):
        machine.market.trade(60000)  # nothing is seen by whoever looks at the last prices only
    machine.store.fatal = machine.telegram.fatal = 0
    async with machine.process():
        await machine.settle(5)
    for level, chat_id in levels.items():
        said = await shown.texts(chat_id, f"> {level:,}.0")
        check(said, f"seed {seed}: {level}", deaths)


@pytest.mark.parametrize("first", OWN_SEEDS)
async def test_whatever_an_account_told_is_told_on_wherever_the_process_dies(first: int) -> None:
    async with telegram_shows() as shown:
        for seed in range(first, first + BATCH):
            await _account(shown, seed)


async def _account(shown: Shown, seed: int) -> None:
    dice, machine = random.Random(seed), OwnMachine()
    machine.chat_id = 10_000 + seed
    machine.accounts.modes[machine.chat_id] = machine.accounts.modes[1]
    shown.wire(machine, machine.chat_id)
    await machine.store.set_owner(AUTHOR)
    async with machine.process():
        machine.has("EUR", "150")
        for text in ("fill big 500usd", "deposit", "eur < 100"):
            await machine.ask(text)
        await machine.settle(dice.choice([1, 70]))
    deaths = dice.choice([1, 1, 2])
    events = ["fill", "fill", "fill", "deposit", "deposit", "balance"]
    dice.shuffle(events)
    words: list[str] = []
    for life in range(deaths + 1):
        if life == deaths:
            machine.store.fatal = machine.telegram.fatal = 0
        async with machine.process():
            if life < deaths:
                doom(machine, dice)
            while events and (life == deaths or not machine.store.dead.is_set()):
                words.append(await _happens(machine, events.pop(), len(events)))
                await passes(machine, dice)
                if life < deaths and dice.random() < 0.2:
                    break
            await machine.settle(70)
    for each in words:
        check(await shown.texts(machine.chat_id, each), f"seed {seed}: {each}", deaths)


async def _happens(machine: OwnMachine, event: str, number: int) -> str:
    """Something of an account; the words that tell of it."""
    heard = not machine.store.dead.is_set()
    if event == "fill":
        await machine.fill(str(600 + number), order=f"O{number}")
        return f"for {600 + number}.00 USD"
    if event == "deposit":
        machine.deposit(str(200 + number), heard=heard)
        return f"{200 + number}.00 EUR came in"
    machine.has("EUR", "60.31")
    return "Now 60.31 EUR"
