"""Alerts without clock, wire or store: what is asked, when it is reached, and when it is told.

* ``words``       an alert and its parts
* ``syntax``      what people type
* ``own``         conditions about an account or the bot itself
* ``own_syntax``  what people type for those
* ``levels``      prices in order, the nearest at hand
* ``marks``       which prices an alert waits for, and what reaching one means
* ``gauges``      conditions that are more than one price
* ``indicators``  moving averages and the like, of finished candles
* ``trust``       which trades are believed
* ``engine``      all alerts of one pair
* ``policy``      whether a crossing is told now
"""
