"""A local Telegram: Bot API and chat page on loopback. It knows Telegram's rules, not our bot."""
