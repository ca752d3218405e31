"""Which keyboards are taken."""

import json
from typing import Any

import pytest

from bot.standin.keyboards import read_inline_markup, read_markup
from bot.standin.refusals import Refusal


def inline(*buttons: dict[str, Any]) -> str:
    return json.dumps({"inline_keyboard": [list(buttons)]})


def test_a_keyboard_is_kept_as_it_is_meant() -> None:
    raw = inline(
        {"text": "a", "callback_data": "x", "style": "danger"},
        {"text": "b", "url": "https://a.b"},
        {"text": "c", "copy_text": {"text": "0.1"}},
        {"text": "d", "callback_data": "y", "style": "default", "hide": 1},
    )
    assert read_markup(raw) == {
        "inline_keyboard": [
            [
                {"text": "a", "callback_data": "x", "style": "danger"},
                {"text": "b", "url": "https://a.b/"},
                {"text": "c", "copy_text": {"text": "0.1"}},
                {"text": "d", "callback_data": "y"},
            ]
        ]
    }


def test_no_buttons_are_no_keyboard() -> None:
    assert read_markup("") is None
    assert read_markup(None) is None
    assert read_markup('{"inline_keyboard": [[]]}') is None
    assert read_markup('{"force_reply": true}') == {"force_reply": True}


def test_callback_data_has_64_bytes() -> None:
    assert read_markup(inline({"text": "a", "callback_data": "é" * 32})) is not None
    with pytest.raises(Refusal, match="Bad Request: BUTTON_DATA_INVALID"):
        read_markup(inline({"text": "a", "callback_data": "é" * 32 + "x"}))


@pytest.mark.parametrize(
    ("raw", "description"),
    [
        ("{", "Bad Request: can't parse reply keyboard markup JSON object"),
        ("[]", "Bad Request: object expected as reply markup"),
        (
            '{"inline_keyboard": [1]}',
            'Bad Request: field "inline_keyboard" of the InlineKeyboardMarkup must be an Array '
            "of Arrays",
        ),
        (
            inline({"text": "a"}),
            "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the "
            "inline keyboard",
        ),
        (
            inline({"text": "a", "callback_data": "x", "style": "loud"}),
            "Bad Request: can't parse inline keyboard button: invalid button style specified",
        ),
        (inline({"text": " ", "callback_data": "x"}), "Bad Request: BUTTON_TEXT_INVALID"),
        (
            inline({"text": "a", "url": "nowhere"}),
            "Bad Request: inline keyboard button URL 'nowhere' is invalid: Wrong HTTP URL",
        ),
        (
            inline(*[{"text": "a", "callback_data": "x"}] * 9),
            "Bad Request: reply markup is too long",
        ),
        (
            json.dumps({"inline_keyboard": [[{"text": "a", "callback_data": "x"}]] * 101}),
            "Bad Request: reply markup is too long",
        ),
        (
            json.dumps({"inline_keyboard": [[{"text": "a" * 200, "callback_data": "x"}]] * 60}),
            "Bad Request: reply markup is too long",
        ),
    ],
)
def test_what_telegram_would_not_take_is_refused(raw: str, description: str) -> None:
    with pytest.raises(Refusal) as refusal:
        read_markup(raw)
    assert refusal.value.description == description


def test_an_edit_knows_inline_keyboards_only() -> None:
    with pytest.raises(Refusal, match="inline keyboard expected"):
        read_inline_markup('{"force_reply": true}')
