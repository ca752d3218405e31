"""Trading from a chat, as rules: what is asked for, what may be sent, what is said of it. Pure."""
