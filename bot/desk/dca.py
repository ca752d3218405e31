"""Recurring buys: what one would come to, before it is confirmed."""

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from bot.core.errors import BadArgument
from bot.core.plans.args import DCA_EXAMPLE, DcaArgs
from bot.core.plans.panel import DcaPanel
from bot.core.plans.types import MOST_DCA, Draft, OrderPlan, PlanKind
from bot.core.settings import ChatSettings
from bot.core.slots import Slot, count_between, next_slots
from bot.core.texts.plans import Forecast
from bot.core.trade.preview import Preview, priced
from bot.core.trade.refusals import OrderRefused, Refusal
from bot.core.trade.request import request_of
from bot.core.trade.wish import Amount, AmountKind, OrderWish, PriceWord
from bot.desk.doors import ChatAccount
from bot.desk.forbidding import check_allowed
from bot.desk.patience import patiently
from bot.desk.plans import check_room, taken_slots, zone_of
from bot.desk.preview import order_pair, own_fees, read_situation, value_of
from bot.desk.prices import find_pair, first_values
from bot.desk.services import Services
from bot.desk.tickets import Person, intent_of
from kraken.core.rules import round_price
from kraken.core.trading import EXACT, TimeInForce
from kraken.core.types import Instrument, Side

_MONTH = timedelta(days=30)
_YEAR = timedelta(days=365)
_SHOWN = 3
_FIRST_AMOUNT = Decimal(25)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A recurring buy that waits for its confirmation."""

    draft: Draft
    forecast: Forecast


async def propose(
    services: Services, chat_id: int, user_id: int, args: DcaArgs, *, replaces: int | None = None
) -> Proposal:
    """Price one run and look ahead.

    Raises:
        BadArgument: the amount is below the exchange's least, or in another currency.
        LimitReached: one run is more than a limit allows, or there are too many plans.
        UnknownInstrument, OrderRefused, KrakenError: as for any order.
    """
    if replaces is None:
        await check_room(services, chat_id, PlanKind.DCA, MOST_DCA)
    await services.market.ready()
    settings = await services.store.chat_settings(chat_id)
    chat = await services.accounts.of(chat_id)
    wish = _wish(args)
    pair = order_pair(services, settings, wish)
    if args.amount.asset != str(pair.quote):
        raise BadArgument(
            "amount",
            args.amount.text(),
            DCA_EXAMPLE,
            hint=f"25{pair.quote.lower()}, in {pair.quote}",
        )
    wish = replace(wish, pair=str(pair.symbol))
    preview = await _priced(services, settings, chat, wish, pair)
    value = await value_of(services, preview)
    await check_allowed(services, preview, intent_of(preview, value, Person(chat_id, user_id, 0)))
    body = OrderPlan(
        wish=wish,
        account=chat.id,
        mode=chat.mode,
        highest=args.highest,
        dip=args.dip,
        factor=args.factor,
        then_market=args.then_market,
        stop_after=args.stop_after,
        missed=args.missed,
    )
    zone = zone_of(args.when.zone)
    taken = await taken_slots(services, replaces)
    slots = next_slots(args.when.cadence, zone, services.clock.now(), _SHOWN, taken)
    draft = Draft(
        chat_id, user_id, PlanKind.DCA, body, args.when.cadence, args.when.zone, slots[0]
    )
    return Proposal(draft, await _forecast(services, chat, draft, preview, slots))


def _wish(args: DcaArgs) -> OrderWish:
    wish = OrderWish(Side.BUY, pair=args.pair, amount=args.amount, price=PriceWord.MARKET)
    if args.limit is None:
        return wish
    # The order itself knows when it ends: nobody has to be there to end it.
    return replace(wish, price=args.limit, time_in_force=TimeInForce.GTD, lasts=args.wait)


async def _priced(
    services: Services,
    settings: ChatSettings,
    chat: ChatAccount,
    wish: OrderWish,
    pair: Instrument,
) -> Preview:
    """One run at the prices of now; whether there is money for it is another question."""
    fees = await own_fees(services, chat, pair)
    situation = await read_situation(services, settings, chat, pair, fees)
    try:
        return priced(request_of(wish, situation), wish, situation)
    except OrderRefused as error:
        said = wish.amount.text() if wish.amount else ""
        if error.why is Refusal.WRONG_ASSET:
            raise BadArgument("amount", said, DCA_EXAMPLE, hint=_in_quote(pair, wish)) from error
        if error.why is not Refusal.TOO_SMALL:
            raise
        price = situation.last or Decimal(0)
        least = max(EXACT.multiply(pair.min_qty, price), pair.min_cost or Decimal(0))
        # A little more, because the price moves and the amount stays.
        enough = round_price(pair, EXACT.multiply(least, Decimal("1.2")), Side.SELL)
        hint = f"{int(enough) + 1}{pair.quote.lower()} or more; the least is {least:.2f}"
        raise BadArgument("amount", said, DCA_EXAMPLE, hint=hint) from error


def first_panel(services: Services, settings: ChatSettings) -> DcaPanel:
    """Where the panel begins: the chat's pair and its first preset."""
    pair = find_pair(services, settings, None)
    amount = settings.presets[0] if settings.presets else _FIRST_AMOUNT
    return DcaPanel(f"{amount.normalize():f}", str(pair.symbol))


def panel_wish(panel: DcaPanel) -> OrderWish:
    """One run of what the panel shows."""
    quote = panel.pair.rpartition("/")[2]
    amount = Amount(AmountKind.NAMED, Decimal(panel.amount), quote)
    return OrderWish(Side.BUY, pair=panel.pair, amount=amount, price=PriceWord.MARKET)


async def last_price(services: Services, pair: Instrument) -> Decimal:
    """The last trade; zero when there is no price yet."""
    async with services.market.ticker(pair.symbol) as watch:
        await first_values([watch], services.patience)
        return watch.value.last if watch.value is not None else Decimal(0)


def _in_quote(pair: Instrument, wish: OrderWish) -> str:
    number = f"{wish.amount.value:f}" if wish.amount else "25"
    return f"{number}{pair.quote.lower()}, in {pair.quote}"


async def _forecast(
    services: Services, chat: ChatAccount, draft: Draft, preview: Preview, slots: list[Slot]
) -> Forecast:
    body, pair = draft.body, preview.instrument
    assert isinstance(body, OrderPlan), "a recurring buy is one"
    now, zone = services.clock.now(), zone_of(draft.zone)
    runs = count_between(draft.cadence, zone, now, now + _MONTH)
    if body.stop_after is not None:
        runs = min(runs, body.stop_after)
    balances = await patiently(services, chat.account.balances)
    found = balances.get(pair.quote)
    free = found.available if found else Decimal(0)
    month = EXACT.multiply(preview.total, Decimal(runs))
    return Forecast(
        instrument=pair,
        cost=preview.total,
        fee=preview.fee,
        month=month,
        highest_month=EXACT.multiply(month, body.factor),
        free=free,
        lasts=_lasts(draft, free, preview.total, services),
        slots=slots,
        market=preview.best,
    )


def _lasts(draft: Draft, free: Decimal, cost: Decimal, services: Services) -> timedelta | None:
    """Until the first run that is not paid for."""
    affordable = int(EXACT.divide(free, cost)) if cost else 0
    body, now, zone = draft.body, services.clock.now(), zone_of(draft.zone)
    assert isinstance(body, OrderPlan), "a recurring buy is one"
    if not affordable:
        return timedelta()
    if body.stop_after is not None and affordable >= body.stop_after:
        return None
    if count_between(draft.cadence, zone, now, now + _YEAR) <= affordable:
        return None
    return next_slots(draft.cadence, zone, now, affordable + 1)[-1].at - now
