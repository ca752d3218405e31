"""The private side of the simulated exchange: keys, accounts, orders, and what is told of them."""
