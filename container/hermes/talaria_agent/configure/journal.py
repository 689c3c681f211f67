"""The journal mode of Hermes' databases.

SQLite 3.7.0 to 3.51.2 can corrupt a database in WAL mode (sqlite.org/wal.html, "WAL-reset bug"; also fixed in 3.50.7 and
3.44.6). Debian 13 has 3.46.1. With such a library databases are kept in journal mode `delete`.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

Version = tuple[int, int, int]

FIXED: Version = (3, 51, 3)
FIXED_LINES: tuple[Version, ...] = ((3, 50, 7), (3, 44, 6))
HEADER = b"SQLite format 3\0"
WAL = b"\x02\x02"
"""Bytes 18 and 19 of a database in WAL mode."""

NOT_SEARCHED = frozenset({"node_modules", "cache", "checkpoints", "workspace", "__pycache__", ".git"})
DEEPEST = 4


def has_wal_reset_bug(version: Version = sqlite3.sqlite_version_info) -> bool:
    """Whether this SQLite must not write databases in WAL mode."""
    return version < FIXED and not any(version[:2] == line[:2] and version >= line for line in FIXED_LINES)


def journal_mode(version: Version = sqlite3.sqlite_version_info) -> str:
    """What the managed scope declares as `database.journal_mode`."""
    return "delete" if has_wal_reset_bug(version) else "wal"


def leave_wal(home: Path, version: Version = sqlite3.sqlite_version_info) -> list[str]:
    """Take databases under `home` out of WAL mode if this SQLite has the bug: Hermes itself leaves an existing one in it.

    Call it only while no gateway runs. Returns the names of those that were changed; a file that is no sound database is
    left for Hermes to report.
    """
    if not has_wal_reset_bug(version):
        return []
    return [str(path.relative_to(home)) for path in _databases(home) if _in_wal(path) and _convert(path)]


def _databases(home: Path) -> list[Path]:
    found = []
    for folder, folders, files in os.walk(home):
        deep = len(Path(folder).relative_to(home).parts) >= DEEPEST
        folders[:] = [] if deep else [name for name in folders if name not in NOT_SEARCHED]
        found += [Path(folder, name) for name in files if name.endswith(".db")]
    return found


def _in_wal(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            start = file.read(20)
    except OSError:
        return False
    return start.startswith(HEADER) and start[18:20] == WAL


def _convert(path: Path) -> bool:
    try:
        with closing(sqlite3.connect(path, timeout=5)) as connection:
            return connection.execute("PRAGMA journal_mode=DELETE").fetchone() == ("delete",)
    except sqlite3.Error:
        return False
