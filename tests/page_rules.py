"""What every page must be like, whoever makes it: checked whenever a fake chat receives one."""

import html
import json
import re
import unicodedata
from html.parser import HTMLParser

from bot.core.page import Button, Page
from bot.core.words import columns
from bot.handlers import TAPS

WIDTH = 32
FIRST_LINE = 40
LABEL = 16
LABEL_ALONE = 32
PER_ROW = 3
OF_THE_GATE = ("role", "open_group")
"""Verbs that the gate itself answers."""
SIGNS = "🔄📖🕯📌📈⚙❓👋⏸✖▶📈"

_ALLOWED = {"b", "i", "u", "s", "code", "pre", "blockquote", "a", "tg-spoiler"}


class _Balance(HTMLParser):
    """Raises when a tag is not Telegram's, is not closed, or closes another one."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        assert tag in _ALLOWED, f"<{tag}> is not Telegram's"
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, f"</{tag}> closes nothing"


def words_of(page: Page) -> str:
    """The page as it is read, without markup."""
    return html.unescape(re.sub(r"</?[a-z][^<>]*>", "", page.html))


def tables_of(page: Page) -> list[list[str]]:
    """The lines of each table."""
    return [
        html.unescape(text).split("\n") for text in re.findall(r"(?s)<pre>(.*?)</pre>", page.html)
    ]


def check_page(page: Page) -> None:
    """The rules for texts and buttons."""
    _check_text(page)
    for row in page.rows:
        assert 1 <= len(row) <= PER_ROW, row
        for button in row:
            _check_button(button, LABEL if len(row) > 1 else LABEL_ALONE)


def check_plain(page: Page) -> None:
    """What somebody hears who has it read aloud: no table, no sign that means something."""
    assert "<pre>" not in page.html
    said = words_of(page) + "".join(button.label for button in page.buttons())
    assert not set(said) & set(SIGNS), said


def _check_text(page: Page) -> None:
    balance = _Balance()
    balance.feed(page.html)
    balance.close()
    assert not balance.open, f"not closed: {balance.open}"
    words = words_of(page)
    assert words.strip(), "an empty message is refused by Telegram"
    assert len(words) <= (1024 if page.photo or page.document else 3500)
    assert columns(words.split("\n")[0]) <= FIRST_LINE, words.split("\n")[0]
    for lines in tables_of(page):
        for line in lines:
            assert columns(line) <= WIDTH, f"{columns(line)} columns: {line!r}"
    invisible = [c for c in words if unicodedata.category(c) in {"Cc", "Cf"} and c != "\n"]
    assert not invisible


def _check_button(button: Button, most: int) -> None:
    assert button.label.strip()
    assert len(button.label) <= most, button.label
    assert bool(button.verb) != bool(button.url)
    assert not button.verb or button.verb in (*TAPS, *OF_THE_GATE), f"{button.verb} leads nowhere"
    json.dumps(dict(button.payload))
