"""What hypothesis may make up: levels, changes, instruments, and text that no peer should send."""

from decimal import Decimal

from hypothesis import strategies as st

from kraken.core.types import Asset, Instrument, Level, Symbol

Change = tuple[str, int, int]

MIDDLE = 1000
"""Ticks between bids (below) and asks (from here on) in generated books, so none is crossed."""

lots = st.one_of(
    st.integers(1, 30),
    st.integers(1, 10**12),
    st.sampled_from([1, 10, 10**7, 10**8, 10**8 + 1, 12 * 10**8]),
)
"""Quantities in lots, with many zeros at either end."""


@st.composite
def changes(draw: st.DrawFn, *, spread: int = 40) -> Change:
    """One level set or, one time in three, removed: (side, ticks, lots)."""
    side = draw(st.sampled_from(["bids", "asks"]))
    distance = draw(st.integers(0, spread))
    price = MIDDLE - 1 - distance if side == "bids" else MIDDLE + distance
    qty = 0 if draw(st.integers(0, 2)) == 0 else draw(lots)
    return side, price, qty


@st.composite
def instruments(draw: st.DrawFn) -> Instrument:
    """A pair with any steps; minimums are whole steps, as Kraken's are."""
    price_decimals, qty_decimals = draw(st.integers(0, 8)), draw(st.integers(0, 8))
    tick = draw(st.sampled_from([1, 1, 1, 5, 25]))
    return Instrument(
        symbol=Symbol("AAA/BBB"),
        base=Asset("AAA"),
        quote=Asset("BBB"),
        tick_size=Decimal(tick).scaleb(-price_decimals),
        lot_size=Decimal(1).scaleb(-qty_decimals),
        price_decimals=price_decimals,
        qty_decimals=qty_decimals,
        cost_decimals=8,
        min_qty=Decimal(draw(st.integers(1, 5000))).scaleb(-qty_decimals),
        min_cost=draw(st.sampled_from([Decimal("0.5"), Decimal("0.00002"), Decimal(5)])),
    )


positive = st.decimals(
    min_value=Decimal("0.00000001"), max_value=Decimal(10**9), places=8, allow_nan=False
)
"""Positive amounts as people type them."""


@st.composite
def asks(draw: st.DrawFn) -> list[Level]:
    """One side of a book, best first."""
    prices = draw(st.lists(st.integers(1, 10**7), min_size=1, max_size=12, unique=True))
    return [
        Level(Decimal(price).scaleb(-2), Decimal(draw(st.integers(1, 10**11))).scaleb(-8))
        for price in sorted(prices)
    ]


_KEYS = (
    *("channel", "type", "data", "symbol", "bids", "asks", "price", "qty", "checksum"),
    *("timestamp", "method", "success", "error", "req_id", "result", "pairs"),
)

nonsense = st.one_of(
    st.binary(max_size=60),
    st.text(max_size=60),
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.sampled_from(["book", "snapshot", "update", "BTC/USD", "subscribe", "1e-08", "NaN"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(_KEYS),
                inner,
                max_size=6,
            )
        ),
        max_leaves=12,
    ),
)
"""Bytes, text and JSON values of every wrong shape."""
