"""The Bot API method that answers inline queries, for results that are articles with text."""

import re
from typing import Any

from bot.standin.calls import Call, Method
from bot.standin.inline import MAX_OFFSET
from bot.standin.keyboards import read_inline_markup
from bot.standin.refusals import bad_request
from bot.standin.text import message_text

# How long a query can be answered. Telegram names no figure; it is about that.
ANSWER_SECONDS = 10
MAX_RESULTS = 50
MAX_ID = 64
USUAL_CACHE = 300


async def answer_inline_query(call: Call) -> Any:
    given, state = call.parameters, call.state
    question = state.questions.get(given.text("inline_query_id"))
    if (
        question is None
        or question.answer is not None
        or state.now() - question.asked_at > ANSWER_SECONDS
    ):
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    results = _results(given.decoded("results", "can't parse inline query results JSON object"))
    button = _button(given.decoded("button", "can't parse inline query results button"))
    next_offset = given.text("next_offset")
    if len(next_offset.encode("utf-8", "replace")) > MAX_OFFSET:
        raise bad_request("NEXT_OFFSET_INVALID")
    question.answer = {
        "results": results,
        "button": button,
        "next_offset": next_offset,
        "cache_time": given.bounded("cache_time", USUAL_CACHE, 0, 1 << 31),
        "is_personal": given.flag("is_personal"),
        "at": state.now(),
    }
    state.events.publish(
        {"type": "inline", "user_id": question.user_id, "inline_query_id": question.query_id}
    )
    return True


def _results(listed: Any) -> list[dict[str, Any]]:
    if not isinstance(listed, list):
        raise bad_request("expected an Array of inline query results")
    if len(listed) > MAX_RESULTS:
        raise bad_request("RESULTS_TOO_MUCH")
    kept = [_result(item) for item in listed]
    if len({result["id"] for result in kept}) < len(kept):
        raise bad_request("RESULT_ID_DUPLICATE")
    return kept


def _result(item: Any) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise _unparsed("expected an Object")
    for name in ("type", "id", "title"):
        if not isinstance(item.get(name), str):
            raise _unparsed(f'Can\'t find field "{name}"')
    if item["type"] != "article":
        # Pictures need an address in the open internet, or a file that was sent before.
        raise _unparsed("only articles are known here")
    if not 1 <= len(item["id"].encode("utf-8", "replace")) <= MAX_ID:
        raise bad_request("RESULT_ID_INVALID")
    if not item["title"].strip():
        raise bad_request("ARTICLE_TITLE_EMPTY")
    content = item.get("input_message_content")
    if not isinstance(content, dict) or not isinstance(content.get("message_text"), str):
        raise _unparsed('Can\'t find field "message_text"')
    body = message_text(
        content["message_text"], str(content.get("parse_mode") or ""), content.get("entities")
    )
    return {
        "id": item["id"],
        "title": item["title"],
        "description": str(item.get("description") or ""),
        "body": body,
        "markup": read_inline_markup(item.get("reply_markup")),
    }


def _button(button: Any) -> dict[str, str] | None:
    """What stands above the results and opens the private chat with a start word."""
    if button is None:
        return None
    if not isinstance(button, dict) or not isinstance(button.get("text"), str):
        raise bad_request("can't parse inline query results button: Can't find field \"text\"")
    if not button["text"].strip():
        raise bad_request("SWITCH_PM_TEXT_EMPTY")
    start = button.get("start_parameter")
    if not isinstance(start, str) or not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", start):
        raise bad_request("START_PARAM_INVALID")
    return {"text": button["text"], "start_parameter": start}


def _unparsed(reason: str) -> Exception:
    return bad_request(f"can't parse inline query result: {reason}")


METHODS: dict[str, Method] = {"answerInlineQuery": answer_inline_query}
