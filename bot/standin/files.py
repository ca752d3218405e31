"""Photos and documents: what may be sent, and where it can be fetched again.

Limits of a bot's uploads: a photo has 10 MB, sides of 10000 together and at most 20 to 1; a
document has 50 MB. A bot can fetch back no more than 20 MB.
"""

import secrets
import struct
from dataclasses import dataclass, field
from typing import Literal

from bot.standin.refusals import bad_request

MAX_PHOTO = 10 * 1024 * 1024
MAX_DOCUMENT = 50 * 1024 * 1024
MAX_DOWNLOAD = 20 * 1024 * 1024
KEPT_FILES = 500
"""The newest; a demo may run for weeks, and a chart that is drawn anew is a new file each time."""

_MAX_SIDES = 10_000
_MAX_RATIO = 20
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came with a request."""

    name: str
    content: bytes = field(repr=False)
    content_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that Telegram keeps. `file_id` is the bot's word for it."""

    kind: Literal["photo", "document"]
    file_id: str
    unique_id: str
    name: str
    content_type: str
    path: str
    content: bytes = field(repr=False)
    width: int = 0
    height: int = 0


class FileShelf:
    """The newest files that were sent, by the bot's id and by path."""

    def __init__(self) -> None:
        self._count = 0
        self._by_id: dict[str, StoredFile] = {}
        self._by_unique_id: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}

    def by_id(self, file_id: str) -> StoredFile | None:
        return self._by_id.get(file_id)

    def by_unique_id(self, unique_id: str) -> StoredFile | None:
        return self._by_unique_id.get(unique_id)

    def by_path(self, path: str) -> StoredFile | None:
        return self._by_path.get(path)

    def keep(self, kind: Literal["photo", "document"], upload: Upload) -> StoredFile:
        """Raises: Refusal when Telegram would not take the file."""
        size = len(upload.content)
        if not size:
            raise bad_request("file must be non-empty")
        if size > (MAX_PHOTO if kind == "photo" else MAX_DOCUMENT):
            raise bad_request("file is too big")
        width, height, content_type = 0, 0, upload.content_type
        if kind == "photo":
            width, height, content_type = _checked_photo(upload.content)
        extension = "." + upload.name.rpartition(".")[2] if "." in upload.name else ""
        if kind == "photo":
            extension = "." + content_type.removeprefix("image/").replace("jpeg", "jpg")
        file = StoredFile(
            kind=kind,
            file_id=("AgAC" if kind == "photo" else "BQAC") + secrets.token_urlsafe(36),
            unique_id=("AQAD" if kind == "photo" else "AgAD") + secrets.token_hex(8),
            name=upload.name,
            content_type=content_type,
            path=f"{kind}s/file_{self._count}{extension}",
            content=upload.content,
            width=width,
            height=height,
        )
        self._by_id[file.file_id] = file
        self._by_unique_id[file.unique_id] = file
        self._by_path[file.path] = file
        self._count += 1
        if len(self._by_id) > KEPT_FILES:
            self._drop(next(iter(self._by_id.values())))
        return file

    def _drop(self, file: StoredFile) -> None:
        del self._by_id[file.file_id]
        del self._by_unique_id[file.unique_id]
        del self._by_path[file.path]


def _checked_photo(content: bytes) -> tuple[int, int, str]:
    found = image_size(content)
    if found is None:
        raise bad_request("IMAGE_PROCESS_FAILED")
    width, height, _ = found
    if width + height > _MAX_SIDES or max(width, height) > _MAX_RATIO * min(width, height):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    return found


def image_size(content: bytes) -> tuple[int, int, str] | None:
    """Width, height and kind of a picture, or None when this is none that we know."""
    if content.startswith(_PNG) and content[12:16] == b"IHDR" and len(content) >= 33:
        width, height = struct.unpack(">II", content[16:24])
        return (width, height, "image/png") if width and height else None
    if content.startswith(b"\xff\xd8\xff"):
        return _jpeg_size(content)
    return None


def _jpeg_size(content: bytes) -> tuple[int, int, str] | None:
    """Walks the segments of a JPEG to its frame header (ITU T.81, B.2.2)."""
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return (width, height, "image/jpeg") if width and height else None
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return None
