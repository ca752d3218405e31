"""Nothing that an alert has to say is lost, and nothing is said twice without a mark."""

import asyncio
from datetime import timedelta

import pytest

from bot.core.alerts.words import FLOOR, State
from tests.alert_stage import Machine


def told(machine: Machine, words: str, chat_id: int = 1) -> list[str]:
    return [text for text in machine.telegram.texts(chat_id) if words in text]


async def begun(machine: Machine) -> None:
    """A market with a price."""
    machine.market.trade(60000)


async def test_telegram_down_for_ten_minutes_loses_nothing_and_marks_what_is_late() -> None:
    machine = Machine()
    await begun(machine)
    async with machine.process():
        for level in (60100, 60200, 60300):
            await machine.set(f"> {level}")
        machine.telegram.is_down = True
        for price in (60100, 60200, 60300):
            machine.market.trade(price)
            await machine.settle(5)
        await machine.settle(600)
        assert [each.state for each in await machine.store.alerts()] == [State.FIRED] * 3
        machine.telegram.is_down = False
        await machine.settle(90)
        assert len(await machine.store.alerts()) == 0
    said = machine.telegram.texts()
    assert len(said) == 3
    assert all("min late" in text for text in said)


@pytest.mark.parametrize("minutes", [-5, 0, 5])
async def test_a_crossing_just_after_an_alert_was_set_is_told_whatever_the_clocks_say(
    minutes: int,
) -> None:
    machine = Machine()
    machine.market.is_behind = timedelta(minutes=minutes)
    await begun(machine)
    async with machine.process():
        await machine.set("> 60500")
    machine.market.trade(60600)
    for _ in range(60):  # more than anybody shows of the last trades
        machine.market.trade(60000)
    async with machine.process():
        await machine.settle(5)
    assert len(told(machine, "> 60,500.0")) == 1


@pytest.mark.parametrize("minutes", [-5, 0, 5])
async def test_a_crossing_just_after_an_alert_was_set_again_is_told_and_none_before_it(
    minutes: int,
) -> None:
    machine = Machine()
    machine.market.is_behind = timedelta(minutes=minutes)
    await begun(machine)
    async with machine.process() as alerts:
        alert = await machine.set("> 60500")
        await machine.settle(60)
        machine.market.trade(60600)
        await machine.settle(60)
        for price in (60000, 60700, 60000):  # nobody waits for these
            machine.market.trade(price)
        await alerts.again(await alerts.get(1, alert.number))
    async with machine.process():
        await machine.settle(5)
        assert len(told(machine, "> 60,500.0")) == 1
        machine.market.trade(60000)
    machine.market.trade(60800)
    async with machine.process():
        await machine.settle(5)
    said = told(machine, "> 60,500.0")
    assert len(said) == 2
    assert "60,800.0" in said[1]


async def test_kraken_down_for_an_hour_tells_each_crossing_of_it_once_as_such() -> None:
    machine = Machine()
    await begun(machine)
    async with machine.process():
        await machine.set("> 60500")
        await machine.set("< 59500 every")
        await machine.set("> 69000")
        await machine.settle(60)
        machine.market.leave()
        for minute in range(60):
            machine.market.trade(60000 + (600 if minute == 20 else -600 if minute == 40 else 0))
            await machine.settle(60)
        assert machine.telegram.texts() == []
        for _ in range(80):
            machine.market.trade(60000)
        machine.market.come_back()
        await machine.settle()
    said = "\n".join(machine.telegram.texts())
    assert said.count("while I was away (12:0") == 2, said
    assert "> 60,500.0" in said
    assert "< 59,500.0" in said
    assert "69,000" not in said
    assert machine.market.asked_past > 0


async def test_a_quiet_hour_without_the_exchange_needs_no_past() -> None:
    machine = Machine()
    await begun(machine)
    async with machine.process():
        await machine.set("> 60500")
        await machine.settle(60)
        machine.market.leave()
        await machine.settle(600)
        machine.market.trade(60510)
        await machine.settle(3000)
        machine.market.come_back()
        await machine.settle()
    assert machine.market.asked_past == 0
    assert "while I was away" in machine.telegram.texts()[0]


async def test_a_gap_that_cannot_be_read_is_told_and_the_next_price_judged() -> None:
    machine = Machine()
    await begun(machine)
    async with machine.process():
        await machine.set("> 60500")
        await machine.settle(60)
        machine.market.leave()
        for _ in range(300):
            machine.market.trade(60000)
        machine.market.past_is_lost = True
        for _ in range(60):
            machine.market.trade(60600)
        await machine.settle(600)
        machine.market.come_back()
        await machine.settle()
    said = machine.telegram.texts()
    assert len(said) == 2
    assert any("A gap in the trades" in text for text in said)
    assert any("> 60,500.0" in text for text in said)


async def test_a_sine_inside_the_band_is_one_message_and_each_true_return_one() -> None:
    machine = Machine()
    await begun(machine)
    async with machine.process():
        await machine.set("> 60500 every")
        for _ in range(1000):
            for price in (60520, 60480) * 5:
                machine.market.trade(price)
            await asyncio.sleep(0)
        await machine.settle()
        assert len(machine.telegram.texts()) == 1
        for count in range(2, 6):
            await machine.settle(FLOOR)
            machine.market.trade(60400)
            await machine.settle()
            machine.market.trade(60520)
            await machine.settle()
            assert len(machine.telegram.texts()) == count


async def test_several_of_a_moment_are_one_message() -> None:
    machine = Machine()
    await begun(machine)
    async with machine.process():
        for level in (60100, 60200, 60300, 60400):
            await machine.set(f"> {level}")
        machine.market.trade(60110)
        await machine.settle(0.1)
        machine.market.trade(60210)
        await machine.settle(0.1)
        machine.market.trade(60410)
        await machine.settle()
    first, second = machine.telegram.texts()
    assert "> 60,100.0" in first
    assert second.startswith("🔔 3 alerts at once")


async def test_more_than_twenty_messages_an_hour_become_a_summary() -> None:
    machine = Machine()
    await begun(machine)
    async with machine.process():
        for level in range(30):
            await machine.set(f"> {60500 + level}")
        await machine.set("> 61000")
        for level in range(30):
            machine.market.trade(60500 + level)
            await machine.settle(5)
        assert len(machine.telegram.texts()) == 20
        machine.market.trade(61000)
        await machine.settle(900)
        said = machine.telegram.texts()
        assert len(said) == 21
        assert "Fired 11 times in" in said[-1]
        assert "#31 BTC/USD: once" in said[-1]
        assert await machine.store.alerts() == []


async def flutter(machine: Machine, times: int) -> None:
    """The price leaves the level by more than the band, and comes back."""
    for _ in range(times):
        machine.market.trade(60600)
        await machine.settle(5)
        machine.market.trade(60000)
        await machine.settle(5)


async def test_what_comes_true_again_within_five_minutes_is_counted_and_told_once() -> None:
    machine = Machine()
    await begun(machine)
    async with machine.process():
        await machine.set("> 60500 every")
        await flutter(machine, 8)
        assert len(machine.telegram.texts()) == 1
        await machine.settle(700)
        [_, summary] = machine.telegram.texts()
        assert "Fired 7 times in 10 min" in summary
        await machine.settle(3600)
        assert len(machine.telegram.texts()) == 2


async def test_what_was_counted_is_said_with_the_next_message_if_that_comes_first() -> None:
    machine = Machine()
    await begun(machine)
    async with machine.process():
        await machine.set("> 60500 every")
        await flutter(machine, 3)
        await machine.settle(FLOOR)
        await flutter(machine, 1)
        [_, second] = machine.telegram.texts()
        assert "2 more since the last message" in second
        await machine.settle(3600)
        assert len(machine.telegram.texts()) == 2


async def test_a_longer_pause_that_was_asked_for_is_kept_by_the_summary_too() -> None:
    machine = Machine()
    await begun(machine)
    async with machine.process():
        await machine.set("> 60500 every 1h")
        await flutter(machine, 3)
        await machine.settle(3500)
        assert len(machine.telegram.texts()) == 1
        await machine.settle(120)
        assert "Fired twice" in machine.telegram.texts()[1]


@pytest.mark.parametrize("limit", ["pause", "hour"])
async def test_what_is_to_be_summed_up_survives_a_restart(limit: str) -> None:
    machine = Machine()
    await begun(machine)
    async with machine.process():
        if limit == "pause":
            await machine.set("> 60500 every")
            await flutter(machine, 8)
        else:
            for level in range(27):
                await machine.set(f"> {60500 + level} every")
                machine.market.trade(60500 + level)
                await machine.settle(2)
        before = len(machine.telegram.texts())
    async with machine.process():
        await machine.settle(700)
    said = machine.telegram.texts()
    assert len(said) == before + 1
    assert "Fired 7 times" in said[-1]


async def test_what_is_not_seen_is_said_again_until_it_is() -> None:
    machine = Machine()
    await begun(machine)
    async with machine.process() as alerts:
        await machine.set("> 60500 nag 5m")
        machine.market.trade(60600)
        await machine.settle(620)
        assert len(machine.telegram.texts()) == 3
        await alerts.seen(await alerts.get(1, 1))
        await machine.settle(3600)
        assert len(machine.telegram.texts()) == 3


async def test_an_alert_expires_with_a_word() -> None:
    machine = Machine()
    await begun(machine)
    async with machine.process():
        await machine.set("> 60500 until 1h")
        await machine.settle(3620)
        machine.market.trade(60600)
        await machine.settle()
    [text] = machine.telegram.texts()
    assert "Alert #1 has expired." in text


async def test_what_rests_is_not_told_and_watches_again_by_itself() -> None:
    machine = Machine()
    await begun(machine)
    async with machine.process() as alerts:
        await machine.set("> 60500 every")
        await alerts.rest(await alerts.of_chat(1), machine.clock.now().replace(minute=30))
        machine.market.trade(60600)
        await machine.settle(1810)
        machine.market.trade(60600)
        machine.market.trade(60000)
        await machine.settle()
        assert machine.telegram.texts() == []
        machine.market.trade(60600)
        await machine.settle()
        assert len(machine.telegram.texts()) == 1


async def test_an_alert_on_a_pair_that_is_gone_is_paused_and_told_once() -> None:
    machine = Machine()
    await begun(machine)
    async with machine.process() as alerts:
        await machine.set("> 60500")
        machine.market.gone.add("BTC/USD")
        await machine.settle(60)
        [alert] = await alerts.of_chat(1)
        assert alert.state == "paused"
    assert ["is paused" in text for text in machine.telegram.texts()] == [True]


async def test_numbers_are_never_used_again() -> None:
    machine = Machine()
    await begun(machine)
    async with machine.process() as alerts:
        first = await machine.set("> 60500")
        await alerts.remove([first])
        assert (await machine.set("> 60500")).number == 2


async def test_only_hours_that_were_asked_for_are_loud_enough_to_be_told() -> None:
    machine = Machine()
    await begun(machine)
    async with machine.process():
        await machine.set("> 60500 between 13-22")
        machine.market.trade(60600)
        await machine.settle()
        machine.market.trade(60000)
        await machine.settle(3600)
        assert machine.telegram.texts() == []
        machine.market.trade(60600)
        await machine.settle()
        assert len(machine.telegram.texts()) == 1


async def test_that_it_came_back_is_kept_with_how_far_the_pair_was_judged() -> None:
    machine = Machine()
    await begun(machine)
    async with machine.process():
        await machine.set("> 60500 every")
        machine.market.trade(60600)
        await machine.settle()
        machine.market.trade(60000)
        await machine.settle(FLOOR)
    machine.market.trade(60600)
    machine.market.trade(60000)
    await machine.settle(60)
    async with machine.process():
        await machine.settle()
    said = machine.telegram.texts()
    assert ["while I was away" in text for text in said] == [False, True]


async def test_how_far_a_pair_was_judged_never_runs_ahead_of_what_is_written_down() -> None:
    machine = Machine()
    await begun(machine)
    async with machine.process() as alerts:
        await machine.set("> 60500")
        await machine.set("> 60700")
        machine.market.trade(60600)
        await machine.settle(0.2)
        machine.market.trade(60800)  # waits a moment, to be told together with others
        await machine.settle(0.2)
        machine.market.trade(60000)
        await machine.settle(0.2)
        await alerts.save()
    assert len(machine.telegram.texts()) == 1
    async with machine.process():
        await machine.settle()
    assert len(told(machine, "> 60,700.0")) == 1
