"""Topics of a group: opened, closed and deleted by its people.

https://core.telegram.org/bots/api#forumtopic
"""

from typing import Any

from bot.standin.conversation import drop, post
from bot.standin.markup import Formatted
from bot.standin.people import number
from bot.standin.refusals import PersonError
from bot.standin.shapes import message_json
from bot.standin.state import Chat, State, Topic


def change(state: State, act: dict[str, Any]) -> dict[str, Any]:
    """A topic is opened with a `name`, or with `message_thread_id` closed, reopened or deleted.

    `"closed": true` or `false`, `"deleted": true`; what was said in a deleted topic goes with it.
    """
    chat = state.chat_for_person(number(act, "chat_id"))
    if chat.type != "supergroup":
        raise PersonError("only a supergroup has topics")
    actor = min(chat.members, default=0)
    if act.get("message_thread_id") is None:
        return _open(state, chat, actor, act.get("name"))
    wanted = number(act, "message_thread_id")
    if wanted not in chat.topics:
        raise PersonError(f"there is no topic {wanted} in chat {chat.id}")
    if act.get("deleted"):
        gone = [
            message.message_id for message in chat.messages.values() if message.topic == wanted
        ]
        del chat.topics[wanted]
        drop(state, chat, gone)
        return {"message_thread_id": wanted, "update_id": None}
    chat.topics[wanted].closed = bool(act.get("closed"))
    what = "forum_topic_closed" if chat.topics[wanted].closed else "forum_topic_reopened"
    return _told(state, chat, actor, wanted, {what: {}})


def _open(state: State, chat: Chat, actor: int, name: Any) -> dict[str, Any]:
    if not isinstance(name, str) or not name.strip():
        raise PersonError("name must be a non-empty string")
    topic = chat.last_message_id + 1  # it is named by the message that opens it
    chat.topics[topic] = Topic(name)
    created = {"forum_topic_created": {"name": name, "icon_color": 7322096}}
    return _told(state, chat, actor, topic, created)


def _told(
    state: State, chat: Chat, actor: int, topic: int, service: dict[str, Any]
) -> dict[str, Any]:
    message = post(state, chat, actor, Formatted(), service=service, topic=topic)
    update_id = state.updates.add("message", message_json(state, message))
    return {"message_thread_id": topic, "update_id": update_id}
