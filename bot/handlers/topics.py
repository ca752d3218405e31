"""/here: what comes to this topic."""

from bot.core.texts.topics import bound_page, groups_only_page, here_page
from bot.core.topics import read_here
from bot.handlers.ask import Ask


async def here(ask: Ask) -> None:
    """List what comes where, or have something come here."""
    wish, safety = read_here(ask.args), ask.services.safety
    if ask.chat_kind == "private":
        await ask.reply(groups_only_page())
        return
    if wish.told is None:
        await ask.reply(here_page(await safety.topics(ask.chat_id), ask.topic))
        return
    topic = None if wish.ends else ask.topic
    await safety.bind_topic(ask.chat_id, wish.told, topic, by=ask.user_id, now=ask.now)
    await ask.reply(bound_page(wish.told, topic))
