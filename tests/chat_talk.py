"""What one person types and presses in a chat, straight to the handlers."""

from bot.core.page import Page
from bot.handlers import COMMANDS_BY_NAME, TAPS
from tests.fake_bot import Chat


async def say(chat: Chat, text: str) -> Page:
    """Run a command as typed and return the newest message."""
    command, _, args = text.removeprefix("/").partition(" ")
    await COMMANDS_BY_NAME[command].handler(chat.ask(command=command, args=args, text=text))
    return chat.last


async def tap(chat: Chat, page: Page, label: str, message_id: int = 0) -> Page:
    """Press the button of that label on that page and return what stands there then."""
    button = next(button for button in page.buttons() if button.label == label)
    target = message_id or max(chat.messages)
    ask = chat.ask(payload=button.payload, message_id=target)
    before = len(chat.messages)
    await TAPS[button.verb].handler(ask)
    return chat.last if len(chat.messages) > before else chat.messages[target]
