"""/league, in a group and in private."""

from bot.core.access import Access, allows
from bot.core.errors import NotAllowed
from bot.core.league import League, LeagueTopic, LeagueWish, read_league
from bot.core.page import Page
from bot.core.texts import league as texts
from bot.desk import league as desk
from bot.handlers.ask import Ask


async def league(ask: Ask) -> None:
    """Whatever was asked of the group's league, or of one's own in private."""
    wish = read_league(ask.args)
    if ask.chat_kind == "private":
        await ask.reply(await _private(ask))
        return
    running = await ask.services.leagues.league_of(ask.chat_id)
    if wish.topic is LeagueTopic.START:
        await _start(ask, wish, running)
    elif running is None:
        none = wish.topic is LeagueTopic.SHOW
        await ask.reply(texts.no_league_page() if none else texts.not_running_page())
    elif wish.topic is LeagueTopic.JOIN:
        await _join(ask, running)
    elif wish.topic is LeagueTopic.LEAVE:
        did = await desk.leave(ask.services, running, ask.user_id, ask.now)
        await ask.reply(texts.left_page(did=did))
    elif wish.topic is LeagueTopic.STOP:
        await _stop(ask, running)
    else:
        await ask.reply(await _table(ask, running, with_picture=True))


async def tap_join(ask: Ask) -> None:
    """The button under a league."""
    running = await _of_button(ask)
    if running is None:
        await ask.reply(texts.not_running_page())
        return
    await _join(ask, running)


async def tap_table(ask: Ask) -> None:
    """The standings as they are now."""
    running = await _of_button(ask)
    if running is None:
        await ask.reply(texts.not_running_page())
        return
    await ask.reply(await _table(ask, running, with_picture=False))


async def tap_play(ask: Ask) -> None:
    """Which ledger this private chat trades on."""
    wanted = int(ask.payload["league"]) or None
    if not await desk.play(ask.services, ask.user_id, wanted, ask.now):
        await ask.edit(texts.not_running_page())
        return
    found = await ask.services.leagues.league(wanted) if wanted else None
    settings = await ask.services.store.chat_settings(ask.chat_id)
    await ask.edit(texts.playing_page(found, settings))


async def _start(ask: Ask, wish: LeagueWish, running: League | None) -> None:
    settings = await ask.services.store.chat_settings(ask.chat_id)
    if running is not None:
        await ask.reply(texts.runs_already_page(running, settings))
        return
    currency = wish.currency or settings.currency
    if not desk.knows(ask.services, currency):
        await ask.reply(texts.no_currency_page(currency))
        return
    begun = await desk.start(ask.services, ask.chat_id, ask.user_id, wish, ask.now)
    await ask.reply(texts.started_page(begun, settings))


async def _join(ask: Ask, running: League) -> None:
    leagues = ask.services.leagues
    role = await ask.services.safety.role(ask.user_id, ask.user_id)
    if not allows(role, Access.TRADER, "private"):
        raise NotAllowed(Access.TRADER, "/league join")
    if not await leagues.join_league(running.id, ask.user_id, ask.user_name, ask.now):
        await ask.toast(texts.IS_IN)
    else:
        await ask.toast(texts.JOINED)
    settings = await ask.services.store.chat_settings(ask.chat_id)
    members = await leagues.league_members(running.id)
    await ask.reply(texts.members_page(running, members, settings))


async def _stop(ask: Ask, running: League) -> None:
    is_owner = allows(ask.role, Access.CHAT_OWNER, ask.chat_kind)
    if ask.user_id != running.started_by and not is_owner:
        await ask.reply(texts.not_yours_page())
        return
    await desk.stop(ask.services, running)


async def _table(ask: Ask, running: League, *, with_picture: bool) -> Page:
    settings = await ask.services.store.chat_settings(ask.chat_id)
    table = await desk.read_table(ask.services, running)
    picture = None
    if with_picture:
        picture = await desk.draw(ask.services, running, table, settings.time_zone)
    return texts.table_page(running, table.places, table.at, settings, picture)


async def _private(ask: Ask) -> Page:
    played = await ask.services.leagues.leagues_of_person(ask.user_id)
    settings = await ask.services.store.chat_settings(ask.chat_id)
    return texts.private_page(played, settings, ask.now)


async def _of_button(ask: Ask) -> League | None:
    found = await ask.services.leagues.league(int(ask.payload["league"]))
    is_here = found is not None and found.chat_id == ask.chat_id and found.ended_at is None
    return found if is_here else None
