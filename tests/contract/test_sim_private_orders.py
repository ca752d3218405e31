"""What becomes of users' orders on the simulated exchange, and what the public sees of it."""

from decimal import Decimal
from itertools import pairwise

from kraken.sim.server import Exchange
from tests.trader import Trader, level, touch

TENTH = Decimal("0.1")


# -- what orders do ---------------------------------------------------------------------------


async def test_a_resting_order_is_seen_by_everybody_and_gone_when_cancelled(
    exchange: Exchange, ann: Trader
) -> None:
    bid, _ = touch(exchange)
    before = level(exchange, "buy", bid)
    name = await ann.limit("buy", "0.5", str(bid))
    assert level(exchange, "buy", bid) == before + Decimal("0.5")
    assert await ann.ask("CancelOrder", txid=name) == {"count": "1"}
    assert level(exchange, "buy", bid) == before
    told = await ann.order(name)
    assert (told["status"], told["reason"]) == ("canceled", "User requested")
    assert await ann.refused("CancelOrder", txid=name) == "EOrder:Unknown order"


async def test_a_market_order_takes_what_the_book_showed(exchange: Exchange, ann: Trader) -> None:
    _, ask = touch(exchange)
    there = level(exchange, "sell", ask)
    last = exchange.world.last_trades("BTC/USD", 1)[-1].trade_id
    told = await ann.ask(
        "AddOrder", ordertype="market", type="buy", volume=str(there), pair="XBTUSD"
    )
    assert told["descr"] == {"order": f"buy {there} XBTUSD @ market"}
    (fill,) = ann.fills()
    assert (Decimal(fill["price"]), Decimal(fill["qty"])) == (ask, there)
    assert fill["liquidity"] == "taker"
    assert level(exchange, "sell", ask) == 0
    (printed,) = exchange.world.last_trades("BTC/USD", 1)
    assert printed.trade_id == last + 1 == int(fill["trade_id"])
    assert (printed.side, printed.ord_type) == ("buy", "market")


async def test_money_moves_by_cost_and_fee_and_nothing_else(ann: Trader) -> None:
    await ann.ask("AddOrder", ordertype="market", type="buy", volume="0.5", pair="XBTUSD")
    spent = sum(Decimal(row["cost"]) + Decimal(row["fee"]) for row in ann.fills())
    for row in ann.fills():
        cost, fee = Decimal(row["cost"]), Decimal(row["fee"])
        assert cost == round(Decimal(row["price"]) * Decimal(row["qty"]), 5)
        assert abs(fee - cost * Decimal("0.004")) <= Decimal("0.00001")
    balances = await ann.ask("Balance")
    assert 0 <= 1_000_000 - spent - Decimal(balances["ZUSD"]) < Decimal("0.0001")
    assert balances["XXBT"] == "10.5000000000"
    rows = [row for row in (await ann.ask("Ledgers"))["ledger"].values() if row["type"] == "trade"]
    assert len(rows) == 2 * len(ann.fills())
    assert {row["refid"] for row in rows} == {row["exec_id"] for row in ann.fills()}
    dollars = [row for row in rows if row["asset"] == "ZUSD"]
    for newer, older in pairwise(dollars):
        change = Decimal(newer["amount"]) - Decimal(newer["fee"])
        assert Decimal(newer["balance"]) == Decimal(older["balance"]) + change


async def test_the_markets_flow_fills_a_resting_order_at_its_price(
    exchange: Exchange, ann: Trader
) -> None:
    bid, _ = touch(exchange)
    name = await ann.limit("buy", "0.01", str(bid))
    exchange.move("BTC/USD", exchange.venue.pairs["BTC/USD"].ticks(bid - 200))
    told = await ann.order(name)
    assert (told["status"], told["vol_exec"]) == ("closed", "0.01000000")
    fills = ann.fills()
    assert {Decimal(row["price"]) for row in fills} == {bid}
    assert {row["liquidity"] for row in fills} == {"maker"}
    numbers = [trade.trade_id for trade in exchange.world.last_trades("BTC/USD", 200)]
    assert numbers == list(range(numbers[0], numbers[0] + 200))
    assert {int(row["trade_id"]) for row in fills} <= set(numbers)


async def test_the_public_book_never_crosses_while_users_rest(
    exchange: Exchange, ann: Trader
) -> None:
    for step in range(30):
        bid, ask = touch(exchange)
        assert bid < ask
        side, price = ("buy", bid) if step % 2 else ("sell", ask)
        await ann.limit(side, "0.02", str(price))
        await exchange.advance(1)


async def test_two_users_trade_with_each_other(
    exchange: Exchange, ann: Trader, bob: Trader
) -> None:
    bid, ask = touch(exchange, "ETH/BTC")
    pair = exchange.venue.pairs["ETH/BTC"]
    price = bid + Decimal(pair.tick_size)
    assert price < ask
    name = await ann.limit("sell", "1", str(price), "ETHXBT")
    assert touch(exchange, "ETH/BTC")[1] == price
    await bob.limit("buy", "0.4", str(price), "ETHXBT")
    told = await ann.order(name)
    assert (told["status"], told["vol_exec"]) == ("open", "0.40000000")
    (sold,), (bought,) = ann.fills(), bob.fills()
    assert (sold["liquidity"], bought["liquidity"]) == ("maker", "taker")
    assert sold["trade_id"] == bought["trade_id"]
    assert sold["price"] == bought["price"] == str(price)
    assert level(exchange, "sell", price, "ETH/BTC") == Decimal("0.6")
    (printed,) = exchange.world.last_trades("ETH/BTC", 1)
    assert str(printed.trade_id) == sold["trade_id"]


async def test_an_iceberg_is_taken_whole_though_only_a_part_is_seen(
    exchange: Exchange, ann: Trader, bob: Trader
) -> None:
    bid, _ = touch(exchange, "ETH/BTC")
    price = bid + Decimal(exchange.venue.pairs["ETH/BTC"].tick_size)
    ice = {"ordertype": "iceberg", "type": "sell", "volume": "1", "displayvol": "0.25"}
    await ann.ask("AddOrder", **ice, pair="ETHXBT", price=str(price))
    assert level(exchange, "sell", price, "ETH/BTC") == Decimal("0.25")
    await bob.limit("buy", "1.1", str(price), "ETHXBT")
    assert sum(Decimal(row["qty"]) for row in ann.fills()) == 1
    assert level(exchange, "sell", price, "ETH/BTC") == 0
    assert level(exchange, "buy", price, "ETH/BTC") == Decimal("0.1")
    assert {row["liquidity"] for row in bob.fills()} == {"taker"}


async def test_a_users_order_waits_behind_what_was_there_before_it(
    exchange: Exchange, ann: Trader, bob: Trader
) -> None:
    bid, _ = touch(exchange)
    there = level(exchange, "buy", bid)
    name = await ann.limit("buy", "0.5", str(bid))
    await bob.limit("sell", str(there), str(bid), timeinforce="IOC")
    assert (await ann.order(name))["vol_exec"] == "0.00000000"
    assert level(exchange, "buy", bid) == Decimal("0.5")
    await bob.limit("sell", "0.2", str(bid), timeinforce="IOC")
    assert (await ann.order(name))["vol_exec"] == "0.20000000"


async def test_immediate_orders_end_and_their_end_is_told(ann: Trader) -> None:
    ioc = await ann.limit("buy", "1", "50000", timeinforce="IOC")
    told = await ann.order(ioc)
    assert (told["status"], told["reason"]) == ("canceled", "Immediate or cancel")
    fok = await ann.limit("buy", "1", "50000", timeinforce="FOK")
    assert (await ann.order(fok))["reason"] == "Fill or kill"
    post = await ann.limit("buy", "1", "90000", oflags="post")
    assert (await ann.order(post))["reason"] == "Post only order"
    assert ann.fills() == []


async def test_a_good_till_date_order_expires(exchange: Exchange, ann: Trader) -> None:
    name = await ann.limit("buy", "1", "50000", expiretm="+10")
    assert (await ann.order(name))["timeinforce"] == "GTD"
    await exchange.advance(9)
    assert (await ann.order(name))["status"] == "open"
    await exchange.advance(2)
    assert (await ann.order(name))["status"] == "expired"


async def test_a_stop_waits_unseen_and_fires_when_the_market_comes(
    exchange: Exchange, ann: Trader
) -> None:
    bid, _ = touch(exchange)
    told = await ann.ask(
        "AddOrder",
        ordertype="stop-loss",
        type="sell",
        volume="0.1",
        pair="XBTUSD",
        price=str(bid - 100),
    )
    (name,) = told["txid"]
    assert told["descr"]["order"] == f"sell 0.10000000 XBTUSD @ stop loss {bid - 100}"
    assert level(exchange, "sell", bid - 100) == 0
    assert (await ann.order(name))["stopprice"] == f"{bid - 100}0000"
    exchange.move("BTC/USD", exchange.venue.pairs["BTC/USD"].ticks(bid - 150))
    told = await ann.order(name)
    assert (told["status"], told["misc"]) == ("closed", "stopped")


async def test_a_conditional_close_is_placed_for_every_fill(ann: Trader) -> None:
    told = await ann.ask(
        "AddOrder",
        ordertype="market",
        type="buy",
        volume="0.01",
        pair="XBTUSD",
        **{"close[ordertype]": "stop-loss-limit", "close[price]": "-5%", "close[price2]": "-6%"},
    )
    assert told["descr"]["close"] == "close position @ stop loss -5.0000% -> limit -6.0000%"
    children = ann.journal(parent=told["txid"][0])
    assert len(children) == len(ann.fills())
    assert {(row["side"], row["type"]) for row in children} == {("sell", "stop-loss-limit")}


async def test_quote_can_be_spent_instead_of_base_bought(ann: Trader) -> None:
    await ann.ask(
        "AddOrder", ordertype="market", type="buy", volume="1000", pair="XBTUSD", oflags="viqc"
    )
    spent = sum(Decimal(row["cost"]) for row in ann.fills())
    assert Decimal("999") < spent <= 1000
