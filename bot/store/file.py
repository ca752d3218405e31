"""The database file: one process, one thread, one connection, one transaction per question.

SQLite objects are bound to their thread, so a thread of its own owns the connection and every
question is one function that runs there. The folder is locked for this process: two bots on one
database would answer everything twice.

What leaves the process because of a question has it on the disk first: an order, a push, an update
that Telegram may forget. What only remembers how such a thing went on needs no wait of its own. It
survives the death of the process, and the next question that is durable takes it to the disk; if
the power fails before that, the file stands a moment earlier, as after a crash at that moment.
"""

import asyncio
import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from sqlite_utils import Database

from bot.migrations import TooNew, migrate
from bot.store.seals import seal_with

T = TypeVar("T")

FILE_NAME = "bot.db"


class StoreError(Exception):
    """The database cannot be used; the text is one line for the person who runs the bot."""


class StoreInUse(StoreError):
    """Another process works on this folder."""


class StoreDamaged(StoreError):
    """SQLite's own check found the file broken; nothing was changed."""


class StoreTooNew(StoreError):
    """A later version of the bot wrote it; nothing was changed."""


class StoreUnavailable(StoreError):
    """SQLite refused this one question (disk full, file locked or read-only): nothing of it
    was written, and asking again later may work. The file itself is sound."""


class StoreFull(StoreUnavailable):
    """The same because the disk has no room."""


class StoreFile:
    """Opens, locks, checks and migrates the file, and runs questions on it one at a time."""

    def __init__(self, folder: Path, now: Callable[[], datetime]) -> None:
        self._folder = folder
        self._now = now
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self._lock: int | None = None
        self._db: Database | None = None
        self._is_durable = True

    @property
    def path(self) -> Path:
        """Where the database is."""
        return self._folder / FILE_NAME

    async def __aenter__(self) -> Self:
        """Open it.

        Raises:
            StoreError: with one clear line; the folder is left as it was.
        """
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._thread, self._open)
        except BaseException:  # cancelled, too: nobody else would end the thread
            self._thread.shutdown()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, self._close)
        self._thread.shutdown()

    async def run(self, question: Callable[[Database], T], *, durable: bool = True) -> T:
        """Run one function in one transaction: all of it is written, or nothing.

        ``durable``: it is on the disk when this returns, with all that was written before it.

        Raises:
            StoreUnavailable: nothing was written.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._ask, question, durable)

    async def empty_log(self) -> None:
        """Bring what the write-ahead log holds into the file, and cut the log to nothing.

        What was deleted is overwritten on the disk only then. Where somebody else reads at this
        moment it stays for the next time.
        """
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, self._empty_log)

    def _empty_log(self) -> None:
        assert self._db is not None, "the store is closed"
        with suppress(sqlite3.OperationalError):
            self._db.execute("pragma wal_checkpoint(truncate)").fetchall()

    def _ask(self, question: Callable[[Database], T], durable: bool) -> T:
        assert self._db is not None, "the store is closed"
        try:
            if durable is not self._is_durable:
                self._db.execute(f"pragma synchronous = {'full' if durable else 'normal'}")
                self._is_durable = durable
            with self._db.atomic():
                return question(self._db)
        except sqlite3.OperationalError as error:
            is_full = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
            kind = StoreFull if is_full else StoreUnavailable
            raise kind(f"The database does not answer: {error}.") from error

    def _open(self) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise StoreError(
                f"The data folder {self._folder} cannot be used: {error.strerror}."
            ) from error
        try:
            self._lock_folder(self._lock)
            self._db = self._connect()
        except BaseException:  # whatever it is, the lock on the folder must not outlive it
            self._close()
            raise

    def _lock_folder(self, folder: int) -> None:
        _lock(folder, self._folder)

    def _connect(self) -> Database:
        path = self.path
        try:
            path.touch(mode=0o600)
            db = Database(path)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"The database {path} cannot be opened: {error}.") from error
        try:
            self._prepare(db)
        except BaseException:  # whatever it is, the connection must not outlive it
            db.conn.close()
            raise
        return db

    def _prepare(self, db: Database) -> None:
        try:
            for pragma in _PRAGMAS:
                db.execute(pragma).fetchall()
            found = [row[0] for row in db.execute("pragma quick_check(1)").fetchall()]
            if found != ["ok"]:
                raise StoreDamaged(_damaged(self.path, found[0]))
            migrate(db)
            seal_with(db, None)
        except TooNew as error:
            raise StoreTooNew(
                f"The database {self.path} was written by a newer version of this bot "
                f"(it has the step {error}). Install that version again."
            ) from error
        except sqlite3.OperationalError as error:
            # A full disk or a lock is no damage: nobody should throw a sound file away for it.
            raise StoreUnavailable(
                f"The database {self.path} cannot be used now ({error}). Nothing is lost: check "
                "the free space, whether it may be written, and which program keeps it locked."
            ) from error
        except sqlite3.DatabaseError as error:
            raise StoreDamaged(_damaged(self.path, str(error))) from error

    def _close(self) -> None:
        if self._db is not None:
            self._db.conn.close()
            self._db = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def now_text(self) -> str:
        """This instant, as every table writes it."""
        return time_text(self._now())


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the folder as a running bot does, so that none starts meanwhile.

    Raises:
        StoreInUse: a bot runs on it.
        StoreError: there is no such folder and none can be made.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise StoreError(f"The data folder {folder} cannot be used: {error.strerror}.") from error
    try:
        _lock(number, folder)
        yield
    finally:
        os.close(number)


def _lock(number: int, folder: Path) -> None:
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise StoreInUse(
            f"Another bot is running on the data folder {folder}. "
            "Stop it, or choose another folder."
        ) from error


def time_text(at: datetime) -> str:
    """ISO 8601 in UTC with milliseconds: texts of equal length, so they sort as times do."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def _damaged(path: Path, what: str) -> str:
    return (
        f"The database {path} is damaged ({' '.join(what.split())}). Nothing was changed: "
        "keep the file, and put back a backup or start with an empty folder."
    )


_PRAGMAS = (
    "pragma busy_timeout = 5000",
    "pragma journal_mode = wal",
    "pragma synchronous = full",
    "pragma foreign_keys = on",
    "pragma secure_delete = on",
)
