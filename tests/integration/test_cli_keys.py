"""The command line about keys, as real processes: connect, rotate-key, doctor."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from bot.core.access import Role
from bot.desk.keyring import Keyring, unlock
from bot.standin.server import LocalTelegram
from bot.store import Store
from bot.vault import new_master_key
from kraken.clock import SystemClock
from kraken.sim.listing import PAIRS
from kraken.sim.private.keys import TRADING
from kraken.sim.server import Exchange
from tests.fakes_keys import KeyDesk
from tests.integration.test_cli import PATIENCE, environment, ran
from tests.stack import OWNER, people, running, settings_for
from tests.virtual_time import REAL_TIME

OLD, NEW = new_master_key(), new_master_key()
TOKEN = "123456:AAF-canary_token-of-telegram1234"


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Processes live in it, and not in a time of their test's own."""
    return REAL_TIME


async def keyring(folder: Path, store: Store, *masters: str) -> Keyring:
    clock = SystemClock()
    return Keyring(store, await unlock(store, masters), KeyDesk(clock).signer, lambda text: None)


async def owner_in(folder: Path) -> None:
    async with Store(folder, SystemClock().now) as store:
        await store.approve(OWNER, Role.TRADER, "You")


async def run(
    *arguments: str, folder: Path, typed: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    """The same as a person does, beside whatever runs in this process."""
    known = {"TELEGRAM_BOT_TOKEN": TOKEN, "KRAKEN_BOT_DATA": str(folder / "data")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-W",
        "error",
        "-m",
        "bot",
        *arguments,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env=environment(**{**known, **variables}),
    )
    out, errors = await asyncio.wait_for(process.communicate(typed.encode()), PATIENCE)
    assert process.returncode is not None
    return subprocess.CompletedProcess([], process.returncode, out.decode(), errors.decode())


async def test_a_key_is_connected_at_the_terminal_while_no_bot_runs(tmp_path: Path) -> None:
    await owner_in(tmp_path / "data")
    async with Exchange.serving(seed=1, pairs=PAIRS[:2]) as exchange:
        made = exchange.add_user({})
        told = await run(
            "connect",
            str(OWNER),
            folder=tmp_path,
            typed=f"{made['api_key']}\n{made['api_secret']}\n",
            KRAKEN_BOT_MASTER_KEY=OLD,
            KRAKEN_REST_URL=exchange.rest_url,
        )
        assert (told.returncode, told.stderr) == (0, "")
        assert "Connected." in told.stdout
        for secret in made.values():
            assert secret not in told.stdout
        bad = exchange.add_user({"permissions": [*TRADING, "withdraw-funds"]})
        told = await run(
            "connect",
            str(OWNER),
            folder=tmp_path,
            typed=f"{bad['api_key']}\n{bad['api_secret']}\n",
            KRAKEN_BOT_MASTER_KEY=OLD,
            KRAKEN_REST_URL=exchange.rest_url,
        )
        assert told.returncode == 1
        assert "can withdraw" in told.stdout
        assert told.stderr == "The key was not connected.\n"
    async with Store(tmp_path / "data", SystemClock().now) as store:
        key = await (await keyring(tmp_path, store, OLD)).key_of(OWNER)
        assert key is not None
        assert key.credentials.api_key == made["api_key"]
        [push] = await store.waiting_pushes()
        assert "entered on the server" in push.page.html


async def test_a_running_bot_takes_the_key_and_tells_the_chat(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    async with (
        LocalTelegram.serving(repeat_pause=0.0) as telegram,
        people(telegram) as them,
        Exchange.serving(seed=1, pairs=PAIRS[:2]) as exchange,
    ):
        settings = settings_for(telegram, exchange, data)
        made = exchange.add_user({})
        typed = f"{made['api_key']} {made['api_secret']}"
        async with running(settings):
            told = await run(
                "connect",
                str(OWNER),
                folder=tmp_path,
                typed=typed,
                KRAKEN_BOT_MASTER_KEY=settings.master_keys[0],
            )
            assert (told.returncode, told.stderr) == (0, "")
            assert "Connected." in told.stdout
            await them.sees(OWNER, lambda said: any("on the server" in text for text in said))
            wrong = await run(
                "connect", str(OWNER), folder=tmp_path, typed=typed, KRAKEN_BOT_MASTER_KEY=NEW
            )
            assert wrong.returncode == 1
            assert "another master key" in wrong.stderr
            stranger = await run(
                "connect",
                "77",
                folder=tmp_path,
                typed=typed,
                KRAKEN_BOT_MASTER_KEY=settings.master_keys[0],
            )
            assert stranger.returncode == 1
            assert "somebody who may trade" in stranger.stderr
            doctor = await run(
                "doctor",
                folder=tmp_path,
                KRAKEN_BOT_MASTER_KEY=settings.master_keys[0],
                KRAKEN_REST_URL=exchange.rest_url,
            )
            assert "ok    Master key: set, named" in doctor.stdout
            assert "ok    Kraken keys: …" in doctor.stdout
            assert "ok, no expiry" in doctor.stdout
            rotated = await run(
                "rotate-key",
                folder=tmp_path,
                KRAKEN_BOT_MASTER_KEY=f"{NEW},{settings.master_keys[0]}",
            )
            assert rotated.returncode == 1
            assert "Stop it first" in rotated.stderr
    disk = b"".join(path.read_bytes() for path in data.iterdir())
    for secret in made.values():
        assert secret.encode() not in disk


async def connected(folder: Path) -> None:
    from bot.core.keys import KeyReport, PermissionReport, TypedKey
    from tests.fakes import NOON
    from tests.fakes_keys import ALL, API_KEY, API_SECRET

    async with Store(folder / "data", SystemClock().now) as store:
        await (await keyring(folder, store, OLD)).add(
            TypedKey(API_KEY, API_SECRET),
            KeyReport(permissions=PermissionReport(ALL)),
            chat_id=OWNER,
            user_id=OWNER,
            label="",
            reads_only=False,
            now=NOON,
        )


async def test_the_master_key_is_replaced_in_the_order_that_the_help_tells(
    tmp_path: Path,
) -> None:
    await connected(tmp_path)
    wrong = await run("rotate-key", folder=tmp_path, KRAKEN_BOT_MASTER_KEY=NEW)
    assert wrong.returncode == 1
    assert "Nothing was changed." in wrong.stderr
    told = await run(
        "rotate-key",
        folder=tmp_path,
        TELEGRAM_BOT_TOKEN="",
        KRAKEN_BOT_MASTER_KEY=f"{NEW},{OLD}",
    )
    assert (told.returncode, told.stderr) == (0, "")
    assert "1 stored key is sealed with the first master key" in told.stdout
    for secret in (OLD, NEW):
        assert secret not in told.stdout
    again = await run("rotate-key", folder=tmp_path, KRAKEN_BOT_MASTER_KEY=NEW)
    assert again.returncode == 0
    doctor = await run("doctor", folder=tmp_path, KRAKEN_BOT_MASTER_KEY=OLD)
    assert "FAIL  Master key: it cannot open what is stored" in doctor.stdout


async def test_a_bot_with_the_wrong_master_key_does_not_start(tmp_path: Path) -> None:
    await connected(tmp_path)
    before = (tmp_path / "data" / "bot.db").read_bytes()
    for variables in ({}, {"KRAKEN_BOT_MASTER_KEY": NEW}):
        told = await run(
            "run", folder=tmp_path, TELEGRAM_API_URL="http://127.0.0.1:9", **variables
        )
        assert told.returncode == 1
        assert "KRAKEN_BOT_MASTER_KEY" in told.stderr.splitlines()[-1]
        assert "Traceback" not in told.stderr
        assert NEW not in told.stderr
    assert b"api_keys" in before


async def test_a_lost_master_key_is_given_up_only_after_a_yes(tmp_path: Path) -> None:
    await connected(tmp_path)
    no = await run("rotate-key", "--lost", folder=tmp_path, typed="n\n", KRAKEN_BOT_MASTER_KEY=NEW)
    assert no.returncode == 130
    kept = await run(
        "rotate-key", "--lost", folder=tmp_path, typed="y\n", KRAKEN_BOT_MASTER_KEY=OLD
    )
    assert "nothing is lost" in kept.stdout
    yes = await run(
        "rotate-key", "--lost", folder=tmp_path, typed="y\n", KRAKEN_BOT_MASTER_KEY=NEW
    )
    assert yes.returncode == 0
    assert "1 stored key" in yes.stdout
    async with Store(tmp_path / "data", SystemClock().now) as store:
        assert await unlock(store, [NEW]) is not None
        assert await store.key_records() == []
        [push] = await store.waiting_pushes()
        assert "has to be renewed" in push.page.html


def test_the_key_is_asked_for_and_never_an_argument(tmp_path: Path) -> None:
    told = ran(
        "connect",
        "1",
        "KEY",
        folder=tmp_path,
        TELEGRAM_BOT_TOKEN=TOKEN,
        KRAKEN_BOT_MASTER_KEY=OLD,
    )
    assert told.returncode == 2
    told = ran("connect", "1", folder=tmp_path, TELEGRAM_BOT_TOKEN=TOKEN)
    assert told.returncode == 1
    assert "There is no master key to seal it with." in told.stderr


def test_a_master_key_that_lies_beside_the_database_or_open_to_others_is_refused(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for path, words in ((data / "key", "data folder"), (tmp_path / "key", "chmod 600")):
        path.write_text(OLD)
        path.chmod(0o644)
        told = ran(
            "doctor",
            folder=tmp_path,
            TELEGRAM_BOT_TOKEN=TOKEN,
            KRAKEN_BOT_DATA=str(data),
            KRAKEN_BOT_MASTER_KEY_FILE=str(path),
        )
        assert told.returncode == 2
        assert words in told.stdout
