"""/feed: what of this chat is posted in a channel."""

from bot.core.feeds import Part
from bot.core.texts.feeds import NOT_YOURS, feeds_page
from bot.handlers.ask import Ask


async def feed(ask: Ask) -> None:
    """This person's channels, with a switch for each part."""
    await ask.reply(feeds_page(await ask.services.safety.channels(ask.user_id), ask.chat_id))


async def turn_feed(ask: Ask) -> None:
    """Switch one part of one channel."""
    safety, channel_id = ask.services.safety, int(ask.payload["channel"])
    if channel_id not in {channel.id for channel in await safety.channels(ask.user_id)}:
        await ask.toast(NOT_YOURS)
        return
    part, on = Part(str(ask.payload["part"])), bool(ask.payload["on"])
    await safety.change_feed(channel_id, ask.chat_id, part, on=on, by=ask.user_id, now=ask.now)
    await ask.edit(feeds_page(await safety.channels(ask.user_id), ask.chat_id))
