"""The preview of an order, its second card, and what becomes of a card that is not used."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from bot.core.league import is_league
from bot.core.numbers import clock_time, duration, fixed, percent
from bot.core.page import Button, Page, Rows
from bot.core.quotes import OLD
from bot.core.settings import ChatSettings
from bot.core.texts.cards import EXCHANGE
from bot.core.texts.labels import LABEL_ALONE, badge, with_icon
from bot.core.texts.markup import code, esc, paragraphs
from bot.core.texts.money import money, price, quantity, short_quantity
from bot.core.texts.preview_table import numbers_of
from bot.core.trade.caution import Caution, Reason
from bot.core.trade.preview import Preview
from bot.core.trade.situation import distance
from bot.core.trade.types import Mode
from bot.core.trade.wish import OrderWish
from bot.core.words import short
from kraken.core.trading import EXACT, OrderType, Reference
from kraken.core.types import Side

NOTHING = "Nothing was sent."
FINISHED = "This ticket is finished. Nothing more was sent."
NOT_YOURS = "Somebody else asked for this order. Ask for your own preview."
YOUR_OWN = "You asked for this order: another trader has to tap. Nothing was sent."


def preview_page(
    preview: Preview, ticket: str, settings: ChatSettings, *, private: bool, renewed: str = ""
) -> Page:
    """What would be sent and what it would come to; the only place with the button that sends.

    ``renewed`` says why an earlier card was replaced by this one.
    """
    html = paragraphs(
        f"{_badge(preview)} · preview, 60 s",
        f"{esc(renewed, 200)}" if renewed else "",
        numbers_of(preview, settings),
        *_sentences(preview, settings),
    )
    confirm = Button(
        _confirm_label(preview),
        "ticket_send",
        {"ticket": ticket},
        "success" if preview.request.side is Side.BUY else "danger",
    )
    return Page(html, ((confirm,), *_others(ticket, settings, private=private)))


def second_page(
    preview: Preview, reasons: Sequence[Reason], ticket: str, settings: ChatSettings
) -> Page:
    """Real money, and something about the order is unusual: asked twice, with the reason."""
    html = paragraphs(
        f"{_badge(preview)} · ⚠ please look twice",
        *(_reason(reason, preview, settings) for reason in reasons),
        numbers_of(preview, settings),
        *_sentences(preview, settings),
        "Send it anyway? Valid for 60 s.",
    )
    confirm = Button(_confirm_label(preview), "ticket_send", {"ticket": ticket}, "danger")
    return Page(html, ((confirm,), (_cancel(ticket, settings),)))


def proposed_page(
    preview: Preview,
    ticket: str,
    settings: ChatSettings,
    *,
    author: int,
    above: Decimal,
) -> Page:
    """Its author confirmed it: another trader has to let it go."""
    html = paragraphs(
        f"{_badge(preview)} · second tap needed",
        f"User {code(author)} wants to send this. Nothing was sent yet.",
        f"Above {esc(money(above, 'USD', settings))} USD a second trader has to agree here.",
        numbers_of(preview, settings),
        *_sentences(preview, settings),
        "Another trader taps within 5 min; I look at the price again then.",
    )
    confirm = Button(_confirm_label(preview), "ticket_send", {"ticket": ticket}, "danger")
    return Page(html, ((confirm,), (_cancel(ticket, settings),)))


def unanswered_page(wish: OrderWish) -> Page:
    """No second trader tapped in time."""
    return _closed_page("⌛ No second tap. Nothing was sent.", wish)


def expired_page(wish: OrderWish) -> Page:
    """A card that nobody used in time, or that was overtaken."""
    return _closed_page("⌛ Expired. Nothing was sent.", wish)


def cancelled_page(wish: OrderWish) -> Page:
    """A card that was put away."""
    return _closed_page("✖ Cancelled. Nothing was sent.", wish)


def superseded_page(wish: OrderWish) -> Page:
    """A card whose order was changed by a reply: the newer card stands below."""
    return Page(paragraphs("✏️ Changed below. Nothing was sent.", code(wish.command(), 200)))


def not_sent_page(mode: Mode, html: str, wish: OrderWish, rows: Rows) -> Page:
    """At the tap it did not fit any more: why, in place of the card."""
    again = (_again_button("New preview", wish),)
    return Page(paragraphs(f"❌ Not sent · {badge(mode)}", html), (*rows, again))


def checked_page(preview: Preview, settings: ChatSettings) -> Page:
    """The exchange looked at the order and found nothing wrong; nothing was sent."""
    html = paragraphs(
        f"{_badge(preview)} · checked, not sent",
        "Kraken would take this order. Nothing was sent.",
        numbers_of(preview, settings),
        *_sentences(preview, settings),
    )
    wish = preview.wish
    return Page(html, ((_again_button("Preview", _unchecked(wish)),),))


def late_page(wish_command: str, age: timedelta, moved: Decimal | None) -> Page:
    """A command about money that arrived too late to be run."""
    change = f"Price has moved {percent(moved)}." if moved is not None else ""
    html = paragraphs(f"Sent {esc(duration(age))} ago, not run.", f"{change} {NOTHING}".strip())
    return Page(html, ((_run("Preview now", wish_command),),))


def forwarded_page(command: str) -> Page:
    """Free text that reads like an order and that somebody else wrote."""
    html = paragraphs("I don’t run forwarded messages.", f"{NOTHING} If you mean it:")
    return Page(html, ((_run("Use this text", command),),))


def ask_price_page(wish: OrderWish, mode: Mode) -> Page:
    """Limit or market is asked, never assumed."""
    html = paragraphs(
        f"{badge(mode)} · limit or market?",
        code(wish.command(), 200),
        "At which price? Nothing was sent.",
    )
    row = tuple(
        _again_button(label, wish, more)
        for label, more in (("Market", "market"), ("@ bid", "@ bid"), ("@ ask", "@ ask"))
    )
    other = (
        Button("Other price", "panel", {"text": wish.command()}),
        _again_button("@ mid", wish, "@ mid"),
    )
    return Page(html, (row, other))


def ask_part_page(part: str, wish: OrderWish, settings: ChatSettings) -> Page:
    """What a reply to this message changes."""
    said = code(wish.command(), 200)
    what = {
        "amount": f"Reply with the amount: {code('0.02')}, {code('50usd')}, {code('25%')}",
        "price": f"Reply with the price: {code('60000')}, {code('-0.5%')}, {code('market')}",
        "options": f"Reply with options: {code('post')}, {code('gtd=4h')}, {code('sl=-3%')}",
    }[part]
    title = with_icon("✏️", f"Change the {part}", plain=settings.plain_text)
    return Page(paragraphs(title, what, said), force_reply=True)


def renewed_because(
    moved: bool,
    preview: Preview,
    before: Decimal,
    settings: ChatSettings,
    author: int | None = None,
) -> str:
    """Why a card was replaced by a newer one instead of being sent.

    ``author`` is who has to confirm it again, where somebody else tapped.
    """
    if author is not None:
        said = renewed_because(moved, preview, before, settings)
        return f"{said} User {author} has to confirm it again."
    if not moved:
        return "Your settings changed, so I priced it anew. Nothing was sent."
    change = percent(distance(preview.worst, before))
    now = price(preview.worst, preview.instrument, settings)
    return f"The price moved {change}, to {now}. Nothing was sent; this is the order now."


# -- parts


def _badge(preview: Preview) -> str:
    """Whose money it is; what is played with in a league is no practice of one's own."""
    mark = badge(preview.mode)
    return f"{mark} · 🏆 LEAGUE" if is_league(preview.account) else mark


def _sentences(preview: Preview, settings: ChatSettings) -> Iterator[str]:
    if preview.age > OLD:
        yield f"⚠ The price is {duration(preview.age)} old."
    yield from _protected(preview, settings)
    yield _what_happens(preview, settings)
    yield from _bracket(preview, settings)
    if preview.request.expires_at is not None:
        at = preview.request.expires_at.astimezone(settings.zone)
        clock = clock_time(at, settings.zone, seconds=False)
        yield f"Ends on {at:%Y-%m-%d} at {esc(clock)}."
    if preview.wish.note:
        yield f"Note: {esc(preview.wish.note, 100)}"


def _protected(preview: Preview, settings: ChatSettings) -> Iterator[str]:
    limit = preview.request.limit_price
    if preview.is_protected and limit is not None:
        is_buy = preview.request.side is Side.BUY
        signed = percent(preview.protection if is_buy else -preview.protection, 1)
        at = esc(price(limit, preview.instrument, settings))
        yield f"Protected: sent as a limit IOC at {at} ({signed})."
    elif preview.is_market:
        yield "Not protected: it takes whatever price there is."
    if preview.is_market and preview.taken.slippage is None:
        yield "⚠ No verified book now: the average is that of the best price."


def _what_happens(preview: Preview, settings: ChatSettings) -> str:
    request, pair = preview.request, preview.instrument
    if request.trigger is not None:
        is_index = request.trigger.reference is Reference.INDEX and preview.mode is Mode.LIVE
        looks = "index price" if is_index else "last trade"  # practice knows no index
        then = "a limit" if request.type in _TRIGGERED_LIMIT else "a market"
        where = EXCHANGE[preview.mode]
        return f"Waits at {where}; sends {then} order when the {looks} gets there."
    taken = preview.taken
    if taken.exhausted and preview.is_market:
        held = esc(quantity(taken.filled, pair, settings))
        return f"⚠ The book I see holds {held} {esc(pair.base, 12)} for it; the rest is cancelled."
    if preview.is_market:
        return ""
    side = "below" if request.side is Side.BUY else "above"
    if taken.filled == 0:
        if preview.rests == 0:
            return "⚠ Nothing would trade at this price now: it would end at once."
        return f"Rests {side} the market as maker."
    if preview.rests == 0:
        return "Trades at once as taker."
    rests = esc(quantity(preview.rests, pair, settings))
    return f"Trades a part at once as taker; {rests} {esc(pair.base, 12)} would rest."


_TRIGGERED_LIMIT = frozenset(
    {OrderType.STOP_LOSS_LIMIT, OrderType.TAKE_PROFIT_LIMIT, OrderType.TRAILING_STOP_LIMIT}
)


def _bracket(preview: Preview, settings: ChatSettings) -> Iterator[str]:
    if preview.request.trigger is not None:
        yield from _beside_stop(preview, settings)
        return
    entry = preview.request.limit_price if not preview.is_market else preview.taken.average
    entry = entry or preview.worst
    legs = []
    for name, at in (("SL", preview.stop), ("TP", preview.target)):
        if at is not None:
            shown = round(at, preview.instrument.price_decimals)
            far = percent(distance(at, entry), 1)
            legs.append(f"{name} {esc(price(shown, preview.instrument, settings))} ({far})")
    if not legs:
        return
    starts = "starts" if len(legs) == 1 else "start"
    trails = ", trailing" if preview.wish.trailing_stop_loss is not None else ""
    yield f"{' and '.join(legs)}{trails} {starts} after the fill."
    if preview.stop is not None:
        rests = f"SL rests at {EXCHANGE[preview.mode]}"
        yield with_icon("🛡", rests, plain=settings.plain_text)
    if preview.target is not None:
        yield _needs_bot(settings)
    yield from _risk(preview, settings)


def _beside_stop(preview: Preview, settings: ChatSettings) -> Iterator[str]:
    """A take-profit of what is held: it counts from the market, and no fill is waited for."""
    if preview.target is None:
        return
    pair = preview.instrument
    at = esc(price(round(preview.target, pair.price_decimals), pair, settings))
    far = percent(distance(preview.target, preview.last), 1)
    yield f"TP {at} ({far}) instead, if it comes first."
    yield _needs_bot(settings)


def _needs_bot(settings: ChatSettings) -> str:
    needs = "TP is watched by me: <b>the bot must be running</b>"
    return with_icon("🤖", needs, plain=settings.plain_text)


def _risk(preview: Preview, settings: ChatSettings) -> Iterator[str]:
    if preview.risk is None:
        return
    quote = preview.instrument.quote
    said = f"Risk to stop: {esc(money(preview.risk, quote, settings))} {esc(quote, 12)} + fees"
    if preview.reward is not None and preview.risk:
        ratio = fixed(EXACT.divide(preview.reward, preview.risk), 1)
        said += f"; reward {esc(money(preview.reward, quote, settings))}; 1 : {ratio}"
    yield said


def _reason(reason: Reason, preview: Preview, settings: ChatSettings) -> str:
    number = reason.number
    match reason.caution:
        case Caution.UNUSUAL_SIZE:
            return f"This is {fixed(number, 0)} times your usual size."
        case Caution.SLIPPAGE:
            return f"The book is thin: {fixed(number, 2)} % slippage."
        case Caution.BEYOND:
            return f"The limit lies {fixed(number, 1)} % beyond the market."
        case Caution.REPEATED:
            return f"You sent the same order {fixed(number, 0)} s ago."
        case Caution.PROTECTION:
            most = esc(money(number, "USD", settings))
            return (
                f"It may sell for more than {most} USD, the limit of one order here; a stop that "
                "protects what you own may."
            )


def _confirm_label(preview: Preview) -> str:
    verb = _SETS.get(preview.request.type)
    if verb is None:
        verb = "Buy" if preview.request.side is Side.BUY else "Sell"
    amount = f"{short_quantity(preview.qty)} {preview.instrument.base}"
    whose = "LEAGUE" if is_league(preview.account) else preview.mode.value.upper()
    label = f"✅ {verb} {amount} · {whose}"
    # Rather without the sign than without saying whose money it is.
    return short(label if len(label) <= LABEL_ALONE else label[2:], LABEL_ALONE)


_SETS = {
    OrderType.STOP_LOSS: "Set stop",
    OrderType.STOP_LOSS_LIMIT: "Set stop",
    OrderType.TAKE_PROFIT: "Set TP",
    OrderType.TAKE_PROFIT_LIMIT: "Set TP",
    OrderType.TRAILING_STOP: "Set trail",
    OrderType.TRAILING_STOP_LIMIT: "Set trail",
}
"""What waits for its price trades nothing at the tap."""


def _others(ticket: str, settings: ChatSettings, *, private: bool) -> Rows:
    cancel = (_cancel(ticket, settings),)
    if not private:
        return (cancel,)  # a group's free text is not read, so nothing can be replied there
    edits = tuple(
        Button(
            with_icon("✏️", part.title(), plain=settings.plain_text),
            "ticket_change",
            {"ticket": ticket, "part": part},
        )
        for part in ("amount", "price", "options")
    )
    return (edits, cancel)


def _cancel(ticket: str, settings: ChatSettings) -> Button:
    label = with_icon("✖", "Cancel", plain=settings.plain_text)
    return Button(label, "ticket_drop", {"ticket": ticket})


def _closed_page(first: str, wish: OrderWish) -> Page:
    html = paragraphs(first, code(wish.command(), 200))
    return Page(html, ((_again_button("New preview", wish),),))


def _again_button(label: str, wish: OrderWish, more: str = "") -> Button:
    return Button(label, "preview_again", {"text": f"{wish.command()} {more}".rstrip()})


def _unchecked(wish: OrderWish) -> OrderWish:
    return replace(wish, check=False)


def _run(label: str, command: str) -> Button:
    name, _, args = command.removeprefix("/").partition(" ")
    return Button(label, "run", {"command": name, "args": args})
