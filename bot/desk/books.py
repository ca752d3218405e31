"""Books: a verified one, one from REST that says so, or the time it has been away."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.ladder import BookQuestion, Ladder, Own, make_ladder
from bot.desk.prices import first_values
from bot.desk.services import Services
from kraken.core.trading import OrderType
from kraken.core.types import BookView, Instrument
from kraken.watch import Watch


@dataclass(frozen=True, slots=True)
class Resyncing:
    """There is no book that may be shown; it has been waited for this long."""

    waited: timedelta
    connected: bool
    """False: Kraken is not reached at all, which is another matter than one book in trouble."""


def follow(
    services: Services, question: BookQuestion
) -> AbstractAsyncContextManager[Watch[BookView]]:
    """The book's Watch, subscribed as deep as the question needs."""
    return services.market.book(question.instrument.symbol, question.depth)


async def own_orders(services: Services, chat_id: int, instrument: Instrument) -> Own:
    """Where limit orders rest that this chat placed, in the mode that it is in.

    From what was told of them: asking the exchange each time would use up the key's calls.
    """
    mode = await services.accounts.mode(chat_id)
    placed = await services.records.placed_orders(chat_id, mode=mode)
    orders = (each.order for each in placed if each.order is not None and each.order.is_open)
    return tuple(
        (order.side, order.limit_price)
        for order in orders
        if order.symbol == instrument.symbol
        and order.type is OrderType.LIMIT
        and order.limit_price is not None
    )


async def read_book(
    services: Services, question: BookQuestion, own: Own = ()
) -> Ladder | Resyncing:
    """The book now. Waits a moment for a first one, and never gives numbers that may be old.

    Raises:
        BadStep: its prices cannot be joined in such steps.
        KrakenError: REST was asked, because the book is unverified, and did not answer.
    """
    if is_unverified(services, question):
        return await read_unverified(services, question, own)
    asked_at = services.clock.now()
    async with follow(services, question) as watch:
        await first_values([watch], services.patience)
        if ladder := ladder_of(watch.value, question, own):
            return ladder
        return Resyncing(waited(asked_at, services), services.market.health().connected)


async def read_unverified(services: Services, question: BookQuestion, own: Own) -> Ladder:
    """From REST, with no checksum; only for books that keep failing it."""
    symbol = question.instrument.symbol
    view = await services.market.depth_by_rest(symbol, question.depth)
    return make_ladder(view, question, verified=False, own=own)


def is_unverified(services: Services, question: BookQuestion) -> bool:
    """Whether this book keeps failing its checksum, so that the stream has no good one."""
    return question.instrument.symbol in services.market.health().unverified


def ladder_of(view: BookView | None, question: BookQuestion, own: Own) -> Ladder | None:
    """The verified view as rows; None while there is no good one."""
    if view is None:
        return None
    return make_ladder(view, question, verified=True, own=own)


def waited(since: datetime, services: Services) -> timedelta:
    """How long a good book has been waited for."""
    return services.clock.now() - since
