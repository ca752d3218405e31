"""The same random script on a practice and on a live account, each on an exchange of its own.

Both exchanges begin in the same state and their markets are taken to the same prices. What is
compared: every refusal, every order's end, what it filled, as what, and what that cost. These are
the rules by which practice differs; the scripts keep to where they do not matter:

* Nobody else sees a practice order, so nobody trades with it: a public trade beyond its price
  fills it whole, one at its price as far as it goes beyond those who were there.
* What a practice order takes stays in the public book; it is remembered for that account only,
  and no price moves because of it.
* An order meets the book that was heard last: up to a tenth of a second later than on Kraken.
* Only the best hundred levels of a book are known.
* Fees stay at the lowest tier whatever is traded, unless other rates are set.
* A client id is good for one order; Kraken asks only open orders.
* There is no rate limit, and no outcome is ever unknown, but for storage that fails.
* Triggers go by the last trade, also those that ask for the index.

Both markets run to a price by the same steps. In between they are not the same to the coin where a
live order took some, and a trailing trigger follows what happened there.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal as D
from typing import Any

import pytest

from kraken.core.errors import Rejected
from kraken.core.fees import cost_of, fee_of
from kraken.core.trading import (
    TRAILING,
    Amend,
    Liquidity,
    Order,
    OrderName,
    OrderType,
    PriceKind,
    PriceOffset,
    TimeInForce,
    Trigger,
)
from kraken.core.types import Side
from tests.account_stage import Stage, stage

Step = Callable[[Stage], Any]
CLOSE = D(10)
"""In dollars, of some sixty thousand."""
FOLLOWING = D(100)
"""The same for what trails: no step of a move is longer, and no market order goes further."""

RATES = {Liquidity.MAKER: D("0.0025"), Liquidity.TAKER: D("0.004")}


@dataclass
class Player:
    """Plays a script; the middle is where the market was when it began."""

    on: Stage
    middle: D
    placed: list[Order]
    refused: list[tuple[str, str]]

    async def place(self, side: Side, qty: str, price: D | None, **terms: Any) -> None:
        try:
            self.placed.append(await self.on.place(self.on.order(side, qty, price, **terms)))
        except Rejected as error:
            self.refused.append((type(error).__name__, error.code))

    async def change(self, number: int, change: Amend | None) -> None:
        """Amend an order, or cancel it."""
        if not self.placed:
            return
        name = OrderName(order_id=self.placed[number % len(self.placed)].order_id)
        try:
            if change is None:
                await self.on.account.cancel(name)
            else:
                await self.on.account.amend(name, change)
        except Rejected as error:
            self.refused.append((type(error).__name__, error.code))
        await self.on.time.go_on(20)


def script(seed: int, count: int = 9) -> list[Callable[[Player], Any]]:
    """Orders of all kinds around the market, changes, and moves; prices of orders and moves are
    never the same, so that every move goes well beyond an order or stays well before it."""
    rng = random.Random(seed)
    steps = [_order(rng) for _ in range(3)]
    for _ in range(count):
        steps.append(rng.choice((_order, _order, _change, _move, _move))(rng))
    return [*steps, _move(rng)]


def _order(rng: random.Random) -> Callable[[Player], Any]:
    side = rng.choice(tuple(Side))
    qty = rng.choice(("0.002", "0.004", "0.00001", "0.006", "30"))
    away = D(rng.choice((-9, -5, -2, 2, 5, 9)) * 100)
    kind = rng.choice(("market", "limit", "limit", "post", "ioc", "fok", *list(OrderType)[2:]))
    if kind in ("limit", "post", "ioc", "fok"):
        life = TimeInForce(kind.upper()) if kind in ("ioc", "fok") else TimeInForce.GTC
        more: dict[str, Any] = {"post_only": kind == "post", "time_in_force": life}
        return lambda player: player.place(side, qty, player.middle + away, **more)
    if kind == "market":
        return lambda player: player.place(side, qty, None)
    type = OrderType(kind)
    if type is OrderType.ICEBERG:
        shown = D(qty) / 2
        return lambda player: player.place(
            side, qty, player.middle + away, type=type, display_qty=shown
        )
    return _waiting(rng, side, qty, type, away)


def _waiting(
    rng: random.Random, side: Side, qty: str, type: OrderType, away: D
) -> Callable[[Player], Any]:
    def place(player: Player) -> Any:
        if type in (OrderType.TRAILING_STOP, OrderType.TRAILING_STOP_LIMIT):
            trigger = Trigger(PriceOffset(abs(away) + 50, PriceKind.QUOTE))
        else:
            trigger = Trigger(PriceOffset(player.middle + away + 10))
        terms: dict[str, Any] = {"type": type, "trigger": trigger}
        if type is OrderType.TRAILING_STOP_LIMIT:
            terms["limit_offset"] = PriceOffset(
                D(-20 if side is Side.BUY else 20), PriceKind.QUOTE
            )
        elif type.value.endswith("-limit"):
            terms["limit_price"] = player.middle + away + (-20 if side is Side.BUY else 30)
        return player.place(side, qty, None, **terms)

    return place


def _change(rng: random.Random) -> Callable[[Player], Any]:
    number = rng.randrange(9)
    away = D(rng.choice((-7, -4, 4, 7)) * 100)
    kind = rng.randrange(4)

    def change(player: Player) -> Any:
        changes = (
            None,
            Amend(qty=D("0.005")),
            Amend(limit_price=player.middle + away),
            Amend(trigger_price=player.middle + away),
        )
        return player.change(number, changes[kind])

    return change


def _move(rng: random.Random) -> Callable[[Player], Any]:
    away = D(rng.choice((-11, -6, -3, 0, 3, 6, 11)) * 100 + 50)

    async def move(player: Player) -> None:
        # Twice: what fires at its end trades after it, and triggers begin at the last trade.
        await player.on.move(player.middle + away)
        await player.on.move(player.middle + away)

    return move


Outcome = tuple[tuple[object, ...], list[tuple[D, D]]]
"""What must be the same, and prices that follow the market, each with how near it has to be."""


@dataclass
class Played:
    """What there is to compare after a script."""

    orders: list[Outcome]
    refused: list[tuple[str, str]]


async def play(kind: str, seed: int) -> Played:
    """Play it to the end."""
    async with stage(kind) as on:
        bid, ask = on.touch()
        player = Player(on, ((bid + ask) / 2).quantize(D(100)), [], [])
        for step in script(seed):
            await step(player)
        await on.time.go_on(60)
        orders = [await _outcome(on, order) for order in player.placed]
        return Played(orders, player.refused)


async def _outcome(on: Stage, order: Order) -> Outcome:
    now = await on.now(order)
    fills = on.fills(order.order_id)
    for fill in fills:
        assert fill.cost == cost_of(fill.qty, fill.price, 5)
        assert fill.fee == fee_of(fill.cost, RATES[fill.liquidity], 5)
    assert now.filled_qty == sum((fill.qty for fill in fills), D(0))
    assert now.fee == sum((fill.fee for fill in fills), D(0))
    made = {fill.price for fill in fills if fill.liquidity is Liquidity.MAKER}
    taken = [fill for fill in fills if fill.liquidity is Liquidity.TAKER]
    as_taker = sum((fill.qty for fill in taken), D(0))
    # What follows the market: a live order takes coins away, and the prices after it know.
    near = FOLLOWING if now.type in TRAILING else CLOSE
    followed = [(fill.price, near) for fill in taken[:1]]
    if now.type is OrderType.TRAILING_STOP_LIMIT:
        followed += [(price, near) for price in sorted(made)]
        made = set()
    exact = (now.type, now.side, now.status, now.qty, now.filled_qty, as_taker, frozenset(made))
    if now.trigger is not None:
        followed += [(now.trigger.price, near), (D(now.trigger.is_fired), D(0))]
    if now.limit_price is not None:
        followed.append((now.limit_price, near))
    return exact, followed


@pytest.mark.parametrize("seed", [*range(18), 129, 162])
async def test_one_script_ends_alike_in_practice_and_live(seed: int) -> None:
    practised, lived = await play("paper", seed), await play("live", seed)
    assert practised.refused == lived.refused
    assert [exact for exact, _ in practised.orders] == [exact for exact, _ in lived.orders]
    for (_, ours), (_, theirs) in zip(practised.orders, lived.orders, strict=True):
        assert len(ours) == len(theirs)
        for (one, near), (other, _) in zip(ours, theirs, strict=True):
            assert abs(one - other) <= near
