"""/role, /setup, /lend, /unlend, /users, /approve, /block."""

from bot.core.access import Access, Role, allows
from bot.core.errors import NotAllowed
from bot.core.page import Page
from bot.core.queue import Priority
from bot.core.role_args import read_lend, read_person, read_role
from bot.core.texts.gate import admitted_page, decided_page
from bot.core.texts.leaving import blocked_page, revoked_page, theirs_page
from bot.core.texts.roles import (
    Member,
    given_page,
    lent_page,
    people_page,
    private_roles_page,
    setup_page,
    unlent_page,
    whom_page,
)
from bot.desk import roles
from bot.handlers.ask import Ask
from bot.store.people import ChatRole, Person


async def role(ask: Ask) -> None:
    """List the roles, or give one."""
    _in_private_for_the_owner_only(ask, "/role")
    wish = read_role(ask.args)
    if wish.role is None:
        await ask.reply(await _roles(ask))
        return
    user_id, name = (wish.user_id, "") if wish.user_id else ask.reply_to_user or (None, "")
    if user_id is None:
        await ask.reply(whom_page())
        return
    given = await roles.give_role(
        ask.services, ask.chat_id, user_id, name, wish, by=ask.user_id, now=ask.now
    )
    zone = (await ask.services.store.chat_settings(ask.chat_id)).zone
    await ask.reply(given_page(_member(given), zone))


async def setup(ask: Ask) -> None:
    """How this group is set up."""
    await roles.note_setup(ask.services, ask.chat_id, ask.user_id, ask.now)
    await ask.reply(await _roles(ask))


async def lend(ask: Ask) -> None:
    """Let a group use this chat's key."""
    wish = read_lend(ask.args)
    most = await roles.lend(ask.services, ask.chat_id, ask.user_id, wish, ask.now)
    await ask.reply(lent_page(wish.chat_id, most))


async def unlend(ask: Ask) -> None:
    """No group may any more."""
    await ask.reply(
        unlent_page(await roles.take_back(ask.services, ask.chat_id, ask.user_id, ask.now))
    )


async def users(ask: Ask) -> None:
    """Everybody whom the bot knows."""
    found = await roles.people(ask.services)
    await ask.reply(people_page([_person(one) for one in found]))


async def approve(ask: Ask) -> None:
    """Let somebody in."""
    user_id, as_what = read_person(ask.args, "approve")
    admitted = as_what or Role.TRADER
    made = await roles.admit(ask.services, user_id, admitted, by=ask.user_id, now=ask.now)
    await ask.reply(decided_page(user_id, made.person.name, admitted))
    key = f"role:{user_id}:{ask.now.isoformat()}"
    await ask.services.outbox.push(user_id, admitted_page(admitted), Priority.REPLY, key)


async def block(ask: Ask) -> None:
    """Never answer somebody again."""
    user_id, _ = read_person(ask.args, "block")
    made = await roles.admit(ask.services, user_id, Role.BLOCKED, by=ask.user_id, now=ask.now)
    await ask.reply(blocked_page(user_id, made.person.name, made.left))


async def revoke(ask: Ask) -> None:
    """Destroy the key of somebody who is let in no more."""
    user_id = int(ask.payload["user_id"])
    gone = await roles.revoke(ask.services, user_id, by=ask.user_id)
    if isinstance(gone, Role):
        await ask.edit(theirs_page(user_id))
    else:
        await ask.edit(revoked_page(user_id, gone.tail if gone else ""))


async def _roles(ask: Ask) -> Page:
    services = ask.services
    zone = (await services.store.chat_settings(ask.chat_id)).zone
    if ask.chat_kind == "private":
        return private_roles_page([_person(one) for one in await roles.people(services)], zone)
    found = await roles.members(services, ask.chat_id)
    mode = await services.accounts.mode(ask.chat_id)
    listed = [_member(one) for one in found.roles]
    return setup_page(ask.chat_id, mode, found.owner, listed, zone)


def _in_private_for_the_owner_only(ask: Ask, what: str) -> None:
    """In private there is nobody else but the people of the whole bot."""
    if ask.chat_kind == "private" and not allows(ask.role, Access.OWNER):
        raise NotAllowed(Access.OWNER, what)


def _member(given: ChatRole) -> Member:
    return Member(given.user_id, given.name, given.role, given.most, given.until)


def _person(person: Person) -> Member:
    return Member(person.user_id, person.name, person.role)
