"""/buy and /sell: words become a preview, and only a tap on that becomes an order."""

from datetime import timedelta

from bot.core.access import Access, allows
from bot.core.errors import Expired
from bot.core.page import Page
from bot.core.settings import ChatSettings
from bot.core.talk import Meaning, understand
from bot.core.texts.errors import error_page
from bot.core.texts.express import sending_page, with_express
from bot.core.texts.later import wait_page
from bot.core.texts.panel import NO_AMOUNT
from bot.core.texts.plans import parts_page
from bot.core.texts.preview import (
    FINISHED,
    NOT_YOURS,
    YOUR_OWN,
    ask_part_page,
    ask_price_page,
    cancelled_page,
    checked_page,
    expired_page,
    forwarded_page,
    late_page,
    not_sent_page,
    preview_page,
    proposed_page,
    renewed_because,
    second_page,
    superseded_page,
    unanswered_page,
)
from bot.core.trade.preview import Preview
from bot.core.trade.syntax import plain_words, read_order
from bot.core.trade.wish import OrderWish
from bot.desk import slices
from bot.desk.express import Leave, leave_of, ticket_at_once
from bot.desk.outcomes import (
    Doubted,
    Misfit,
    Open,
    Outcome,
    Overdue,
    Proposed,
    Refused,
    Renewal,
    Renewed,
    Sent,
    Waits,
)
from bot.desk.panel import keep_question, overtake, reply_to, wish_of
from bot.desk.plans import open_ticket as open_plan_ticket
from bot.desk.preview import Fees, make_preview, moved_since
from bot.desk.prices import find_pair
from bot.desk.tickets import SECOND, Person, confirm, drop, open_ticket, place_on
from bot.handlers.ask import Ask
from bot.handlers.command import Handler
from bot.handlers.panel import edit_panel, open_panel, wish_of_button
from bot.handlers.retold import is_typed
from kraken.core.types import Side

LATE = timedelta(seconds=30)
"""A command about money that was sent longer ago is not run."""
_REFUSED = {
    Refused.FINISHED: FINISHED,
    Refused.NOT_YOURS: NOT_YOURS,
    Refused.YOUR_OWN: YOUR_OWN,
}


async def buy(ask: Ask) -> None:
    """A preview, a question, or the panel."""
    await _asked(ask, Side.BUY, ask.args, typed=is_typed(ask))


async def sell(ask: Ask) -> None:
    """The same for the other side."""
    await _asked(ask, Side.SELL, ask.args, typed=is_typed(ask))


def before(other: Handler) -> Handler:
    """A trader's free text in private that is about an order is taken here, the rest there."""

    async def free_text(ask: Ask) -> None:
        may = ask.chat_kind == "private" and allows(ask.role, Access.TRADER, "private")
        if not may or not (await _is_reply(ask) or await _is_order(ask)):
            await other(ask)

    return free_text


async def _is_order(ask: Ask) -> bool:
    """Words without a slash that read like an order: they open a preview and nothing more."""
    understood = understand(ask.text)
    if understood.meaning is not Meaning.ORDER:
        return False
    side, words = Side(understood.name), plain_words(understood.rest)
    if ask.forwarded:
        await ask.reply(forwarded_page(f"/{side.value} {words}"))
    else:
        await _asked(ask, side, words)
    return True


async def _is_reply(ask: Ask) -> bool:
    """A reply to a card, a panel or a question about a part; False if it is about no order."""
    if ask.reply_to_message_id is None or ask.forwarded:
        return False
    replied = await reply_to(
        ask.services, ask.chat_id, ask.user_id, ask.reply_to_message_id, ask.text
    )
    if replied is None:
        return False
    if ask.now - ask.sent_at > LATE:
        await _late(ask, replied.wish)
    elif replied.panel is not None:
        await edit_panel(ask, replied.wish, replied.panel)
    else:
        settings = await _settings(ask)
        find_pair(ask.services, settings, replied.wish.pair)  # the card stays where this raises
        if await overtake(ask.services, replied, _person(ask)) and replied.card is not None:
            await ask.edit(superseded_page(replied.wish), replied.card)
        await show(ask, replied.wish, settings)
    return True


async def again(ask: Ask) -> None:
    """A new preview in place of a card that is finished."""
    settings = await _settings(ask)
    await show(ask, wish_of_button(ask, settings), settings, ask.message_id)


async def send(ask: Ask) -> None:
    """The one tap: the order goes out if it is still what was shown."""
    outcome = await confirm(ask.services, str(ask.payload["ticket"]), _person(ask, tapped=True))
    await tell(ask, outcome)


async def put_away(ask: Ask) -> None:
    """The card is not wanted any more."""
    dropped = await drop(ask.services, str(ask.payload["ticket"]), _person(ask, tapped=True))
    if isinstance(dropped, Refused):
        await ask.toast(_REFUSED[dropped])
    else:
        await ask.edit(cancelled_page(dropped))


async def change(ask: Ask) -> None:
    """Ask for one part of the order; the reply changes it."""
    part, ticket_id = str(ask.payload["part"]), str(ask.payload["ticket"])
    ticket = await ask.services.records.ticket(ticket_id)
    if ticket is None:
        raise Expired
    if ticket.user_id != ask.user_id:
        await ask.toast(NOT_YOURS)
        return
    wish = wish_of(ticket)
    question = await ask.reply(ask_part_page(part, wish, await _settings(ask)))
    person = Person(ask.chat_id, ask.user_id, question)
    await keep_question(ask.services, person, wish, part, ticket_id)


async def _asked(ask: Ask, side: Side, words: str, *, typed: bool = False) -> None:
    settings = await _settings(ask)
    wish = read_order(side, words, settings.zone)
    if ask.now - ask.sent_at > LATE:
        await _late(ask, wish)
    else:
        await show(ask, wish, settings, typed=typed)


async def _late(ask: Ask, wish: OrderWish) -> None:
    settings = await _settings(ask)
    moved = await moved_since(ask.services, settings, wish, ask.sent_at)
    await ask.reply(late_page(wish.command(), ask.now - ask.sent_at, moved))


async def show(
    ask: Ask,
    wish: OrderWish,
    settings: ChatSettings,
    message_id: int | None = None,
    *,
    typed: bool = False,
) -> None:
    """The next step of an order: the panel, the question for a price, the check, the preview."""
    if wish.amount is None:
        await open_panel(ask, wish)
        return
    chat = await ask.services.accounts.of(ask.chat_id)
    if wish.misses_price:
        await ask.reply(ask_price_page(wish, chat.mode))
        return
    if wish.is_in_parts:
        parts = await slices.propose(ask.services, chat, settings, ask.user_id, wish)
        token = await open_plan_ticket(ask.services, parts.draft)
        await ask.reply(parts_page(parts.draft, parts.whole, token, settings))
        return
    preview, fees = await make_preview(ask.services, settings, chat, wish, at_once=False)
    if wish.check:
        await chat.account.check(preview.request)
        await ask.reply(checked_page(preview, settings))
        return
    private = ask.chat_kind == "private"
    person = Person(ask.chat_id, ask.user_id, message_id or 0)
    leave = await leave_of(ask.services, settings, preview, person, private=private)
    if typed and leave is not None and await _send_at_once(ask, preview, fees, leave):
        return
    ticket = await open_ticket(ask.services, preview, person, fees)
    page = preview_page(preview, ticket.id, settings, private=private)
    if leave is not None and leave.express is not None:
        page = with_express(page, leave.express, leave.held if typed else None, settings)
    if message_id is None:
        shown = await ask.reply(page)
        await place_on(ask.services, ticket, shown, preview.wish)
    else:
        await ask.edit(page, message_id)


async def _send_at_once(ask: Ask, preview: Preview, fees: Fees, leave: Leave) -> bool:
    """Tap in the person's place, with all that a tap looks at; False if it is to be previewed."""
    if leave.held is not None:
        return False
    services, message = ask.services, ask.message_id
    ticket = await ticket_at_once(services, preview, fees, _person(ask), leave, message)
    if ticket is None:
        return False
    card = await ask.reply(sending_page(preview.mode, preview.wish))
    await place_on(services, ticket, card, preview.wish)
    outcome = await confirm(services, ticket.id, Person(ask.chat_id, ask.user_id, card))
    await tell(ask, outcome, card)
    return True


async def preview_panel(ask: Ask) -> None:
    """The preview instead of the panel that it was made with."""
    settings = await _settings(ask)
    wish = wish_of_button(ask, settings)
    if wish.amount is None:
        await ask.toast(NO_AMOUNT)
    else:
        await show(ask, wish, settings, ask.message_id)


async def tell(ask: Ask, outcome: Outcome, card: int | None = None) -> None:
    """What became of a tap, on its own card or the one that is named."""
    if isinstance(outcome, Refused):
        await ask.toast(_REFUSED[outcome])
    elif not isinstance(outcome, Sent):  # then the card follows the order from here on
        await ask.edit(_page_of(ask, outcome, await _settings(ask)), card)


def _page_of(ask: Ask, outcome: Open, settings: ChatSettings) -> Page:
    private = ask.chat_kind == "private"
    match outcome:
        case Overdue(wish=wish, kind=kind):
            return unanswered_page(wish) if kind == SECOND else expired_page(wish)
        case Waits(mode=mode, wish=wish, wait=wait, ticket=name):
            return wait_page(mode, wish, wait, name, settings)
        case Proposed(preview=preview, ticket=ticket, above=above):
            return proposed_page(preview, ticket.id, settings, author=ticket.user_id, above=above)
        case Renewed(preview=preview, ticket=ticket):
            author = ticket.user_id if ticket.user_id != ask.user_id else None
            because = renewed_because(
                outcome.why is Renewal.MOVED, preview, outcome.before, settings, author
            )
            return preview_page(preview, ticket.id, settings, private=private, renewed=because)
        case Doubted(preview=preview, ticket=ticket):
            return second_page(preview, outcome.reasons, ticket.id, settings)
        case Misfit(error=error):
            said = error_page(error)
            assert said is not None, "what a person can do wrong has a sentence"
            return not_sent_page(outcome.mode, said.html, outcome.wish, said.rows)


def _person(ask: Ask, *, tapped: bool = False) -> Person:
    return Person(ask.chat_id, ask.user_id, ask.message_id if tapped else 0)


async def _settings(ask: Ask) -> ChatSettings:
    return await ask.services.store.chat_settings(ask.chat_id)
