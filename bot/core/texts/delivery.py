"""What delivery adds to a page: that it comes late, perhaps twice, or without its markup."""

import html
import re
from dataclasses import replace
from datetime import timedelta

from bot.core.numbers import duration
from bot.core.page import Page

LATE = timedelta(seconds=30)
"""A push that waited longer says how long."""

LONGEST = 4096
"""Characters of one message (https://core.telegram.org/bots/api#sendmessage)."""
LONGEST_CAPTION = 1024

_TAG = re.compile(
    r"</?(?:a|b|strong|i|em|u|ins|s|strike|del|code|pre|span|blockquote"
    r"|tg-spoiler|tg-emoji|tg-time)(?:\s[^<>]*)?>",
    re.IGNORECASE,
)


def marked(page: Page, waited: timedelta, *, maybe_twice: bool) -> Page:
    """The page with a last line that says how late it is and whether it may have come before."""
    marks = []
    if waited > LATE:
        marks.append(f"⏱ {duration(waited)} late")
    if maybe_twice:
        marks.append("(maybe sent twice)")
    return replace(page, html=f"{page.html}\n{' '.join(marks)}") if marks else page


def plain(page: Page) -> str:
    """The words of a page without any markup, cut to what one message holds."""
    limit = LONGEST_CAPTION if page.photo or page.document else LONGEST
    text = html.unescape(_TAG.sub("", page.html))
    return text if len(text) <= limit else text[: limit - 1] + "…"
