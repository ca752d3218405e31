"""A disk that has no room, as SQLite meets it: its own file answers "No space left on device".

The write-ahead log that is open already is put on ``/dev/full``, so that the kernel itself refuses
every write, and ends of it are as real as can be had without a file system of one's own.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path


@contextmanager
def full_disk(database: Path) -> Iterator[None]:
    """No room for anything more in this database, which this process has open."""
    log = Path(f"{os.path.realpath(database)}-wal")
    while True:
        with closing(sqlite3.connect(database)) as other:
            other.execute("pragma wal_checkpoint(truncate)").fetchall()
        if log.stat().st_size == 0:
            break
    ours = [number for number in map(int, os.listdir("/proc/self/fd")) if _is(number, log)]
    assert ours, "the database is open"
    full = os.open("/dev/full", os.O_RDWR | os.O_CLOEXEC)
    kept = [os.dup(number) for number in ours]
    try:
        for number in ours:
            os.dup2(full, number, inheritable=False)
        yield
    finally:
        for number, real in zip(ours, kept, strict=True):
            os.dup2(real, number, inheritable=False)
            os.close(real)
        os.close(full)


def _is(number: int, path: Path) -> bool:
    try:
        return os.readlink(f"/proc/self/fd/{number}") == str(path)
    except OSError:  # it was the listing's own
        return False
