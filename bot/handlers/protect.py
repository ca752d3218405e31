"""/protect: a stop for what a chat holds."""

from bot.core.trade.protect import read_protect
from bot.desk.protect import sell_words
from bot.handlers import trade
from bot.handlers.ask import Ask
from bot.handlers.retold import Retold


async def protect(ask: Ask) -> None:
    """A stop for all that the chat holds of one asset: a preview of the sell order that it is."""
    settings = await ask.services.store.chat_settings(ask.chat_id)
    words = await sell_words(ask.services, settings, read_protect(ask.args))
    await trade.sell(Retold(ask, "sell", words))
