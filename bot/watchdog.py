"""Words to systemd, when it is there to listen (man sd_notify)."""

import os
import socket


def notify(state: str) -> None:
    """Tell the supervisor, such as ``READY=1``; does nothing without one."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as talk:
        try:
            talk.sendto(state.encode(), address)
        except OSError:
            return  # nobody listens any more; that is no reason to stop
