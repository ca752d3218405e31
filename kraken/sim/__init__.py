"""A simulated Kraken on loopback that other people's clients take for the real one.

The market (pure; moves only when told how late it is): ``world`` with ``flow*``, ``history*``,
``world_*`` and ``simbook``; ``listing`` says what is traded; ``replay`` plays a capture instead.

The wire (Kraken's JSON on its own authority; it shares no encoder with the client): ``server``
opens one port and lets time pass; ``venue`` is what all sides look at; ``rest`` and
``rest_public`` answer ``/0``; ``ws`` with ``ws_*`` and ``subscriptions`` answers ``/v2``;
``control``, ``faults`` and ``states`` answer ``/sim``; ``numbers`` writes digits and times.
"""
