"""/invite, and what becomes of whoever has a role and opens such a link."""

from bot.core.invitations import read_invite, token_in
from bot.core.texts.invitations import (
    coming_page,
    invitation_page,
    invitations_page,
    invite_in_private_page,
    too_many_words,
    withdrawn_words,
)
from bot.desk.invitations import accept
from bot.desk.invitations import invite as make
from bot.handlers.ask import Ask


async def invite(ask: Ask) -> None:
    """Make a link, or list those that wait."""
    if ask.chat_kind != "private":
        await ask.reply(invite_in_private_page())
        return
    wish = read_invite(ask.args)
    zone = (await ask.services.store.chat_settings(ask.chat_id)).zone
    made = await make(ask.services, wish, by=ask.user_id, now=ask.now) if wish.role else None
    if made is not None:
        await ask.reply(invitation_page(*made, zone))
        return
    waiting = await ask.services.safety.invitations(ask.now)
    await ask.reply(invitations_page(waiting, zone, too_many_words() if wish.role else ""))


async def withdraw(ask: Ask) -> None:
    """Nobody comes with that link any more."""
    safety = ask.services.safety
    done = await safety.withdraw_invitation(str(ask.payload["id"]), by=ask.user_id, now=ask.now)
    zone = (await ask.services.store.chat_settings(ask.chat_id)).zone
    waiting = await safety.invitations(ask.now)
    await ask.edit(invitations_page(waiting, zone, withdrawn_words(done)))


async def come(ask: Ask) -> None:
    """Somebody with a role opened a link: perhaps it gives them more."""
    services = ask.services
    person = (ask.user_id, ask.user_name)
    token = token_in(ask.args)
    coming = await accept(services.safety, services.outbox, token, person, ask.now)
    await ask.reply(coming_page(coming))
