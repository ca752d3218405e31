"""Books: a verified one, one from REST that says so, or the time it has been away."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.ladder import BookQuestion, Ladder, make_ladder
from bot.desk.prices import first_values
from bot.desk.services import Services
from kraken.core.types import BookView
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


async def read_book(services: Services, question: BookQuestion) -> Ladder | Resyncing:
    """The book now. Waits a moment for a first one, and never gives numbers that may be old.

    Raises:
        BadStep: its prices cannot be joined in such steps.
        KrakenError: REST was asked, because the book is unverified, and did not answer.
    """
    if is_unverified(services, question):
        return await read_unverified(services, question)
    asked_at = services.clock.now()
    async with follow(services, question) as watch:
        await first_values([watch], services.patience)
        if ladder := ladder_of(watch.value, question):
            return ladder
        return Resyncing(waited(asked_at, services), services.market.health().connected)


async def read_unverified(services: Services, question: BookQuestion) -> Ladder:
    """From REST, with no checksum; only for books that keep failing it."""
    symbol = question.instrument.symbol
    view = await services.market.depth_by_rest(symbol, question.depth)
    return make_ladder(view, question, verified=False)


def is_unverified(services: Services, question: BookQuestion) -> bool:
    """Whether this book keeps failing its checksum, so that the stream has no good one."""
    return question.instrument.symbol in services.market.health().unverified


def ladder_of(view: BookView | None, question: BookQuestion) -> Ladder | None:
    """The verified view as rows; None while there is no good one."""
    if view is None:
        return None
    return make_ladder(view, question, verified=True)


def waited(since: datetime, services: Services) -> timedelta:
    """How long a good book has been waited for."""
    return services.clock.now() - since
