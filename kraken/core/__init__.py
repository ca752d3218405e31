"""The rules of Kraken, pure: no asyncio, no I/O, no clock, no randomness, no logging.

Things come in as arguments and go out as return values; import-linter holds this package to it.
"""
