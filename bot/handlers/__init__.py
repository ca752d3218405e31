"""What people can ask the bot for."""
