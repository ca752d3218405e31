"""Telegram's HTML: text with tags becomes plain text and entities, or a 400 in Telegram's words.

* Offsets and lengths of entities are UTF-16 code units; offsets in errors are bytes of UTF-8.
* Only the tags in `TAGS` exist; names are case-insensitive; every start tag needs its end tag.
* `&lt; &gt; &amp; &quot;` and numbered references are decoded, with or without the semicolon; any
  other `&` stands for itself.
* An entity over nothing is dropped; a link whose address is no address loses the link only.

https://core.telegram.org/bots/api#html-style
"""

import re
from dataclasses import dataclass, field
from typing import Any

TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "tg-emoji": "custom_emoji",
    "tg-time": "date_time",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}

SPACE = b" \t\r\n\0\v"
NAMED = {b"lt": "<", b"gt": ">", b"amp": "&", b"quot": '"'}
REFERENCE = re.compile(rb"&(?:#x([0-9a-fA-F]*)|#([0-9]*)|([a-zA-Z]*))")
PLAIN = re.compile(rb"[^<&]+")


class MarkupError(Exception):
    """The text is not Telegram's HTML; says why in Telegram's words."""


@dataclass(frozen=True, slots=True)
class Entity:
    """What a stretch of a text is: bold, a link, a command. Counted in UTF-16 code units."""

    type: str
    offset: int
    length: int
    extra: tuple[tuple[str, Any], ...] = ()

    @property
    def end(self) -> int:
        return self.offset + self.length

    def as_telegram(self) -> dict[str, Any]:
        return {
            "type": self.type,
            "offset": self.offset,
            "length": self.length,
            **dict(self.extra),
        }


@dataclass(frozen=True, slots=True)
class Formatted:
    """A text as Telegram keeps it: plain characters, and what they look like."""

    text: str = ""
    entities: tuple[Entity, ...] = ()


def utf16_length(text: str) -> int:
    """How long Telegram finds this text: characters beyond the basic plane count twice."""
    return len(text) + sum(character > "\uffff" for character in text)


def parse_html(text: str) -> Formatted:
    """Raises: MarkupError, when Telegram would not take the text."""
    return _Parser(text.encode("utf-8", "surrogatepass")).parse()


@dataclass(slots=True)
class _Open:
    tag: str
    arguments: dict[str, str]
    offset: int
    start: int


@dataclass(slots=True)
class _Parser:
    data: bytes
    at: int = 0
    offset: int = 0
    output: list[str] = field(default_factory=list)
    entities: list[Entity] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)

    def parse(self) -> Formatted:
        while self.at < len(self.data):
            if plain := PLAIN.match(self.data, self.at):
                self.at = plain.end()
                self._write(plain.group().decode("utf-8", "surrogatepass"))
            elif self.data.startswith(b"</", self.at):
                self._end_tag()
            elif self.data.startswith(b"<", self.at):
                self._start_tag()
            else:
                self._write(self._reference())
        if self.open:
            raise MarkupError(
                f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"'
            )
        text = "".join(self.output)
        if re.search("[\ud800-\udfff]", text):
            raise MarkupError(
                "Text contains invalid Unicode characters after decoding HTML entities, "
                "check for unmatched surrogate code units"
            )
        return Formatted(text, tuple(sorted(self.entities, key=lambda e: (e.offset, -e.length))))

    def _write(self, text: str) -> None:
        self.output.append(text)
        self.offset += utf16_length(text)

    def _reference(self) -> str:
        """Reads what stands at an ampersand: the character that is meant, or the ampersand."""
        match = REFERENCE.match(self.data, self.at)
        character = "" if match is None else _referenced(match)
        if match is None or not character:
            self.at += 1
            return "&"
        self.at = match.end()
        if self._byte() == b";":
            self.at += 1
        return character

    def _byte(self) -> bytes:
        return self.data[self.at : self.at + 1]

    def _skip_to(self, stops: bytes) -> str:
        """Reads up to one of the stops or the end, and gives what was read."""
        begin = self.at
        while self.at < len(self.data) and self.data[self.at] not in stops:
            self.at += 1
        return self.data[begin : self.at].decode("utf-8", "replace")

    def _skip_space(self) -> None:
        while self.at < len(self.data) and self.data[self.at] in SPACE:
            self.at += 1

    def _start_tag(self) -> None:
        begin = self.at
        self.at += 1
        tag = self._skip_to(SPACE + b">").lower()
        if not self._byte():
            raise MarkupError(f"Unclosed start tag at byte offset {begin}")
        if tag not in TAGS:
            raise MarkupError(f'Unsupported start tag "{tag}" at byte offset {begin}')
        arguments: dict[str, str] = {}
        while True:
            self._skip_space()
            if self._byte() == b">":
                break
            name, value = self._attribute(tag, begin)
            arguments[name] = value
        self.at += 1
        if tag == "span" and arguments.get("class") != "tg-spoiler":
            raise MarkupError(f'Tag "span" must have class "tg-spoiler" at byte offset {begin}')
        self.open.append(_Open(tag, arguments, self.offset, len(self.output)))

    def _attribute(self, tag: str, begin: int) -> tuple[str, str]:
        name = self._skip_to(SPACE + b"=>").lower()
        if not name:
            raise MarkupError(f'Empty attribute name in the tag "{tag}" at byte offset {begin}')
        self._skip_space()
        if self._byte() != b"=":
            if not self._byte():
                raise MarkupError(f'Unclosed start tag "{tag}" at byte offset {begin}')
            if (tag, name) == ("blockquote", "expandable"):
                return name, ""
            raise MarkupError(
                "Expected equal sign in declaration of an attribute of the tag "
                f'"{tag}" at byte offset {begin}'
            )
        self.at += 1
        self._skip_space()
        if not self._byte():
            raise MarkupError(f'Unclosed start tag "{tag}" at byte offset {begin}')
        value = self._quoted() if self._byte() in (b'"', b"'") else self._name_token()
        if not self._byte():
            raise MarkupError(f"Unclosed start tag at byte offset {begin}")
        return name, value

    def _name_token(self) -> str:
        begin = self.at
        match = re.compile(rb"[a-zA-Z0-9.-]*").match(self.data, begin)
        assert match is not None
        self.at = match.end()
        if self._byte() and self.data[self.at] not in SPACE + b">":
            raise MarkupError(f"Unexpected end of name token at byte offset {begin}")
        return match.group().decode().lower()

    def _quoted(self) -> str:
        quote = self._byte()
        self.at += 1
        parts = []
        while self._byte() and self._byte() != quote:
            parts.append(
                self._reference() if self._byte() == b"&" else self._skip_to(quote + b"&")
            )
        self.at += len(self._byte())
        return "".join(parts)

    def _end_tag(self) -> None:
        begin = self.at
        if not self.open:
            raise MarkupError(f"Unexpected end tag at byte offset {begin}")
        self.at += 2
        tag = self._skip_to(SPACE + b">").lower()
        self._skip_space()
        if self._byte() != b">":
            raise MarkupError(f"Unclosed end tag at byte offset {begin}")
        self.at += 1
        opened = self.open.pop()
        if tag and tag != opened.tag:
            raise MarkupError(
                f"Unmatched end tag at byte offset {begin}, "
                f'expected "</{opened.tag}>", found "</{tag}>"'
            )
        if self.offset > opened.offset:
            self._close(opened)

    def _close(self, opened: _Open) -> None:
        """Turns a finished pair of tags into an entity."""
        length = self.offset - opened.offset
        inside = "".join(self.output[opened.start :])
        kind, extra = _meaning(opened.tag, opened.arguments, inside)
        last = self.entities[-1] if self.entities else None
        if last and (last.offset, last.length) == (opened.offset, length):
            language = dict(last.extra).get("language") or dict(extra).get("language")
            if language and {last.type, kind} == {"code", "pre"}:
                known = (("language", language),)
                self.entities[-1] = Entity("pre", opened.offset, length, known)
                return
        if kind:
            self.entities.append(Entity(kind, opened.offset, length, extra))


def _referenced(match: re.Match[bytes]) -> str:
    hexadecimal, decimal, name = match.groups()
    if name is not None:
        return NAMED.get(name, "")
    code = int(hexadecimal, 16) if hexadecimal else int(decimal or b"0")
    if not 0 < code < 0x10FFFF or len(match.group()) >= 10:
        return ""
    return chr(code)


def _meaning(
    tag: str, arguments: dict[str, str], inside: str
) -> tuple[str, tuple[tuple[str, Any], ...]]:
    """The entity of a tag and what it carries; no entity when its argument is unusable."""
    if tag == "a":
        return link(arguments.get("href") or inside)
    if tag == "code":
        language = arguments.get("class", "")
        if language.startswith("language-"):
            return "code", (("language", language.removeprefix("language-")),)
    if tag == "blockquote" and "expandable" in arguments:
        return "expandable_blockquote", ()
    if tag == "tg-emoji":
        return "custom_emoji", (("custom_emoji_id", _number(arguments, "emoji-id")),)
    if tag == "tg-time":
        return "date_time", _date_time(arguments)
    return TAGS[tag], ()


def _number(arguments: dict[str, str], name: str) -> str:
    value = arguments.get(name, "")
    if not re.fullmatch(r"-?[0-9]{1,19}", value) or int(value) == 0:
        raise MarkupError("Invalid custom emoji identifier specified")
    return value


def _date_time(arguments: dict[str, str]) -> tuple[tuple[str, Any], ...]:
    moment, form = arguments.get("unix", ""), arguments.get("format", "")
    if not re.fullmatch(r"[0-9]{1,10}", moment) or not re.fullmatch(r"[rR]|[tTdDwW]*", form):
        raise MarkupError("Invalid date-time format specified")
    extra: tuple[tuple[str, Any], ...] = (("unix_time", int(moment)),)
    return (*extra, ("date_time_format", form)) if form else extra


def link(address: str) -> tuple[str, tuple[tuple[str, Any], ...]]:
    """The entity of a link to this address: a person, a place, or nothing if it is no address."""
    if person := re.fullmatch(r"tg://user\?id=([0-9]+)", address):
        return "text_mention", (("user_id", int(person.group(1))),)
    checked = checked_address(address)
    return ("text_link", (("url", checked),)) if checked else ("", ())


def checked_address(address: str) -> str:
    """The address as Telegram writes it, or "" where it sees none."""
    match = re.fullmatch(r"(?:([a-zA-Z][a-zA-Z0-9+.-]*)://)?([^\s/?#]+)([/?#]\S*)?", address)
    if match is None:
        return ""
    scheme, host, rest = (match.group(1) or "http").lower(), match.group(2), match.group(3) or ""
    if scheme in ("tg", "ton", "tonsite"):
        return f"{scheme}://{host}{rest}"
    if scheme not in ("http", "https") or not re.fullmatch(r"[^.]+(\.[^.]+)+", host):
        return ""
    return f"{scheme}://{host}{rest if rest.startswith('/') else '/' + rest}"
