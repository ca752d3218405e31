"""Alerts about the account and the bot itself: told when they come true, once, and no sooner."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.core.access import Role
from bot.core.alerts.syntax import CannotWatch
from bot.core.alerts.words import Alert, State
from bot.core.errors import BadArgument, NotConnected
from bot.core.trade.types import Mode
from bot.desk.alerts_set import AlreadyTrue
from kraken.core.errors import AuthError, NotSent
from kraken.core.types import Side
from tests.own_alert_stage import AUTHOR, CHAT, LIVE, OwnMachine, key


@pytest.fixture
async def machine() -> OwnMachine:
    made = OwnMachine()
    await made.store.set_owner(AUTHOR)
    return made


async def test_a_balance_is_told_when_it_passes_its_bound_and_after_it_came_back(
    machine: OwnMachine,
) -> None:
    async with machine.process():
        machine.has("EUR", "150")
        await machine.ask("eur < 100 every 5m")
        for total in ("100", "99.99", "100.05", "99.5"):
            machine.has("EUR", total)
            await machine.settle()
        [said] = machine.telegram.texts()
        assert said.startswith("🔴 LIVE 🔔 EUR balance < 100\nNow 99.99 EUR")
        await machine.settle(300)
        machine.has("EUR", "100.1")
        await machine.settle()
        machine.has("EUR", "60.31")
        await machine.settle()
        assert len(machine.texts_with("Now 60.31 EUR")) == 1


async def test_a_balance_that_is_past_its_bound_already_is_asked_about(
    machine: OwnMachine,
) -> None:
    async with machine.process():
        found = await machine.ask("usd > 100")
        assert isinstance(found, AlreadyTrue)
        assert found.price == Decimal(10000)
        assert await machine.store.alerts() == []


async def test_a_balance_that_moved_while_nobody_listened_is_told_at_the_return(
    machine: OwnMachine,
) -> None:
    async with machine.process():
        await machine.ask("balance btc < 0.5")
        await machine.settle()
        machine.leaves()
        machine.has("BTC", "0.1")
        await machine.settle(120)
        assert machine.telegram.texts() == []
        machine.comes_back()
        await machine.settle()
    assert len(machine.texts_with("Now 0.10000000 BTC")) == 1


async def test_balances_are_not_asked_for_again_while_the_account_tells_them(
    machine: OwnMachine,
) -> None:
    async with machine.process():
        await machine.ask("eur > 100")
        asked = machine.account.asked["balances"]
        for total in range(50):
            machine.has("EUR", str(total))
            await machine.settle(20)
        assert machine.account.asked["balances"] - asked == 1, "after the start, once"


async def test_a_big_fill_is_the_sum_of_an_order_and_told_once_for_it(
    machine: OwnMachine,
) -> None:
    async with machine.process():
        await machine.fill("900")
        await machine.ask("fill big 500usd")
        for cost in ("200", "299", "1", "5000"):
            await machine.fill(cost, order="O2")
            await machine.settle()
        await machine.fill("499", order="O3")
        await machine.settle(120)
        [said] = machine.telegram.texts()
        assert "big fill, 500.00 USD" in said
        assert "Bought BTC/USD for 500.00 USD" in said


async def test_several_big_fills_of_a_moment_are_all_told(machine: OwnMachine) -> None:
    async with machine.process():
        await machine.ask("fill big 500usd")
        for number in range(5):
            await machine.fill(str(600 + number), order=f"O{number}")
        await machine.settle()
        for number in range(5, 14):
            fill = machine.filled(str(600 + number), order=f"O{number}")
            await machine.store.book_fill(LIVE, fill)
        await machine.fill("614", order="O14")
        await machine.settle(5)
        said = "\n".join(machine.telegram.texts())
    told = [number for number in range(15) if f"for {600 + number}.00 USD" in said]
    assert told == [0, 1, 2, 3, 4, 10, 11, 12, 13, 14]
    assert "5 more before these." in said


async def test_an_old_order_is_told_once_and_one_that_ended_is_not(machine: OwnMachine) -> None:
    async with machine.process():
        old = machine.places("OLD")
        await machine.settle(700)
        await machine.ask("order stale 10m")
        stays, ends = machine.places("STAYS"), machine.places("ENDS")
        assert stays.created_at == ends.created_at
        await machine.settle(300)
        machine.ends(ends)
        await machine.settle(700)
        [said] = machine.telegram.texts()
        assert "Buy 0.1 BTC/USD is open for 10 min" in said
        assert old.is_open


async def test_an_old_order_of_practice_is_told_too(machine: OwnMachine) -> None:
    machine.accounts.modes[CHAT] = Mode.PAPER
    practice = machine.accounts.paper
    async with machine.process():
        await machine.ask("order stale 10m")
        order = machine.order("P1")
        practice.orders[order.order_id] = order
        await machine.settle(670)
        [said] = machine.telegram.texts()
        assert said.startswith("🧪 PAPER 🔔 order open for 10m")


async def test_a_deposit_is_told_once_also_if_it_came_while_nobody_listened(
    machine: OwnMachine,
) -> None:
    async with machine.process():
        machine.deposit("1")
        await machine.settle(1)
        await machine.ask("deposit")
        await machine.settle(1)
        machine.deposit("200")
        await machine.settle()
        machine.leaves()
        machine.deposit("300", heard=False)
        await machine.settle(120)
        assert len(machine.telegram.texts()) == 1
        machine.comes_back()
        await machine.settle()
    async with machine.process():
        await machine.settle(120)
    said = machine.telegram.texts()
    assert ["200.00 EUR came in" in said[0], "300.00 EUR came in" in said[1]] == [True, True]
    assert len(said) == 2


async def test_without_the_right_to_the_ledger_deposits_are_told_as_they_come(
    machine: OwnMachine,
) -> None:
    machine.account.answers["ledger"] = [AuthError("EGeneral:Permission denied")]
    async with machine.process():
        await machine.ask("deposit")
        await machine.settle(10)
        machine.deposit("200")
        await machine.settle()
        assert len(machine.texts_with("200.00 EUR came in")) == 1


async def test_a_ledger_that_does_not_answer_is_asked_again(machine: OwnMachine) -> None:
    machine.account.answers["ledger"] = [NotSent("no connection")] * 2
    async with machine.process():
        await machine.ask("deposit")
        machine.deposit("200", heard=False)
        await machine.settle(180)
        assert len(machine.texts_with("200.00 EUR came in")) == 1


async def lose(machine: OwnMachine, cost: int, **more: Any) -> None:
    """Bought, and sold for a tenth less."""
    await machine.fill(str(cost), order="B", **more)
    await machine.fill(str(cost * 9 // 10), order="S", side=Side.SELL, price="54000", **more)


async def test_a_loss_of_the_day_is_told_and_what_was_lost_before_does_not_count(
    machine: OwnMachine,
) -> None:
    async with machine.process():
        await lose(machine, 9000, ago=timedelta(hours=13))
        await machine.ask("pnl day < -50 every 5m")
        await lose(machine, 490)
        await machine.settle(65)
        assert machine.telegram.texts() == []
        await lose(machine, 110)
        await machine.settle()
        [said] = machine.telegram.texts()
        assert "P&L day < −50.00 USD" in said
        assert "Now −60.00 USD" in said
        await lose(machine, 100)
        await machine.settle(310)
        assert len(machine.telegram.texts()) == 1, "it did not come back"


async def test_silence_is_told_and_so_is_its_end(machine: OwnMachine) -> None:
    async with machine.process():
        machine.hears_the_market()
        alert = await machine.ask("feed")
        assert isinstance(alert, Alert)
        assert alert.wish.options.repeats
        await machine.settle(58)
        assert machine.telegram.texts() == []
        await machine.settle(10)
        machine.hears_the_market()
        await machine.settle(10)
        machine.hears_the_market()
        await machine.settle(30)
        gone, back = machine.telegram.texts()
        assert "Nothing came from Kraken since 12:00:00 UTC" in gone
        assert "Data comes again" in back


async def test_the_end_of_a_key_is_told_before_it_comes(machine: OwnMachine) -> None:
    machine.keyring.record = key(machine.clock.now() + timedelta(days=14, minutes=5))
    async with machine.process():
        await machine.ask("key")
        await machine.settle(70)
        machine.has("EUR", "5")  # what the account tells is no news about its key
        await machine.settle(50)
        assert machine.telegram.texts() == []
        await machine.settle(300)
        [said] = machine.telegram.texts()
        assert "The key …x1Yz is valid until 2026-03-18 12:05 UTC" in said


async def test_what_the_chat_does_not_have_is_not_watched(machine: OwnMachine) -> None:
    machine.accounts.modes[CHAT] = Mode.PAPER
    async with machine.process():
        for text in ("deposit", "key"):
            with pytest.raises(CannotWatch):
                await machine.ask(text)
        for text in ("balance nosuch < 5", "fill big 5xyzzy", "pnl day < 5xyzzy"):
            with pytest.raises(BadArgument):
                await machine.ask(text)
        machine.accounts.modes[CHAT], machine.accounts.live = Mode.LIVE, None
        with pytest.raises(NotConnected):
            await machine.ask("eur < 100")
        assert await machine.store.alerts() == []


async def test_who_may_not_trade_any_more_is_told_nothing_of_the_account(
    machine: OwnMachine,
) -> None:
    async with machine.process():
        await machine.ask("balance btc < 0.5")
        await machine.store.set_owner(99)
        await machine.store.approve(AUTHOR, Role.VIEWER)
        machine.has("BTC", "0.1")
        await machine.settle(120)
        assert machine.telegram.texts() == []
        await machine.store.set_owner(AUTHOR)
        await machine.settle(120)
        assert len(machine.telegram.texts()) == 1


async def test_what_is_told_once_is_done_and_may_be_asked_for_again(machine: OwnMachine) -> None:
    async with machine.process() as alerts:
        await machine.ask("deposit once")
        machine.deposit("200")
        machine.deposit("201")
        await machine.settle()
        machine.deposit("202")
        await machine.settle(120)
        assert len(machine.telegram.texts()) == 1
        done = await alerts.get(CHAT, 1)
        assert done.state is State.DONE
        await alerts.again(done)
        await machine.settle()
        machine.deposit("203")
        await machine.settle()
        [_, said] = machine.telegram.texts()
        assert "203.00 EUR" in said
