"""/paper and what stands behind it: reset, fee, latency, stats, how, why."""

from collections.abc import Awaitable, Callable, Mapping

from bot.core.access import Access, allows
from bot.core.errors import NotAllowed
from bot.core.league import is_league
from bot.core.practice_args import PracticeArgs, PracticeTopic, Rates, read_practice
from bot.core.texts import paper as texts
from bot.core.texts.league import fixed_rules_page
from bot.core.trade.types import Mode
from bot.desk import orders as lists
from bot.desk import practice as desk
from bot.desk import practice_fees as fees
from bot.handlers import league, modes
from bot.handlers.ask import Ask
from kraken.core.trading import OrderName
from kraken.core.types import ClientOrderId, OrderId

_OWNERS = frozenset(
    {PracticeTopic.SWITCH, PracticeTopic.RESET, PracticeTopic.FEE, PracticeTopic.LATENCY}
)


async def paper(ask: Ask) -> None:
    """Whatever was asked of practice; bare, it is the switch."""
    args = read_practice(ask.args)
    if args.topic in _OWNERS and not allows(ask.role, Access.CHAT_OWNER, ask.chat_kind):
        raise NotAllowed(Access.CHAT_OWNER, f"/paper {args.topic}".rstrip())
    if _changes(args) and await _is_in_league(ask):
        await ask.reply(fixed_rules_page())
        return
    await _ANSWERS[args.topic](ask, args)


def _changes(args: PracticeArgs) -> bool:
    """Whether it would change what is the same for everybody in a league."""
    fee = args.topic is PracticeTopic.FEE and args.rates is not Rates.SHOWN
    return args.topic is PracticeTopic.RESET or fee or args.latency is not None


async def _is_in_league(ask: Ask) -> bool:
    return is_league((await ask.services.accounts.of(ask.chat_id, Mode.PAPER)).id)


async def take_reset(ask: Ask) -> None:
    """The confirming tap."""
    settings = await ask.services.store.chat_settings(ask.chat_id)
    ticket = str(ask.payload["ticket"])
    done = await desk.take_reset(ask.services, ask.chat_id, ask.user_id, ticket)
    await ask.edit(
        texts.reset_page(done.balances, done.open_orders, done.take_profits, "", settings)
    )


async def why(ask: Ask) -> None:
    """The button of a list or of a card."""
    await _answer_why(ask, _name(ask), in_place=False)


async def why_again(ask: Ask) -> None:
    """The same with the numbers of now."""
    await _answer_why(ask, _name(ask), in_place=True)


def _name(ask: Ask) -> OrderName:
    if "id" in ask.payload:
        return OrderName(client_id=ClientOrderId(str(ask.payload["id"])))
    return OrderName(order_id=OrderId(str(ask.payload["order"])))


async def _reset(ask: Ask, args: PracticeArgs) -> None:
    settings = await ask.services.store.chat_settings(ask.chat_id)
    asked = await desk.ask_reset(ask.services, ask.chat_id, ask.user_id, args.balances, settings)
    message = await ask.reply(
        texts.reset_page(
            asked.balances, asked.open_orders, asked.take_profits, asked.ticket, settings
        )
    )
    if asked.ticket:
        await ask.services.records.place_ticket(asked.ticket, message)


async def _fee(ask: Ask, args: PracticeArgs) -> None:
    services, chat_id = ask.services, ask.chat_id
    match args.rates:
        case Rates.SHOWN:
            account = await fees.read_fees(services, chat_id)
        case Rates.MINE:
            account = await fees.choose_key(services, chat_id)
        case _:
            account = await fees.choose_fees(services, chat_id, args.fees)
    changed = args.rates is not Rates.SHOWN
    await ask.reply(texts.fee_page(account.fees, account.key_volume, changed=changed))


async def _latency(ask: Ask, args: PracticeArgs) -> None:
    _, account = await desk.practice_of(ask.services, ask.chat_id)
    if args.latency is not None:
        await account.set_latency(args.latency)
    await ask.reply(texts.latency_page(account.latency, changed=args.latency is not None))


async def _switch(ask: Ask, args: PracticeArgs) -> None:
    practises = await ask.services.accounts.mode(ask.chat_id) is Mode.PAPER
    if practises and await _is_in_league(ask):
        await league.league(ask)  # says where it practises, and leads back
        return
    await modes.paper(ask)


async def _how(ask: Ask, args: PracticeArgs) -> None:
    await ask.reply(texts.how_page())


async def _stats(ask: Ask, args: PracticeArgs) -> None:
    settings = await ask.services.store.chat_settings(ask.chat_id)
    stats, pair = await desk.read_stats(ask.services, ask.chat_id, settings)
    await ask.reply(texts.stats_page(stats, pair, settings, ask.services.clock.now()))


async def _why(ask: Ask, args: PracticeArgs) -> None:
    chat, _ = await desk.practice_of(ask.services, ask.chat_id)
    said = args.order or await lists.order_of_reply(ask.services, chat, ask.reply_to_message_id)
    settings = await ask.services.store.chat_settings(ask.chat_id)
    if said:
        found = [o for o in await lists.find_orders(ask.services, chat, said) if o.is_open]
    else:
        found = list(await desk.open_orders(ask.services, ask.chat_id))
    if len(found) == 1:
        await _answer_why(ask, OrderName(order_id=found[0].order_id), in_place=False)
    elif said and not found:
        await ask.reply(texts.not_open_page())
    else:
        await ask.reply(texts.pick_why_page(found, settings))


async def _answer_why(ask: Ask, name: OrderName, *, in_place: bool) -> None:
    settings = await ask.services.store.chat_settings(ask.chat_id)
    found, pair = await desk.why_not(ask.services, ask.chat_id, name)
    page = texts.not_open_page()
    if found is not None:
        unknown = await desk.unknown_times(ask.services, ask.chat_id, found.order)
        page = texts.why_page(found, pair, settings, ask.services.clock.now(), unknown)
    await (ask.edit(page) if in_place else ask.reply(page))


_ANSWERS: Mapping[PracticeTopic, Callable[[Ask, PracticeArgs], Awaitable[None]]] = {
    PracticeTopic.SWITCH: _switch,
    PracticeTopic.RESET: _reset,
    PracticeTopic.FEE: _fee,
    PracticeTopic.LATENCY: _latency,
    PracticeTopic.STATS: _stats,
    PracticeTopic.HOW: _how,
    PracticeTopic.WHY: _why,
}
