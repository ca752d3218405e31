"""The master key on this machine: how to make one, and where it must not lie."""

import stat
from collections.abc import Mapping
from pathlib import Path

HOW_TO = (
    "Make one:  (umask 077; head -c 32 /dev/urandom | base64 | tr '+/' '-_' > master-key)  "
    "and set KRAKEN_BOT_MASTER_KEY_FILE to that file. Keep a copy elsewhere."
)

_MANAGED = ("/run/secrets/", "/run/credentials/")
"""Whoever mounts files here looks after who may read them."""


def exposure(environment: Mapping[str, str], data: Path) -> str:
    """Why the file with the master key is not safe where it lies; nothing if it is.

    A backup of the data folder must not hold the key that opens it.
    """
    name = environment.get("KRAKEN_BOT_MASTER_KEY_FILE", "").strip()
    if not name:
        return ""
    path = Path(name).resolve()
    if path.is_relative_to(data.resolve()):
        return (
            f"KRAKEN_BOT_MASTER_KEY_FILE names {path}, which lies in the data folder. Move it: "
            "whoever gets a copy of that folder must not get the key as well."
        )
    if str(path).startswith(_MANAGED):
        return ""
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return f"Others may read the master key {path}. Do: chmod 600 {path}"
    return ""
