"""What Telegram shows about the bot before anybody has written to it."""

DESCRIPTION = (
    "Trade on Kraken from Telegram: practice money first, real orders once you connect a key "
    "that cannot withdraw. Live prices, order books checked message by message, charts, profit "
    "and fees. It runs on your own server and answers only the people its owner lets in. "
    "Open source."
)
"""Shown in an empty chat; at most 512 characters."""

SHORT_DESCRIPTION = "Trade on Kraken in chat, practice first. Open source, self-hosted."
"""Shown on the profile; at most 120 characters."""
