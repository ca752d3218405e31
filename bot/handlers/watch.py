"""/watch and its buttons."""

from datetime import timedelta

from bot import live
from bot.core.access import Access, allows
from bot.core.args import WatchArgs, read_watch
from bot.core.errors import NotAllowed
from bot.core.live import WATCHES_MOST, Stop
from bot.core.page import Payload
from bot.core.texts.watch import (
    private_watch_page,
    stopped_elsewhere_page,
    too_many_page,
    watch_page,
)
from bot.desk.account_shows import AccountShow
from bot.desk.prices import find_pairs, read_quotes
from bot.handlers.ask import Ask


async def watch(ask: Ask) -> None:
    """A pinned message that follows the pairs, if the chat's budget allows one more."""
    args = read_watch(ask.args, ask.chat_kind)
    if args.what:
        await _watch_account(ask, args)
        return
    settings = await ask.services.store.chat_settings(ask.chat_id)
    pairs = find_pairs(ask.services, settings, args.pairs)
    if not await _has_room(ask):
        return
    quotes = await read_quotes(ask.services, pairs)
    page = watch_page(quotes, (), settings, args.every, ask.now + args.lasts)
    message_id = await ask.reply(page)
    await _follow(
        ask, {"pairs": " ".join(pair.symbol for pair in pairs), **_times(args)}, message_id
    )


async def _watch_account(ask: Ask, args: WatchArgs) -> None:
    """The same of what only its owner may see."""
    if ask.chat_kind != "private":
        await ask.reply(private_watch_page(args.what))
        return
    _check_may_see(ask, args.what)
    if not await _has_room(ask):
        return
    payload: Payload = {"what": args.what, **_times(args)}
    settings = await ask.services.store.chat_settings(ask.chat_id)
    show = AccountShow(
        ask.services, settings, live.row_for(ask.chat_id, 0, "watch", payload, ask.now, args.lasts)
    )
    message_id = await ask.reply(await show.page(ask.now + args.lasts))
    await _follow(ask, payload, message_id)


def _check_may_see(ask: Ask, what: str) -> None:
    if not allows(ask.role, Access.TRADER, ask.chat_kind):
        raise NotAllowed(Access.TRADER, f"/watch {what}")


def _times(args: WatchArgs) -> Payload:
    return {
        "every": int(args.every.total_seconds()),
        "lasts": int(args.lasts.total_seconds()),
    }


async def go_on(ask: Ask) -> None:
    """The same again, in the same message, which is pinned again."""
    if what := ask.payload.get("what"):
        _check_may_see(ask, str(what))
    if await _has_room(ask):
        await _follow(ask, ask.payload, ask.message_id)


async def pause(ask: Ask) -> None:
    """The numbers stand still until somebody goes on."""
    await _stop(ask, ask.message_id, Stop.PAUSED)


async def stop(ask: Ask) -> None:
    """This message, or the one that the button names."""
    message_id = int(ask.payload.get("message", ask.message_id))
    await _stop(ask, message_id, Stop.PERSON)


async def _follow(ask: Ask, payload: Payload, message_id: int) -> None:
    lasts = timedelta(seconds=int(payload["lasts"]))
    row = live.row_for(ask.chat_id, message_id, "watch", payload, ask.now, lasts)
    await live.start(ask.services, row)
    await ask.set_pinned(message_id)


async def _has_room(ask: Ask) -> bool:
    rows = await live.rows_of(ask.services, ask.chat_id, "watch")
    if len(rows) < WATCHES_MOST:
        return True
    settings = await ask.services.store.chat_settings(ask.chat_id)
    await ask.reply(too_many_page(rows, settings))
    return False


async def _stop(ask: Ask, message_id: int, why: Stop) -> None:
    row = await live.row_of(ask.services, ask.chat_id, message_id)
    await ask.edit(await live.stop(ask.services, row, why), message_id)
    if message_id != ask.message_id:
        await ask.edit(stopped_elsewhere_page(row))
