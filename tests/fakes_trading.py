"""Stand-ins for the trading parts that need no database: shared by tests of handlers."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from bot.core.access import Role
from bot.core.audit import Action, Detail, Entry
from bot.core.trade.limits import Limits, Pause, PauseKind
from bot.core.trade.types import Mode, Usage
from bot.desk.safety import Brakes
from bot.store.safety import LimitsOfChat
from kraken.clock import Clock


class FakeSafety:
    """Limits as they are by default, nobody has a role in a group, actions are only noted."""

    def __init__(self) -> None:
        self.limits_of_chat = LimitsOfChat(Limits())
        self.usage_now = Usage()
        self.maximum: Decimal | None = None
        self.modes: dict[int, Mode] = {}
        self.kept_pauses: dict[int, list[Pause]] = {}
        self.actions: list[tuple[Action, int | None, Detail]] = []

    async def limits(self, chat_id: int, now: datetime) -> LimitsOfChat:
        return self.limits_of_chat

    async def usage(self, intent: Any, now: datetime) -> Usage:
        return self.usage_now

    async def own_maximum(self, chat_id: int, user_id: int, now: datetime) -> Decimal | None:
        return self.maximum

    async def chat_mode(self, chat_id: int) -> Mode:
        return self.modes.get(chat_id, Mode.PAPER)

    async def role(self, user_id: int, chat_id: int) -> Role:
        return Role.TRADER

    async def owner(self) -> int | None:
        return 1

    async def deadmen(self) -> list[Any]:
        return []

    async def typed_ticket(self, chat_id: int, user_id: int, kind: str, now: datetime) -> str:
        return ""

    async def pause(self, chat_id: int, kind: PauseKind, **more: Any) -> bool:
        return True

    async def resume(self, chat_id: int, **more: Any) -> int:
        return 1

    async def pauses(self) -> dict[int, list[Pause]]:
        return self.kept_pauses

    async def note_action(
        self,
        action: Action,
        *,
        now: datetime,
        actor: int | None = None,
        chat_id: int | None = None,
        detail: Detail | None = None,
    ) -> str:
        self.actions.append((action, chat_id, detail or {}))
        return "1:0"

    async def audit_entries(self, chat_id: int | None, most: int) -> list[Entry]:
        return []

    async def audit_head(self) -> str:
        return ""


class FakeMachine:
    """The machine around the bot, as a test wants it."""

    switched_off = False
    space = 10 * 2**30

    def is_switched_off(self) -> bool:
        return self.switched_off

    def free_space(self) -> int:
        return self.space


def fake_brakes(safety: FakeSafety, clock: Clock) -> Brakes:
    """The real brakes, which keep nothing."""
    return Brakes(safety, clock, FakeMachine())
