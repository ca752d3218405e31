"""/price and /ticker, and the buttons that refresh them."""

from bot.core.args import CARDS_MOST, PRICES_MOST, read_pairs
from bot.core.texts.prices import price_page, ticker_page
from bot.desk.prices import find_pairs, read_known_quotes
from bot.handlers.ask import Ask


async def price(ask: Ask) -> None:
    """One line a pair."""
    names = read_pairs(ask.args, "price", PRICES_MOST)
    settings = await ask.services.store.chat_settings(ask.chat_id)
    pairs = find_pairs(ask.services, settings, names)
    await ask.reply(price_page(await read_known_quotes(ask.services, pairs), settings, ask.now))


async def ticker(ask: Ask) -> None:
    """A card a pair."""
    names = read_pairs(ask.args, "ticker", CARDS_MOST)
    settings = await ask.services.store.chat_settings(ask.chat_id)
    pairs = find_pairs(ask.services, settings, names)
    for quote in await read_known_quotes(ask.services, pairs):
        await ask.reply(ticker_page(quote, settings, ask.now))


async def refresh_price(ask: Ask) -> None:
    """The same lines with what is known now."""
    settings = await ask.services.store.chat_settings(ask.chat_id)
    pairs = find_pairs(ask.services, settings, str(ask.payload["pairs"]).split())
    await ask.edit(price_page(await read_known_quotes(ask.services, pairs), settings, ask.now))


async def refresh_ticker(ask: Ask) -> None:
    """The same card with what is known now."""
    settings = await ask.services.store.chat_settings(ask.chat_id)
    pairs = find_pairs(ask.services, settings, [str(ask.payload["pair"])])
    (quote,) = await read_known_quotes(ask.services, pairs)
    await ask.edit(ticker_page(quote, settings, ask.now))
