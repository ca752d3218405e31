"""Who is on this machine."""

import pytest

from bot.standin.guard import is_loopback


@pytest.mark.parametrize(
    ("address", "here"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("192.168.0.7", False),
        ("8.8.8.8", False),
        ("0.0.0.0", False),
        ("localhost.evil.example", False),
        ("", False),
    ],
)
def test_only_loopback_addresses_are_here(address: str, here: bool) -> None:
    assert is_loopback(address) is here
