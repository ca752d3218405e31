"""Which photos and documents are taken."""

import struct

import pytest

from bot.standin.files import KEPT_FILES, MAX_DOCUMENT, MAX_PHOTO, FileShelf, Upload, image_size
from bot.standin.refusals import Refusal


def png(width: int, height: int, size: int = 33) -> bytes:
    head = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height)
    return head.ljust(size, b"\0")


def jpeg(width: int, height: int) -> bytes:
    app0 = b"\xff\xe0" + struct.pack(">H", 16) + b"JFIF".ljust(14, b"\0")
    frame = b"\xff\xc0" + struct.pack(">HBHH", 17, 8, height, width).ljust(17, b"\0")
    return b"\xff\xd8" + app0 + frame


def test_sizes_are_read_from_png_and_jpeg() -> None:
    assert image_size(png(1280, 720)) == (1280, 720, "image/png")
    assert image_size(jpeg(640, 480)) == (640, 480, "image/jpeg")
    assert image_size(b"GIF89a") is None
    assert image_size(b"\xff\xd8\xff\xe0\0\0") is None


@pytest.mark.parametrize(
    ("content", "description"),
    [
        (b"", "Bad Request: file must be non-empty"),
        (b"no picture", "Bad Request: IMAGE_PROCESS_FAILED"),
        (png(6000, 4001), "Bad Request: PHOTO_INVALID_DIMENSIONS"),
        (png(2100, 100), "Bad Request: PHOTO_INVALID_DIMENSIONS"),
        (png(10, 10, MAX_PHOTO + 1), "Bad Request: file is too big"),
    ],
)
def test_what_is_no_photo_is_refused(content: bytes, description: str) -> None:
    with pytest.raises(Refusal) as refusal:
        FileShelf().keep("photo", Upload("a.png", content))
    assert refusal.value.description == description


def test_files_are_found_by_id_and_path() -> None:
    shelf = FileShelf()
    photo = shelf.keep("photo", Upload("a", png(1280, 720, MAX_PHOTO)))
    document = shelf.keep("document", Upload("a.csv", b"x", "text/csv"))
    assert photo.path == "photos/file_0.png"
    assert document.path == "documents/file_1.csv"
    assert shelf.by_id(photo.file_id) is photo
    assert shelf.by_path(document.path) is document
    assert shelf.by_unique_id(document.unique_id) is document


def test_the_newest_files_are_kept_and_no_path_is_given_twice() -> None:
    shelf = FileShelf()
    files = [shelf.keep("document", Upload("a.csv", b"x")) for _ in range(KEPT_FILES + 4)]
    for file in files[:4]:
        assert shelf.by_id(file.file_id) is None
        assert shelf.by_path(file.path) is None
        assert shelf.by_unique_id(file.unique_id) is None
    assert all(shelf.by_path(file.path) is file for file in files[4:])
    assert len({file.path for file in files}) == len(files)


def test_a_document_has_50_mb() -> None:
    with pytest.raises(Refusal, match="Bad Request: file is too big"):
        FileShelf().keep("document", Upload("a.bin", bytes(MAX_DOCUMENT + 1)))
