"""Answers to questions that a message of ours asked: they are free text that means something."""

from collections.abc import Awaitable, Callable, Mapping

from bot.core.access import Access, allows
from bot.core.page import Payload
from bot.handlers.account import COST_TOPIC, answer_cost
from bot.handlers.amend import PRICE_TOPIC, answer_price
from bot.handlers.ask import Ask
from bot.handlers.command import Handler

Answer = Callable[[Ask, Payload], Awaitable[None]]

ANSWERS: Mapping[str, Answer] = {COST_TOPIC: answer_cost, PRICE_TOPIC: answer_price}
"""By the topic of the message that was answered."""


def before(free_text: Handler) -> Handler:
    """Free text, unless it answers one of these questions and its writer may trade."""

    async def hear(ask: Ask) -> None:
        message = ask.reply_to_message_id
        if message is not None and not ask.forwarded and allows(ask.role, Access.TRADER):
            topic = await ask.services.past.topic_of(ask.chat_id, message)
            if topic is not None and topic[0] in ANSWERS:
                await ANSWERS[topic[0]](ask, topic[1])
                return
        await free_text(ask)

    return hear
