"""A tiny Kraken to test against: markets, subscriptions and checksums, written a second time.

Prices and quantities are whole ticks and lots, a side is a dict, the best levels are found by
sorting: slow, short, and with nothing in common with the code it checks.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from zlib import crc32

Side = dict[int, int]


def written(number: int, decimals: int) -> str:
    """A whole number of steps as Kraken writes it: 7 with 2 decimals is ``0.07``."""
    if decimals == 0:
        return str(number)
    digits = str(number).rjust(decimals + 1, "0")
    return f"{digits[:-decimals]}.{digits[-decimals:]}"


@dataclass
class TinyMarket:
    """Both sides of one pair, as deep as they get."""

    symbol: str
    price_decimals: int = 1
    qty_decimals: int = 8
    bids: Side = field(default_factory=dict)
    asks: Side = field(default_factory=dict)

    def best(self, depth: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        return (
            sorted(self.bids.items(), reverse=True)[:depth],
            sorted(self.asks.items())[:depth],
        )

    def shown(self, depth: int) -> tuple[list[tuple[Decimal, Decimal]], ...]:
        """The best levels as a client should show them."""
        return tuple(
            [
                (
                    Decimal(written(price, self.price_decimals)),
                    Decimal(written(qty, self.qty_decimals)),
                )
                for price, qty in levels
            ]
            for levels in self.best(depth)
        )

    def checksum(self) -> int:
        bids, asks = self.best(10)
        return crc32("".join(f"{price}{qty}" for price, qty in asks + bids).encode())

    def snapshot(self, depth: int) -> str:
        bids, asks = self.best(depth)
        return self.frame("snapshot", bids, asks)

    def change(
        self, side: str, changes: Iterable[tuple[int, int]], depth: int
    ) -> list[tuple[int, int]]:
        """Set levels (0 removes one) and return what a subscriber of that depth is told."""
        levels = self.bids if side == "bids" else self.asks
        told = []
        for price, qty in changes:
            before = self._window(side, depth)
            if qty:
                levels[price] = qty
            else:
                levels.pop(price, None)
            after = self._window(side, depth)
            if price in before or price in after:
                told.append((price, qty))
            # What comes into sight is told in the same message, what leaves it never.
            told += [(seen, levels[seen]) for seen in after if seen not in before | {price}]
        return told

    def _window(self, side: str, depth: int) -> set[int]:
        return {price for price, _ in self.best(depth)[0 if side == "bids" else 1]}

    def frame(
        self,
        kind: str,
        bids: Iterable[tuple[int, int]],
        asks: Iterable[tuple[int, int]],
        *,
        checksum: int | None = None,
    ) -> str:
        checksum = self.checksum() if checksum is None else checksum
        return (
            f'{{"channel":"book","type":"{kind}","data":[{{"symbol":"{self.symbol}",'
            f'"bids":[{self._levels(bids)}],"asks":[{self._levels(asks)}],'
            f'"checksum":{checksum},"timestamp":"2026-11-08T10:00:00.120450Z"}}]}}'
        )

    def _levels(self, levels: Iterable[tuple[int, int]]) -> str:
        return ",".join(
            f'{{"price":{written(price, self.price_decimals)},'
            f'"qty":{written(qty, self.qty_decimals)}}}'
            for price, qty in levels
        )


class TinyKraken:
    """One connection's server side for the book channel: requests in, frames out."""

    def __init__(self, markets: Iterable[TinyMarket]) -> None:
        self.markets = {market.symbol: market for market in markets}
        self.depths: dict[str, int] = {}
        self.requests: list[dict[str, object]] = []

    def answer(self, text: str) -> list[str]:
        """The frames that answer one request."""
        request = json.loads(text)
        self.requests.append(request)
        if request["method"] == "ping":
            return [f'{{"method":"pong","req_id":{request["req_id"]}}}']
        frames = []
        for symbol in request["params"]["symbol"]:
            frames += getattr(self, f"_{request['method']}")(request, symbol)
        return frames

    def _subscribe(self, request: dict, symbol: str) -> list[str]:
        depth = request["params"].get("depth", 10)
        if symbol not in self.markets:
            return [self._refusal(request, symbol, f"Currency pair not supported {symbol}")]
        if symbol in self.depths:
            return [self._refusal(request, symbol, "Already subscribed")]
        self.depths[symbol] = depth
        return [self._success(request, symbol, depth), self.markets[symbol].snapshot(depth)]

    def _unsubscribe(self, request: dict, symbol: str) -> list[str]:
        depth = self.depths.pop(symbol, None)
        if depth is None:
            return [self._refusal(request, symbol, "Subscription Not Found")]
        return [self._success(request, symbol, depth)]

    def _success(self, request: dict, symbol: str, depth: int) -> str:
        result = {"channel": "book", "depth": depth, "snapshot": True, "symbol": symbol}
        return json.dumps(
            {"method": request["method"], "req_id": request["req_id"], "result": result}
            | {"success": True}
        )

    def _refusal(self, request: dict, symbol: str, error: str) -> str:
        return json.dumps(
            {"error": error, "method": request["method"], "req_id": request["req_id"]}
            | {"success": False, "symbol": symbol}
        )
