"""The drawing process: requests on standard input, pictures on standard output.

Each message is four bytes of length, then the body. An answer that does not begin like a PNG is
an error text. It ends when its standard input does, so it never outlives the bot.
"""

import struct
import sys
from typing import BinaryIO

import msgspec

from bot.charts.drawing import draw
from bot.charts.lines import draw_line
from bot.charts.request import Drawing

_LENGTH = struct.Struct("!I")


def serve(requests: BinaryIO, pictures: BinaryIO) -> None:
    """Draw until ``requests`` ends."""
    while len(head := requests.read(_LENGTH.size)) == _LENGTH.size:
        body = requests.read(_LENGTH.unpack(head)[0])
        try:
            answer = _picture(msgspec.msgpack.decode(body, type=Drawing))
        except Exception as error:  # noqa: BLE001 - told to the bot, which raises it as ChartFailed
            answer = repr(error).encode()
        pictures.write(_LENGTH.pack(len(answer)) + answer)
        pictures.flush()


def _picture(asked: Drawing) -> bytes:
    if asked.line is not None:
        return draw_line(asked.line)
    if asked.candles is None:
        raise ValueError("there is nothing to draw")
    return draw(asked.candles)


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
