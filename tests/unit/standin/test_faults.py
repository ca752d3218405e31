"""Faults on demand and flood limits."""

import pytest

from bot.standin.faults import Faults, FloodLimits
from bot.standin.refusals import PersonError


def test_a_fault_works_so_many_times_for_its_method_and_is_gone() -> None:
    faults = Faults()
    faults.arm({"method": "sendmessage", "error_code": 429, "retry_after": 3, "times": 2})
    assert faults.take("getMe", "") is None
    for _ in range(2):
        fault = faults.take("sendMessage", "1")
        assert fault is not None
        assert fault.refusal().answer() == {
            "ok": False,
            "error_code": 429,
            "description": "Too Many Requests: retry after 3",
            "parameters": {"retry_after": 3},
        }
    assert faults.take("sendMessage", "1") is None
    assert faults.shown() == []


def test_a_fault_can_be_for_one_chat() -> None:
    faults = Faults()
    faults.arm({"error_code": "403", "chat_id": 2})
    assert faults.take("sendMessage", "1") is None
    assert faults.take("editMessageText", "2") is not None


@pytest.mark.parametrize(
    "wish",
    [
        {"error_code": 200},
        {"error_code": "loud"},
        {},
        {"error_code": 400, "times": 0},
        {"error_code": 429, "retry_after": "soon"},
        {"error_code": "slow", "seconds": -1},
    ],
)
def test_there_are_no_other_faults(wish: dict[str, object]) -> None:
    with pytest.raises(PersonError):
        Faults().arm(wish)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_flood_limits_let_a_burst_through_then_one_a_second() -> None:
    clock = Clock()
    limits = FloodLimits(clock, on=True)
    assert [limits.wait(1) for _ in range(4)] == [0, 0, 0, 3]
    assert limits.wait(2) == 0
    clock.now += 3.0
    assert limits.wait(1) == 0


def test_a_group_takes_20_a_minute_and_all_chats_30_a_second() -> None:
    clock = Clock()
    limits = FloodLimits(clock, on=True)
    assert [limits.wait(-100) for _ in range(21)] == [0] * 20 + [60]
    assert [limits.wait(user) for user in range(1, 12)] == [0] * 10 + [1]
    clock.now += 1.0
    assert limits.wait(50) == 0


def test_flood_limits_are_off_unless_wanted() -> None:
    limits = FloodLimits(Clock(), on=False)
    assert not any(limits.wait(1) for _ in range(100))
