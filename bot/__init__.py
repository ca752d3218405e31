"""The Telegram side: a trading bot that people talk to."""
