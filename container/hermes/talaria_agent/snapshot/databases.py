"""SQLite databases: staged through the backup API while Hermes writes, then checked.

The live file is opened with the rights of the agent's user, so that no -wal or -shm of root's is left beside it. The staged
copy lies in the mirror, which only root can enter: it is opened before those rights are taken on.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from talaria_agent.problem import Problem
from talaria_agent.snapshot.problems import problem
from talaria_agent.user.identity import Identity, acting_as

STAGE_SECONDS = 60.0
"""For one database, for all tries to get at it together."""
CHECK_SECONDS = 300.0
COUNT_SECONDS = 0.5
"""For the row counts of one database; a table that takes longer has none."""
PAUSE = 0.02
STEPS_BETWEEN_LOOKS = 20_000

OWN = ("state.db", "response_store.db", "kanban.db", "projects.db", "memory_store.db", "verification_evidence.db")
"""Hermes' databases, wherever a home or a profile of his keeps them."""


@dataclass(frozen=True)
class Staged:
    """A database in the mirror."""

    check: str
    """`ok`, or the first of what SQLite found wrong."""
    pages: int
    tables: dict[str, int | None]
    """Rows of each table that counts quickly."""

    @property
    def sound(self) -> bool:
        """Whether SQLite reads all of it."""
        return self.check == "ok"


def is_memory(path: str) -> bool:
    """Whether a database is one of Hermes' own. Other programs' may be broken without holding up a promotion."""
    return path.startswith(".hermes/") and (path.rpartition("/")[2] in OWN or path.endswith(("cron/executions.db", "recovery.db")))


def stage(home: Path, path: str, into: Path, identity: Identity | None) -> Staged | None:
    """Copy the database at `path` below `home` to the same place below `into`, and check it there.

    All of it is read in one transaction: in WAL mode no writer waits, in the other modes writers wait for as long as the copy
    takes. Returns None when it is gone. Raises `database_busy` when a writer keeps it locked for STAGE_SECONDS. One that
    SQLite cannot read at all is copied as it is.
    """
    target = into / path
    try:
        with acting_as(identity):
            status = os.stat(home / path, follow_symlinks=False)
        _back_up(home / path, target, identity)
        failure = None
    except FileNotFoundError:
        target.unlink(missing_ok=True)
        return None
    except sqlite3.DatabaseError as error:
        failure = str(error)
        if not _copy(home / path, target, identity):
            return None
    os.chmod(target, stat.S_IMODE(status.st_mode) | stat.S_IRUSR)
    if identity is not None:
        os.chown(target, identity.uid, identity.gid)
    return Staged(failure, 0, {}) if failure is not None else inspect(target, identity)


def inspect(path: Path, identity: Identity | None) -> Staged:
    """Check a database that nobody writes, with the rights of `identity` once it is open."""
    try:
        with closing(sqlite3.connect(f"{_uri(path)}?mode=ro&immutable=1", uri=True)) as connection:
            with acting_as(identity):
                connection.execute("PRAGMA trusted_schema=OFF")
                check = _quick_check(connection)
                pages = connection.execute("PRAGMA page_count").fetchone()[0]
                return Staged(check, pages, _tables(connection) if check == "ok" else {})
    except sqlite3.Error as error:
        return Staged(str(error) or "unreadable", 0, {})


def _back_up(source: Path, target: Path, identity: Identity | None) -> None:
    deadline = time.monotonic() + STAGE_SECONDS

    def look(status: int, _remaining: int, _total: int) -> None:
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and time.monotonic() > deadline:
            raise _busy(source)

    target.unlink(missing_ok=True)
    with closing(sqlite3.connect(target, isolation_level=None)) as staged:
        staged.execute("PRAGMA journal_mode=OFF")
        staged.execute("PRAGMA synchronous=OFF")
        with acting_as(identity):
            if not source.is_file() or source.is_symlink():
                raise FileNotFoundError(source)
            with closing(sqlite3.connect(f"{_uri(source)}?mode=rw", uri=True, timeout=PAUSE)) as live:
                try:
                    live.backup(staged, pages=-1, progress=look, sleep=PAUSE)
                except sqlite3.OperationalError as error:
                    if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                        raise _busy(source) from error
                    if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_FULL:
                        raise problem("disk_full", f"The disk is full: {source.name} cannot be staged.") from error
                    raise


def _copy(source: Path, target: Path, identity: Identity | None) -> bool:
    """What no SQLite can read, byte by byte. False when it is gone, or closed to the agent."""
    target.unlink(missing_ok=True)
    try:
        with acting_as(identity):
            descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    with open(descriptor, "rb") as reading, open(target, "wb") as writing:
        while data := reading.read(1024 * 1024):
            writing.write(data)
    return True


def _quick_check(connection: sqlite3.Connection) -> str:
    with _limited(connection, CHECK_SECONDS):
        rows = connection.execute("PRAGMA quick_check(3)").fetchall()
    return "; ".join(str(row[0]) for row in rows)[:500]


def _tables(connection: sqlite3.Connection) -> dict[str, int | None]:
    """Virtual tables run code of their own: they are left alone."""
    names = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~' "
        "AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name LIMIT 200"
    ).fetchall()
    counts: dict[str, int | None] = {str(name): None for (name,) in names}
    try:
        with _limited(connection, COUNT_SECONDS):
            for name in counts:
                quoted = name.replace('"', '""')
                counts[name] = connection.execute(f'SELECT count(*) FROM "{quoted}"').fetchone()[0]
    except sqlite3.Error:
        pass  # the tables that were not reached have no count
    return counts


@contextmanager
def _limited(connection: sqlite3.Connection, seconds: float) -> Iterator[None]:
    deadline = time.monotonic() + seconds
    connection.set_progress_handler(lambda: time.monotonic() > deadline, STEPS_BETWEEN_LOOKS)
    try:
        yield
    finally:
        connection.set_progress_handler(None, 0)


def _busy(path: Path) -> Problem:
    return problem("database_busy", f"{path.name} was locked by a writer for {STAGE_SECONDS:.0f} s.")


def _uri(path: Path) -> str:
    """Names that are no UTF-8 included."""
    return f"file:{quote(os.fsencode(path))}"
