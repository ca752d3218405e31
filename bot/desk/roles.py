"""Roles: who may do what in a chat, who is let in at all, and whose key a group may use."""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, Decimal

from bot.core.access import Access, Role
from bot.core.audit import Action
from bot.core.errors import BadArgument, NotAllowed, NotFound
from bot.core.keys import KeyRecord
from bot.core.role_args import LendWish, Money, RoleWish
from bot.desk import deadman, leaving
from bot.desk.leaving import Left
from bot.desk.services import Services
from bot.store.people import ChatRole, Person
from kraken.core.trading import EXACT


@dataclass(frozen=True, slots=True)
class Members:
    """Who has a role in a chat."""

    roles: list[ChatRole]
    owner: int | None
    """Of the whole bot."""


async def members(services: Services, chat_id: int) -> Members:
    """Who was given a role there."""
    return Members(await services.safety.chat_roles(chat_id), await services.safety.owner())


async def give_role(
    services: Services,
    chat_id: int,
    user_id: int,
    name: str,
    wish: RoleWish,
    *,
    by: int,
    now: datetime,
) -> ChatRole:
    """Give somebody a role in a group; in private it is the role with the whole bot.

    Raises:
        NotFound: nobody of that id was let in by the owner of the bot.
        NotAllowed: this role is not this person's to give, or to lose.
        BadArgument: a maximum in a currency that has no price.
    """
    assert wish.role is not None, "a wish without a role only lists"
    most = await _in_dollars(services, wish.most)
    until = now + wish.lasts if wish.lasts else None
    owner = await services.safety.owner()
    if user_id == owner:
        raise NotAllowed(Access.OWNER, "This role")
    await _must_be_known(services, user_id, wish.role, is_owner=by == owner)
    where = chat_id
    if chat_id > 0:
        if wish.role in (Role.CHAT_OWNER, Role.SEEING):
            said = "owner" if wish.role is Role.CHAT_OWNER else "balances"
            raise BadArgument("role", said, "/role 123456789 trader", hint="trader viewer none")
        where = user_id
        await admit(services, user_id, wish.role, by=by, now=now, name=name)
    given = ChatRole(user_id, name, wish.role, most, until)
    if chat_id < 0 or most is not None or until is not None:
        await services.safety.give_chat_role(
            where, user_id, _kept(wish.role), by=by, now=now, name=name, most=most, until=until
        )
    else:
        await services.safety.give_chat_role(where, user_id, Role.STRANGER, by=by, now=now)
    return given


async def lend(
    services: Services, chat_id: int, user_id: int, wish: LendWish, now: datetime
) -> Decimal | None:
    """Let a group trade with this person's key; the maximum in US dollars.

    Raises:
        NotFound: there is no key, or no open group of that id.
        NotAllowed: this person does not own that group.
    """
    key = await services.keyring.record_of(chat_id)
    if key is None or key.chat_id != chat_id:
        raise NotFound("key")
    role = await services.safety.role(user_id, wish.chat_id)
    if role is Role.STRANGER:
        raise NotFound("group", str(wish.chat_id))
    if role not in (Role.OWNER, Role.CHAT_OWNER):
        raise NotAllowed(Access.CHAT_OWNER, "/lend")
    most = await _in_dollars(services, wish.most)
    await services.safety.lend(wish.chat_id, key.id, most, by=user_id, now=now)
    await services.accounts.renew(wish.chat_id)
    return most


async def take_back(services: Services, chat_id: int, user_id: int, now: datetime) -> list[int]:
    """No group may use this person's key any more; which ones did.

    Raises:
        NotFound: there is no key.
    """
    key = await services.keyring.record_of(chat_id)
    if key is None or key.chat_id != chat_id:
        raise NotFound("key")
    lent = (await services.keyring.chats_of(key.id))[1:]
    await deadman.let_go(services, lent)
    groups = await services.safety.take_back(key.id, by=user_id, now=now)
    for group in groups:
        await services.accounts.renew(group)
    return groups


async def people(services: Services) -> list[Person]:
    """Everybody who is known, the ones who wait first."""
    found = await services.safety.people()
    return sorted(found, key=lambda person: (person.role is not Role.STRANGER, person.user_id))


@dataclass(frozen=True, slots=True)
class Admitted:
    """What somebody is now, and what of theirs stays behind."""

    person: Person
    left: Left | None = None
    """The key of somebody who is let in no more."""


async def admit(
    services: Services, user_id: int, role: Role, *, by: int, now: datetime, name: str = ""
) -> Admitted:
    """Let somebody in, or block them: then nobody trades with their key from now on.

    Raises:
        BadArgument: the owner's own role stays.
    """
    if user_id == await services.safety.owner():
        hint = "anybody but the owner of this bot"
        raise BadArgument("person to change", str(user_id), "/block 123456789", hint=hint)
    left = None
    if role in (Role.STRANGER, Role.BLOCKED):
        left = await leaving.let_go(services, user_id)
    await services.safety.give_role(user_id, role, by=by, now=now, name=name)
    if left is not None:
        for chat_id in (user_id, *left.groups):
            await services.accounts.renew(chat_id)
    known = [one for one in await services.safety.people() if one.user_id == user_id]
    return Admitted(known[0], left)


async def revoke(services: Services, user_id: int, *, by: int) -> KeyRecord | Role | None:
    """Destroy the key of somebody who is let in no more; None if there is none.

    The role of somebody who is let in: then it is theirs to disconnect, and nothing was done.
    """
    role = await services.safety.role(user_id, user_id)
    if role not in (Role.STRANGER, Role.BLOCKED):
        return role
    return await leaving.disconnect(services, user_id, by)


async def note_setup(services: Services, chat_id: int, user_id: int, now: datetime) -> None:
    """A group was set up, or looked at."""
    await services.safety.note_action(Action.GROUP, now=now, actor=user_id, chat_id=chat_id)


async def _must_be_known(services: Services, user_id: int, role: Role, *, is_owner: bool) -> None:
    """Only the owner of the bot lets in somebody new."""
    if is_owner or role is Role.STRANGER:
        return
    known = {one.user_id: one.role for one in await services.safety.people()}
    if known.get(user_id, Role.STRANGER) in (Role.STRANGER, Role.BLOCKED):
        raise NotFound("approved user", str(user_id))


async def _in_dollars(services: Services, money: Money | None) -> Decimal | None:
    if money is None:
        return None
    value = await services.values.value(money.currency, money.amount, "USD")
    if value is None:
        raise BadArgument("currency", money.currency.lower(), "max=100usd", hint="usd eur")
    return value.quantize(Decimal("0.01"), ROUND_DOWN, EXACT)


def _kept(role: Role) -> Role:
    """What a chat's own list holds: a role there, or nothing."""
    given = (Role.VIEWER, Role.SEEING, Role.TRADER, Role.CHAT_OWNER)
    return role if role in given else Role.STRANGER
