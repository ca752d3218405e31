"""The parameters of a Bot API call, however they came.

Query string, form, multipart with files, or JSON. Strings come raw, everything else as JSON text;
a file is the part of its parameter's name, or a part that `attach://NAME` points to.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.standin.files import Upload
from bot.standin.refusals import Refusal, bad_request
from bot.standin.text import decoded


@dataclass(frozen=True, slots=True)
class Parameters:
    """Telegram is forgiving about types: what is no number counts as left out."""

    values: dict[str, Any] = field(default_factory=dict)
    files: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        value = self.values.get(name, "")
        if isinstance(value, bool):
            return "true" if value else "false"
        if value is None:
            return ""
        return value if isinstance(value, str) else json.dumps(value)

    def integer(self, name: str, default: int = 0) -> int:
        try:
            return int(self.text(name))
        except ValueError:
            return default

    def identifiers(self, name: str) -> list[int]:
        """A JSON list of message ids. Raises: Refusal."""
        listed = self.decoded(name, "Can't parse message identifiers JSON object")
        if not isinstance(listed, list):
            raise bad_request("Expected an Array of message identifiers")
        return [whole_number(item) for item in listed]

    def bounded(self, name: str, default: int, low: int, high: int) -> int:
        return min(max(self.integer(name, default), low), high)

    def flag(self, name: str) -> bool:
        return self.text(name).lower() in ("true", "yes", "1")

    def decoded(self, name: str, complaint: str) -> Any:
        """The parameter as JSON; None when it is left out. Raises: Refusal with the complaint."""
        return decoded(self.values.get(name), complaint)

    def upload(self, name: str, value: str | None = None) -> Upload | None:
        """The file that came for this parameter, if one did."""
        reference = self.text(name) if value is None else value
        if reference.startswith("attach://"):
            return self.files.get(reference.removeprefix("attach://"))
        return self.files.get(name)

    def shown(self) -> dict[str, Any]:
        """For the list of calls: JSON texts decoded, files by name and size."""
        shown = {name: _shown(value) for name, value in self.values.items()}
        for name, upload in self.files.items():
            shown[name] = {"file": upload.name, "size": len(upload.content)}
        return shown


def whole_number(value: Any) -> int:
    """What Telegram takes for a number in JSON: one, or its digits; else 0."""
    try:
        return int(value) if isinstance(value, int | str) else 0
    except ValueError:
        return 0


def _shown(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


async def read_parameters(request: web.Request) -> Parameters:
    """Raises: Refusal when the body is not what its content type says."""
    values: dict[str, Any] = dict(request.query)
    files: dict[str, Upload] = {}
    try:
        if request.content_type == "application/json":
            body = await request.json() if request.can_read_body else {}
            if not isinstance(body, dict):
                raise bad_request("can't parse JSON object")
            values.update(body)
        else:
            await _read_form(request, values, files)
    except web.HTTPRequestEntityTooLarge as error:
        raise Refusal(413, "Request Entity Too Large") from error
    except (ValueError, RecursionError) as error:
        raise bad_request("can't parse the request") from error
    return Parameters(values, files)


async def _read_form(
    request: web.Request, values: dict[str, Any], files: dict[str, Upload]
) -> None:
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            with value.file as file:
                content = file.read()
            kind = value.content_type or "application/octet-stream"
            files[name] = Upload(value.filename, content, kind)
        else:
            values[name] = value if isinstance(value, str) else bytes(value).decode()
