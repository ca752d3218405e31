"""What Telegram shows about the bot before anybody has written to it."""

DESCRIPTION = (
    "Kraken’s live market in Telegram: prices, order books that are checked message by message, "
    "charts. It runs on your own server and answers only the people its owner lets in. "
    "Open source."
)
"""Shown in an empty chat; at most 512 characters."""

SHORT_DESCRIPTION = "Kraken prices, order books and charts in chat. Open source, self-hosted."
"""Shown on the profile; at most 120 characters."""
