"""A client that asks and is gone before it is answered: what a killed program leaves behind."""

import asyncio
import socket
import struct
from urllib.parse import urlsplit

_NO_LINGER = struct.pack("ii", 1, 0)
_TIMES = 40
"""A server may be quick enough to answer some of them."""


async def ask_and_go(address: str, path: str, *headers: str) -> None:
    """Asks for the path again and again, each time resetting the connection at once."""
    host, port = urlsplit(address).hostname, urlsplit(address).port
    head = "\r\n".join((f"GET {path} HTTP/1.1", f"Host: {host}:{port}", *headers, "", ""))
    for _ in range(_TIMES):
        with socket.create_connection((host, port)) as connection:
            connection.sendall(head.encode())
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        await asyncio.sleep(0.001)  # the server's turn
