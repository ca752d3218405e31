"""Exits: take-profits that the bot watches, because the exchange has no pair of orders that end
each other.

The stop-loss of a bracket rests at the exchange; the take-profit is this. Rules: nothing is sold
while the stop may still sell it, so the stop is cancelled first and its end is seen; what is sold
is what was filled and what the stop left; a sale has a name that follows from the order and the
round, so that a restart between any two steps makes no second one; a sale that went nowhere, or
was refused for the moment only, is tried in a new round, and one that was refused for good leaves
a warning that nothing protects any more; whoever takes the stop away has ended the take-profit,
and so has an exchange that does not list the pair any more; one that has ended never begins anew,
and none goes on in another pair. A pause, or a price that went back meanwhile, keeps a
close from being begun or taken up again while its stop is whole; once the stop is gone the sale
goes out all the same, because a holding that is half closed has nothing to protect it.
"""

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from bot.core.errors import LimitReached, NotConnected, UserError
from bot.core.page import Page
from bot.core.texts import pushes
from bot.core.trade.exits import (
    Exit,
    ExitState,
    closing_side,
    in_lots,
    is_protection,
    is_reached,
    left,
    take_price,
)
from bot.core.trade.limits import TAKE_PROFIT
from bot.core.trade.types import Intent, PlacedOrder, Standing
from bot.desk.doors import Accounts, Brakes, ChatAccount, TradeRecords, Trading, Valuer
from bot.desk.services import Keyed, MarketData
from bot.desk.telling import Telling
from bot.desk.trading import LIFE_OF_A_REQUEST
from bot.store import StoreUnavailable
from kraken.clock import Clock
from kraken.core.errors import KrakenError, RateLimited, UnknownInstrument, from_code
from kraken.core.trading import EXACT, Order, OrderName, OrderRequest, OrderType
from kraken.core.types import ClientOrderId, Instrument, InstrumentStatus, Symbol

log = logging.getLogger(__name__)

_SOON = 5.0
"""Seconds until what could not be done is tried again."""
_LONGEST = 60.0


@dataclass(frozen=True, slots=True)
class _Now:
    """One take-profit with everything that decides about it."""

    watched: Exit
    placed: PlacedOrder
    stops: tuple[Order, ...]
    instrument: Instrument

    @property
    def intent(self) -> Intent:
        return self.placed.intent

    @property
    def left(self) -> Decimal:
        """What there is to close, in whole lots."""
        qty = left(self.intent, self.placed.order, self.stops, self.watched.taken)
        return in_lots(qty, self.instrument)

    @property
    def take(self) -> Decimal | None:
        return take_price(self.intent, self.placed.order, self.instrument)

    @property
    def is_over(self) -> bool:
        """Nothing can come of it any more."""
        placed = self.placed
        if placed.standing is not Standing.ACKED:
            return not placed.standing.is_open_question
        if placed.order is None or placed.order.is_open:
            return False
        # Whoever cancels the stop that protects a holding has ended its take-profit, too.
        return is_protection(placed.intent) or not self.left or self._is_given_up

    @property
    def _is_given_up(self) -> bool:
        """Somebody took the stops of all that was filled away, and with them this.

        Whatever is sold later in this pair may be something else that the person holds.
        """
        assert self.placed.order is not None, "it was filled"
        cancelled = Decimal(0)
        for stop in self.stops:
            if stop.is_open or stop.filled_qty:
                return False
            cancelled = EXACT.add(cancelled, stop.qty)
        return bool(self.stops) and cancelled >= self.placed.order.filled_qty


class Exits:
    """Watches and closes; ``follow`` is told of every change of an order of ours."""

    def __init__(
        self,
        records: TradeRecords,
        accounts: Accounts,
        trading: Trading,
        telling: Telling,
        market: MarketData,
        values: Valuer,
        tasks: Keyed,
        brakes: Brakes,
        clock: Clock,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._records = records
        self._accounts = accounts
        self._trading = trading
        self._telling = telling
        self._market = market
        self._values = values
        self._tasks = tasks
        self._brakes = brakes
        self._clock = clock
        self._sleep = sleep
        self._closing: set[ClientOrderId] = set()

    async def start(self) -> None:
        """Go on with all that a former life left."""
        for watched in await self._records.waiting_exits():
            self._go_on(watched.client_id)

    async def follow(self, placed: PlacedOrder) -> None:
        """Something about this order is new: look again what its take-profit watches."""
        client_id = placed.intent.client_id
        if placed.intent.take_profit is not None and client_id not in self._closing:
            self._go_on(client_id)

    def _go_on(self, client_id: ClientOrderId) -> None:
        self._tasks.start(("exit", client_id), self._run(client_id))

    async def _run(self, client_id: ClientOrderId) -> None:
        await self._market.ready()
        try:
            while await self._tried(client_id):
                pass
        finally:
            self._closing.discard(client_id)

    async def _tried(self, client_id: ClientOrderId) -> bool:
        """Go one step; what goes wrong is tried again, because nobody else watches this price."""
        try:
            now = await self._now(client_id)
            return now is not None and await self._step(now)
        except NotConnected:
            log.warning("take-profit of %s: there is no key to sell with", client_id)
            await self._sleep(_LONGEST)
            return True
        except (KrakenError, UserError, StoreUnavailable) as error:
            log.warning("take-profit of %s: %r; again soon", client_id, error)
            await self._sleep(_SOON)
            return True

    async def _step(self, now: _Now) -> bool:
        """Go one step; False when there is nothing to do until the order changes."""
        if now.watched.state is ExitState.CLOSING:
            await self._take_up(now)
            return True
        if now.is_over:
            await self._end(now.watched)
            return False
        if not now.left or now.take is None:
            return False
        if not await self._is_reached_soon(now, now.take):
            return True
        if self._is_paused(now):
            await self._sleep(_SOON)  # the stop is left in place while nothing may be sold
            return True
        # From here on a change of the order must not begin this anew.
        self._closing.add(now.watched.client_id)
        await self._note(replace(now.watched, state=ExitState.CLOSING))
        begun = await self._now(now.watched.client_id)
        if begun is not None and begun.watched.state is ExitState.CLOSING:
            await self._close(begun)
        return True

    def _is_paused(self, now: _Now) -> bool:
        return self._brakes.pause_of(now.intent.chat_id, now.intent.mode) is not None

    async def _take_up(self, now: _Now) -> None:
        """Go on closing after a failure or a restart, unless the stop is whole and it may wait.

        It goes on being closed: a request to end the stop may still be on its way.
        """
        if await self._is_whole(now) and (self._is_paused(now) or not await self._is_due(now)):
            await self._sleep(_SOON)
            return
        await self._close(now)

    async def _is_whole(self, now: _Now) -> bool:
        """Whether everything that protected it is open, and nothing is sold yet."""
        if await self._records.placed_order(_name_of(now.watched)) is not None:
            return False
        if any(not stop.is_open and not stop.filled_qty for stop in now.stops):
            return False
        return bool(await self._may_sell(now, await self._chat(now)))

    async def _is_due(self, now: _Now) -> bool:
        async with self._market.ticker(now.instrument.symbol) as watch:
            _, ticker = await watch.newer(0)
        take = now.take
        if take is None or ticker is None:
            return False
        return is_reached(now.intent, take, ticker.last)

    async def _now(self, client_id: ClientOrderId) -> _Now | None:
        """How it is; None when it is over."""
        watched = await self._records.exit_of(client_id)
        placed = await self._records.placed_order(client_id)
        if watched is None or placed is None or watched.state is ExitState.ENDED:
            return None
        stops = tuple(await self._records.stops_of(client_id))
        instrument = self._listed(placed.intent.request.symbol)
        if instrument is None:
            await self._lose_pair(watched, placed, stops)
            return None
        return _Now(watched, placed, stops, instrument)

    def _listed(self, symbol: Symbol) -> Instrument | None:
        """The pair; None if it is gone."""
        try:
            found = self._market.instrument(symbol)
        except UnknownInstrument:
            return None
        return None if found.status is InstrumentStatus.DELISTED else found

    async def _lose_pair(
        self, watched: Exit, placed: PlacedOrder, stops: tuple[Order, ...]
    ) -> None:
        """Nothing can be sold there any more; an end of the stop is told by itself.

        Raises:
            UnknownInstrument: something is open there all the same, so it is looked at again.
        """
        intent, order = placed.intent, placed.order
        orders = stops if order is None else (order, *stops)
        if placed.standing.is_open_question or any(each.is_open for each in orders):
            raise UnknownInstrument(intent.request.symbol)
        qty = left(intent, order, stops, watched.taken)
        is_told = stops or is_protection(intent)
        if qty > 0 and (watched.state is ExitState.CLOSING or not is_told):
            key, page = f"no-pair:{intent.client_id}", pushes.no_pair_page(intent, qty)
            await self._telling.bot_news(intent.chat_id, intent.mode, key, page)
        await self._end(watched)

    async def _is_reached_soon(self, now: _Now, take: Decimal) -> bool:
        """Wait for the price, but not so long that nobody would notice that the pair is gone."""
        try:
            symbol, version = now.instrument.symbol, 0
            async with asyncio.timeout(_LONGEST), self._market.ticker(symbol) as watch:
                while True:
                    version, ticker = await watch.newer(version)
                    if ticker is not None and is_reached(now.intent, take, ticker.last):
                        return True
        except TimeoutError:
            return False

    async def _close(self, now: _Now) -> None:
        """Take the stop away, see its end, then sell; each step may be the first after a crash."""
        self._closing.add(now.watched.client_id)
        sale = await self._records.placed_order(_name_of(now.watched))
        if sale is None:
            chat = await self._chat(now)
            if not await self._stops_are_gone(now, chat):
                await self._sleep(_SOON)
                return
            ready = await self._now(now.watched.client_id)
            if ready is None or ready.take is None:
                return
            if not ready.left:
                await self._note(replace(ready.watched, state=ExitState.WATCHING))
                self._closing.discard(ready.watched.client_id)
                return
            sale = await self._sell(ready, ready.take)
        await self._after(now, sale)

    async def _stops_are_gone(self, now: _Now, chat: ChatAccount) -> bool:
        """Ask for the end of everything that may sell the same; True when all of it has ended."""
        for order in await self._may_sell(now, chat):
            ended = await self._trading.cancel(chat, OrderName(order_id=order.order_id))
            if ended is None or ended.is_open:
                return False
        return True

    async def _may_sell(self, now: _Now, chat: ChatAccount) -> list[Order]:
        """Open stops, as we were told of them and as the exchange lists them."""
        order = now.placed.order
        if is_protection(now.intent):
            return [order] if order is not None and order.is_open else []
        found = {stop.order_id: stop for stop in now.stops if stop.is_open}
        for listed in await chat.account.open_orders(certain=True):
            if order is not None and listed.parent == order.order_id:
                found[listed.order_id] = listed
        return list(found.values())

    async def _sell(self, now: _Now, take: Decimal) -> PlacedOrder:
        qty, intent = now.left, now.intent
        quote = EXACT.multiply(qty, take)
        value = await self._values.value(now.instrument.quote, quote, "USD")
        request = OrderRequest(
            symbol=now.instrument.symbol,
            side=closing_side(intent),
            type=OrderType.LIMIT,
            qty=qty,
            limit_price=take,
            client_id=_name_of(now.watched),
            deadline=self._clock.now() + LIFE_OF_A_REQUEST,
        )
        sale = Intent(
            account=intent.account,
            mode=intent.mode,
            chat_id=intent.chat_id,
            user_id=intent.user_id,
            request=request,
            value=value if value is not None else quote,
            source=TAKE_PROFIT,
            parent=intent.client_id,
        )
        is_paused = self._is_paused(now)
        try:
            placed = await self._trading.place(sale, None)
        except LimitReached:
            await self._say(now, "unprotected", pushes.held_back_page(intent, qty))
            raise
        if is_paused and (placed.standing is Standing.ACKED or placed.standing.is_open_question):
            await self._say(now, "paused", pushes.sold_paused_page(intent, qty, take))
        return placed

    async def _after(self, now: _Now, sale: PlacedOrder) -> None:
        """What the sale came to decides how it goes on."""
        watched, client_id = now.watched, now.watched.client_id
        match sale.standing:
            case Standing.ACKED:
                taken = EXACT.add(watched.taken, sale.intent.request.qty or Decimal(0))
                watched = replace(watched, taken=taken, state=ExitState.WATCHING)
            case Standing.REJECTED if _passes(sale.reason):
                await self._sleep(_rest_after(watched))
            case Standing.REJECTED:
                await self._say(now, "unprotected", pushes.unprotected_page(now.intent, now.left))
                watched = replace(watched, state=ExitState.ENDED)
            case Standing.NOT_SENT | Standing.ABSENT:
                await self._sleep(_rest_after(watched))
            case _:
                await self._sleep(_SOON)  # it is being found out
                return
        await self._note(replace(watched, round=watched.round + 1))
        if watched.state is not ExitState.CLOSING:
            self._closing.discard(client_id)

    async def _say(self, now: _Now, what: str, page: Page) -> None:
        key = f"{what}:{now.intent.client_id}:{now.watched.round}"
        await self._telling.bot_news(now.intent.chat_id, now.intent.mode, key, page)

    async def _end(self, watched: Exit) -> None:
        # A change of the order that begins this anew would leave the card as it was.
        self._closing.add(watched.client_id)
        await self._note(replace(watched, state=ExitState.ENDED))

    async def _note(self, watched: Exit) -> None:
        await self._records.note_exit(watched)
        await self._telling.show_again(watched.client_id)

    async def _chat(self, now: _Now) -> ChatAccount:
        """The account, if the chat may still sell on it: else its stop is not taken away."""
        intent = now.intent
        chat = await self._accounts.of(intent.chat_id, intent.mode)
        if chat.id != intent.account:
            raise NotConnected
        return chat


def _passes(reason: str) -> bool:
    """Whether the exchange refused the sale for the moment only: too many calls, a nonce."""
    return isinstance(from_code(reason), RateLimited) or reason.startswith("EAPI:Invalid nonce")


def _rest_after(watched: Exit) -> float:
    """Seconds until the next round: each is an order of its own in the books."""
    return min(_SOON * (watched.round + 1), _LONGEST)


def _name_of(watched: Exit) -> ClientOrderId:
    """The sale of this round has this name, and no other round has it."""
    name = uuid.uuid5(uuid.UUID(watched.client_id), f"take-profit {watched.round}")
    return ClientOrderId(str(name))
