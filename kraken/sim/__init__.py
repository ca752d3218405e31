"""A simulated Kraken on loopback that other people's clients take for the real one.

``server`` opens one port and lets time pass; ``venue`` is what all sides look at; ``listing`` says
what is traded; ``numbers`` writes digits and times.

* ``market``: pure, seeded, exact integers; moves only when told how late it is.
* ``wire``: Kraken's public REST and WebSocket v2, on its own authority; shares nothing with the
  client.
* ``private``: accounts, signatures, orders, and what goes wrong with them.
* ``control``, ``faults`` and ``states`` answer ``/sim``.
"""
