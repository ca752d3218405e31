"""The environment: every fault at once, secrets nowhere, foreign hosts refused."""

import base64
from pathlib import Path

import pytest

from bot.core.config import BadSettings, Settings, read_settings

TOKEN = "123456:AAF-canary_token"
KEY = base64.urlsafe_b64encode(b"k" * 32).decode()


def read(environment: dict[str, str], files: dict[str, str] | None = None) -> Settings:
    def read_file(name: str) -> str:
        if files is None or name not in files:
            raise FileNotFoundError(2, "No such file or directory", name)
        return files[name]

    return read_settings(environment, read_file)


def faults(environment: dict[str, str], files: dict[str, str] | None = None) -> tuple[str, ...]:
    with pytest.raises(BadSettings) as refusal:
        read(environment, files)
    return refusal.value.faults


def test_a_token_is_enough() -> None:
    settings = read({"TELEGRAM_BOT_TOKEN": TOKEN})
    assert settings == Settings(TOKEN)
    assert settings.telegram_api == "https://api.telegram.org"
    assert settings.kraken_rest == "https://api.kraken.com"
    assert settings.kraken_ws == "wss://ws.kraken.com/v2"
    assert settings.data == Path("data")
    assert settings.owner is None


def test_everything_can_be_set() -> None:
    settings = read(
        {
            "TELEGRAM_BOT_TOKEN": f" {TOKEN}\n",
            "TELEGRAM_API_URL": "http://127.0.0.1:8081/",
            "KRAKEN_REST_URL": "http://localhost:8089",
            "KRAKEN_WS_URL": "ws://[::1]:8089/v2",
            "KRAKEN_WS_AUTH_URL": "wss://beta-ws.kraken.com/v2",
            "KRAKEN_BOT_DATA": "/var/lib/kraken-bot",
            "KRAKEN_BOT_MASTER_KEY": f"{KEY}, {KEY}",
            "KRAKEN_BOT_OWNER": "123456789",
            "KRAKEN_BOT_LOG": "DEBUG",
        }
    )
    assert settings == Settings(
        TOKEN,
        "http://127.0.0.1:8081",
        "http://localhost:8089",
        "ws://[::1]:8089/v2",
        "wss://beta-ws.kraken.com/v2",
        Path("/var/lib/kraken-bot"),
        (KEY, KEY),
        123456789,
        "debug",
    )


def test_all_faults_are_reported_at_once_without_any_secret() -> None:
    found = faults(
        {
            "TELEGRAM_BOT_TOKEN": "canary-no-token",
            "TELEGRAM_API_URL": "https://telegram.example",
            "KRAKEN_REST_URL": "http://api.kraken.com",
            "KRAKEN_WS_URL": "nonsense",
            "KRAKEN_BOT_MASTER_KEY": "canary-no-key",
            "KRAKEN_BOT_OWNER": "@me",
            "KRAKEN_BOT_LOG": "loud",
        }
    )
    named = [fault.split()[0] for fault in found]
    assert named == [
        "TELEGRAM_BOT_TOKEN",
        "TELEGRAM_API_URL",
        "KRAKEN_REST_URL",
        "KRAKEN_WS_URL",
        "KRAKEN_BOT_MASTER_KEY",
        "KRAKEN_BOT_OWNER",
        "KRAKEN_BOT_LOG",
    ]
    assert "canary" not in "".join(found)


def test_a_missing_token_says_where_to_get_one() -> None:
    [fault] = faults({})
    assert fault.startswith("TELEGRAM_BOT_TOKEN is missing. Ask @BotFather")


def test_secrets_come_from_files_and_from_systemd_credentials() -> None:
    from_file = read({"TELEGRAM_BOT_TOKEN_FILE": "/run/token"}, {"/run/token": f"{TOKEN}\n"})
    assert from_file.telegram_token == TOKEN
    from_systemd = read(
        {"CREDENTIALS_DIRECTORY": "/run/c"},
        {"/run/c/TELEGRAM_BOT_TOKEN": TOKEN, "/run/c/KRAKEN_BOT_MASTER_KEY": KEY},
    )
    assert (from_systemd.telegram_token, from_systemd.master_keys) == (TOKEN, (KEY,))


def test_a_file_that_is_missing_or_named_beside_the_value_is_one_fault() -> None:
    [missing] = faults({"TELEGRAM_BOT_TOKEN_FILE": "/nowhere"})
    assert "/nowhere, which cannot be read: No such file" in missing
    [both] = faults({"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_BOT_TOKEN_FILE": "/run/token"})
    assert "both set" in both


@pytest.mark.parametrize(
    "url",
    [
        "https://kraken.com.example",
        "https://notkraken.com",
        "https://api.kraken.com@evil.example",
        "https://127.0.0.1.example",
        "https://10.0.0.5",
        "http://api.kraken.com",
        "https://user:pass@api.kraken.com",
        "https://api.kraken.com?x=1",
        "https://api.kraken.com:99999",
        "https://[::1",
        "file:///etc/passwd",
        "//api.kraken.com",
    ],
)
def test_no_other_address_is_accepted(url: str) -> None:
    [fault] = faults({"TELEGRAM_BOT_TOKEN": TOKEN, "KRAKEN_REST_URL": url})
    assert fault.startswith("KRAKEN_REST_URL ")


@pytest.mark.parametrize("owner", ["0", "-5", "1.5", "²", "9" * 30, "9" * 5000, "me"])
def test_an_owner_is_a_positive_number(owner: str) -> None:
    [fault] = faults({"TELEGRAM_BOT_TOKEN": TOKEN, "KRAKEN_BOT_OWNER": owner})
    assert fault.startswith("KRAKEN_BOT_OWNER ")


def test_secrets_are_not_in_the_repr() -> None:
    shown = repr(read({"TELEGRAM_BOT_TOKEN": TOKEN, "KRAKEN_BOT_MASTER_KEY": KEY}))
    assert "canary" not in shown
    assert KEY not in shown
