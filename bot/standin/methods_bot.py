"""Bot API methods about the bot itself: who it is, its commands, its menu button and texts."""

from collections.abc import Callable
from typing import Any

from bot.standin.calls import Call, Method
from bot.standin.commands import checked_language, read_commands, scope_key
from bot.standin.refusals import bad_request
from bot.standin.shapes import me_json
from bot.standin.state import Bot


async def get_me(call: Call) -> Any:
    return me_json(call.state)


def _commands_key(call: Call) -> tuple[Any, ...]:
    scope = call.parameters.decoded("scope", "Can't parse BotCommandScope JSON object")
    language = checked_language(call.parameters.text("language_code"))
    return (scope_key(call.state, scope), language)


async def set_my_commands(call: Call) -> Any:
    listed = read_commands(call.parameters.decoded("commands", "Can't parse commands JSON object"))
    call.state.commands[_commands_key(call)] = listed
    call.state.events.publish({"type": "commands"})
    return True


async def get_my_commands(call: Call) -> Any:
    return call.state.commands.get(_commands_key(call), [])


async def delete_my_commands(call: Call) -> Any:
    call.state.commands.pop(_commands_key(call), None)
    call.state.events.publish({"type": "commands"})
    return True


async def set_chat_menu_button(call: Call) -> Any:
    button = call.parameters.decoded("menu_button", "Can't parse menu button JSON object")
    button = button or {"type": "default"}
    kind = button.get("type") if isinstance(button, dict) else None
    if kind == "web_app":
        raise bad_request("BUTTON_URL_INVALID")
    if kind not in ("default", "commands"):
        raise bad_request("Can't parse menu button: MenuButton has unsupported type")
    if call.parameters.text("chat_id"):
        chat = call.chat()
        if chat.type != "private":
            raise bad_request("chat_id must be a private chat")
        chat.menu_button = button
    else:
        call.state.menu_button = button
    return True


async def get_chat_menu_button(call: Call) -> Any:
    chat = call.chat() if call.parameters.text("chat_id") else None
    return (chat.menu_button if chat else None) or call.state.menu_button


def _setter(
    field: str, limit: int, texts: Callable[[Bot], dict[str, str]], too_long: str
) -> Method:
    async def set_text(call: Call) -> Any:
        text = call.parameters.text(field)
        if len(text) > limit:
            raise bad_request(too_long)
        language = checked_language(call.parameters.text("language_code"))
        texts(call.state.bot)[language] = text
        call.state.events.publish({"type": "commands"})
        return True

    return set_text


def _getter(field: str, texts: Callable[[Bot], dict[str, str]]) -> Method:
    async def get_text(call: Call) -> Any:
        known = texts(call.state.bot)
        default = call.state.bot.first_name if field == "name" else ""
        language = checked_language(call.parameters.text("language_code"))
        return {field: known.get(language) or known.get("") or default}

    return get_text


METHODS: dict[str, Method] = {
    "getMe": get_me,
    "setMyCommands": set_my_commands,
    "getMyCommands": get_my_commands,
    "deleteMyCommands": delete_my_commands,
    "setChatMenuButton": set_chat_menu_button,
    "getChatMenuButton": get_chat_menu_button,
    "setMyDescription": _setter(
        "description", 512, lambda bot: bot.descriptions, "description is too long"
    ),
    "getMyDescription": _getter("description", lambda bot: bot.descriptions),
    "setMyShortDescription": _setter(
        "short_description",
        120,
        lambda bot: bot.short_descriptions,
        "short description is too long",
    ),
    "getMyShortDescription": _getter("short_description", lambda bot: bot.short_descriptions),
    "setMyName": _setter("name", 64, lambda bot: bot.names, "name is too long"),
    "getMyName": _getter("name", lambda bot: bot.names),
}
