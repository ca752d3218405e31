"""From what a program or a person sends to the text a chat keeps.

Telegram cleans control characters away, trims the ends, finds commands and addresses by itself,
and refuses what is then empty or too long. Lengths count after parsing.
"""

import json
import re
from typing import Any

from bot.standin.markup import Entity, Formatted, MarkupError, link, parse_html, utf16_length
from bot.standin.refusals import bad_request

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_ENTITIES = 100
MAX_RAW_BYTES = 1 << 15

_STYLES = {
    "bold",
    "italic",
    "underline",
    "strikethrough",
    "spoiler",
    "blockquote",
    "expandable_blockquote",
}
_FOUND = {"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number"}
_CARRIED = {
    "code": (),
    "pre": ("language",),
    "text_link": ("url",),
    "text_mention": ("user",),
    "custom_emoji": ("custom_emoji_id",),
    "date_time": ("unix_time", "date_time_format"),
}
_FINDERS = (
    ("url", re.compile(r"(?<![\w@.])https?://[^\s<>\"]+[^\s<>\".,:;!?)\]']")),
    (
        "bot_command",
        re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/<>])"),
    ),
    ("mention", re.compile(r"(?<!\w)@[A-Za-z0-9_]{2,32}(?!\w)")),
    ("hashtag", re.compile(r"(?<![\w#])#(?=\d*[^\W\d])\w{1,256}(?![\w#])")),
    ("cashtag", re.compile(r"(?<![\w$])\$[A-Z]{1,8}(?![\w$])")),
)
_SURROGATES = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f]")


def message_text(raw: str, parse_mode: str, entities: Any) -> Formatted:
    """The text of a message. Raises: Refusal when Telegram would not keep it."""
    if not raw:
        raise bad_request("message text is empty")
    kept = _formatted(raw, parse_mode, entities)
    if not kept.text:
        raise bad_request("text must be non-empty")
    if utf16_length(kept.text) > MAX_TEXT:
        raise bad_request("message is too long")
    return kept


def caption_text(raw: str, parse_mode: str, entities: Any) -> Formatted:
    """The words under a photo or document; may be empty. Raises: Refusal."""
    kept = _formatted(raw, parse_mode, entities)
    if utf16_length(kept.text) > MAX_CAPTION:
        raise bad_request("message caption is too long")
    return kept


def person_text(raw: str) -> Formatted:
    """What a person typed, with commands and addresses found."""
    return _found(_trimmed(Formatted(_SURROGATES.sub("\N{REPLACEMENT CHARACTER}", raw))))


def _formatted(raw: str, parse_mode: str, entities: Any) -> Formatted:
    if _SURROGATES.search(raw):
        raise bad_request("strings must be encoded in UTF-8")
    if len(raw.encode()) > MAX_RAW_BYTES:
        raise bad_request("Text is too long")
    mode = parse_mode.lower()
    if mode not in ("", "none", "html"):
        # Telegram knows two kinds of Markdown here; we write HTML only and want to hear of it.
        raise bad_request("Unsupported parse_mode")
    if mode == "html":
        try:
            parsed = parse_html(raw)
        except MarkupError as error:
            raise bad_request(f"Can't parse entities: {error}") from error
    else:
        parsed = Formatted(raw, _given(entities))
    return _found(_trimmed(parsed))


def _given(entities: Any) -> tuple[Entity, ...]:
    """The entities a program counted itself; those that Telegram finds alone are ignored."""
    listed = entities if isinstance(entities, list) else []
    kept = [_one_given(item) for item in listed]
    return tuple(entity for entity in kept if entity.type)


def _one_given(item: Any) -> Entity:
    if not isinstance(item, dict):
        raise bad_request("Can't parse MessageEntity: expected an Object")
    kind = str(item.get("type", ""))
    for name in ("offset", "length"):
        if not isinstance(item.get(name), int):
            raise bad_request(f"Can't parse MessageEntity: Can't find field \"{name}\"")
    if kind in _FOUND:
        kind = ""
    elif kind not in _STYLES and kind not in _CARRIED:
        raise bad_request("Can't parse MessageEntity: Unsupported type specified")
    extra = tuple((name, item[name]) for name in _CARRIED.get(kind, ()) if name in item)
    if kind == "text_link":
        kind, extra = link(str(item.get("url", "")))
    return Entity(kind, item["offset"], item["length"], extra)


def _trimmed(parsed: Formatted) -> Formatted:
    """Without control characters, and without white space around; entities follow."""
    text = _CONTROL.sub(lambda match: "" if match.group() == "\r" else " ", parsed.text)
    if len(text) != len(parsed.text):
        # Only carriage returns vanish; entities of such texts are counted anew from the left.
        removed = [i for i, c in enumerate(parsed.text) if c == "\r"]
        units = [utf16_length(parsed.text[:i]) for i in removed]
        parsed = Formatted(text, tuple(_without(entity, units) for entity in parsed.entities))
    first = min((entity.offset for entity in parsed.entities), default=len(text))
    lead = min(len(text) - len(text.lstrip(" \n")), first)
    text = text[lead:].rstrip()
    length = utf16_length(text)
    entities = []
    for entity in sorted(parsed.entities, key=lambda e: (e.offset, -e.length)):
        start = max(entity.offset - lead, 0)
        end = min(entity.end - lead, length)
        if end > start:
            extra = entity.extra if entity.type != "code" else ()
            entities.append(Entity(entity.type, start, end - start, extra))
    return Formatted(text, tuple(entities[:MAX_ENTITIES]))


def _without(entity: Entity, units: list[int]) -> Entity:
    before = sum(unit < entity.offset for unit in units)
    inside = sum(entity.offset <= unit < entity.end for unit in units)
    return Entity(entity.type, entity.offset - before, entity.length - inside, entity.extra)


def _found(kept: Formatted) -> Formatted:
    """Adds the commands, mentions and addresses that Telegram makes tappable by itself."""
    closed = ("code", "pre", "text_link", "text_mention")
    taken = [(e.offset, e.end) for e in kept.entities if e.type in closed]
    added: list[Entity] = []
    for kind, finder in _FINDERS:
        for match in finder.finditer(kept.text):
            start = utf16_length(kept.text[: match.start()])
            end = start + utf16_length(match.group())
            if all(end <= left or start >= right for left, right in taken):
                added.append(Entity(kind, start, end - start))
                taken.append((start, end))
    if not added:
        return kept
    entities = sorted((*kept.entities, *added), key=lambda e: (e.offset, -e.length))
    return Formatted(kept.text, tuple(entities[:MAX_ENTITIES]))


def decoded(value: Any, complaint: str) -> Any:
    """A parameter that is JSON text, or was JSON already. Raises: Refusal with the complaint."""
    if not isinstance(value, str):
        return value
    if not value:
        return None
    try:
        return json.loads(value)
    except ValueError as error:
        raise bad_request(complaint) from error
