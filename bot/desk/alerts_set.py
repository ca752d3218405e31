"""Setting an alert: what was typed, made complete with the market as it is now."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

from bot.core.access import Access, allows
from bot.core.alerts.marks import is_true
from bot.core.alerts.own import is_past
from bot.core.alerts.syntax import AlertArgs, CannotWatch
from bot.core.alerts.words import Alert, Condition, Kind, Op, Progress, Source, Wish
from bot.core.errors import BadArgument, NotReady
from bot.core.quotes import Quote
from bot.core.settings import ChatSettings
from bot.core.texts import alert_own as own_texts
from bot.core.texts.alerts import Listed
from bot.core.trade.types import Mode
from bot.desk.alerts_own import earned
from bot.desk.prices import find_pair, known_pair, read_quotes
from bot.desk.services import Services
from kraken.core.holdings import Balance
from kraken.core.trading import EXACT
from kraken.core.types import Asset, Instrument, InstrumentStatus, Interval, Symbol, Ticker

_DAY = 86400
_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class AlreadyTrue:
    """It is true now, so it is asked what is meant."""

    instrument: Instrument | None
    """None where it is about no pair."""
    condition: Condition
    price: Decimal
    """Or the amount."""


async def market_of(
    services: Services, settings: ChatSettings, pair: str | None
) -> tuple[Instrument, Decimal | None]:
    """The pair that is meant, and its last price if it is known."""
    instrument = find_pair(services, settings, pair)
    (quote,) = await read_quotes(services, [instrument])
    return instrument, quote.ticker.last if quote.ticker is not None else None


async def set_alert(
    services: Services,
    chat_id: int,
    user_id: int,
    args: AlertArgs,
    settings: ChatSettings,
    *,
    when_true: bool = False,
) -> Listed | AlreadyTrue:
    """Watch for it; with ``when_true`` also if it is true now, and then from its return on.

    Raises:
        NotReady: the price is not known now, so that it cannot be said which way counts.
        TooManyAlerts: the chat has as many as it may.
        UnknownInstrument, NotSent: as every question for a pair.
        CannotWatch, NotConnected: it is about something that this chat does not have.
        BadArgument: there is no such asset.
    """
    assert args.wish is not None, "something is asked for"
    if args.wish.is_own:
        return await _set_own(services, chat_id, user_id, args.wish, settings, when_true=when_true)
    instrument = find_pair(services, settings, args.pair)
    if instrument.status is InstrumentStatus.DELISTED:
        raise CannotWatch("pair", str(instrument.symbol))
    (quote,) = await read_quotes(services, [instrument])
    wish, progress = args.wish, Progress(armed=None)
    if _needs_price(wish):
        ticker = _fresh(quote)
        price = price_of(ticker, wish.conditions[0])
        condition = _complete(wish.conditions[0], price, instrument)
        if is_true(condition, price) and not when_true:
            return AlreadyTrue(instrument, condition, price)
        wish = replace(wish, conditions=(condition,))
        base = await _base(services, instrument, condition, price)
        armed = not is_true(condition, price) and price != condition.value
        progress = Progress(armed=armed, above=price > condition.value, base=base)
    alert = await services.alerts.add(chat_id, user_id, instrument.symbol, wish, progress)
    return Listed(alert, instrument, quote.ticker.last if quote.ticker else None)


async def _set_own(
    services: Services,
    chat_id: int,
    user_id: int,
    wish: Wish,
    settings: ChatSettings,
    *,
    when_true: bool,
) -> Listed | AlreadyTrue:
    """The same for what is about an account or the bot."""
    condition, value, known = await _own_condition(services, chat_id, wish, settings)
    if value is not None and is_past(condition, value) and not when_true:
        return AlreadyTrue(None, condition, value)
    armed = None if value is None else not is_past(condition, value)
    wish = replace(wish, conditions=(condition,))
    progress = Progress(armed=armed)
    alert = await services.alerts.add(chat_id, user_id, Symbol(""), wish, progress)
    return Listed(alert, None, None, known)


async def _own_condition(
    services: Services, chat_id: int, wish: Wish, settings: ChatSettings
) -> tuple[Condition, Decimal | None, str]:
    """The whole condition, where it stands now, and the same in words."""
    condition = wish.conditions[0]
    if condition.kind is Kind.FEED:
        return condition, None, ""
    if condition.kind is Kind.KEY:
        key = await services.keyring.record_of(chat_id)
        if key is None:
            raise CannotWatch("key")
        end = key.valid_until
        known = own_texts.ENDLESS_KEY if end is None else own_texts.key_said(end, key.tail)
        return replace(condition, mode=Mode.LIVE.value), None, known
    mode = await services.accounts.mode(chat_id)
    if condition.kind is Kind.DEPOSIT and mode is Mode.PAPER:
        raise CannotWatch("deposit")
    chat = await services.accounts.of(chat_id, mode)
    condition = replace(condition, mode=mode.value)
    if condition.kind in (Kind.FILL, Kind.PROFIT):
        condition = replace(condition, right=condition.right or settings.currency)
    if condition.kind is Kind.BALANCE:
        balances = await chat.account.balances()
        _check_asset(services, condition.left, "asset", "/alert eur < 100", balances)
        total = balances.get(Asset(condition.left), Balance(Decimal(0))).total
        return condition, total, own_texts.balance_known(condition, total, settings)
    _check_asset(services, condition.right, "currency", "/alert fill big 500eur")
    if condition.kind is Kind.PROFIT:
        value = await earned(services, chat, condition, services.clock.now())
        return condition, value, f"{own_texts.profit_said(condition, value, settings)}."
    return condition, None, ""


def _check_asset(
    services: Services, name: str, what: str, example: str, owned: Collection[Asset] = ()
) -> None:
    """Raises BadArgument if neither is it traded nor owned."""
    pairs = services.market.instruments()
    known = {str(pair.base) for pair in pairs} | {str(pair.quote) for pair in pairs}
    if name and name not in known and Asset(name) not in owned:
        raise BadArgument(what, name, example)


async def chat_called(services: Services, user_id: int, name: str) -> tuple[int, str]:
    """The chat that somebody means by ``@name``: their own, or a group in which they trade.

    Raises:
        BadArgument: there is none; says which there are.
    """
    if name.casefold() == "me":
        return user_id, "your private chat"
    groups = await services.safety.open_groups()
    mine = {
        chat_id: title
        for chat_id, title in groups.items()
        if allows(await services.safety.role(user_id, chat_id), Access.TRADER)
    }
    found = [each for each, title in mine.items() if _plain(title) == _plain(name)]
    if len(found) != 1:
        hint = ", ".join(("@me", *(f"@{_plain(title)}" for title in mine.values())))
        raise BadArgument("chat", f"@{name}", "/alert btc > 65000 @me", hint=hint)
    return found[0], mine[found[0]]


def _plain(title: str) -> str:
    """A title as it can be typed in one word."""
    return "".join(char for char in title.casefold() if char.isalnum())


async def listed(
    services: Services, settings: ChatSettings, alerts: Sequence[Alert]
) -> list[Listed]:
    """Alerts with the prices that they wait for."""
    pairs = {alert.symbol: known_pair(services, settings, alert.symbol) for alert in alerts}
    known = [pair for pair in pairs.values() if pair is not None]
    quotes = await read_quotes(services, known) if known else []
    last = {q.instrument.symbol: q.ticker.last for q in quotes if q.ticker is not None}
    return [Listed(each, pairs[each.symbol], last.get(each.symbol)) for each in alerts]


def price_of(ticker: Ticker, condition: Condition) -> Decimal:
    """The price that a condition looks at."""
    if condition.source is Source.BID:
        return ticker.bid
    return ticker.ask if condition.source is Source.ASK else ticker.last


def _needs_price(wish: Wish) -> bool:
    first = wish.conditions[0]
    return wish.is_level or (first.kind is Kind.MOVE and not first.seconds)


def _fresh(quote: Quote) -> Ticker:
    if quote.ticker is None or quote.is_old:
        raise NotReady(f"the {quote.instrument.symbol} price")
    return quote.ticker


def _complete(condition: Condition, price: Decimal, instrument: Instrument) -> Condition:
    """A move from now is a price."""
    if condition.kind is not Kind.MOVE:
        return condition
    sign = 1 if condition.op is Op.ABOVE else -1
    factor = EXACT.add(_HUNDRED, EXACT.multiply(condition.value, Decimal(sign)))
    exact = EXACT.divide(EXACT.multiply(price, factor), _HUNDRED)
    ticks = EXACT.divide(exact, instrument.tick_size).to_integral_value(ROUND_HALF_UP)
    level = EXACT.multiply(max(ticks, Decimal(1)), instrument.tick_size)
    return Condition(Kind.PRICE, condition.op, level, percent=condition.value)


async def _base(
    services: Services, instrument: Instrument, condition: Condition, price: Decimal
) -> Decimal | None:
    """What steps and new highs are measured from."""
    if condition.kind is Kind.STEP:
        return price
    if condition.kind is not Kind.EXTREME:
        return None
    days = condition.seconds // _DAY
    rows = await services.market.history(instrument.symbol, Interval.D1, days + 1)
    since = services.clock.now() - timedelta(days=days + 1)
    rows = [row for row in rows if row.begin >= since]
    if condition.op is Op.ABOVE:
        return EXACT.add(max([price, *(row.high for row in rows)]), instrument.tick_size)
    return EXACT.subtract(min([price, *(row.low for row in rows)]), instrument.tick_size)
