"""A market that goes on under another name, as MATIC went on as POL.

Rules:

* A symbol is called after its two assets, so a pair that is renamed is a base asset that is
  renamed: all pairs of it are renamed along. The quote stays, and an asset that other pairs are
  priced in cannot be renamed.
* For clients the old pairs are gone as delisted ones are. Under the new names price, book,
  trades, candles and terms are what they were.
* Users' open orders on the old pairs are cancelled, and whoever follows executions hears why.
* Balances become the new asset, one for one: two lines of the ledger with one reference, and
  whoever follows balances hears of both. The old asset stays listed as disabled, since what was
  done with it is still told by its name.
* A fault that is armed for a pair goes along with it.
* It is for good, as it is at Kraken, and a name that was given up is never listed again.
"""

from dataclasses import replace

from kraken.core.ledger.ledger import Outcome
from kraken.core.ledger.words import EndReason, Refusal
from kraken.core.types import Symbol
from kraken.sim.faults import Fault, FaultRefused, Faults
from kraken.sim.listing import PairSpec, find_asset, find_pair
from kraken.sim.private.engine import Engine
from kraken.sim.venue import Venue
from kraken.sim.wire.ws import Hub


def rename(venue: Venue, engine: Engine, faults: Faults, hub: Hub, fault: Fault) -> None:
    """Do what ``pair_rename`` asks for, all of it at once.

    Raises:
        FaultRefused: it cannot be; the text says why, and nothing was changed.
    """
    old, name = _checked(venue, fault.symbol or "", fault.to or "")
    pairs = [
        pair for pair in venue.pairs.values() if pair.base == old and venue.knows(pair.symbol)
    ]
    renamed = [_named(pair, name) for pair in pairs]
    for each in renamed:
        _check_free(venue, each)
    for pair in pairs:
        _cancel_all(engine, pair.symbol)
    asset = venue.asset_by_name[old]
    retired = replace(asset, status="disabled")
    new = replace(asset, id=name, altname=name, name=name)
    venue.asset_by_name |= {old: retired, name: new}
    for pair, successor in zip(pairs, renamed, strict=True):
        venue.rename(pair.symbol, successor)
    for account in engine.accounts.values():
        account.set_fees()
        account.convert(old, name, engine.now_ns())
    for armed in faults.armed:
        if armed.symbol is not None:
            armed.symbol = venue.newest(armed.symbol)
    hub.feeds.listing_changed([*pairs, *renamed], [retired, new])


def _checked(venue: Venue, symbol: str, to: str) -> tuple[str, str]:
    """The base asset's name, and the one it is to have."""
    if to in venue.pairs:
        raise FaultRefused(f"{to} is or was listed already")
    pair = venue.pairs[symbol]
    name, _, quote = to.partition("/")
    if quote != pair.quote:
        raise FaultRefused(f"{symbol} can only become another one in {pair.quote}, not {to}")
    if find_asset(name, venue.assets) is not None:
        raise FaultRefused(f"{name} is the name of an asset already")
    priced = [each.symbol for each in venue.pairs.values() if each.quote == pair.base]
    if priced:
        raise FaultRefused(f"{pair.base} cannot be renamed: {priced[0]} is priced in it")
    if not venue.is_listed(symbol):
        raise FaultRefused(f"{symbol} is not listed now")
    return pair.base, name


def _named(pair: PairSpec, base: str) -> PairSpec:
    """The pair with a base of that name; assets that are new have one name everywhere."""
    quote = pair.wsname.partition("/")[2]
    return replace(
        pair,
        symbol=f"{base}/{pair.quote}",
        rest_id=f"{base}{quote}",
        altname=f"{base}{quote}",
        wsname=f"{base}/{quote}",
        base=base,
        base_id=base,
    )


def _check_free(venue: Venue, pair: PairSpec) -> None:
    for name in (pair.symbol, pair.rest_id, pair.wsname, pair.base + pair.quote):
        other = find_pair(name, list(venue.pairs.values()))
        if other is not None:
            raise FaultRefused(f"{pair.symbol} would be mistaken for {other.symbol}")


def _cancel_all(engine: Engine, symbol: str) -> None:
    for account in engine.accounts.values():
        for order in account.ledger.orders(Symbol(symbol)):
            ended: Outcome = account.ledger.cancel(
                order.order_id, engine.instant(), EndReason.PAIR_GONE
            )
            assert not isinstance(ended, Refusal), "it was in the list of open orders"
            engine.apply(account, ended)
