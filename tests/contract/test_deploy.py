"""The files of deploy/, checked as far as that goes without a running systemd or container."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot import app

DEPLOY = Path(__file__).parents[2] / "deploy"

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on this machine"
)


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *arguments], capture_output=True, text=True, timeout=240
    )


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with a program that exists on this machine, which is all that differs."""
    text = (DEPLOY / "kraken-bot.service").read_text()
    program = "/opt/kraken-bot/.venv/bin/kraken-bot"
    assert program in text
    copy = tmp_path / "kraken-bot.service"
    copy.write_text(text.replace(program, sys.executable))
    return copy


@needs_systemd
def test_systemd_finds_nothing_wrong_with_the_unit(unit: Path) -> None:
    found = analyze("verify", "--man=no", str(unit))
    assert (found.returncode, found.stderr) == (0, "")


def test_the_unit_starts_again_what_asked_for_it_and_not_what_is_set_up_wrong() -> None:
    unit = (DEPLOY / "kraken-bot.service").read_text()
    assert re.search(r"^Restart=on-failure$", unit, re.MULTILINE)
    [kept_down] = re.findall(r"^RestartPreventExitStatus=(.*)$", unit, re.MULTILINE)
    assert kept_down.split() == ["2"]
    assert app.TRY_AGAIN not in map(int, kept_down.split())


@needs_systemd
def test_the_unit_is_exposed_to_little(unit: Path) -> None:
    found = analyze("security", "--offline=yes", "--threshold=20", str(unit))
    exposure = re.search(r"Overall exposure level.*: ([\d.]+)", found.stdout)
    assert exposure, found.stderr
    assert float(exposure[1]) <= 2.0
    assert found.returncode == 0


def test_no_secret_is_passed_through_the_environment() -> None:
    for name in ("kraken-bot.service", "compose.yaml", "Dockerfile", ".env.example"):
        text = (DEPLOY / name).read_text()
        assert not re.search(r"TELEGRAM_BOT_TOKEN\s*[=:]", text), name
        assert not re.search(r"MASTER_KEY\s*[=:]", text), name


def test_the_container_is_not_root_and_cannot_write_its_image() -> None:
    assert re.search(r"^USER 10001:10001$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    compose = (DEPLOY / "compose.yaml").read_text()
    assert "read_only: true" in compose
    assert "cap_drop: [ALL]" in compose
    assert "no-new-privileges:true" in compose


WITHOUT_WRITABLE_CODE = """
import ctypes, mmap, sys
if ctypes.CDLL(None).prctl(65, 1, 0, 0, 0):  # PR_SET_MDWE, what MemoryDenyWriteExecute= sets
    sys.exit(77)
import aiohttp, apscheduler, cryptography.fernet, msgspec, sqlite_utils, telegram.ext
from bot.charts.drawing import draw
from tests.unit.bot.test_chart_drawing import candles, chart
assert draw(chart(candles(30), ema=(20,)))
try:
    mmap.mmap(-1, 4096, prot=7)
except PermissionError:
    sys.exit(0)
sys.exit("writable code was allowed: this test shows nothing")
"""


def test_all_that_the_bot_loads_runs_without_memory_that_is_writable_and_executable() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT_WRITABLE_CODE],
        cwd=DEPLOY.parent,
        capture_output=True,
        text=True,
        timeout=240,
    )
    if ran.returncode == 77:
        pytest.skip("this kernel cannot forbid writable code for one process (Linux 6.3)")
    assert (ran.returncode, ran.stderr) == (0, "")
