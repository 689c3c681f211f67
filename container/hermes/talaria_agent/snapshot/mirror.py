"""The mirror: the tree that would be restored, laid out beside the home by links to its files.

All looking and linking happens with the rights of the agent's user and through open folders, so whatever he does to his
home meanwhile, nothing outside comes in. Databases are left to `databases`: their places are returned.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from talaria_agent.snapshot.copying import copy_file
from talaria_agent.snapshot.exclusions import left_out
from talaria_agent.snapshot.notes import Notes
from talaria_agent.user.identity import Identity

MAGIC = b"SQLite format 3\0"
SIDES = ("-wal", "-shm", "-journal")
"""What lies beside a database and belongs to it: of no use, even harmful, beside a staged copy."""
DEEPEST = 100
"""Folders below each other."""
LONGEST = 3_500
"""Bytes of a path; programs cannot open 4096."""
RECENT_SECONDS = 10.0
"""A file that was modified within this time may be in the middle of being written: it is copied, not linked."""
LARGEST_COPY = 64 * 1024**2
"""Bytes. A larger file is linked at any age: the disk may not hold it twice, and a change under the upload is noticed."""
LARGEST_BYTES = 64 * 1024**3
HOLES = 16
"""A file of more than a gigabyte whose size is more than so many times its blocks is left out."""

SWAPPED = frozenset({errno.ENOENT, errno.ELOOP, errno.ENXIO, errno.ENOTDIR, errno.EINVAL, errno.EISDIR})
"""What a name answers that is gone, or something else by now."""

DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY


@dataclass
class Mirror:
    """What was laid out."""

    databases: list[str] = field(default_factory=list)
    """Paths, relative to the home, of the SQLite databases, which are not in the mirror yet."""
    files: list[str] = field(default_factory=list)
    """Paths of the regular files in the mirror."""
    linked: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Path → size and modification time (ns) of each file that shares its content with the home."""
    touched: dict[str, int] = field(default_factory=dict)
    """Path → ctime (ns) of each of these, from before it was linked."""
    notes: Notes = field(default_factory=Notes)


@dataclass
class _Walk:
    identity: Identity | None
    mirror: Mirror
    check: Callable[[], None]
    recent: float


def lay_out(home: int, into: int, identity: Identity | None, check: Callable[[], None]) -> Mirror:
    """Mirror the open folder `home` in the open, empty folder `into`. Call it acting as `identity`.

    `check` is called for each folder and raises when time is up. What vanishes meanwhile is noted.
    """
    mirror = Mirror()
    _folder(_Walk(identity, mirror, check, time.time() - RECENT_SECONDS), home, into, "", 0)
    return mirror


def _folder(walk: _Walk, source: int, target: int, prefix: str, depth: int) -> None:
    walk.check()
    entries = _looks(walk, source, prefix)
    databases = {name for name, status in entries.items() if _is_database(source, name, status)}
    sides = {database + side for database in databases for side in SIDES}
    for name, status in entries.items():
        path = prefix + name
        if name in databases:
            walk.mirror.databases.append(path)
        elif name in sides:
            continue
        elif stat.S_ISDIR(status.st_mode):
            _enter(walk, source, target, path, name, depth)
        else:
            _take(walk, source, target, path, name, status)


def _looks(walk: _Walk, source: int, prefix: str) -> dict[str, os.stat_result]:
    """What travels of a folder, with a first look at each entry."""
    found = {}
    for name in sorted(os.listdir(source)):
        path = prefix + name
        if left_out(path):
            continue
        try:
            found[name] = os.stat(name, dir_fd=source, follow_symlinks=False)
        except FileNotFoundError:
            walk.mirror.notes.vanished.append(path)
    return found


def _is_database(source: int, name: str, status: os.stat_result) -> bool:
    if not stat.S_ISREG(status.st_mode) or status.st_size < len(MAGIC) or not _sized(status):
        return False
    try:
        descriptor = os.open(name, FILE, dir_fd=source)
    except OSError:
        return False  # told when it is taken
    try:
        return os.read(descriptor, len(MAGIC)) == MAGIC
    finally:
        os.close(descriptor)


def _enter(walk: _Walk, source: int, target: int, path: str, name: str, depth: int) -> None:
    notes = walk.mirror.notes
    if depth >= DEEPEST or len(os.fsencode(path)) > LONGEST:
        return notes.too_deep.append(path)
    try:
        inner = os.open(name, DIRECTORY, dir_fd=source)
    except FileNotFoundError:
        return notes.vanished.append(path)
    except OSError:
        return notes.unreadable.append(path)
    try:
        status = os.fstat(inner)
        os.mkdir(name, 0o700, dir_fd=target)
        made = os.open(name, DIRECTORY, dir_fd=target)
        try:
            _folder(walk, inner, made, f"{path}/", depth + 1)
            os.fchmod(made, stat.S_IMODE(status.st_mode) | stat.S_IRUSR | stat.S_IXUSR)
            os.utime(made, ns=(status.st_mtime_ns, status.st_mtime_ns))
        finally:
            os.close(made)
    finally:
        os.close(inner)


def _take(walk: _Walk, source: int, target: int, path: str, name: str, status: os.stat_result) -> None:
    notes = walk.mirror.notes
    try:
        if len(os.fsencode(path)) > LONGEST:
            notes.too_deep.append(path)
        elif stat.S_ISLNK(status.st_mode):
            to = os.readlink(name, dir_fd=source)
            os.symlink(to, name, dir_fd=target)
            if _leads_out(path, to):
                notes.outward.append(path)
        elif not stat.S_ISREG(status.st_mode):
            notes.special.append(path)
        elif not _sized(status):
            notes.too_large.append(path)
        else:
            _take_file(walk, source, target, path, name, status)
    except PermissionError:
        notes.unreadable.append(path)
    except OSError as error:
        if error.errno not in SWAPPED:
            raise
        notes.vanished.append(path)


def _take_file(walk: _Walk, source: int, target: int, path: str, name: str, status: os.stat_result) -> None:
    if walk.identity is not None and status.st_uid != walk.identity.uid and status.st_nlink > 1:
        return walk.mirror.notes.foreign.append(path)
    os.close(os.open(name, FILE, dir_fd=source))  # what the agent himself may not read stays his secret
    settled = status.st_mtime < walk.recent or status.st_size > LARGEST_COPY
    if settled and _link(walk, source, target, name):
        linked = os.stat(name, dir_fd=target, follow_symlinks=False)
        walk.mirror.linked[path] = (linked.st_size, linked.st_mtime_ns)
        walk.mirror.touched[path] = status.st_ctime_ns
    else:
        copy_file(name, source, target)
    walk.mirror.files.append(path)


def _link(walk: _Walk, source: int, target: int, name: str) -> bool:
    """False where links are refused: another disk, too many, somebody else's file."""
    try:
        os.link(name, name, src_dir_fd=source, dst_dir_fd=target, follow_symlinks=False)
    except FileNotFoundError:
        raise
    except OSError:
        return False
    made = os.stat(name, dir_fd=target, follow_symlinks=False)
    if stat.S_ISREG(made.st_mode) and (walk.identity is None or made.st_uid == walk.identity.uid):
        return True
    os.unlink(name, dir_fd=target)  # swapped between the look and the link
    return False


def _sized(status: os.stat_result) -> bool:
    holes = status.st_size > 1024**3 and status.st_size > HOLES * status.st_blocks * 512
    return status.st_size <= LARGEST_BYTES and not holes


def _leads_out(path: str, to: str) -> bool:
    if to.startswith("/"):
        return True
    return os.path.normpath(os.path.join(os.path.dirname(path), to)).split("/")[0] == ".."
