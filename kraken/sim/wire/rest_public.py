"""Public REST endpoints: what each answers, in Kraken's names and digits.

Every function takes the venue and the query, and returns what stands under ``result``; prices,
quantities and costs are strings. Each endpoint writes another number of digits: OHLC the pair's
own, everything else the pair's REST scale, Depth three digits of quantity.

Docs: https://docs.kraken.com/api/docs/rest-api/get-server-time and its neighbours.
"""

from collections.abc import Callable, Mapping

from kraken.sim.listing import AssetSpec, PairSpec, find_asset
from kraken.sim.market.types import Levels
from kraken.sim.numbers import (
    NANOS,
    decimal_text,
    divide,
    parse_units,
    power_of_ten,
    rescale,
    rfc1123,
    scaled_text,
    seconds_stamp,
)
from kraken.sim.venue import Venue
from kraken.sim.wire.api_error import ApiError
from kraken.sim.wire.subscriptions import INTERVALS

Query = Mapping[str, str]

GROUPED_DEPTHS = (10, 25, 100, 250, 1000)
GROUPINGS = (1, 5, 10, 25, 50, 100, 250, 500, 1000)


UNKNOWN_PAIR = "EQuery:Unknown asset pair"
INVALID = "EGeneral:Invalid arguments"


def server_time(venue: Venue, query: Query) -> object:
    """The exchange's clock, twice."""
    now_ns = venue.now_ns()
    return {"unixtime": now_ns // NANOS, "rfc1123": rfc1123(now_ns)}


def system_status(venue: Venue, query: Query) -> object:
    """What the engine accepts."""
    return {"status": venue.system, "timestamp": seconds_stamp(venue.now_ns())}


def assets(venue: Venue, query: Query) -> object:
    """Assets by their REST ids."""
    _check_class(query, "aclass")
    wanted = venue.assets
    if query.get("aclass") == "tokenized_asset":
        wanted = ()
    elif query.get("asset"):
        found = [find_asset(name, venue.assets) for name in query["asset"].split(",")]
        wanted = tuple(asset for asset in found if asset is not None)
        if len(wanted) != len(found):
            raise ApiError("EQuery:Unknown asset")
    return {asset.id: _asset(asset) for asset in sorted(wanted, key=lambda each: each.id)}


def _asset(asset: AssetSpec) -> dict[str, object]:
    return {
        "aclass": "currency",
        "altname": asset.altname,
        "decimals": asset.decimals,
        "display_decimals": asset.display_decimals,
        # A number on the wire, and whole where it is one: 1, 0.99.
        "collateral_value": _number(asset.collateral_value),
        "status": asset.status,
        "margin_rate": asset.margin_rate,
    }


def _number(text: str) -> int | float:
    return float(text) if "." in text else int(text)


def asset_pairs(venue: Venue, query: Query) -> object:
    """Pairs by their REST ids, whole or one aspect of them."""
    _check_class(query, "aclass_base")
    chosen = _ASPECTS.get(query.get("info", "info"))
    if chosen is None:
        raise ApiError(f"{INVALID}:info")
    if query.get("aclass_base") == "tokenized_asset":
        return {}
    pairs = _pairs(venue, query)
    whole = {pair.rest_id: _pair(pair, venue.market.status(pair.symbol)) for pair in pairs}
    if not chosen:
        return whole
    return {key: {name: row[name] for name in chosen if name in row} for key, row in whole.items()}


_ASPECTS: Mapping[str, tuple[str, ...]] = {
    "info": (),
    "leverage": ("leverage_buy", "leverage_sell"),
    "fees": ("fees", "fees_maker", "fee_volume_currency"),
    "margin": ("margin_call", "margin_stop"),
}


def _pair(pair: PairSpec, status: str) -> dict[str, object]:
    row: dict[str, object] = {
        "altname": pair.altname,
        "wsname": pair.wsname,
        "aclass_base": "currency",
        "base": pair.base_id,
        "aclass_quote": "currency",
        "quote": pair.quote_id,
        "lot": "unit",
        "cost_decimals": pair.cost_decimals,
        "pair_decimals": pair.price_decimals,
        "lot_decimals": pair.lot_decimals,
        "lot_multiplier": pair.lot_multiplier,
        "leverage_buy": pair.leverage,
        "leverage_sell": pair.leverage,
        "fees": pair.fees,
        "fees_maker": pair.fees_maker,
        "fee_volume_currency": pair.fee_volume_currency,
        "margin_call": pair.margin_call,
        "margin_stop": pair.margin_stop,
        "ordermin": pair.ordermin,
        "costmin": pair.costmin,
        "tick_size": pair.tick_size,
        "status": status,
    }
    if pair.long_position_limit is not None:
        row["long_position_limit"] = pair.long_position_limit
        row["short_position_limit"] = pair.short_position_limit
    return row


def ticker(venue: Venue, query: Query) -> object:
    """Best prices, today and the last 24 hours of the named pairs, or of all."""
    return {pair.rest_id: _ticker(venue, pair) for pair in _pairs(venue, query)}


def _ticker(venue: Venue, pair: PairSpec) -> dict[str, object]:
    stats = venue.market.stats(pair.symbol)
    both = (stats.today, stats.day)

    def price(ticks: int) -> str:
        return scaled_text(ticks, pair.price_decimals, pair.rest_scale)

    def best(level: tuple[int, int] | None) -> list[str]:
        ticks, lots = level or (0, 0)
        whole = rescale(lots, pair.lot_decimals, 0)
        return [price(ticks), str(whole), f"{whole}.000"]

    extra = power_of_ten(pair.rest_scale - pair.price_decimals)
    bid, ask = venue.books[pair.symbol].best()
    return {
        "a": best(ask),
        "b": best(bid),
        "c": [price(stats.last.ticks), decimal_text(stats.last.lots, pair.lot_decimals)],
        "v": [decimal_text(row.volume_lots, pair.lot_decimals) for row in both],
        # The average has all the digits of the scale, not only those of a price.
        "p": [
            decimal_text(divide(row.value * extra, row.volume_lots), pair.rest_scale)
            for row in both
        ],
        "t": [row.count for row in both],
        "l": [price(row.low) for row in both],
        "h": [price(row.high) for row in both],
        "o": price(stats.today.open),
    }


def ohlc(venue: Venue, query: Query) -> object:
    """Candles of one interval; the last row is running, ``last`` is the one before it."""
    pair = _pair_of(venue, query)
    minutes = _whole(query, "interval", 1)
    if minutes not in INTERVALS:
        raise ApiError(f"{INVALID}:interval")
    since_s = _seconds(query)
    rows = venue.market.candles(pair.symbol, minutes)
    last = rows[-2].begin_s if len(rows) > 1 else rows[-1].begin_s

    def price(ticks: int) -> str:
        return decimal_text(ticks, pair.price_decimals)

    told = [
        [
            row.begin_s,
            price(row.open),
            price(row.high),
            price(row.low),
            price(row.close),
            price(divide(row.value, row.volume_lots)),
            decimal_text(row.volume_lots, pair.lot_decimals),
            row.count,
        ]
        for row in rows
        if row.begin_s > since_s
    ]
    return {pair.rest_id: told, "last": last}


def depth(venue: Venue, query: Query) -> object:
    """The book's best levels; quantities have three digits here."""
    pair = _pair_of(venue, query)
    count = _whole(query, "count", 100)
    if not 1 <= count <= 500:
        raise ApiError(f"{INVALID}:count")
    book = venue.books[pair.symbol]
    bids, asks = book.top(count)

    def rows(side: str, levels: Levels) -> list[list[object]]:
        return [
            [
                scaled_text(ticks, pair.price_decimals, pair.rest_scale),
                scaled_text(lots, pair.lot_decimals, 3),
                book.level_changed_ns(side, ticks) // NANOS,
            ]
            for ticks, lots in levels
        ]

    return {pair.rest_id: {"asks": rows("asks", asks), "bids": rows("bids", bids)}}


def grouped_book(venue: Venue, query: Query) -> object:
    """Levels gathered in steps of some ticks: bids rounded down, asks up."""
    pair = _pair_of(venue, query)
    count, step = _whole(query, "depth", 10), _whole(query, "grouping", 1)
    if count not in GROUPED_DEPTHS:
        raise ApiError(f"{INVALID}:depth")
    if step not in GROUPINGS:
        raise ApiError(f"{INVALID}:grouping")
    bids, asks = venue.books[pair.symbol].top(1 << 30)

    def rows(levels: Levels, floor: Callable[[int], int]) -> list[dict[str, str]]:
        groups: dict[int, int] = {}
        for ticks, lots in levels:
            groups[floor(ticks)] = groups.get(floor(ticks), 0) + lots
        return [
            {
                "price": scaled_text(ticks, pair.price_decimals, pair.rest_scale),
                "qty": decimal_text(lots, pair.lot_decimals),
            }
            for ticks, lots in list(groups.items())[:count]
        ]

    return {
        "pair": pair.symbol,
        "grouping": step,
        "bids": rows(bids, lambda ticks: ticks // step * step),
        "asks": rows(asks, lambda ticks: -(-ticks // step) * step),
    }


def trades(venue: Venue, query: Query) -> object:
    """Trades after ``since``, oldest first; ``last`` asks for the next page."""
    pair = _pair_of(venue, query)
    count = _whole(query, "count", 1000)
    if not 1 <= count <= 1000:
        raise ApiError(f"{INVALID}:count")
    since_ns = _since_ns(query)
    if since_ns is None:
        prints = venue.market.last_trades(pair.symbol, count)
    else:
        prints = venue.market.trades_since(pair.symbol, since_ns, count)
    rows = [
        [
            scaled_text(trade.ticks, pair.price_decimals, pair.rest_scale),
            decimal_text(trade.lots, pair.lot_decimals),
            trade.ns / NANOS,
            "b" if trade.side == "buy" else "s",
            "m" if trade.ord_type == "market" else "l",
            "",
            trade.trade_id,
        ]
        for trade in prints
    ]
    last = prints[-1].ns if prints else since_ns or 0
    return {pair.rest_id: rows, "last": str(last)}


def spread(venue: Venue, query: Query) -> object:
    """When the best prices changed."""
    pair = _pair_of(venue, query)
    since_s = _seconds(query)
    known = venue.spreads(pair.symbol)
    rows = [
        [
            at_s,
            scaled_text(bid, pair.price_decimals, pair.rest_scale),
            scaled_text(ask, pair.price_decimals, pair.rest_scale),
        ]
        for at_s, bid, ask in known
        if at_s >= since_s
    ]
    return {pair.rest_id: rows, "last": known[-1][0] if known else 0}


def _check_class(query: Query, name: str) -> None:
    if query.get(name, "currency") not in ("currency", "tokenized_asset"):
        raise ApiError(f"{INVALID}:{name}")


def _pairs(venue: Venue, query: Query) -> list[PairSpec]:
    """The pairs named by comma, or all; in the order of their ids."""
    pairs = venue.listed()
    if "pair" in query:
        found = [venue.find(name.strip()) for name in query["pair"].split(",")]
        pairs = [pair for pair in found if pair is not None]
        if len(pairs) != len(found):
            raise ApiError(UNKNOWN_PAIR)
    return sorted(pairs, key=lambda pair: pair.rest_id)


def _pair_of(venue: Venue, query: Query) -> PairSpec:
    if not query.get("pair"):
        raise ApiError(f"{INVALID}:pair")
    pair = venue.find(query["pair"])
    if pair is None:
        raise ApiError(UNKNOWN_PAIR)
    return pair


def _whole(query: Query, name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdigit()) or len(text) > 20:
        raise ApiError(f"{INVALID}:{name}")
    return int(text)


def _since_ns(query: Query) -> int | None:
    """``since`` of Trades: seconds (with a fraction) or nanoseconds; both are accepted."""
    text = query.get("since")
    if text is None:
        return None
    try:
        nanos = parse_units(text, 9)
    except ValueError:
        raise ApiError(f"{INVALID}:since") from None
    # A number of this size is nanoseconds already: as seconds it is 30,000 years away.
    return nanos // NANOS if nanos > 1_000_000_000_000 * NANOS else nanos


def _seconds(query: Query) -> int:
    """``since`` of OHLC and Spread: unix seconds, everything when absent."""
    nanos = _since_ns(query)
    return -1 if nanos is None else nanos // NANOS
