"""What waited from an earlier run goes out before the bot knows its own name."""

import pytest

from bot.core.delivery import Letter, Unreachable
from bot.core.page import OWN_LINK, PRIVATE_CHAT, Button, Page
from bot.telegram.sender import TelegramSender
from tests.local_telegram import ptb
from tests.stack import people, serving_telegram

OPEN = Page("see there", ((Button("Open", url=f"{PRIVATE_CHAT}here"),),))
INVITED = Page(f"come in: {OWN_LINK}here")


@pytest.mark.parametrize("page", [OPEN, INVITED], ids=["button", "text"])
async def test_only_what_leads_to_the_private_chat_waits_for_the_name(page: Page) -> None:
    async with serving_telegram() as telegram, people(telegram) as them:
        bot = ptb(telegram)  # not asked who it is, as before the first answer of Telegram
        await bot.request.initialize()
        sender = TelegramSender(bot)
        letter = Letter(page, tuple(("",) for _ in page.rows))
        assert await sender.send(1, Letter(Page("bought")), None)
        assert await sender.send(1, Letter(Page("bought"), plain=True), None)
        with pytest.raises(Unreachable) as no:
            await sender.send(1, letter, None)
        assert not no.value.maybe_sent
        await bot.initialize()
        await sender.send(1, letter, None)
        said = (await them.messages(1))[-1]
        await bot.shutdown()
    assert "?start=here" in str(said)
