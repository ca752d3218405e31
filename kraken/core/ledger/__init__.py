"""One account as an exchange keeps it: balances, holds, open orders, and how they trade.

Practice trading is this ledger on the live market; the simulated exchange is this ledger with a
wire. ``ledger`` is the door; the rules stand where they are kept:

    checks   what keeps a request out         money    what a fill costs
    entry    how orders come in               turn     how they trade
    amend    how they change                  market   what trades and books do
    triggers when waiting orders fire         state    what must be remembered
    matching how an order meets a book        words    what goes in and what comes out

The simulator uses all of this, so nothing here may import the client's parsers or errors.
"""
