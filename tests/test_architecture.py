"""Rules of the house that the linters cannot see, read from the source itself."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.handlers import COMMANDS

ROOT = Path(__file__).parents[1]
PACKAGES = ("bot", "kraken")
# In kraken, those of one account: they end with the call that started them.
STARTS_TASKS = {"bot/app.py", "bot/tasks.py", "kraken/tasks.py"}
LONGEST = 400
LONGEST_SLEEP = 0.05

# A float is never money. These make one for a reason that their comments give.
FLOATS_ALLOWED = {
    "kraken/core/book.py",  # the price as a sort key, never as a value
    "kraken/core/wire/numbers.py",  # the same, where frames are read
    "kraken/core/backoff.py",  # seconds to wait
    "kraken/core/limiter.py",  # calls per second
    "bot/core/alerts/indicators.py",  # an average of prices is no money
}


def sources(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    assert found, f"no source under {folders}"
    return found


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def calls(path: Path) -> Iterator[tuple[ast.Call, str]]:
    """Every call with the last part of the name that is called."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Attribute):
                yield node, called.attr
            elif isinstance(called, ast.Name):
                yield node, called.id


def test_no_file_is_longer_than_a_person_can_hold_in_mind() -> None:
    files = sources(*PACKAGES, "tests")
    files += [p for kind in ("*.js", "*.css", "*.html") for p in (ROOT / "bot").rglob(kind)]
    long = {name_of(p): n for p in files if (n := len(p.read_text().splitlines())) > LONGEST}
    assert long == {}


def test_only_few_files_start_tasks() -> None:
    starters = {
        name_of(path)
        for path in sources(*PACKAGES)
        for _, called in calls(path)
        if called in {"create_task", "ensure_future", "gather", "run_coroutine_threadsafe"}
    }
    assert starters <= STARTS_TASKS


def test_no_float_is_made_where_money_is_computed() -> None:
    made = {
        name_of(path)
        for path in sources("kraken/core", "bot/core")
        for _, called in calls(path)
        if called == "float"
    }
    assert made <= FLOATS_ALLOWED


def strings(node: ast.expr) -> Iterator[str]:
    """Literal text with a letter in it, in an expression; ``payload["name"]`` says nothing."""
    keys = {id(part.slice) for part in ast.walk(node) if isinstance(part, ast.Subscript)}
    for part in ast.walk(node):
        if id(part) in keys:
            continue
        text = part.value if isinstance(part, ast.Constant) else None
        if isinstance(text, str) and any(character.isalpha() for character in text):
            yield text


def test_handlers_hold_no_sentence() -> None:
    said = [
        f"{name_of(path)}:{call.lineno} {text!r}"
        for path in sources("bot/handlers")
        for call, called in calls(path)
        if called in {"reply", "edit", "toast", "Page", "Button"}
        for argument in call.args
        for text in strings(argument)
    ]
    assert said == []


def test_handlers_catch_nothing() -> None:
    caught = [
        f"{name_of(path)}:{node.lineno}"
        for path in sources("bot/handlers")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ExceptHandler)
    ]
    assert caught == []


def test_no_test_sleeps() -> None:
    slept = [
        f"{name_of(path)}:{call.lineno}"
        for path in sources("tests")
        for call, called in calls(path)
        if called == "sleep"
        and call.args
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, int | float)
        and call.args[0].value > LONGEST_SLEEP
    ]
    assert slept == []


@pytest.mark.parametrize("name", [command.name for command in COMMANDS])
def test_every_command_stands_in_the_readme(name: str) -> None:
    assert f"`/{name}" in (ROOT / "README.md").read_text()
