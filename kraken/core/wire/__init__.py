"""Kraken's JSON to the package's types and back; the only place that knows Kraken's field names.

Unknown keys, channels and enum words are tolerated; a number keeps the digits it came with; what
cannot be read raises ``BadData`` and nothing else.
"""
