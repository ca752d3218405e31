"""Kraken's public wire, written on its own authority: REST answers and WebSocket v2 frames.

Nothing here is shared with the client, so that a wrong field name cannot be right on both ends.
"""
