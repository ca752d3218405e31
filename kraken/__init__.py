"""An async Kraken that knows nothing of Telegram.

* ``core``     the rules, pure: types, errors, wire format, books, session, limits
* ``clock``    where the time comes from
* ``watch``    the newest value of something that changes
* ``rest``     one question, one answer, every failure classed
* ``stream``   a session's frames over a WebSocket that never gives up
* ``connections``  who may connect next; one budget for the process
* ``signed``   the calls of one key: signed, sent once, and what a failure allows to conclude
* ``private_rest``  the private endpoints of one key, and Kraken's clock
* ``candles``  candles built from trades
* ``capture``  frames kept and played again
* ``market``   everybody's side: pairs, books, tickers, trades, candles
* ``account``  what every account can do, whoever is behind it
* ``live``     the account behind a key: commands over REST, facts over its stream and the lists
* ``paper``    practice accounts on the live market
* ``tasks``    coroutines side by side, inside of one that somebody awaits
* ``sim``      a whole Kraken on loopback; imports nothing of the above but ``core.types``

A program needs four names to watch a market::

    async with aiohttp.ClientSession() as http, asyncio.TaskGroup() as tasks:
        rest = Rest(http, "https://api.kraken.com", clock=(clock := SystemClock()))
        market = Market(rest, http=http, ws_url="wss://ws.kraken.com/v2", clock=clock)
        tasks.create_task(market.run())
        await market.ready()
        async with market.book(market.instrument("btc").symbol) as watch:
            print(await watch.first())
"""

from kraken.clock import Clock, SystemClock
from kraken.core.errors import (
    BadData,
    Busy,
    KrakenError,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    UnknownInstrument,
)
from kraken.market import Health, Market
from kraken.rest import Rest, read_again
from kraken.stream import Stream
from kraken.watch import Watch

__all__ = [
    "BadData",
    "Busy",
    "Clock",
    "Health",
    "KrakenError",
    "Market",
    "NotSent",
    "OutcomeUnknown",
    "RateLimited",
    "Rejected",
    "Rest",
    "Stream",
    "SystemClock",
    "UnknownInstrument",
    "Watch",
    "read_again",
]
