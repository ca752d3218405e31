"""Commands that read an account: a limit of the exchange delays them, and that is said."""

from datetime import timedelta

from bot.core.texts.waiting import slow_page
from bot.desk.patience import waited_for
from bot.handlers.ask import Ask
from bot.handlers.command import Handler


def patient(handler: Handler) -> Handler:
    """The handler, with a word after five seconds of waiting that goes when the answer comes."""

    async def run(ask: Ask) -> None:
        said: list[int] = []

        async def tell(wait: timedelta) -> None:
            said.append(await ask.reply(slow_page(wait)))

        try:
            await waited_for(ask.services, tell, lambda: handler(ask))
        finally:
            for message in said:
                await ask.delete(message)

    return run
