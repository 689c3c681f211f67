"""Unpacks an archive that anybody may have made. Nothing in it decides where something is written, or how much.

Names are taken apart and put together again below the target; links are made last, so no name leads through one; hard links,
devices and names that lead out end the import.
"""

from __future__ import annotations

import os
import shutil
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, cast

from talaria_agent.problem import Problem
from talaria_agent.snapshot.problems import problem

MOST_ENTRIES = 500_000
MOST_BYTES = 8 << 30
"""Unpacked."""
DEEPEST = 64
SPARE = 256 << 20
"""Bytes of the disk that stay free."""
PIECE = 1 << 20


@dataclass(frozen=True)
class Member:
    """One entry, whatever the archive's form."""

    path: tuple[str, ...]
    kind: str
    """file, folder, link"""
    mode: int
    mtime: float
    size: int
    target: str
    open: Callable[[], IO[bytes] | None]


def unpack(archive: Path, into: Path) -> None:
    """Everything of the archive below `into`, which exists and is empty. Raises `archive_refused`, `disk_full`."""
    room = min(MOST_BYTES, shutil.disk_usage(into).free - SPARE)
    links: list[Member] = []
    folders: list[tuple[Path, Member]] = []
    count = written = 0
    try:
        with ExitStack() as stack:
            for member in _members(archive, stack):
                count += 1
                if count > MOST_ENTRIES:
                    raise refused(f"it holds more than {MOST_ENTRIES} entries")
                if written + member.size > room:
                    raise _too_large(room)
                full = into.joinpath(*member.path)
                if member.kind == "link":
                    links.append(member)
                elif member.kind == "folder":
                    full.mkdir(mode=0o700, parents=True, exist_ok=True)
                    folders.append((full, member))
                else:
                    written += _write(member, full, room - written)
        for member in links:
            _link(member, into)
        for full, member in reversed(folders):
            full.chmod((member.mode & 0o777) | stat.S_IRWXU)
            os.utime(full, (member.mtime, member.mtime))
    except Problem:
        raise
    except (tarfile.TarError, zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
        raise refused(f"it cannot be read: {error}") from error
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise refused(f"a name is in it twice: {error.filename}") from error


def refused(reason: str) -> Problem:
    return problem("archive_refused", f"This archive is not imported: {reason}.")


def _members(archive: Path, stack: ExitStack) -> Iterator[Member]:
    with archive.open("rb") as start:
        magic = start.read(4)
    if magic == b"PK\x03\x04":
        return _of_zip(stack.enter_context(zipfile.ZipFile(archive)))
    if magic == b"\x28\xb5\x2f\xfd":
        raise refused("it is packed with zstd still")
    return _of_tar(stack.enter_context(tarfile.open(archive)))


def _of_tar(archive: tarfile.TarFile) -> Iterator[Member]:
    for entry in archive:
        if entry.issym():
            kind = "link"
        elif entry.isdir():
            kind = "folder"
        elif entry.isreg():
            kind = "file"
        else:
            raise refused(f"{entry.name!r} is neither file, folder nor symbolic link")
        path = _parts(entry.name)
        if not path:
            continue

        def opened(found: tarfile.TarInfo = entry) -> IO[bytes] | None:
            return archive.extractfile(found)

        size = entry.size if kind == "file" else 0
        yield Member(path, kind, entry.mode, float(entry.mtime), size, entry.linkname, opened)


def _of_zip(archive: zipfile.ZipFile) -> Iterator[Member]:
    import time

    for entry in archive.infolist():
        mode = entry.external_attr >> 16
        if stat.S_ISLNK(mode):
            raise refused(f"{entry.filename!r} is a link")
        if entry.flag_bits & 1:
            raise refused(f"{entry.filename!r} needs a password")
        path = _parts(entry.filename)
        if not path:
            continue

        def opened(found: zipfile.ZipInfo = entry) -> IO[bytes]:
            return archive.open(found)

        at = time.mktime((*entry.date_time, 0, 0, -1))
        kind = "folder" if entry.is_dir() else "file"
        yield Member(path, kind, stat.S_IMODE(mode) or 0o600, at, entry.file_size, "", opened)


def _parts(name: str) -> tuple[str, ...]:
    """The name below the target; empty for the target itself."""
    if name.startswith(("/", "\\")) or "\0" in name or (len(name) > 1 and name[1] == ":"):
        raise refused(f"{name!r} is no relative name")
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if ".." in parts:
        raise refused(f"{name!r} leads out of it")
    if len(parts) > DEEPEST:
        raise refused(f"it is deeper than {DEEPEST} folders")
    return parts


def _write(member: Member, full: Path, room: int) -> int:
    """What comes out counts, not what the archive says of itself."""
    full.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    written = 0
    source = member.open()
    if source is None:
        raise refused(f"{'/'.join(member.path)!r} has no content")
    descriptor = os.open(full, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with source, os.fdopen(descriptor, "wb") as out:
        while piece := source.read(PIECE):
            written += len(piece)
            if written > room:
                raise _too_large(room)
            cast(BinaryIO, out).write(piece)
        os.fchmod(out.fileno(), (member.mode & 0o777) | stat.S_IRUSR | stat.S_IWUSR)
    if written != member.size:
        raise refused(f"{'/'.join(member.path)!r} is cut off")
    os.utime(full, (member.mtime, member.mtime))
    return written


def _link(member: Member, into: Path) -> None:
    """Made after everything else, so that no file was written through one. Whoever reads the tree follows none."""
    full = into.joinpath(*member.path)
    full.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not member.target or "\0" in member.target:
        raise refused(f"{'/'.join(member.path)!r} leads nowhere")
    if any(parent.is_symlink() for parent in full.parents if parent != into and into in parent.parents):
        raise refused(f"{'/'.join(member.path)!r} lies behind a link")
    full.symlink_to(member.target)


def _too_large(room: int) -> Problem:
    return refused(f"it would take more than {max(room, 0) >> 20} MB, which is the limit or the disk")
