"""Bot API methods about receiving: updates, webhooks, answers to presses, files."""

import re
from typing import Any
from urllib.parse import urlsplit

from bot.standin.calls import Call, Method
from bot.standin.files import MAX_DOWNLOAD
from bot.standin.refusals import bad_request, conflict
from bot.standin.updates import MAX_LIMIT, MAX_TIMEOUT
from bot.standin.webhook import Webhook

# How long a press can be answered. Telegram names no figure.
QUERY_SECONDS = 60
MAX_ANSWER = 200


async def get_updates(call: Call) -> Any:
    if call.state.webhook is not None:
        raise conflict(
            "can't use getUpdates method while webhook is active; use deleteWebhook to delete "
            "the webhook first"
        )
    given = call.parameters
    _remember_allowed(call)
    return await call.state.updates.poll(
        given.integer("offset"),
        given.bounded("limit", MAX_LIMIT, 1, MAX_LIMIT),
        given.bounded("timeout", 0, 0, MAX_TIMEOUT),
    )


def _remember_allowed(call: Call) -> None:
    kinds = call.parameters.decoded("allowed_updates", "Can't parse allowed updates")
    call.state.updates.allow(kinds)


async def set_webhook(call: Call) -> Any:
    given = call.parameters
    url, secret = given.text("url"), given.text("secret_token")
    if not url:
        return await delete_webhook(call)
    try:
        host = urlsplit(url).hostname
    except ValueError:
        host = None
    if host not in ("127.0.0.1", "localhost", "::1"):
        # Telegram wants https from the open internet; this one knows only this machine.
        raise bad_request("bad webhook: only loopback addresses are reachable from here")
    if len(secret) > 256:
        raise bad_request("secret token is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
        raise bad_request("secret token contains unallowed characters")
    if given.flag("drop_pending_updates"):
        call.state.updates.clear()
    _remember_allowed(call)
    call.state.webhook = Webhook(
        url, secret, given.bounded("max_connections", 40, 1, 100), given.text("ip_address")
    )
    call.state.updates.interrupt(conflict("terminated by setWebhook request"))
    return True


async def delete_webhook(call: Call) -> Any:
    if call.parameters.flag("drop_pending_updates"):
        call.state.updates.clear()
    call.state.webhook = None
    return True


async def get_webhook_info(call: Call) -> Any:
    updates = call.state.updates
    info: dict[str, Any] = {
        "url": "",
        "has_custom_certificate": False,
        "pending_update_count": len(updates),
    }
    if updates.allowed:
        info["allowed_updates"] = updates.allowed
    if call.state.webhook is not None:
        info.update(call.state.webhook.info())
    return info


async def answer_callback_query(call: Call) -> Any:
    given = call.parameters
    state = call.state
    press = state.presses.get(given.text("callback_query_id"))
    if press is None or press.answered or state.now() - press.pressed_at > QUERY_SECONDS:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    text = given.text("text")
    if len(text) > MAX_ANSWER:
        raise bad_request("MESSAGE_TOO_LONG")
    press.answered = True
    toast = {
        "chat_id": press.chat_id,
        "user_id": press.user_id,
        "text": text,
        "alert": given.flag("show_alert"),
    }
    if text:
        state.toasts.append({**toast, "message_id": press.message_id, "date": state.seconds()})
    state.events.publish(
        {"type": "toast", **toast, "message_id": press.message_id, "data": press.data}
    )
    return True


async def get_file(call: Call) -> Any:
    file_id = call.parameters.text("file_id")
    if not file_id:
        raise bad_request("file_id not specified")
    file = call.state.files.by_id(file_id)
    if file is None:
        raise bad_request("invalid file_id")
    if len(file.content) > MAX_DOWNLOAD:
        raise bad_request("file is too big")
    return {
        "file_id": file.file_id,
        "file_unique_id": file.unique_id,
        "file_size": len(file.content),
        "file_path": file.path,
    }


METHODS: dict[str, Method] = {
    "getUpdates": get_updates,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
    "answerCallbackQuery": answer_callback_query,
    "getFile": get_file,
}
