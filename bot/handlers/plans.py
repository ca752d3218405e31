"""/dca and /schedule: what the bot does at a time, after one confirmation."""

from bot.core.access import Access, allows
from bot.core.args import words
from bot.core.errors import BadArgument
from bot.core.page import Page
from bot.core.plans.args import (
    AUTO_EXAMPLE,
    PlanAction,
    ScheduleArgs,
    read_action,
    read_dca,
    read_schedule,
)
from bot.core.plans.misfit import NotScheduled
from bot.core.plans.types import (
    MOST_PLANS,
    TRADES,
    USABLE,
    CommandPlan,
    Draft,
    OrderPlan,
    Plan,
    PlanKind,
    is_usable,
)
from bot.core.plans.when import cadence_text
from bot.core.plans.words import edited
from bot.core.settings import ChatSettings
from bot.core.slots import next_slots
from bot.core.talk import Meaning, understand
from bot.core.texts import plans as texts
from bot.core.texts import plans_told as told
from bot.core.texts.preview import forwarded_page
from bot.core.trade.syntax import read_order
from bot.core.trade.wish import OrderWish
from bot.desk import dca as buying
from bot.desk import plans as desk
from bot.desk.doors import ChatAccount
from bot.desk.preview import make_preview, order_pair
from bot.desk.prices import find_pairs
from bot.handlers import plan_panel
from bot.handlers.ask import Ask
from bot.handlers.command import Handler
from kraken.core.types import Side

_DATES = 3
_SHORT_NAMES = {"b": "buy", "s": "sell", "p": "price", "bal": "balance"}


async def dca(ask: Ask) -> None:
    """A recurring buy, or something about a plan."""
    action = read_action(ask.args, "dca")
    if not ask.args.strip():
        await plan_panel.open_panel(ask)
    elif action is not None:
        await _act(ask, action)
    else:
        await _propose(ask, ask.args, None)


async def schedule(ask: Ask) -> None:
    """Commands at a time, or something about a plan."""
    action = read_action(ask.args, "schedule")
    if action is not None:
        await _act(ask, action)
    else:
        await _plan_commands(ask, ask.args, None)


async def _plan_commands(ask: Ask, text: str, plan: Plan | None) -> None:
    settings = await ask.services.store.chat_settings(ask.chat_id)
    args = read_schedule(text, settings.time_zone, ask.now)
    if plan is None:
        await desk.check_room(ask.services, ask.chat_id, PlanKind.COMMAND, MOST_PLANS)
    elif args.approved != (plan.kind is PlanKind.ORDER):
        raise BadArgument("option", "auto", edited(plan), hint=f"/schedule stop {plan.number}")
    replaces = plan.id if plan is not None else None
    making = _approve if args.approved else _schedule
    await ask.reply(await making(ask, args, replaces))


def before(other: Handler) -> Handler:
    """Free text that says what is to be done again and again: a plan to confirm."""

    async def free_text(ask: Ask) -> None:
        understood = understand(ask.text)
        may = ask.chat_kind == "private" and allows(ask.role, Access.TRADER, "private")
        if understood.meaning is not Meaning.PLAN or not may or ask.reply_to_message_id:
            await other(ask)
        elif ask.forwarded:
            await ask.reply(forwarded_page(f"/{understood.name} {understood.rest}"))
        elif understood.name == "dca":
            await _propose(ask, understood.rest, None)
        else:
            await _plan_commands(ask, understood.rest, None)

    return free_text


async def preview_panel(ask: Ask) -> None:
    """What the panel shows, as a plan to confirm."""
    await _propose(ask, str(ask.payload["text"]), None)


async def confirm(ask: Ask) -> None:
    """The one tap: the plan is on."""
    kept = await desk.confirm(ask.services, ask.chat_id, ask.user_id, str(ask.payload["ticket"]))
    await ask.edit(texts.made_page(kept.plan, ask.now, changed=kept.is_changed))


async def put_away(ask: Ask) -> None:
    """The plan is not wanted."""
    await desk.drop(ask.services, str(ask.payload["ticket"]))
    await ask.edit(texts.dropped_page())


async def turn_plans(ask: Ask) -> None:
    """The list, as it is now."""
    await ask.edit(await _list(ask))


async def tap_act(ask: Ask) -> None:
    """Pause, go on, end, or figures."""
    number = int(ask.payload["plan"])
    plan = await desk.find(ask.services, ask.chat_id, number)
    await ask.edit(await _acted(ask, plan, str(ask.payload["act"])))


async def answer_missed(ask: Ask) -> None:
    """A missed slot is made up for, or left out."""
    buys = str(ask.payload["act"]) == "buy"
    plan = await desk.answer_missed(
        ask.services, ask.chat_id, int(ask.payload["plan"]), str(ask.payload["slot"]), buys=buys
    )
    await ask.edit(told.answered_page(plan, buys=buys))


async def _act(ask: Ask, action: PlanAction) -> None:
    if action.name == "list":
        await ask.reply(await _list(ask))
        return
    plan = await desk.find(ask.services, ask.chat_id, action.number)
    if action.name == "edit" and action.rest:
        await _change(ask, action.rest, plan)
        return
    await ask.reply(await _acted(ask, plan, action.name))


async def _change(ask: Ask, text: str, plan: Plan) -> None:
    """Another plan in place of this one, once it is confirmed."""
    if plan.kind is PlanKind.DCA:
        await _propose(ask, text, plan)
    elif plan.kind is PlanKind.SLICES:
        raise BadArgument("plan", f"#{plan.number}", f"/dca stop {plan.number}", hint="stop")
    else:
        await _plan_commands(ask, text, plan)


async def _acted(ask: Ask, plan: Plan, name: str) -> Page:
    if name == "stats":
        return await _stats(ask, plan)
    if name == "edit" and plan.kind is not PlanKind.SLICES:
        return texts.edit_page(plan)
    if plan.kind is PlanKind.SLICES and name != "stop":
        raise BadArgument("plan", f"#{plan.number}", f"/dca stop {plan.number}", hint="stop")
    changed = await desk.act(ask.services, plan, name)
    return texts.acted_page(changed, name, ask.now)


async def _stats(ask: Ask, plan: Plan) -> Page:
    if not isinstance(plan.body, OrderPlan):
        raise BadArgument("plan", f"#{plan.number}", "/dca stats 1", hint="a recurring buy")
    services = ask.services
    settings = await services.store.chat_settings(ask.chat_id)
    await services.market.ready()
    pair = services.market.instrument(plan.body.wish.pair)
    _, total = await services.plans.total_of(plan.id)
    runs = await services.plans.runs_of(plan.id)
    last = await buying.last_price(services, pair)
    return told.stats_page(plan, runs, total, last, pair, settings)


async def _list(ask: Ask) -> Page:
    return texts.plans_page(await ask.services.plans.plans_of(ask.chat_id), ask.now)


async def _propose(ask: Ask, text: str, plan: Plan | None) -> None:
    settings = await ask.services.store.chat_settings(ask.chat_id)
    args = read_dca(text, settings.time_zone, ask.now)
    replaces = plan.id if plan is not None else None
    made = await buying.propose(ask.services, ask.chat_id, ask.user_id, args, replaces=replaces)
    ticket = await desk.open_ticket(ask.services, made.draft, replaces=replaces)
    body, draft = made.draft.body, made.draft
    assert isinstance(body, OrderPlan), "a recurring buy is one"
    when = cadence_text(draft.cadence, desk.zone_of(draft.zone))
    dates = desk.dates_of(list(made.forecast.slots), draft.zone, ask.now)
    await ask.reply(
        texts.forecast_page(body, when, draft.zone, made.forecast, ticket, settings, dates)
    )


async def _schedule(ask: Ask, args: ScheduleArgs, replaces: int | None) -> Page:
    commands = tuple(_usable(command) for command in args.commands)
    draft = _draft(ask, args, PlanKind.COMMAND, CommandPlan(commands))
    settings = await ask.services.store.chat_settings(ask.chat_id)
    for command in commands:
        await _check(ask, command, settings)
    ticket = await desk.open_ticket(ask.services, draft, replaces=replaces)
    dates = desk.dates_of(desk.slots_of(draft, ask.now), draft.zone, ask.now)
    when = cadence_text(draft.cadence, desk.zone_of(draft.zone))
    mode = None
    if any(command.removeprefix("/").partition(" ")[0] in TRADES for command in commands):
        mode = (await ask.services.accounts.of(ask.chat_id)).mode
    return texts.schedule_page(commands, when, draft.zone, dates, ticket, mode)


async def _check(ask: Ask, command: str, settings: ChatSettings) -> None:
    """A mistake is told now, not at its time.

    Raises:
        BadArgument, UnknownInstrument: as when it is typed.
    """
    name, _, rest = command.removeprefix("/").partition(" ")
    if name in TRADES:
        await ask.services.market.ready()
        order_pair(ask.services, settings, read_order(Side(name), rest, settings.zone))
    elif name in ("price", "ticker"):
        await ask.services.market.ready()
        find_pairs(ask.services, settings, words(rest))


async def _approve(ask: Ask, args: ScheduleArgs, replaces: int | None) -> Page:
    """An order that is sent at its time: it has an amount, a price and an end to that price."""
    services = ask.services
    name, _, rest = args.commands[0].removeprefix("/").partition(" ")
    name = _SHORT_NAMES.get(name.lower(), name.lower())
    if len(args.commands) > 1 or name not in TRADES:
        raise BadArgument("command", args.commands[0], AUTO_EXAMPLE, hint="one /buy or /sell")
    settings = await services.store.chat_settings(ask.chat_id)
    wish = read_order(Side(name), rest, settings.zone)
    collar = args.highest if wish.side is Side.BUY else args.lowest
    if collar is None:
        option = "max=70000" if wish.side is Side.BUY else "min=50000"
        raise BadArgument("price", "", AUTO_EXAMPLE, hint=option)
    if wish.amount is None or wish.misses_price:
        raise BadArgument("amount", rest, AUTO_EXAMPLE, hint="50usd btc market")
    chat = await services.accounts.of(ask.chat_id)
    await services.market.ready()
    preview, _ = await make_preview(services, settings, chat, wish)
    body = _order_plan(args, preview.wish, chat)
    draft = _draft(ask, args, PlanKind.ORDER, body)
    ticket = await desk.open_ticket(services, draft, replaces=replaces)
    dates = desk.dates_of(desk.slots_of(draft, ask.now), draft.zone, ask.now)
    when = cadence_text(draft.cadence, desk.zone_of(draft.zone))
    return texts.approved_page(body, when, draft.zone, dates, ticket, preview.instrument, settings)


def _order_plan(args: ScheduleArgs, wish: OrderWish, chat: ChatAccount) -> OrderPlan:
    return OrderPlan(
        wish=wish,
        account=chat.id,
        mode=chat.mode,
        highest=args.highest,
        lowest=args.lowest,
    )


def _draft(ask: Ask, args: ScheduleArgs, kind: PlanKind, body: CommandPlan | OrderPlan) -> Draft:
    zone = desk.zone_of(args.when.zone)
    slots = next_slots(args.when.cadence, zone, ask.now, _DATES)
    return Draft(ask.chat_id, ask.user_id, kind, body, args.when.cadence, args.when.zone, slots[0])


def _usable(command: str) -> str:
    """The command with its full name.

    Raises:
        NotScheduled: it is not run at a time.
    """
    name, _, rest = command.removeprefix("/").partition(" ")
    name = _SHORT_NAMES.get(name.lower(), name.lower())
    if not is_usable(name, rest):
        raise NotScheduled(f"/{name}", tuple(sorted(USABLE)))
    return f"/{name} {rest}".strip()
