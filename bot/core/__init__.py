"""The bot's rules, pure: arguments, sentences, settings. No I/O, no clock, no Telegram."""
