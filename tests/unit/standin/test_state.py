"""What the local Telegram remembers, and how much of it."""

from bot.standin.calls import KEPT_CALLS, CallLog
from bot.standin.parameters import Parameters
from bot.standin.state import KEPT_PRESSES, KEPT_TOASTS, Bot, Press, State


def press(number: int) -> Press:
    return Press(str(number), 1, 1, 5, "data", "text", 0.0, {})


def test_the_newest_presses_and_toasts_are_kept() -> None:
    state = State(Bot(7, "7:token"))
    for number in range(KEPT_PRESSES + 2):
        state.add_press(press(number))
    for number in range(KEPT_TOASTS + 2):
        state.toasts.append({"number": number})
    assert list(state.presses) == [str(number) for number in range(2, KEPT_PRESSES + 2)]
    assert [toast["number"] for toast in state.toasts] == list(range(2, KEPT_TOASTS + 2))


def test_the_newest_calls_are_kept_and_their_numbers_go_on() -> None:
    log = CallLog("7:token")
    for _ in range(KEPT_CALLS + 2):
        log.add(0.0, "getMe", Parameters({}, {}), 200, {})
    shown = log.shown()
    assert len(shown) == KEPT_CALLS
    assert shown[-1]["number"] == KEPT_CALLS + 2
