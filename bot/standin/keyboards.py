"""Which keyboards Telegram takes: inline buttons, reply keyboards, and asking for a reply.

Callback data has 64 bytes; a keyboard 100 buttons, eight in a row, and 10 KB altogether.
"""

import json
import re
from typing import Any

from bot.standin.markup import checked_address
from bot.standin.refusals import bad_request
from bot.standin.text import decoded

MAX_CALLBACK_DATA = 64
MAX_BUTTONS = 100
MAX_ROW = 8
MAX_BYTES = 10_240
MAX_COPY_TEXT = 256

_STYLES = ("", "default", "primary", "danger", "success")


def read_markup(raw: Any) -> dict[str, Any] | None:
    """The keyboard as it is kept; None for none. Raises: Refusal."""
    markup = decoded(raw, "Can't parse reply keyboard markup JSON object")
    if markup is None:
        return None
    if not isinstance(markup, dict):
        raise bad_request("Object expected as reply markup")
    if "inline_keyboard" in markup:
        rows = _rows(markup["inline_keyboard"])
        return {"inline_keyboard": rows} if rows else None
    if "keyboard" in markup and not isinstance(markup["keyboard"], list):
        raise bad_request('Field "keyboard" must be of type Array')
    return markup or None


def read_inline_markup(raw: Any) -> dict[str, Any] | None:
    """For edits, which know inline keyboards only."""
    markup = read_markup(raw)
    if markup is not None and "inline_keyboard" not in markup:
        raise bad_request("inline keyboard expected")
    return markup


def _rows(keyboard: Any) -> list[list[dict[str, Any]]]:
    if not isinstance(keyboard, list):
        raise bad_request('Field "inline_keyboard" must be of type Array')
    rows = []
    for row in keyboard:
        if not isinstance(row, list):
            raise bad_request(
                'Field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays'
            )
        rows.append([_button(button) for button in row])
    kept = [row for row in rows if row]
    too_many = sum(map(len, kept)) > MAX_BUTTONS or any(len(row) > MAX_ROW for row in kept)
    if (
        too_many
        or len(json.dumps(kept, ensure_ascii=False).encode("utf-8", "replace")) > MAX_BYTES
    ):
        raise bad_request("reply markup is too long")
    return kept


def _button(button: Any) -> dict[str, Any]:
    if not isinstance(button, dict):
        raise _unparsed("InlineKeyboardButton must be an Object")
    if not isinstance(button.get("text"), str):
        raise _unparsed('Can\'t find field "text"')
    if not button["text"].strip():
        raise bad_request("BUTTON_TEXT_INVALID")
    style = str(button.get("style", "")).lower()
    if style not in _STYLES:
        raise _unparsed("invalid button style specified")
    kept = {"text": button["text"], **_action(button)}
    if style not in ("", "default"):
        kept["style"] = style
    return kept


def _action(button: dict[str, Any]) -> dict[str, Any]:
    """What the button does, in the order in which Telegram looks."""
    if url := button.get("url"):
        return {"url": _url(str(url))}
    if data := button.get("callback_data"):
        if len(str(data).encode("utf-8", "replace")) > MAX_CALLBACK_DATA:
            raise bad_request("BUTTON_DATA_INVALID")
        return {"callback_data": str(data)}
    if "web_app" in button or "switch_inline_query" in button:
        # Mini apps need https, inline queries a bot that has them switched on: neither is here.
        raise bad_request("BUTTON_TYPE_INVALID")
    if isinstance(button.get("copy_text"), dict):
        text = str(button["copy_text"].get("text", ""))
        if not 1 <= len(text) <= MAX_COPY_TEXT:
            raise bad_request("BUTTON_COPY_TEXT_INVALID")
        return {"copy_text": {"text": text}}
    raise _unparsed("Text buttons are unallowed in the inline keyboard")


def _url(url: str) -> str:
    if re.match(r"tg://user\?id=[0-9]+$", url):
        return url
    checked = checked_address(url)
    if not checked:
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
    return checked


def _unparsed(reason: str) -> Exception:
    return bad_request(f"Can't parse inline keyboard button: {reason}")
