"""What is said of an order that is not understood or does not fit, and the buttons that repair it.

Every button is a whole order that would fit; a tap on it opens a new preview and sends nothing.
"""

from collections.abc import Callable
from decimal import Decimal

from bot.core.numbers import fixed
from bot.core.page import Button, Payload
from bot.core.settings import ChatSettings
from bot.core.texts.labels import LABEL_ALONE, badge
from bot.core.texts.markup import code, esc, paragraphs
from bot.core.texts.money import money, price, quantity, short_quantity
from bot.core.trade.misread import Clash, Contradiction, NoSign, WhichCurrency
from bot.core.trade.refusals import Fix, OrderRefused, Refusal, Repair
from bot.core.words import short

NOTHING = "Nothing was sent."
_PLAIN = ChatSettings(grouping=False)
_USUAL = ChatSettings()
_ECHO = 16

_CLASHES = {
    Clash.TWICE: "Only one of the two can be meant.",
    Clash.POST_MARKET: "A market order takes at once, a post-only order never does.",
    Clash.POST_TAKES: "A post-only order waits in the book; the other one never waits.",
    Clash.POST_TRIGGER: "Post-only works with plain limit orders only.",
    Clash.TIMES: "An order has one time: gtc, ioc, fok or gtd=.",
    Clash.MARKET_WAITS: "A market order takes at once and has no time.",
    Clash.TRIGGER_TIME: "An order that waits for a price cannot be now or never.",
    Clash.TRIGGERS: "An order waits for one price; send two orders for two.",
    Clash.TRAIL_LIMIT: "The limit of a trailing stop is a distance, like @ -0.1%.",
    Clash.STOP_LIMIT_WORD: "A stop-limit needs its limit as a number, like @ 57900.",
    Clash.SHOW_NEEDS_LIMIT: "Only a limit order can show a part of itself.",
    Clash.SHOW_SIZE: "The shown part is less than the whole and at least a 15th of it.",
    Clash.REFERENCE_ALONE: "There is nothing that looks at a trigger: no stop=, no sl=.",
    Clash.STOPS: "A fixed and a trailing stop-loss exclude each other.",
    Clash.BRACKET_ON_SELL: "What is sold needs no protection. A stop order sells later:",
    Clash.STOP_LOSS_SIDE: "A stop-loss of a buy lies below its price.",
    Clash.TAKE_PROFIT_SIDE: "A take-profit of a buy lies above its price.",
    Clash.PARTS_ALONE: "An order in parts needs both: in=4h parts=8.",
    Clash.PARTS_LADDER: "Parts over time, or a ladder of prices, not both.",
    Clash.PARTS_OTHERS: "An order in parts has an amount and a price, nothing else.",
    Clash.LADDER_PRICE: "A ladder has its own prices.",
}


def _contradiction(error: Contradiction) -> str:
    what, said = code(error.what, _ECHO), code(error.said, _ECHO)
    return paragraphs(
        "Two parts don’t go together.", f"{what} and {said}: {_CLASHES[error.clash]} {NOTHING}"
    )


def _no_sign(error: NoSign) -> str:
    return paragraphs(
        f"Above or below? {code(error.said, _ECHO)}",
        f"A distance has a sign: −3% lies below, +3% above. {NOTHING}",
        f"Example: {code(error.example)}",
    )


def _which(error: WhichCurrency) -> str:
    amount, unit = esc(error.hint, _ECHO), esc(error.said.upper(), 4)
    return paragraphs(
        f"{amount} {unit} of what?",
        f"Write {code(f'{error.hint}{error.said}', 24)} for an amount of money, or name the pair.",
        NOTHING,
    )


# -- what does not fit here and now


def _asset(error: OrderRefused, name: str = "asset") -> str:
    return esc(error.values.get(name, ""), 12)


def _number(error: OrderRefused, name: str) -> Decimal:
    value = error.values[name]
    assert isinstance(value, Decimal), f"{name} is a number"
    return value


def _price_of(error: OrderRefused, name: str = "price") -> str:
    return esc(price(_number(error, name), error.instrument, _USUAL))


_STATES = {
    "cancel_only": "takes only cancels now",
    "post_only": "takes only post-only orders now",
    "limit_only": "takes only orders with a price now",
    "maintenance": "is in maintenance",
    "work_in_progress": "is not open yet",
}


def _closed(error: OrderRefused) -> str:
    who = "Kraken" if error.why is Refusal.SYSTEM else esc(error.instrument.symbol, 16)
    state = _STATES.get(str(error.values["status"]), "takes no such order now")
    return paragraphs("Kraken does not take this now.", f"{who} {state}. {NOTHING}")


def _gone(error: OrderRefused) -> str:
    return paragraphs(
        f"{esc(error.instrument.symbol, 16)} is not traded any more.",
        f"Kraken delisted it, or goes on with it under another name. {NOTHING}",
    )


def _no_price(error: OrderRefused) -> str:
    symbol = esc(error.instrument.symbol, 16)
    return paragraphs(f"No price of {symbol} yet.", f"{NOTHING} Ask again in a moment.")


def _old_price(error: OrderRefused) -> str:
    return paragraphs(
        f"The price is {esc(error.values['age'])} s old.",
        f"I make no order from prices older than 10 s. {NOTHING} Ask again in a moment.",
    )


def _wait(error: OrderRefused) -> str:
    return paragraphs(
        f"Kraken lets you send again in {esc(error.values['seconds'])} s.",
        f"It counts your changes on {esc(error.instrument.symbol, 16)}. {NOTHING}",
    )


def _wrong_asset(error: OrderRefused) -> str:
    pair = error.instrument
    return paragraphs(
        f"{esc(pair.symbol, 16)} is not paid in {_asset(error)}.",
        f"Say the amount in {esc(pair.base, 12)} or in {esc(pair.quote, 12)}. {NOTHING}",
    )


def _qty_step(error: OrderRefused) -> str:
    step = esc(short_quantity(_number(error, "step")))
    return paragraphs(
        f"Amount steps are {step} {esc(error.instrument.base, 12)}.",
        f"The nearest below: {esc(short_quantity(_number(error, 'nearest')))}. {NOTHING}",
    )


def _too_small(error: OrderRefused) -> str:
    pair, least = error.instrument, _number(error, "least")
    cost = money(_number(error, "cost"), pair.quote, _USUAL)
    return paragraphs(
        f"Too small for {esc(pair.symbol, 16)}.",
        f"Smallest is {esc(short_quantity(least))} {esc(pair.base, 12)} "
        f"(≈ {esc(cost)} {esc(pair.quote, 12)}). {NOTHING}",
    )


def _price_step(error: OrderRefused) -> str:
    step = esc(short_quantity(_number(error, "step")))
    return paragraphs(
        f"Price steps are {step}.", f"Nearest: {_price_of(error, 'nearest')}. {NOTHING}"
    )


def _price_far(error: OrderRefused) -> str:
    said, percent = _number(error, "price"), _number(error, "percent")
    where = "above" if percent > 0 else "below"
    meant = next((repair.value for repair in error.repairs if repair.value is not None), None)
    question = f" Did you mean {esc(short_quantity(meant))}?" if meant is not None else ""
    far = fixed(abs(percent), 0 if abs(percent) >= 10 else 2)
    return paragraphs(
        f"Price {esc(short_quantity(said), 24)} is far off.",
        f"It is {esc(far)} % {where} the market of {esc(error.instrument.symbol, 16)} "
        f"({_price_of(error, 'last')}).{question} {NOTHING}",
    )


def _triggers_now(error: OrderRefused) -> str:
    kind = "take-profit" if error.wish.take is not None else "stop"
    where = esc(error.values["where"])
    return paragraphs(
        f"This {kind} would trigger at once.",
        f"To {error.wish.side} it must lie {where} the market ({_price_of(error, 'last')}). "
        f"{NOTHING}",
    )


def _post_matches(error: OrderRefused) -> str:
    return paragraphs(f"Post-only would match at {_price_of(error)}.", NOTHING)


def _funds(error: OrderRefused) -> str:
    asset, needed = _asset(error), _sum(error, "needed")
    fee = " with fee" if error.values["asset"] == error.instrument.quote else ""
    has = f"You have {_sum(error, 'free')} {asset} free, t" if "free" in error.values else "T"
    return paragraphs(
        f"Not enough {asset}.", f"{has}his needs {needed}{fee}. {_held(error)}{NOTHING}"
    )


def _held(error: OrderRefused) -> str:
    """What stops hold of it, and what ending them means; or what other orders hold."""
    if "by_orders" in error.values:
        number = _number(error, "holders")
        orders = "1 open order" if number == 1 else f"{number} open orders"
        return f"{_sum(error, 'by_orders')} {_asset(error)} is held by {orders}. "
    if "held" not in error.values:
        return ""
    held = _number(error, "held")
    qty = esc(quantity(held, error.instrument, _USUAL))
    base, count = esc(error.instrument.base, 12), _number(error, "count")
    of = "a protective stop" if count == 1 else f"{count} protective stops"
    return (
        f"{qty} {base} is held by what protects it: {of} of this pair. To sell it, end "
        f"{'that' if count == 1 else 'those'} first; then nothing protects it until it is sold. "
    )


def _sum(error: OrderRefused, name: str) -> str:
    value, pair = _number(error, name), error.instrument
    if error.values["asset"] == pair.base:
        return esc(quantity(value, pair, _USUAL))
    return esc(money(value, pair.quote, _USUAL))


def _nothing_free(error: OrderRefused) -> str:
    verb = "pay with" if error.wish.side == "buy" else "sell"
    if held := _held(error):
        return paragraphs(f"You have no {_asset(error)} free.", f"{held}{NOTHING}")
    return paragraphs(
        f"You have no {_asset(error)} free.",
        f"There is nothing to {verb}; open orders may hold some: /orders. "
        f"What you own: /balance. {NOTHING}",
    )


def _shown(error: OrderRefused) -> str:
    least = esc(short_quantity(round(_number(error, "least"), 8)))
    most = esc(short_quantity(_number(error, "most")))
    return paragraphs(
        "The shown part does not fit.", f"It is at least {least} and below {most}. {NOTHING}"
    )


def _time(error: OrderRefused) -> str:
    return paragraphs(
        "It would end too soon or too late.",
        f"The end lies 5 seconds to 30 days ahead. {NOTHING}",
    )


def _bracket_side(error: OrderRefused) -> str:
    is_stop = error.why is Refusal.STOP_SIDE
    name, where = ("stop-loss", "below") if is_stop else ("take-profit", "above")
    return paragraphs(
        f"The {name} is on the wrong side.",
        f"It must lie {where} the price of the order ({_price_of(error, 'entry')}). {NOTHING}",
    )


def _no_value(error: OrderRefused) -> str:
    return paragraphs(
        "I cannot tell what this is worth.",
        "No pair leads from it to US dollars now, so I could not keep your limits. " + NOTHING,
    )


_REFUSALS: dict[Refusal, Callable[[OrderRefused], str]] = {
    Refusal.SYSTEM: _closed,
    Refusal.PAIR: _closed,
    Refusal.GONE: _gone,
    Refusal.NO_PRICE: _no_price,
    Refusal.OLD_PRICE: _old_price,
    Refusal.WRONG_ASSET: _wrong_asset,
    Refusal.QTY_STEP: _qty_step,
    Refusal.TOO_SMALL: _too_small,
    Refusal.PRICE_STEP: _price_step,
    Refusal.PRICE_FAR: _price_far,
    Refusal.TRIGGERS_NOW: _triggers_now,
    Refusal.POST_MATCHES: _post_matches,
    Refusal.FUNDS: _funds,
    Refusal.NOTHING_FREE: _nothing_free,
    Refusal.SHOWN: _shown,
    Refusal.TIME: _time,
    Refusal.STOP_SIDE: _bracket_side,
    Refusal.TARGET_SIDE: _bracket_side,
    Refusal.NO_VALUE: _no_value,
    Refusal.WAIT: _wait,
}


def _refused(error: OrderRefused) -> str:
    said = _REFUSALS[error.why](error)
    return said if error.mode is None else f"{badge(error.mode)} · {said}"


SENTENCES: dict[type[Exception], Callable[..., str]] = {
    Contradiction: _contradiction,
    NoSign: _no_sign,
    WhichCurrency: _which,
    OrderRefused: _refused,
}
"""By the class of the error; ``bot.core.texts.errors`` has the whole list."""


def refused_buttons(error: OrderRefused) -> tuple[Button, ...]:
    """Whole orders that would fit, and the same one again where only time is needed."""
    buttons = tuple(_repair(error, repair) for repair in error.repairs)
    if "holders" in error.values:
        buttons = (*buttons, _show(error))
    if "stops" in error.values:
        buttons = (*buttons, _end_stops(error))
    if error.why in (Refusal.NO_PRICE, Refusal.OLD_PRICE, Refusal.WAIT):
        buttons = (*buttons, _run("Preview again", error.wish.command()))
    if label := _WHEN.get(error.why):
        buttons = (*buttons, Button(label, "preview_later", {"text": error.wish.command()}))
    return buttons


_WHEN = {
    Refusal.NO_PRICE: "When it is back",
    Refusal.OLD_PRICE: "When it is back",
    Refusal.SYSTEM: "When it is open",
    Refusal.PAIR: "When it is open",
}
"""What ends by itself: the preview can come by itself then, the order never."""


def _show(error: OrderRefused) -> Button:
    """What holds the money."""
    name = str(error.values["holder"])
    if not name:
        return _run("Show orders", "/orders")
    return Button("Show order", "order", {"order": name})


def _end_stops(error: OrderRefused) -> Button:
    name, _, args = error.wish.command().removeprefix("/").partition(" ")
    payload: Payload = {
        "orders": str(error.values["stops"]),
        "mode": str(error.values["mode"]),
        "command": name,
        "args": args,
    }
    word = "End stop" if _number(error, "count") == 1 else "End stops"
    label = f"{word} + TP" if _number(error, "profits") else word
    return Button(label, "stops_end", payload, "danger")


def _repair(error: OrderRefused, repair: Repair) -> Button:
    label = repair.fix.value
    if repair.value is not None and repair.fix is Fix.PRICE:
        stop_to_limit = error.why is Refusal.TRIGGERS_NOW
        label = f"{'Limit ' if stop_to_limit else ''}{short_quantity(repair.value)}"
    elif repair.value is not None:
        label = f"Use {short_quantity(repair.value)}"
        amount = repair.wish.amount
        label += f" {amount.asset}" if amount is not None and amount.asset else ""
    return _run(label, repair.wish.command())


def _run(label: str, command: str) -> Button:
    name, _, args = command.removeprefix("/").partition(" ")
    return Button(short(label, LABEL_ALONE), "run", {"command": name, "args": args})
