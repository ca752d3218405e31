"""The texts of WebSocket v2: one function per message, key order and digits as on Kraken's wire.

Texts are written by hand rather than by a JSON library, because ``0.10000000`` must keep its
zeros and because the order of the keys is part of what clients have been seen to rely on.

Docs: https://docs.kraken.com/api/docs/websocket-v2/book and its neighbours.
"""

from collections.abc import Iterable, Sequence

from kraken.sim.listing import AssetSpec, PairSpec
from kraken.sim.market.types import CandleRow, Levels, Stats, TradePrint
from kraken.sim.numbers import (
    NANOS,
    decimal_text,
    divide,
    micros_stamp,
    nanos_stamp,
    parse_units,
    power_of_ten,
)

HEARTBEAT = '{"channel":"heartbeat"}'
RESTARTING = "CloudFlare WebSocket proxy restarting"


def status(system: str, connection_id: int) -> str:
    """What the engine accepts; the first frame of every connection."""
    return (
        '{"channel":"status","type":"update","data":[{"version":"2.0.10",'
        f'"system":"{system}","api_version":"v2","connection_id":{connection_id}}}]}}'
    )


def _levels(pair: PairSpec, levels: Levels) -> str:
    price, lot = pair.price_decimals, pair.lot_decimals
    return ",".join(
        f'{{"price":{decimal_text(ticks, price)},"qty":{decimal_text(lots, lot)}}}'
        for ticks, lots in levels
    )


def book(pair: PairSpec, kind: str, bids: Levels, asks: Levels, checksum: int, ns: int) -> str:
    """A snapshot or update of one book."""
    return (
        f'{{"channel":"book","type":"{kind}","data":[{{"symbol":"{pair.symbol}",'
        f'"bids":[{_levels(pair, bids)}],"asks":[{_levels(pair, asks)}],'
        f'"checksum":{checksum},"timestamp":"{micros_stamp(ns)}"}}]}}'
    )


def null_book(pair: PairSpec) -> str:
    """A book update that says nothing: every value is null."""
    return (
        f'{{"channel":"book","type":"update","data":[{{"symbol":"{pair.symbol}",'
        '"bids":null,"asks":null,"checksum":null,"timestamp":null}]}'
    )


def ticker(
    pair: PairSpec,
    kind: str,
    best: tuple[tuple[int, int] | None, tuple[int, int] | None],
    stats: Stats,
    usd_cents: int,
    ns: int,
) -> str:
    """Best prices and the last 24 hours; snapshot and update are alike."""
    bid, ask = (level or (0, 0) for level in best)
    day, change = stats.day, stats.change_ticks

    def price(ticks: int) -> str:
        return decimal_text(ticks, pair.price_decimals)

    def qty(lots: int) -> str:
        return decimal_text(lots, pair.lot_decimals)

    percent = decimal_text(divide(change * 10_000, day.open), 2)
    return (
        f'{{"channel":"ticker","type":"{kind}","data":[{{"symbol":"{pair.symbol}",'
        f'"bid":{price(bid[0])},"bid_qty":{qty(bid[1])},'
        f'"ask":{price(ask[0])},"ask_qty":{qty(ask[1])},'
        f'"last":{price(stats.last.ticks)},"volume":{qty(day.volume_lots)},'
        f'"vwap":{price(divide(day.value, day.volume_lots))},'
        f'"low":{price(day.low)},"high":{price(day.high)},'
        f'"change":{price(change)},"change_pct":{percent},'
        f'"volume_usd":{decimal_text(usd_cents, 2)},"timestamp":"{micros_stamp(ns)}"}}]}}'
    )


def trades(pair: PairSpec, kind: str, prints: Iterable[TradePrint]) -> str:
    """Public trades, oldest first."""
    price, lot = pair.price_decimals, pair.lot_decimals
    rows = ",".join(
        f'{{"symbol":"{pair.symbol}","side":"{trade.side}",'
        f'"price":{decimal_text(trade.ticks, price)},"qty":{decimal_text(trade.lots, lot)},'
        f'"ord_type":"{trade.ord_type}","trade_id":{trade.trade_id},'
        f'"timestamp":"{micros_stamp(trade.ns)}"}}'
        for trade in prints
    )
    return f'{{"channel":"trade","type":"{kind}","data":[{rows}]}}'


def ohlc(pair: PairSpec, kind: str, minutes: int, rows: Iterable[CandleRow], ns: int) -> str:
    """Candles of one interval; the deprecated ``timestamp`` is the end of the interval."""
    candles = ",".join(_candle(pair, minutes, row) for row in rows)
    return (
        f'{{"channel":"ohlc","type":"{kind}","timestamp":"{nanos_stamp(ns)}","data":[{candles}]}}'
    )


def _candle(pair: PairSpec, minutes: int, row: CandleRow) -> str:
    opened, high, low, close, vwap = (
        decimal_text(ticks, pair.price_decimals)
        for ticks in (row.open, row.high, row.low, row.close, divide(row.value, row.volume_lots))
    )
    begin, end = row.begin_s * NANOS, (row.begin_s + minutes * 60) * NANOS
    return (
        f'{{"symbol":"{pair.symbol}","open":{opened},"high":{high},"low":{low},"close":{close},'
        f'"trades":{row.count},"volume":{decimal_text(row.volume_lots, pair.lot_decimals)},'
        f'"vwap":{vwap},"interval_begin":"{nanos_stamp(begin)}","interval":{minutes},'
        f'"timestamp":"{micros_stamp(end)}"}}'
    )


def instruments(
    kind: str,
    assets: Sequence[AssetSpec],
    pairs: Sequence[tuple[PairSpec, str]],
    listed: Sequence[AssetSpec],
) -> str:
    """Assets and pairs (each with its status); an update holds only what changed.

    ``listed`` are all assets, whose digits the minimum cost of a pair is written with.
    """
    shown = {asset.name: asset.display_decimals for asset in listed}
    asset_rows = ",".join(_asset(asset) for asset in assets)
    pair_rows = ",".join(_pair(pair, state, shown[pair.quote]) for pair, state in pairs)
    return (
        f'{{"channel":"instrument","type":"{kind}",'
        f'"data":{{"assets":[{asset_rows}],"pairs":[{pair_rows}]}}}}'
    )


def _digits(text: str, decimals: int) -> str:
    return decimal_text(parse_units(text, decimals), decimals)


def _asset(asset: AssetSpec) -> str:
    return (
        f'{{"id":"{asset.name}","status":"{asset.status}","precision":{asset.decimals},'
        f'"precision_display":{asset.display_decimals},"borrowable":true,'
        f'"collateral_value":{_digits(asset.collateral_value, 3)},"class":"currency",'
        f'"margin_rate":{_digits(asset.margin_rate, 6)}}}'
    )


def _pair(pair: PairSpec, state: str, cost_digits: int) -> str:
    marginable = pair.margin_initial is not None
    minimum = _digits(pair.ordermin, pair.lot_decimals)
    margin = ""
    if pair.margin_initial is not None:
        margin = (
            f'"margin_initial":{_digits(pair.margin_initial, 2)},'
            f'"position_limit_long":{pair.long_position_limit},'
            f'"position_limit_short":{pair.short_position_limit},'
        )
    return (
        f'{{"symbol":"{pair.symbol}","base":"{pair.base}","quote":"{pair.quote}",'
        f'"status":"{state}","qty_precision":{pair.lot_decimals},'
        f'"qty_increment":{pair.lot_size},"price_precision":{pair.price_decimals},'
        f'"cost_precision":{pair.cost_decimals},"marginable":{str(marginable).lower()},'
        f'"has_index":true,"ws_display_price_precision":{pair.price_decimals},'
        f'"cost_min":{_digits(pair.costmin, cost_digits)},{margin}"tick_size":{pair.tick_size},'
        f'"price_increment":{pair.tick_size},"qty_min":{minimum}}}'
    )


def usd_cents(pair: PairSpec, value: int, quote_ticks: int, quote_decimals: int) -> int:
    """A traded value (ticks times lots) in US cents, when the quote costs that much in USD."""
    scale = pair.price_decimals + pair.lot_decimals + quote_decimals
    return divide(value * quote_ticks * 100, power_of_ten(scale))
