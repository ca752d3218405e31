"""What practice pays: what the chat's own key pays, as long as nobody chose anything else.

Nothing of practice itself asks Kraken: it is the chat's live account that is asked for its volume,
once a day, and a chat without a key asks nobody.
"""

import asyncio
from dataclasses import replace
from datetime import timedelta

from bot.core.errors import NotConnected, NotReady
from bot.core.league import is_league
from bot.core.settings import ChatSettings, PracticeFees
from bot.core.trade.types import Mode
from bot.desk.doors import ChatAccount
from bot.desk.practice import Practising, practice_of
from bot.desk.services import Services
from kraken.core.errors import KrakenError
from kraken.core.fees import FeeTier
from kraken.core.practice.rates import OwnVolume

_GOOD_FOR = timedelta(days=1)


async def choose_fees(services: Services, chat_id: int, fees: FeeTier | None) -> Practising:
    """These from the next fill on, whatever key there is; None is Kraken's lowest tier."""
    _, account = await practice_of(services, chat_id)
    await _note(services, chat_id, PracticeFees.CHOSEN)
    await account.set_fees(fees)
    return account


async def choose_key(services: Services, chat_id: int) -> Practising:
    """What the chat's own key pays from now on.

    Raises:
        NotConnected: there is no key that works; nothing was changed.
        NotReady: Kraken does not say what it pays; it is asked again with the next order.
    """
    await services.accounts.of(chat_id, Mode.LIVE)
    chat, account = await practice_of(services, chat_id)
    settings = await _note(services, chat_id, PracticeFees.KEY)
    await account.set_fees(None)
    await follow_key(services, chat, settings)
    if account.key_volume is None:
        raise NotReady("your own fees")
    return account


async def read_fees(services: Services, chat_id: int) -> Practising:
    """What it pays now."""
    chat, account = await practice_of(services, chat_id)
    await follow_key(services, chat, await services.store.chat_settings(chat_id))
    return account


async def _note(services: Services, chat_id: int, fees: PracticeFees) -> ChatSettings:
    settings = replace(await services.store.chat_settings(chat_id), practice_fees=fees)
    await services.store.save_chat_settings(chat_id, settings)
    return settings


async def follow_key(services: Services, chat: ChatAccount, settings: ChatSettings) -> None:
    """Let it pay by the volume of the chat's key, or Kraken's lowest tier where there is none.

    What Kraken does not answer leaves it as it was: practice goes on.
    """
    account = chat.account
    if not isinstance(account, Practising) or is_league(chat.id):
        return
    if settings.practice_fees is not PracticeFees.KEY or account.fees is not None:
        return
    known, now = account.key_volume, services.clock.now()
    try:
        async with asyncio.timeout(services.patience):
            live = await services.accounts.of(chat.chat_id, Mode.LIVE)
            if known is not None and known.of == live.id and now - known.at < _GOOD_FOR:
                return
            pair = services.market.instrument(settings.pair, settings.currency)
            own = await live.account.own_fees([pair.symbol])
            await account.set_fees(None, OwnVolume(own.volume, live.id, now))
    except NotConnected:
        if known is not None:
            await account.set_fees(None)
    except (KrakenError, TimeoutError):
        return
