"""Practice accounts: the one ledger on the live public market, with no way to a private endpoint.

    venue      PaperVenue: the market as all practice accounts share it; one per process
    pair       one pair of it: who must be told of which trade and which book
    past       trades that were missed, read once for all
    account    PaperAccount: one chat's Account, and what only practice can
    reads      what can be asked of it
    following  how it keeps up with the market
    practice   what it is, and what has still to be saved
    facts      what the ledger says, as an Account's events
    refusals   what the ledger refuses, as Kraken's errors

A practice account never sends anything, so nothing it does is ever unknown, but for one case: what
happened could not be saved. Then it is kept in memory, told to nobody, and saved with the next.
"""

from kraken.core.practice.kept import UnreadableError
from kraken.core.practice.replay import Unchecked
from kraken.core.practice.why import WhyNot
from kraken.paper.account import PaperAccount, Save
from kraken.paper.practice import PaperFact
from kraken.paper.venue import PaperVenue

__all__ = [
    "PaperAccount",
    "PaperFact",
    "PaperVenue",
    "Save",
    "Unchecked",
    "UnreadableError",
    "WhyNot",
]
