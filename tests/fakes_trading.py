"""Stand-ins around the brakes, shared by tests of handlers."""

from bot.desk.safety import BrakeRecords, Brakes
from kraken.clock import Clock


class FakeMachine:
    """The machine around the bot, as a test wants it."""

    switched_off = False
    space = 10 * 2**30

    def is_switched_off(self) -> bool:
        return self.switched_off

    def free_space(self) -> int:
        return self.space


def fake_brakes(records: BrakeRecords, clock: Clock) -> Brakes:
    """The real brakes on a machine that has space and no switch."""
    return Brakes(records, clock, FakeMachine())
