"""What one person types and presses in a chat, straight to the handlers."""

from typing import Any

from bot.core.page import Page
from bot.handlers import COMMANDS_BY_NAME, TAPS
from tests.fake_bot import Chat


async def say(chat: Chat, text: str, **more: Any) -> Page:
    """Run a command as typed and return the newest message."""
    command, _, args = text.removeprefix("/").partition(" ")
    ask = chat.ask(command=command, args=args, text=text, **more)
    await COMMANDS_BY_NAME[command].handler(ask)
    return chat.last


async def tap(chat: Chat, page: Page, label: str, message_id: int = 0, **more: Any) -> Page:
    """Press the button of that label on that page and return what stands there then.

    The page is on the message that shows it, or was made for the newest one.
    """
    button = next(button for button in page.buttons() if button.label == label)
    shows = [number for number, shown in chat.messages.items() if shown is page]
    target = message_id or (shows or [max(chat.messages)])[0]
    ask = chat.ask(payload=button.payload, message_id=target, **more)
    before = len(chat.messages)
    await TAPS[button.verb].handler(ask)
    return chat.last if len(chat.messages) > before else chat.messages[target]
