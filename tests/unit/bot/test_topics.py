"""What a push is about, and what ``/here`` understands."""

import pytest

from bot.core.errors import BadArgument
from bot.core.topics import HereWish, Told, read_here, told_by


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("end:live:k1:OABC", Told.FILLS),
        ("fill:paper:-100:7", Told.FILLS),
        ("plan:3:2026-03-04T12:00:00+00:00:1:filled", Told.FILLS),
        ("plan:3:2026-03-04T12:00:00+00:00:1:0", None),
        ("alert:3:1", Told.ALERTS),
        ("alert-gap:BTC/USD:-100:x", Told.ALERTS),
        ("moved:1:2", None),
        ("", None),
    ],
)
def test_the_key_of_a_push_tells_what_it_is_about(key: str, told: Told | None) -> None:
    assert told_by(key) is told


def test_here_understands_what_shall_come_and_that_it_shall_not() -> None:
    assert read_here("") == HereWish()
    assert read_here("Fills") == HereWish(Told.FILLS)
    assert read_here("alerts off") == HereWish(Told.ALERTS, ends=True)
    for wrong in ("orders", "fills on", "fills off now"):
        with pytest.raises(BadArgument):
            read_here(wrong)
