"""What help and menus say of each command, topic by topic; ``commands`` has the one list."""
