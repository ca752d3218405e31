"""Everybody's side of Kraken: one per process, shared by all chats.

* ``market``         Market: what the rest of the program sees
* ``books``          the books' views, made when looked at
* ``subscriptions``  who reads what, and how long a stream stays when nobody does
* ``tapes``          tickers, trades and candles as they come
* ``history``        candles, also further back than Kraken serves them
* ``reads``          questions to REST at Kraken's pace
* ``feeds``          what to do about a stream that stands still
* ``checks``         finds those that do although Kraken moves
* ``health``         how all this is doing
"""

from kraken.market.health import Health
from kraken.market.market import Market

__all__ = ["Health", "Market"]
