"""The account behind one API key: commands over REST, facts over the private streams.

``account`` is the door. ``facts`` knows what was learned and what of it was told, ``following``
keeps the stream and reads lists after it, ``settling`` finds out what became of an order,
``history`` reads lists page by page, ``throttle`` counts what the engine counts.
"""

from kraken.live.account import LiveAccount

__all__ = ["LiveAccount"]
