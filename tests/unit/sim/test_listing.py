"""The listing gives every pair its real names and steps."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from kraken.sim.listing import ASSETS, PAIRS, find_asset, find_pair


def test_a_pair_is_found_under_every_name_that_kraken_accepts() -> None:
    names = ("XXBTZUSD", "XBTUSD", "XBT/USD", "BTC/USD", "BTCUSD", "xbtusd")
    assert {found.symbol for name in names if (found := find_pair(name))} == {"BTC/USD"}
    assert all(find_pair(name) for name in names)


def test_an_unknown_name_is_no_pair() -> None:
    assert find_pair("BTCXYZ") is None
    assert find_asset("XYZ") is None


def test_no_two_pairs_share_a_name() -> None:
    for kind in ("symbol", "rest_id", "altname", "wsname"):
        names = [getattr(pair, kind) for pair in PAIRS]
        assert len(set(names)) == len(names), kind


def test_only_legacy_assets_carry_a_prefix() -> None:
    ids = {asset.name: asset.id for asset in ASSETS}
    assert ids["BTC"] == "XXBT"
    assert ids["DOGE"] == "XXDG"
    assert ids["USD"] == "ZUSD"
    assert ids["SOL"] == "SOL"
    assert ids["USDT"] == "USDT"


def test_bitcoin_and_dogecoin_keep_their_old_names_in_rest() -> None:
    doge = find_pair("DOGE/USD")
    assert doge is not None
    assert (doge.rest_id, doge.altname, doge.wsname) == ("XDGUSD", "XDGUSD", "XDG/USD")
    ether = find_pair("ETH/BTC")
    assert ether is not None
    assert (ether.rest_id, ether.altname, ether.wsname) == ("XETHXXBT", "ETHXBT", "ETH/XBT")


def test_prices_and_quantities_become_whole_ticks_and_lots() -> None:
    bitcoin = find_pair("BTC/USD")
    assert bitcoin is not None
    assert bitcoin.ticks(Decimal("60000.1")) == 600_001
    assert bitcoin.lots(Decimal("0.00000001")) == 1
    assert bitcoin.tick_size == "0.1"
    assert bitcoin.lot_size == "0.00000001"


@pytest.mark.parametrize("text", ["60000.15", "NaN", "Infinity"])
def test_a_price_that_is_no_whole_number_of_ticks_is_refused(text: str) -> None:
    bitcoin = find_pair("BTC/USD")
    assert bitcoin is not None
    with pytest.raises(ValueError, match="price of BTC/USD"):
        bitcoin.ticks(Decimal(text))


def test_fees_fall_with_volume_and_makers_pay_no_more() -> None:
    for pair in PAIRS:
        for fees in (pair.fees, pair.fees_maker):
            percents = [percent for _, percent in fees]
            assert percents == sorted(percents, reverse=True)
        assert all(
            maker <= taker
            for (_, maker), (_, taker) in zip(pair.fees_maker, pair.fees, strict=True)
        )


def test_precisions_are_those_of_the_recorded_instrument_snapshot(captures: Path) -> None:
    text = (captures / "ws_v2" / "instrument_snapshot_2024.json").read_text()
    snapshot = json.loads(text, parse_float=Decimal)
    recorded = {pair["symbol"]: pair for pair in snapshot["data"]["pairs"]}
    for pair in PAIRS:
        real = recorded[pair.symbol]
        assert pair.price_decimals == real["price_precision"], pair.symbol
        assert pair.cost_decimals == real["cost_precision"], pair.symbol
        assert pair.lot_decimals == real["qty_precision"], pair.symbol
        assert Decimal(pair.tick_size) == Decimal(real["price_increment"]), pair.symbol


def test_rest_prices_have_the_digits_of_the_recorded_ticker(captures: Path) -> None:
    recorded = json.loads((captures / "rest" / "Ticker_2026.json").read_text())
    result = recorded.get("result", recorded)
    for pair in PAIRS:
        last = result[pair.rest_id]["c"][0]
        assert len(last.partition(".")[2]) == pair.rest_scale, pair.symbol


def test_assets_have_the_decimals_of_the_recorded_listing(captures: Path) -> None:
    recorded = json.loads((captures / "rest" / "Assets_2026.json").read_text())
    result = recorded.get("result", recorded)
    for asset in ASSETS:
        real = result[asset.id]
        assert (asset.altname, asset.decimals, asset.display_decimals) == (
            real["altname"],
            real["decimals"],
            real["display_decimals"],
        )
