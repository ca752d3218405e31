"""What must be true when all is quiet: the exchange's journal, the database and the chats agree.

Each complaint is one sentence; none means: nothing lost, nothing doubled, nothing misreported.
The journal is compared with what was kept and with what a person reads, digit by digit.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlite_utils import Database

from bot.core.texts.amounts import amount, money
from bot.core.trade.types import PlacedOrder, Standing
from bot.store import order_rows
from kraken.core.trading import Fill, Order
from tests.fault_stage import Person, Stage, wait

ELSEWHERE = "77"
"""The mark of what another program did with the same key."""

_HEADS = {
    "new": ("🟦 Open", "🟦 Waits", "⚡ Triggered"),
    "partially_filled": ("% filled",),
    "filled": ("✅ Filled",),
    "canceled": ("⚪ Cancelled",),
    "expired": ("⚪ Expired",),
}
_HEADS_WITHOUT = {
    Standing.REJECTED: "❌ Refused",
    Standing.NOT_SENT: "❌ Not sent",
    Standing.ABSENT: "❌ Not placed",
}
_DOUBTFUL = ("❓", "⏳", "Checking")
_ENDED = ("filled", "canceled", "expired")


@contextmanager
def reading(stage: Stage) -> Iterator[Database]:
    """The database, beside the bot that has it open."""
    with closing(sqlite3.connect(f"file:{stage.database}?mode=ro", uri=True)) as plain:
        yield Database(plain)


@dataclass
class Kept:
    """What the database says of one chat."""

    orders: list[PlacedOrder]
    fills: list[Fill]
    stops: dict[str, Order]
    tickets: list[str]
    """The ticket of each order that has one."""


def kept(db: Database, person: Person) -> Kept:
    orders = order_rows.many(db, "chat_id = ? and mode = 'live'", [person.number])
    accounts = {each.intent.account for each in orders}
    rows = db.execute(
        "select ticket_id from orders where chat_id = ? and ticket_id is not null",
        [person.number],
    )
    return Kept(
        orders,
        [fill for account in accounts for fill in order_rows.fills(db, "account = ?", [account])],
        {
            str(stop.order_id): stop
            for each in orders
            for stop in order_rows.stops(db, each.intent.client_id)
        },
        [ticket for (ticket,) in rows.fetchall()],
    )


@dataclass
class Verdict:
    """What was looked at, and what is wrong with it."""

    complaints: list[str] = field(default_factory=list)
    orders: int = 0
    fills: int = 0
    not_placed: int = 0

    def __str__(self) -> str:
        return "\n".join(self.complaints)


def judge(stage: Stage) -> Verdict:
    """Compare everything of everybody."""
    verdict = Verdict()
    with reading(stage) as db:
        for person in stage.people:
            found = kept(db, person)
            verdict.orders += len(person.orders())
            verdict.fills += len(person.fills())
            verdict.not_placed += sum(each.standing is not Standing.ACKED for each in found.orders)
            verdict.complaints += [
                f"person {person.number} {said}" for said in _wrong(person, found)
            ]
    verdict.complaints += [f"log: {line}" for line in stage.said.records]
    return verdict


async def judged(stage: Stage) -> Verdict:
    """The same once more after a moment: the market goes on, and may fill an order just now."""
    verdict = judge(stage)
    if verdict.complaints:
        await wait(20)
        verdict = judge(stage)
    return verdict


def _wrong(person: Person, found: Kept) -> Iterator[str]:
    rows = {row["order_id"]: row for row in person.orders()}
    yield from _each_once(rows, found)
    yield from _terms(rows, found)
    yield from _fills(person, found)
    yield from _cards(person, rows, found)
    yield from _ends(person, rows, found)
    yield from _nothing_twice(person)
    yield from _limits(person, found)


def _each_once(rows: dict[str, Any], found: Kept) -> Iterator[str]:
    """Every order of the exchange stands in the database, and the other way round."""
    ours = {each.intent.client_id for each in found.orders}
    named = Counter(row["cl_ord_id"] for row in rows.values() if row["cl_ord_id"] is not None)
    for name, times in named.items():
        if times > 1:
            yield f"placed {times} times: {name}"
        if name not in ours:
            yield f"placed, and not in the database: {name}"
    for row in rows.values():
        if row["cl_ord_id"] is None and row["parent"] is None and row["userref"] != ELSEWHERE:
            yield f"nobody made this order: {row}"
    for each in found.orders:
        name, is_there = each.intent.client_id, each.intent.client_id in named
        if each.standing.is_open_question:
            yield f"still {each.standing}: {name} (placed: {is_there})"
        elif (each.standing is Standing.ACKED) != is_there:
            yield f"stands {each.standing} ({each.reason}), placed: {is_there}: {name}"
    for ticket, times in Counter(found.tickets).items():
        if times > 1:
            yield f"{times} orders of one ticket {ticket}"
    cards = Counter(each.intent.card for each in found.orders if each.intent.card is not None)
    for card, times in cards.items():
        if times > 1:
            yield f"{times} orders of the one confirmation on message {card}"


def _terms(rows: dict[str, Any], found: Kept) -> Iterator[str]:
    """How each order is, is known."""
    known = {str(each.order.order_id): each.order for each in found.orders if each.order}
    for name, row in rows.items():
        if row["userref"] == ELSEWHERE:
            continue
        order = known.get(name) or found.stops.get(name)
        if order is None:
            yield f"nothing is known of {name} ({row['status']}, parent {row['parent']})"
            continue
        truth = (
            *(row["status"], Decimal(row["qty"]), Decimal(row["filled_qty"])),
            *(Decimal(row["cost"]), Decimal(row["fee"]), Decimal(row["filled_qty"])),
        )
        told = (
            *(order.status.value, order.qty, order.filled_qty, order.filled_cost),
            *(order.fee, order.booked_qty),
        )
        if truth != told:
            yield f"order {name} is {truth}, and is kept as {told}"


def _fills(person: Person, found: Kept) -> Iterator[str]:
    """Every fill is kept once, to the last digit."""
    truth = Counter(
        (
            *(row["exec_id"], row["order_id"], row["side"], Decimal(row["price"])),
            *(Decimal(row["qty"]), Decimal(row["cost"]), Decimal(row["fee"])),
        )
        for row in person.fills()
    )
    told = Counter(
        (
            *(fill.exec_id, fill.order_id, fill.side.value, fill.price),
            *(fill.qty, fill.cost, fill.fee),
        )
        for fill in found.fills
    )
    if found.orders and truth != told:
        yield f"fills lost: {truth - told}; fills invented: {told - truth}"


def _cards(person: Person, rows: dict[str, Any], found: Kept) -> Iterator[str]:
    """Each order's message says how it is."""
    said = {each.message_id: each.body.text for each in person.messages()}
    placed = {row["cl_ord_id"]: row for row in rows.values() if row["cl_ord_id"]}
    for each in found.orders:
        if each.intent.card is None:
            continue
        text, row = said.get(each.intent.card, ""), placed.get(each.intent.client_id)
        first = text.split("\n")[0]
        right: Iterable[str] = (
            _HEADS[row["status"]] if row else (_HEADS_WITHOUT.get(each.standing, "-"),)
        )
        if any(word in text for word in _DOUBTFUL) or not any(word in first for word in right):
            yield f"the card of {row or each.standing} says {text!r}"
        elif row and _done(row) and f"{amount(_done(row))} BTC" not in text:
            yield f"the card of {row} tells another quantity: {text!r}"


REPEATED = "(maybe sent twice)"
"""What a push says of itself when nobody knows whether it arrived before."""


def _texts(person: Person) -> list[str]:
    """What a person reads, without what says of itself that it may be a repetition, and is."""
    texts = [each.body.text for each in person.messages()]
    return [
        text for text in texts if REPEATED not in text or text.rpartition("\n")[0] not in texts
    ]


def _done(row: dict[str, Any]) -> Decimal:
    return Decimal(row["filled_qty"])


def _ends(person: Person, rows: dict[str, Any], found: Kept) -> Iterator[str]:
    """The end of each order was told once, and what it came to."""
    texts = _texts(person)
    over = [row for row in rows.values() if row["status"] in _ENDED]
    told = Counter(
        line for text in texts for line in text.split("\n") if line.startswith(("Bought", "Sold"))
    )
    true = Counter(_sum(row) for row in over if Decimal(row["filled_qty"]))
    yield from _differ("ends told", true, told)
    without = [
        row for row in over if not Decimal(row["filled_qty"]) and row["userref"] != ELSEWHERE
    ]
    empty = Counter(text.split("\n")[0][-9:] for text in texts if "\nNothing filled." in text)
    words = {"canceled": "cancelled", "expired": " expired"}
    yield from _differ(
        "ends without a fill",
        Counter(words[row["status"]] for row in without),
        empty,
    )
    standings = Counter(each.standing for each in found.orders)
    for standing, words_of in (
        (Standing.REJECTED, "❌ refused"),
        (Standing.ABSENT, "❌ not placed"),
    ):
        times = sum(words_of in text.split("\n")[0] for text in texts)
        if times != standings[standing]:
            yield f"{times} times told {words_of!r}, true of {standings[standing]}"


def _differ(what: str, true: Counter[str], told: Counter[str]) -> Iterator[str]:
    if true != told:
        yield f"{what}: not told {dict(true - told)}, told and not true {dict(told - true)}"


def _sum(row: dict[str, Any]) -> str:
    """What a person reads about an order that moved something."""
    word = "Bought" if row["side"] == "buy" else "Sold"
    qty, cost, fee = (Decimal(row[name]) for name in ("filled_qty", "cost", "fee"))
    return f"{word} {amount(qty)} BTC for {money(cost)} USD, fee {money(fee)} {row['fee_asset']}."


def _limits(person: Person, found: Kept) -> Iterator[str]:
    """What people confirmed moved no more than they may in a day, all of which these runs are."""
    confirmed = {each.intent.client_id for each in found.orders if each.intent.parent is None}
    moved = sum(Decimal(row["cost"]) for row in person.orders() if row["cl_ord_id"] in confirmed)
    # A limit is judged by the prices of the tap.
    if moved > person.day * Decimal("1.02"):
        yield f"moved {moved} USD in a day, and may move {person.day}"


def _nothing_twice(person: Person) -> Iterator[str]:
    """No push stands in the chat twice; two stops of one order may end alike (see above)."""
    seen = Counter(
        (each.reply_to, each.body.text)
        for each in person.messages()
        if (each.reply_to is not None or "Made elsewhere" in each.body.text)
        and "It was the stop" not in each.body.text
    )
    for (_, text), times in seen.items():
        if times > 1:
            yield f"told {times} times: {text!r}"
