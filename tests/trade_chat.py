"""A chat in which orders are asked for: what is typed, tapped and replied, and what is sent."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.core.page import Page
from bot.core.trade.limits import Limit
from bot.core.trade.types import Mode
from bot.handlers import COMMANDS_BY_NAME, TAPS, free_text
from kraken.core.trading import OrderRequest
from tests.fake_accounts import FakeAccount
from tests.fake_bot import Chat, FakeAsk


class TradeChat:
    """One person in one chat, in practice mode unless it is made live."""

    def __init__(self, *, live: bool = False) -> None:
        self.chat = Chat()
        if live:
            self.chat.accounts.live = FakeAccount(self.chat.clock)
            self.chat.accounts.modes[1] = Mode.LIVE

    @property
    def account(self) -> FakeAccount:
        """The account that this chat trades on."""
        return self.chat.accounts.live or self.chat.accounts.paper

    @property
    def sent(self) -> list[OrderRequest]:
        """What went out."""
        return self.account.sent

    async def say(self, text: str, *, age: float = 0, **more: Any) -> Page:
        """Write a message; the newest message afterwards."""
        command, _, args = text.removeprefix("/").partition(" ")
        ask = self.chat.ask(text=text, **more)
        if text.startswith("/"):
            ask = self.chat.ask(command=command, args=args, text=text, **more)
        ask.sent_at -= timedelta(seconds=age)
        handler = COMMANDS_BY_NAME[command].handler if text.startswith("/") else free_text
        await handler(ask)
        return self.chat.last

    async def tap(self, page: Page, label: str, *, user_id: int = 7, message: int = 0) -> FakeAsk:
        """Press the button whose label begins so, on the newest message or the one named."""
        button = next(each for each in page.buttons() if each.label.startswith(label))
        ask = self.chat.ask(
            payload=button.payload,
            user_id=user_id,
            message_id=message or max(self.chat.messages),
        )
        await TAPS[button.verb].handler(ask)
        return ask

    async def allow(self, limit: Limit, value: str) -> None:
        """Set a limit of the chat, without the wait for raises."""
        records, now = self.chat.records, self.chat.clock.now()
        await records.set_limit(1, Limit.COOL_DOWN, "0", by=1, now=now - timedelta(days=1))
        await records.set_limit(1, limit, value, by=1, now=now)

    async def change(self, **settings: Any) -> None:
        """Choose settings of the chat."""
        now = await self.chat.store.chat_settings(1)
        await self.chat.store.save_chat_settings(1, replace(now, **settings))

    @property
    def last(self) -> Page:
        return self.chat.last


def later(chat: TradeChat, seconds: float) -> None:
    """Time goes by, and Kraken goes on telling prices."""
    chat.chat.clock.advance(seconds)
    chat.chat.market.state = replace(chat.chat.market.state, last_frame_at=chat.chat.clock.now())
