"""A league of two over a whole simulated day, in the demo: its clock is put forward by hand."""

from pathlib import Path

import pytest

from bot import demo
from kraken.sim.listing import PAIRS
from kraken.sim.server import Exchange
from tests.demo_person import GROUP, Person, somebody_in_the_demo
from tests.virtual_time import REAL_TIME

HOUR = 3600
MINUTE = 60


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The demo's own clock goes with the machine's."""
    return REAL_TIME


async def enter(person: Person, members: int) -> None:
    """Join in the group, and trade in private."""
    await person.taps(await person.sees("it begins", chat=GROUP), "Join", chat=GROUP)
    await person.sees(f"· {members} member", chat=GROUP)
    await person.says("/league")
    await person.taps(await person.sees("your leagues"), "Trade in Desk")
    await person.sees("you trade in the league now")


async def buy(person: Person, command: str, becomes: str) -> None:
    await person.says(command)
    preview = await person.sees("preview, 60 s")
    await person.taps(preview, preview["buttons"][0][0]["text"])
    await person.sees(becomes)


async def standings(person: Person, *words: str) -> list[str]:
    """Who is where, as the lines of the table."""
    lines = (await person.sees(*words, chat=GROUP))["text"].split("\n")
    return [line for line in lines if line.startswith(("1 ", "2 "))]


@pytest.fixture(autouse=True)
def few_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A day of all pairs takes the exchange seconds."""

    def make(port: int, seed: int, speed: float, replay: Path | None) -> Exchange:
        return Exchange(port=port, seed=seed, speed=speed, replay=replay, pairs=PAIRS[:1])

    monkeypatch.setattr(demo, "make_exchange", make)


async def test_a_league_of_two_over_a_day(tmp_path: Path) -> None:
    async with somebody_in_the_demo(tmp_path) as you:
        friend = you.friend()
        await you.says("/league start 25h 5000 usd", chat=GROUP)
        for members, person in ((1, you), (2, friend)):
            await enter(person, members)
        await buy(you, "/buy 0.05 btc market", "✅ Filled")
        await buy(friend, "/buy 0.01 btc @ -50%", "🟦 Open")

        await you.says("/league", chat=GROUP)
        now = await standings(you, "left", "As of")
        assert len(now) == 2
        assert all("0.0" in line or "−0." in line for line in now), "fees, and nothing else"

        await you.advances(24 * HOUR)
        day = await you.sees("LEAGUE · day 1", chat=GROUP)
        assert day["photo"], "with the course of whoever leads"
        table = await standings(you, "LEAGUE · day 1")
        assert sorted(line.split()[1] for line in table) == ["Friend", "You"]
        assert "1 trade" in day["text"]
        assert "0 trades" in day["text"]

        await you.advances(HOUR + MINUTE)
        result = await you.sees("it is over", "wins.", chat=GROUP)
        assert result["photo"]
        await friend.sees("⚪ Cancelled")
        await friend.says("/balance")
        assert "10,000.00" in (await friend.sees("TOTAL"))["text"], "their own again"

        said = [each["text"] for each in await you.messages(chat=GROUP)]
        assert sum("LEAGUE · day" in text for text in said) == 1
        assert sum("it is over" in text for text in said) == 1
        assert not any("0.05" in text for text in said), "orders stay private"
