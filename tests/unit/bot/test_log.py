"""No secret reaches the log, whoever wrote it and in whatever form."""

import base64
import io
import logging
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from bot import log

TOKEN = "123456:AAF-canary_token-of-telegram1234"
SECRET = base64.b64encode(b"canary secret of Kraken, 64 bytes long, or nearly so!").decode()
SECRET_OF_64_BYTES = base64.b64encode(bytes(range(64))).decode()
API_KEY = "Kx7aB3+aB3+aB3+aB3+aB3+aB3+aB3+aB3+aB3+aB3+aB3+aB3+aB3+z"


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    log.set_up("info")
    yield stream
    root.handlers[:] = before
    root.setLevel(level)


@pytest.mark.parametrize(
    "form",
    [
        TOKEN,
        quote(TOKEN, safe=""),
        f"https://api.telegram.org/bot{TOKEN}/getMe",
        SECRET,
        quote(SECRET, safe=""),
        SECRET.replace("+", "-").replace("/", "_"),
        base64.b64decode(SECRET).hex(),
        SECRET[:12],
        SECRET[-12:],
    ],
)
def test_a_registered_secret_is_removed_in_every_form(form: str) -> None:
    redaction = log.Redaction()
    redaction.register(TOKEN)
    redaction.register(SECRET)
    assert form not in redaction.clean(f"before {form} after")


@pytest.mark.parametrize(
    "text",
    [
        f"POST /bot{TOKEN}/sendMessage",
        "API-Sign: kLmNoPqRsTuVwXyZ0123456789",
        "{'token': 'WW91ciBhdXRoZW50aWNhdGlvbg'}",
        "nonce=1616492376594&ordertype=limit",
        f"somebody pasted {SECRET_OF_64_BYTES} here",
        f"key {API_KEY}, refused",
    ],
)
def test_what_looks_like_a_secret_is_removed_without_being_known(text: str) -> None:
    cleaned = log.Redaction().clean(text)
    assert "[removed]" in cleaned
    assert not {"canary", "kLmNoPqRsTuVwXyZ", "WW91ciBhdXRoZW", "1616492376594"} & {
        word
        for word in ("canary", "kLmNoPqRsTuVwXyZ", "WW91ciBhdXRoZW", "1616492376594")
        if word in cleaned
    }


def test_ordinary_text_stays_as_it_is() -> None:
    redaction = log.Redaction()
    redaction.register("short")
    text = "12:30:45 short token of BTC/USD 64,998.20 #E7Q2"
    assert redaction.clean(text) == text


def test_a_secret_in_a_traceback_is_removed(written: io.StringIO) -> None:
    try:
        raise ValueError(f"no connection to https://api.telegram.org/bot{TOKEN}/getMe")
    except ValueError:
        logging.getLogger("any.library").exception("failed with %s", TOKEN)
    assert "Traceback" in written.getvalue()
    assert "canary" not in written.getvalue()


def test_libraries_that_log_addresses_are_quiet(written: io.StringIO) -> None:
    logging.getLogger("httpx").info("HTTP Request: POST https://api.telegram.org/…")
    assert written.getvalue() == ""


def test_lines_carry_their_chat(written: io.StringIO) -> None:
    with log.context("chat 5"):
        logging.getLogger("bot").info("inside")
    logging.getLogger("bot").info("outside")
    inside, outside = written.getvalue().splitlines()
    assert inside.endswith("bot [chat 5]: inside")
    assert outside.endswith("bot: outside")


def test_references_are_short_and_differ() -> None:
    references = {log.reference() for _ in range(100)}
    assert len(references) > 90
    assert all(len(reference) == 4 and reference.isalnum() for reference in references)
