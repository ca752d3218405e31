"""Settings: what the environment says, checked once.

Rules: all faults are reported together; a secret is never in a ``repr`` or in a fault's text;
``NAME_FILE`` names a file that holds the value of ``NAME``, and a systemd credential called
``NAME`` is read where neither is set; addresses other than Kraken's and Telegram's own are
accepted on this machine only, and a secret never travels unencrypted beyond it.
"""

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

TELEGRAM_API = "https://api.telegram.org"
KRAKEN_REST = "https://api.kraken.com"
KRAKEN_WS = "wss://ws.kraken.com/v2"
KRAKEN_WS_AUTH = "wss://ws-auth.kraken.com/v2"

LOG_LEVELS = ("debug", "info", "warning")

ReadFile = Callable[[str], str]
"""The text of the file of this name, or OSError."""

_TOKEN = re.compile(r"[0-9]+:[A-Za-z0-9_-]+")


class BadSettings(Exception):
    """The environment is not usable; every fault is named."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Settings:
    """What the bot was told from outside."""

    telegram_token: str = field(repr=False)
    telegram_api: str = TELEGRAM_API
    """The Bot API's root, without ``/bot``."""
    kraken_rest: str = KRAKEN_REST
    kraken_ws: str = KRAKEN_WS
    kraken_ws_auth: str = KRAKEN_WS_AUTH
    data: Path = Path("data")
    """The folder of the database and nothing else."""
    master_keys: tuple[str, ...] = field(default=(), repr=False)
    """Fernet keys; the first one seals, all open."""
    owner: int | None = None
    """Telegram's user id of the owner; None: whoever sends the code from the console."""
    log_level: str = "info"


def read_settings(environment: Mapping[str, str], read_file: ReadFile) -> Settings:
    """The settings in these variables.

    Raises:
        BadSettings: with every fault there is.
    """
    reader = _Reader(environment, read_file)
    settings = Settings(
        telegram_token=reader.token("TELEGRAM_BOT_TOKEN"),
        telegram_api=reader.url("TELEGRAM_API_URL", TELEGRAM_API, "https", "telegram.org"),
        kraken_rest=reader.url("KRAKEN_REST_URL", KRAKEN_REST, "https", "kraken.com"),
        kraken_ws=reader.url("KRAKEN_WS_URL", KRAKEN_WS, "wss", "kraken.com"),
        kraken_ws_auth=reader.url("KRAKEN_WS_AUTH_URL", KRAKEN_WS_AUTH, "wss", "kraken.com"),
        data=Path(reader.value("KRAKEN_BOT_DATA") or "data"),
        master_keys=reader.keys("KRAKEN_BOT_MASTER_KEY"),
        owner=reader.owner("KRAKEN_BOT_OWNER"),
        log_level=reader.choice("KRAKEN_BOT_LOG", LOG_LEVELS, "info"),
    )
    if reader.faults:
        raise BadSettings(tuple(reader.faults))
    return settings


def read_store_settings(environment: Mapping[str, str], read_file: ReadFile) -> Settings:
    """Only what commands need that work on the database alone; there is no token in it.

    Raises:
        BadSettings: with every fault there is in that part.
    """
    reader = _Reader(environment, read_file)
    settings = Settings(
        telegram_token="",
        data=Path(reader.value("KRAKEN_BOT_DATA") or "data"),
        master_keys=reader.keys("KRAKEN_BOT_MASTER_KEY"),
    )
    if reader.faults:
        raise BadSettings(tuple(reader.faults))
    return settings


class _Reader:
    """Reads variables and collects what is wrong with them."""

    def __init__(self, environment: Mapping[str, str], read_file: ReadFile) -> None:
        self._environment = environment
        self._read_file = read_file
        self.faults: list[str] = []

    def value(self, name: str) -> str:
        return self._environment.get(name, "").strip()

    def secret(self, name: str) -> str:
        """From the variable, the file it names, or a systemd credential."""
        direct, file_name = self.value(name), self.value(f"{name}_FILE")
        if direct and file_name:
            self.faults.append(f"{name} and {name}_FILE are both set. Keep one of them.")
        if direct or not file_name:
            return direct or self._credential(name)
        try:
            return self._read_file(file_name).strip()
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not text"
            self.faults.append(f"{name}_FILE names {file_name}, which cannot be read: {reason}.")
            return ""

    def _credential(self, name: str) -> str:
        folder = self.value("CREDENTIALS_DIRECTORY")
        if not folder:
            return ""
        try:
            return self._read_file(f"{folder}/{name}").strip()
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeError):
            self.faults.append(f"The systemd credential {name} cannot be read.")
            return ""

    def token(self, name: str) -> str:
        before = len(self.faults)
        token = self.secret(name)
        if not token and len(self.faults) == before:
            self.faults.append(
                f"{name} is missing. Ask @BotFather in Telegram for a bot and set its token."
            )
        elif token and not _TOKEN.fullmatch(token):
            self.faults.append(
                f"{name} does not look like a token. It is digits, a colon and letters, "
                "as @BotFather sent it."
            )
        return token

    def url(self, name: str, default: str, scheme: str, domain: str) -> str:
        url = self.value(name) or default
        if fault := _url_fault(url, scheme, domain):
            self.faults.append(f"{name} {fault}")
        return url.rstrip("/")

    def keys(self, name: str) -> tuple[str, ...]:
        keys = tuple(key.strip() for key in self.secret(name).split(",") if key.strip())
        if not all(map(_is_fernet_key, keys)):
            self.faults.append(
                f"{name} is not a comma-separated list of Fernet keys "
                "(each is 32 bytes in URL-safe Base64: 44 characters)."
            )
        return keys

    def owner(self, name: str) -> int | None:
        text = self.value(name)
        if not text:
            return None
        is_number = text.isascii() and text.isdecimal() and len(text) <= 16
        if not is_number or not 0 < int(text) < 2**52:
            self.faults.append(f"{name} is not a Telegram user id (a number such as 123456789).")
            return None
        return int(text)

    def choice(self, name: str, known: tuple[str, ...], default: str) -> str:
        word = self.value(name).lower() or default
        if word not in known:
            self.faults.append(f"{name} is not one of {', '.join(known)}.")
        return word


def _url_fault(url: str, scheme: str, domain: str) -> str:
    """What is wrong with the address, or nothing."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        valid = bool(host) and (parts.port is None or parts.port > 0)
    except ValueError:
        return "is not an address."
    unencrypted = {"https": "http", "wss": "ws"}[scheme]
    if not valid or parts.scheme not in (scheme, unencrypted) or _has_extras(parts):
        return f"is not an address that begins with {scheme}://."
    if _is_this_machine(host):
        return ""
    if host != domain and not host.endswith(f".{domain}"):
        return f"names the host {host}. Only hosts of {domain} and this machine are accepted."
    if parts.scheme != scheme:
        return f"is not encrypted. Beyond this machine only {scheme}:// is accepted."
    return ""


def _has_extras(parts: SplitResult) -> bool:
    return bool(parts.username or parts.password or parts.query or parts.fragment)


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_fernet_key(key: str) -> bool:
    try:
        return len(key) == 44 and len(base64.b64decode(key, altchars=b"-_", validate=True)) == 32
    except (binascii.Error, ValueError):
        return False
