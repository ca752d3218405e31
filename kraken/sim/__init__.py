"""A simulated Kraken on loopback that other people's clients take for the real one."""
