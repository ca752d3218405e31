"""Use-cases: what the bot does for a person, without Telegram."""
