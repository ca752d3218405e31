"""Inline mode, the person's side: asking the bot from any chat, and choosing what it offers.

The bot hears only who asks, what, and in what kind of chat. An answer may be given again for as
long as the bot allows, to the same person or to everybody; what is chosen is a message of the
person that came "via" the bot.

https://core.telegram.org/bots/api#inline-mode
"""

import secrets
from typing import Any

from bot.standin.conversation import post
from bot.standin.people import entered, number
from bot.standin.refusals import PersonError
from bot.standin.shapes import bot_json, message_json, user_json
from bot.standin.state import Question, State

MAX_QUERY = 256
MAX_OFFSET = 64


def ask(state: State, act: dict[str, Any]) -> dict[str, Any]:
    """A person types the bot's name and `query` in a chat (without one: in a chat elsewhere)."""
    user_id = number(act, "user_id")
    if user_id <= 0:
        raise PersonError("user_id must be positive")
    text, offset = act.get("query", ""), act.get("offset", "")
    if not isinstance(text, str) or len(text) > MAX_QUERY:
        raise PersonError(f"query must be a string of at most {MAX_QUERY} characters")
    if not isinstance(offset, str) or len(offset.encode("utf-8", "replace")) > MAX_OFFSET:
        raise PersonError(f"offset must be a string of at most {MAX_OFFSET} bytes")
    chat = state.chat_for_person(number(act, "chat_id")) if "chat_id" in act else None
    user = state.add_user(user_id)
    if known := _cached(state, user_id, text, offset):
        return {"inline_query_id": known.query_id, "update_id": None}
    question = Question(str(secrets.randbits(62)), user_id, text, offset, state.now())
    state.add_question(question)
    query = {
        "id": question.query_id,
        "from": user_json(user),
        "query": text.encode("utf-8", "replace").decode(),
        "offset": offset,
    }
    if chat is not None:
        query["chat_type"] = "sender" if chat.type == "private" else chat.type
    update_id = state.updates.add("inline_query", query)
    return {"inline_query_id": question.query_id, "update_id": update_id}


def _cached(state: State, user_id: int, text: str, offset: str) -> Question | None:
    """An answer that may be given to this person without asking the bot."""
    for question in reversed(state.questions.values()):
        answer = question.answer
        if answer is None or (question.text, question.offset) != (text, offset):
            continue
        is_theirs = question.user_id == user_id or not answer["is_personal"]
        if is_theirs and state.now() - answer["at"] < answer["cache_time"]:
            return question
    return None


def shown(state: State, query_id: str) -> dict[str, Any]:
    """What the person sees above the input: results, and a button that leads to the bot."""
    question = _question(state, query_id)
    answer = question.answer or {}
    return {
        "answered": question.answer is not None,
        "results": [
            {name: result.get(name, "") for name in ("id", "title", "description")}
            for result in answer.get("results", [])
        ],
        "button": answer.get("button"),
        "next_offset": answer.get("next_offset", ""),
    }


def choose(state: State, act: dict[str, Any]) -> dict[str, Any]:
    """A person sends one of the results; a bot that is in that chat hears of it in any case."""
    question = _question(state, act.get("inline_query_id"))
    results = (question.answer or {}).get("results", [])
    chosen = [result for result in results if result["id"] == act.get("result_id")]
    if not chosen:
        raise PersonError("the bot offered no such result")
    user, chat = entered(state, act)
    message = post(
        state,
        chat,
        user.id,
        chosen[0]["body"],
        markup=chosen[0]["markup"],
        guise={"via_bot": bot_json(state)},
    )
    update_id = None
    if chat.bot_status in ("member", "administrator"):
        update_id = state.updates.add("message", message_json(state, message))
    return {"message_id": message.message_id, "update_id": update_id}


def _question(state: State, query_id: Any) -> Question:
    question = state.questions.get(query_id) if isinstance(query_id, str) else None
    if question is None:
        raise PersonError("nobody asked that")
    return question
