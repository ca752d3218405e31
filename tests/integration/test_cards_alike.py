"""The same commands with play money and with real money: the same messages but for the badge.

Both chats have an exchange of their own that lives through the same market. These differ, and are
evened out here: who executes an order, its id, and what only practice can tell (why an order is
not filled). A line that would be too long with the longer badge does without the arrow. What a
live order takes is missing in its market, which moves by a few ticks otherwise from then on:
figures, and the order of what happens at one instant, are compared until the market falls.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from kraken.sim.listing import PAIRS
from tests.account_stage import private_calls
from tests.stack import (
    OWNER,
    People,
    people,
    running,
    serving_exchange,
    serving_telegram,
    settings_for,
)
from tests.virtual_time import VirtualTimeLoop

STEP = 4
"""Seconds between two things a person does; everything has been told by then."""

CONFIRM = "tap the first button"
FALL = "the market falls to 57000"
SCRIPT = (
    *("/buy 0.001 btc market", CONFIRM),
    *("/buy 0.001 btc @ 60000", CONFIRM),
    *("/buy 0.001 btc @ 60000 gtd=2d post", CONFIRM),
    *("/sell 0.0005 btc stop=59000", CONFIRM),
    *("/sell 0.0002 btc trail=2%", CONFIRM),
    *("/sell 0.0001 btc take=75000", CONFIRM),
    *("/buy 40usd eth market sl=-5% tp=+6%", CONFIRM),
    *("/buy 0.001 btc @ 60100 show=0.0002", CONFIRM),
    *("/buy 0.0001 btc @ 60000 ioc", CONFIRM),
    *("/buy 0.01 btc @ 99999 post", "/buy 100 btc market", "/buy 0.00000001 btc market"),
    *("/sell 5 eth market", "/buy 0,5 btc", "/buy 1 nope", "/sell 0.0001 btc"),
    *("/orders", "/orders stops", "/orders eth", "/balance", "/balance all"),
    *("/amend last 60050", CONFIRM, "/cancel last", "/cancel", "/cancel nope"),
    *(FALL, "/orders", "/orders closed", "/trades", "/trades btc 3"),
    *("/pnl", "/pnl btc avg", "/balance", "/export trades", "/protect eth sl=-4%", CONFIRM),
    *(
        "/cancelall",
        CONFIRM,
        "/cancelall all",
        CONFIRM,
        "/orders",
        "/sell 100% eth market",
        CONFIRM,
    ),
    *("/balance", "/pnl today", "/trades"),
)


@asynccontextmanager
async def chat(data: Path, *, live: bool) -> AsyncIterator[People]:
    """The owner's chat with ten thousand dollars, theirs or to play with."""
    async with (
        serving_telegram(repeat_pause=0.0) as telegram,
        people(telegram) as them,
        serving_exchange(seed=1, pairs=PAIRS[:4]) as market,
        running(settings_for(telegram, market, data)),
    ):
        them.market = market
        before = ["/start"] * 3
        if live:
            key = market.add_user({"balances": {"USD": "10000"}, "tier": "pro"})
            before = [f"/connect {key['api_key']} {key['api_secret']}", "/live", "live"]
        for said in before:
            await them.say(OWNER, said)
            await asyncio.sleep(STEP)
        yield them
        assert live or private_calls(market) == {}


async def answers(data: Path, *, live: bool) -> list[str]:
    """What each step of the script led to, evened out."""
    async with chat(data, live=live) as them:
        loop = asyncio.get_running_loop()
        at = 1000 * (loop.time() // 1000 + 1)
        shown = {each["message_id"]: each for each in await them.messages(OWNER)}
        said: list[str] = []
        for step in SCRIPT:
            await asyncio.sleep(at - loop.time())
            await does(them, step)
            span = 5 * STEP if step == FALL else STEP
            at += span
            await asyncio.sleep(span - 1)
            now = {each["message_id"]: each for each in await them.messages(OWNER)}
            news = [
                each
                for number, each in now.items()
                if looks(each) != looks(shown.get(number)) and not trails(each, shown.get(number))
            ]
            said.append("\n".join([f"> {step}", *sorted(map(even, news))]))
            shown = now
        return said


def played(data: Path, *, live: bool) -> list[str]:
    """The script, from the same instant each time."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(answers(data, live=live))


async def does(them: People, step: str) -> None:
    if step.startswith("/"):
        await them.say(OWNER, step)
    elif step == CONFIRM:
        newest = [each for each in await them.messages(OWNER) if each["buttons"]][-1]
        await them.tap(OWNER, newest["message_id"], newest["buttons"][0][0]["text"])
    else:
        them.exchange.move("BTC/USD", int(step.rpartition(" ")[2]) * 10)


def looks(message: dict[str, Any] | None) -> object:
    return None if message is None else (message["text"], labels(message))


def trails(message: dict[str, Any], before: dict[str, Any] | None) -> bool:
    """A card that only follows the market does so at its own moments."""
    seen = (message, before or {"text": ""})
    return all("🟦 Waits" in each["text"] and "trailing-stop" in each["text"] for each in seen)


def labels(message: dict[str, Any]) -> list[str]:
    return [button["text"] for row in message["buttons"] for button in row]


def even(message: dict[str, Any]) -> str:
    """A message without what may differ."""
    buttons = [label for label in labels(message) if label != "Why not filled?"]
    text = f"{message['text']}\n{buttons}"
    for pattern, instead in (
        (r"🧪 PAPER|🔴 LIVE", "BADGE"),
        (r"PAPER +|LIVE +", "BADGE "),
        (r"PAPER|LIVE", "BADGE"),
        (r"[Tt]he practice market", "Kraken"),
        (r"PC1-\d+|O[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{6}", "ID"),
        (r" [▲▼](?= [0-9A-Z])", ""),
    ):
        text = re.sub(pattern, instead, text)
    return text


def without_figures(text: str) -> list[str]:
    return sorted(re.sub(r" *[+−]?[0-9][0-9.,:]*", " #", text).split("\n"))


def test_the_same_commands_give_the_same_messages_but_for_the_badge(tmp_path: Path) -> None:
    practised, lived = (played(tmp_path / name, live=name == "live") for name in ("paper", "live"))
    fallen = SCRIPT.index(FALL)
    assert practised[:fallen] == lived[:fallen]
    for ours, theirs in zip(practised[fallen:], lived[fallen:], strict=True):
        assert without_figures(ours) == without_figures(theirs)
    told = "\n".join(practised)
    for happened in ("✅ Filled", "🟦 Open", "🟦 Waits", "⚪ Cancelled", "triggered", "rests at"):
        assert happened in told
