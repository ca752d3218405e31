"""Words to systemd arrive where it listens, and are kept to ourselves where nobody does."""

import socket
from pathlib import Path

import pytest

from bot.watchdog import notify


def test_a_word_arrives_at_the_supervisors_socket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind(str(tmp_path / "notify"))
        supervisor.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        notify("READY=1")
        assert supervisor.recv(100) == b"READY=1"


def test_a_word_arrives_at_an_abstract_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind("\0kraken-bot-test")
        supervisor.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", "@kraken-bot-test")
        notify("WATCHDOG=1")
        assert supervisor.recv(100) == b"WATCHDOG=1"


def test_without_a_supervisor_nothing_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notify("READY=1")
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))
    notify("READY=1")
