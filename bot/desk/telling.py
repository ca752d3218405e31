"""Telling: every fact of an order is written down together with what the chat is told of it.

Rules: what is told was written in the same transaction, so nothing is told that is not known and
nothing is told twice; the end of an order is told when all of its fills are kept; the card
follows whatever is written, and a silent part changes the card alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from bot.core.notices import Loudness, Notice, loudness
from bot.core.page import Page
from bot.core.plans.types import REPORTED
from bot.core.queue import Priority
from bot.core.settings import ChatSettings
from bot.core.texts import pushes
from bot.core.texts.cards import CardView, card_page
from bot.core.texts.feeds import posted_trade
from bot.core.texts.paper import unchecked_page
from bot.core.trade.exits import take_price
from bot.core.trade.news import Booking, Known, News, Posted, Tell, end_key
from bot.core.trade.types import AccountId, Mode, PlacedOrder, Standing
from bot.desk.doors import Speaker, TradeRecords
from bot.desk.services import MarketData, Records
from kraken.clock import Clock
from kraken.core.errors import KrakenError
from kraken.core.trading import Fill, Order, OrderStatus
from kraken.core.types import ClientOrderId, Instrument, OrderId, Symbol
from kraken.paper import Unchecked

_REMEMBERED = 1000
"""Cards whose last page is known, so that a report that changes nothing costs no edit; and orders
whose ends are told together."""


@dataclass(frozen=True, slots=True)
class _Reader:
    """Who is told, and how they like to read it."""

    chat_id: int
    mode: Mode
    settings: ChatSettings
    instrument: Instrument | None
    card: int | None
    now: datetime
    is_reported: bool = False
    """A plan tells what became of the order, in a line of its own."""

    def news(
        self, key: str, page: Page, notice: Notice, posted: Posted | None = None
    ) -> News | None:
        """The page as a push, as loud as the chat wants it."""
        loud = loudness(self.settings, notice, self.mode, self.now)
        if loud is Loudness.OFF or self.is_reported:
            return None
        silent = loud is Loudness.SILENT
        page = replace(page, silent=silent)
        return News(key, self.chat_id, page, reply_to=self.card, posted=posted)


class Telling:
    """Writes facts of orders down, tells them, and keeps their cards."""

    def __init__(
        self,
        records: TradeRecords,
        choices: Records,
        market: MarketData,
        speaker: Speaker,
        clock: Clock,
    ) -> None:
        self._records = records
        self._choices = choices
        self._market = market
        self._speaker = speaker
        self._clock = clock
        self._shown: dict[tuple[int, int], Page] = {}
        self._summed_up: dict[tuple[AccountId, OrderId], None] = {}
        self._has_news = False
        """Something was written down that nobody was asked to say yet."""

    async def stands(
        self,
        placed: PlacedOrder,
        standing: Standing,
        *,
        order: Order | None = None,
        reason: str = "",
    ) -> PlacedOrder:
        """Where an order of ours stands; returns what is known of it then."""
        intent = placed.intent
        reader = await self._reader(intent.chat_id, intent.mode, intent.request.symbol, placed)
        was_unknown = placed.standing is Standing.UNKNOWN

        def news(known: Known) -> News | None:
            assert known.placed is not None, "it is ours"
            return _standing_news(reader, known, was_unknown=was_unknown)

        tell = self._noting(news)
        placed = await self._records.note_standing(
            intent.client_id,
            standing,
            order=order,
            reason=reason,
            now=self._clock.now(),
            tell=tell,
        )
        await self._after(placed)
        return placed

    def sum_up(self, account: AccountId, orders: Iterable[OrderId]) -> None:
        """Somebody ends these together and tells it once: an end without a fill is no push.

        Their cards are kept as ever, and one that was filled, in part or whole, is told.
        """
        self._summed_up.update({(account, order_id): None for order_id in orders})
        while len(self._summed_up) > _REMEMBERED:
            del self._summed_up[next(iter(self._summed_up))]

    def tell_apart(self, account: AccountId, orders: Iterable[OrderId]) -> None:
        """These were not ended after all: whatever becomes of them is told by itself again."""
        for order_id in orders:
            self._summed_up.pop((account, order_id), None)

    async def order_changed(
        self, account: AccountId, order: Order, home: int | None = None
    ) -> PlacedOrder | None:
        """An order is another one now; returns ours, None for one that was made elsewhere."""
        reader = await self._reader_of(account, order, home)

        def news(known: Known) -> News | None:
            if reader is None or self._is_summed_up(account, known.order):
                return None
            return _order_news(reader, account, known)

        tell = self._noting(news)
        placed = await self._records.note_order(account, order, self._clock.now(), tell=tell)
        await self._after(placed)
        return placed

    async def fill_happened(
        self, account: AccountId, fill: Fill, order: Order, home: int | None = None
    ) -> PlacedOrder | None:
        """A fill is there; kept and told once. Returns our order, if it is ours."""
        tell = self._noting((await self.booking(account, fill, order, home)).tell)
        await self._records.book_fill(account, fill, order=order, tell=tell, now=self._clock.now())
        placed = await self._records.placed_by_order_id(account, order.order_id)
        await self._after(placed)
        return placed

    async def booking(
        self, account: AccountId, fill: Fill, order: Order, home: int | None
    ) -> Booking:
        """The same for whoever keeps it in a transaction of its own."""
        reader = await self._reader_of(account, order, home)

        def tell(known: Known) -> News | None:
            return _fill_news(reader, account, fill, known) if reader else None

        return Booking(fill, order, tell)

    async def unchecked(self, account: AccountId, unchecked: Unchecked, home: int) -> News:
        """What is told of practice orders for which nobody knows what happened."""
        page = unchecked_page(unchecked, await self.settings_of(home))
        key = f"unchecked:{account}:{unchecked.symbol}:{unchecked.since}"
        return News(key, home, page)

    async def kept(self) -> None:
        """Something that is told was written down by somebody else."""
        await self._speaker.load_waiting()

    async def settings_of(self, chat_id: int) -> ChatSettings:
        """How a chat likes to read."""
        return await self._choices.chat_settings(chat_id)

    async def bot_news(
        self, chat_id: int, mode: Mode, key: str, page: Page, notice: Notice = Notice.BOT
    ) -> None:
        """Something about the bot itself, or its way to the exchange; told once."""
        settings = await self.settings_of(chat_id)
        loud = loudness(settings, notice, mode, self._clock.now())
        if loud is not Loudness.OFF:
            page = replace(page, silent=loud is Loudness.SILENT)
            await self._speaker.push(chat_id, page, Priority.ALERT, key)

    async def show(self, placed: PlacedOrder) -> None:
        """Bring the card to what is known; one that says so already is left alone."""
        if placed.intent.card is None:
            return
        at = (placed.intent.chat_id, placed.intent.card)
        page = await self.page(placed)
        if self._shown.get(at) == page:
            return
        self._shown.pop(at, None)
        self._shown[at] = page
        while len(self._shown) > _REMEMBERED:
            del self._shown[next(iter(self._shown))]
        self._speaker.edit_soon(*at, page)

    async def show_again(self, client_id: ClientOrderId) -> PlacedOrder | None:
        """The same by its name."""
        placed = await self._records.placed_order(client_id)
        if placed is not None:
            # Somebody asks for it, so the message may say anything by now.
            self._shown.pop((placed.intent.chat_id, placed.intent.card or 0), None)
            await self.show(placed)
        return placed

    async def page(self, placed: PlacedOrder) -> Page:
        """The card of an order, as it is now."""
        intent = placed.intent
        instrument = self._instrument(intent.request.symbol)
        watched, stops = None, tuple[Order, ...]()
        if intent.take_profit is not None:
            watched = await self._records.exit_of(intent.client_id)
        if intent.request.close is not None:
            stops = tuple(await self._records.stops_of(intent.client_id))
        take = None
        if instrument is not None and watched is not None:
            take = take_price(intent, placed.order, instrument)
        return card_page(
            CardView(
                placed=placed,
                instrument=instrument,
                settings=await self._choices.chat_settings(intent.chat_id),
                stops=stops,
                exit=watched,
                take=take,
            )
        )

    def _is_summed_up(self, account: AccountId, order: Order | None) -> bool:
        if order is None or order.filled_qty or not order.status.is_final:
            return False
        return (account, order.order_id) in self._summed_up

    def _noting(self, tell: Tell) -> Tell:
        """The same; whether it told anything that waits to be said is remembered."""

        def noted(known: Known) -> News | None:
            news = tell(known)
            self._has_news = self._has_news or news is not None
            return news

        return noted

    async def _after(self, placed: PlacedOrder | None) -> None:
        if self._has_news:
            self._has_news = False
            try:
                await self._speaker.load_waiting()
            except BaseException:  # cancelled, too: it waits for whoever is next
                self._has_news = True
                raise
        if placed is not None:
            await self.show(placed)

    async def _reader_of(
        self, account: AccountId, order: Order, home: int | None
    ) -> _Reader | None:
        """Whoever made the order; the home of the account for one that was made elsewhere."""
        placed = await self._owner(account, order)
        if placed is not None:
            intent = placed.intent
            return await self._reader(intent.chat_id, intent.mode, order.symbol, placed)
        if home is None:
            return None
        mode = Mode.PAPER if account.startswith("paper:") else Mode.LIVE
        return await self._reader(home, mode, order.symbol, None)

    async def _owner(self, account: AccountId, order: Order) -> PlacedOrder | None:
        placed = await self._records.placed_by_order_id(account, order.order_id)
        if placed is None and order.client_id is not None:
            placed = await self._records.placed_order(order.client_id)
        if placed is None and order.parent is not None:
            placed = await self._records.placed_by_order_id(account, order.parent)
        return placed

    async def _reader(
        self, chat_id: int, mode: Mode, symbol: Symbol, placed: PlacedOrder | None
    ) -> _Reader:
        settings = await self._choices.chat_settings(chat_id)
        card = placed.intent.card if placed is not None else None
        if placed is not None and placed.intent.parent is not None:
            # A take-profit's sale has no card of its own: it belongs to that of its order.
            of = await self._records.placed_order(placed.intent.parent)
            card = of.intent.card if of is not None else None
        instrument = self._instrument(symbol)
        is_reported = placed is not None and placed.intent.source in REPORTED
        now = self._clock.now()
        return _Reader(chat_id, mode, settings, instrument, card, now, is_reported)

    def _instrument(self, symbol: Symbol) -> Instrument | None:
        try:
            return self._market.instrument(symbol)
        except KrakenError:
            return None


def _standing_news(reader: _Reader, known: Known, *, was_unknown: bool) -> News | None:
    placed = known.placed
    assert placed is not None, "it is ours"
    client_id = placed.intent.client_id
    match placed.standing:
        case Standing.REJECTED | Standing.ABSENT:
            page = pushes.stands_page(placed, was_unknown=was_unknown)
            return reader.news(f"{placed.standing}:{client_id}", page, Notice.REJECT)
        case Standing.ACKED if was_unknown:
            page = pushes.stands_page(placed, was_unknown=True)
            return reader.news(f"found:{client_id}", page, Notice.FILL)
        case Standing.ACKED:
            return _order_news(reader, placed.intent.account, known)
        case _:
            return None


def _order_news(reader: _Reader, account: AccountId, known: Known) -> News | None:
    """What is told when an order changes: its end, or that its trigger fired."""
    order = known.order
    assert order is not None, "it was told of"
    is_elsewhere = known.placed is None
    if not order.status.is_final:
        fired = order.trigger is not None and order.trigger.is_fired
        if not fired or is_elsewhere:
            return None
        page = pushes.triggered_page(order, reader.mode, reader.settings, reader.instrument)
        return reader.news(f"trigger:{account}:{order.order_id}", page, Notice.STOP)
    if _misses_fills(order, known.booked) or (is_elsewhere and not order.filled_qty):
        return None
    page = pushes.ended_page(
        order,
        reader.mode,
        reader.settings,
        reader.instrument,
        is_stop=known.is_stop,
        is_elsewhere=is_elsewhere,
    )
    notice = _notice(order, is_stop=known.is_stop)
    posted = None
    if order.filled_qty and not is_elsewhere:
        posted = posted_trade(order, reader.mode, reader.settings, reader.instrument)
    return reader.news(end_key(account, order.order_id), page, notice, posted)


def _misses_fills(order: Order, booked: Decimal) -> bool:
    """Whether more of it is filled than the fills that are kept.

    That it is filled may be known before how much of it is.
    """
    is_filled = order.status is OrderStatus.FILLED and order.cash_qty is None
    return booked < (max(order.qty, order.filled_qty) if is_filled else order.filled_qty)


def _notice(order: Order, *, is_stop: bool) -> Notice:
    if not order.filled_qty:
        return Notice.CANCEL
    return Notice.STOP if is_stop else Notice.FILL


def _fill_news(reader: _Reader, account: AccountId, fill: Fill, known: Known) -> News | None:
    """What is told of a fill: the end with the last one, one that came late, or a part."""
    order = known.order
    assert order is not None, "it was told with the fill"
    key = f"fill:{account}:{fill.exec_id}"
    given = (fill, reader.mode, reader.settings, reader.instrument)
    if known.is_end_told:
        return reader.news(key, pushes.late_fill_page(*given), Notice.FILL)
    if order.status.is_final:
        return _order_news(reader, account, known)
    if loudness(reader.settings, Notice.PARTIAL, reader.mode) is Loudness.LOUD:
        return reader.news(key, pushes.part_page(*given), Notice.PARTIAL)
    return None
