"""What the bot says, without Telegram: a page of text, its buttons, a picture or a file.

Texts make pages, handlers pass them on, the Telegram edge renders them. Rules: ``html`` is the
subset of HTML that Telegram accepts with every value escaped already; a button carries a verb
and a payload, never the name of a list position; whoever renders a page keeps the payload under
a random token, so that nothing a person can forge comes back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Payload = Mapping[str, str | int | bool]
"""What a button means when it is pressed: flat, and made of JSON's plain values."""

PRIVATE_CHAT = "private:"
"""How a button's address begins that opens the private chat with this bot; a start word follows.

See https://core.telegram.org/bots/features#deep-linking
"""

OWN_LINK = "https://t.me/?start="
"""The same in the words of a page, as a link to be passed on."""

ButtonStyle = Literal["", "success", "danger"]


@dataclass(frozen=True, slots=True)
class Button:
    """One inline button: a label of at most 16 characters and what a tap on it means."""

    label: str
    verb: str = ""
    """The key of ``bot.handlers.TAPS``; empty only when ``url`` is set."""
    payload: Payload = field(default_factory=dict)
    style: ButtonStyle = ""
    url: str | None = None
    """Opens this instead of telling the bot; only addresses from the code, never a person's."""


Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One message: text or caption, rows of buttons, perhaps a picture or a file."""

    html: str
    rows: Rows = ()
    photo: bytes | None = field(default=None, repr=False)
    """A PNG; then ``html`` is its caption (at most 1,024 characters)."""
    document: bytes | None = field(default=None, repr=False)
    filename: str = ""
    silent: bool = False
    """Delivered without a sound."""
    force_reply: bool = False
    """Opens the person's reply box on this message."""

    def buttons(self) -> tuple[Button, ...]:
        """All buttons, row after row."""
        return tuple(button for row in self.rows for button in row)
