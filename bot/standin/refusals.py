"""How Telegram says no: a status, a description, sometimes parameters.

The texts are Telegram's own: a client library turns them into its errors by their status, and a
bot recognises some of them by their words.
"""

from typing import Any


class Refusal(Exception):
    """A Bot API call that Telegram does not do. Nothing has happened."""

    def __init__(
        self, status: int, description: str, parameters: dict[str, Any] | None = None
    ) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters or {}

    def answer(self) -> dict[str, Any]:
        """The JSON body that goes with the status."""
        body: dict[str, Any] = {
            "ok": False,
            "error_code": self.status,
            "description": self.description,
        }
        if self.parameters:
            body["parameters"] = self.parameters
        return body


class PersonError(Exception):
    """Something a person at the local chat cannot do; told as `{"error": ...}` with status 400."""


def bad_request(text: str) -> Refusal:
    """400; Telegram starts its sentence small unless it is a code such as BUTTON_DATA_INVALID."""
    if len(text) < 2 or not (text[1] == "_" or "A" <= text[1] <= "Z"):
        text = text[:1].lower() + text[1:]
    return Refusal(400, f"Bad Request: {text}")


def forbidden(text: str) -> Refusal:
    """403: this chat does not want to hear from the bot, now and until something changes."""
    return Refusal(403, f"Forbidden: {text}")


def conflict(text: str) -> Refusal:
    """409: someone else receives the bot's updates."""
    return Refusal(409, f"Conflict: {text}")


def too_many_requests(retry_after: int) -> Refusal:
    """429: nothing was done; ask again after so many seconds."""
    return Refusal(
        429, f"Too Many Requests: retry after {retry_after}", {"retry_after": retry_after}
    )


def unauthorized() -> Refusal:
    """401: no bot has this token."""
    return Refusal(401, "Unauthorized")


def not_found(text: str = "Not Found") -> Refusal:
    """404: no such method, or no such path."""
    return Refusal(404, text)
