"""What is to be done later: requests that are still on their way."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(order=True, slots=True)
class _Due:
    """Something to be done later."""

    at_ns: int
    number: int
    act: Callable[[], None]


class Agenda:
    """Acts in the order of their times."""

    def __init__(self) -> None:
        self._due: list[_Due] = []
        self._numbers = 0

    @property
    def next_ns(self) -> int | None:
        """When something is to be done next."""
        return self._due[0].at_ns if self._due else None

    def later(self, at_ns: int, act: Callable[[], None]) -> None:
        """Do something at that time of the market."""
        self._numbers += 1
        self._due.append(_Due(at_ns, self._numbers, act))
        self._due.sort()

    def pass_time(self, now_ns: int) -> None:
        """Do what is due."""
        while self._due and self._due[0].at_ns <= now_ns:
            self._due.pop(0).act()
