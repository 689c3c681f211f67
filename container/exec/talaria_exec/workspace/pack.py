"""The workspace, or what changed in it, as a gzip tar in a private folder until it has been fetched."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import stat
import tarfile
import threading
import uuid
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from talaria_exec.problem import Refusal, of_disk
from talaria_exec.workspace.entries import DELETED, Index, Marks, entries, sum_of

LEVEL = 1
KEPT = 4
"""Packs at most; the oldest go first."""
WHOLE_KEPT = 2
"""Packs of everything at most: the newest, and the one that may still be on its way out."""


@dataclass(frozen=True)
class Pack:
    """`mark` is the state that it holds. `unreadable`: files that their owner may not read; they stay behind."""

    name: str
    bytes: int
    sha256: str
    files: int
    deleted: int
    unreadable: int
    mark: str


class Packs:
    """Makes packs of `workspace` in `folder`; safe to use from any thread, one pack at a time."""

    def __init__(self, workspace: Path, folder: Path, marks: Marks) -> None:
        self._workspace = workspace
        self._folder = folder
        self._marks = marks
        self._lock = threading.Lock()
        self._files: OrderedDict[str, Path] = OrderedDict()
        self._wholes: OrderedDict[str, tuple[Index, Pack]] = OrderedDict()

    def make(self, since: str | None, limit: int) -> Pack:
        """
        Pack what changed after the mark `since`, or everything: the last such pack again if nothing has changed.
        Raises `workspaceTooLarge` above `limit` bytes of files.
        """
        with self._lock:
            before = self._marks.of(since) if since is not None else {}
            now = list(entries(self._workspace))
            chosen = [(name, state) for name, state in now if before.get(name) != sum_of(state)]
            size = sum(state.st_size for _, state in chosen if stat.S_ISREG(state.st_mode))
            if size > limit:
                message = f"The workspace has {size} bytes to save; the limit is {limit}."
                raise Refusal("workspaceTooLarge", message, bytes=size, limitBytes=limit)
            index: Index = {name: sum_of(state) for name, state in now}
            again = self._same(index) if since is None else None
            if again is not None:
                return again
            deleted = [name for name in before if name not in index]
            name = uuid.uuid4().hex
            path = self._folder / f"{name}.tar.gz"
            try:
                with open(path, "xb") as file:
                    unreadable = _write(file, self._workspace, chosen, deleted)
                    packed = file.tell()
                digest = _sha256(path)
            except OSError as error:
                path.unlink(missing_ok=True)
                raise of_disk(error, "The workspace cannot be packed") from error
            self._keep(name, path)
            files = len(chosen) - unreadable
            made = Pack(name, packed, digest, files, len(deleted), unreadable, self._marks.keep(index))
            if since is None:
                self._wholes[name] = (index, made)
                while len(self._wholes) > WHOLE_KEPT:
                    self._remove(self._wholes.popitem(last=False)[0])
            return made

    def path(self, name: str) -> Path:
        """Where a pack lies. Raises the refusal `packUnknown`."""
        with self._lock:
            path = self._files.get(name)
        if path is None or not path.exists():
            raise Refusal("packUnknown", f"This box has no pack {name}.")
        return path

    def drop(self, name: str) -> None:
        """Remove a pack; one that is not there is fine."""
        with self._lock:
            self._remove(name)

    def _same(self, index: Index) -> Pack | None:
        """The newest pack of everything, if that is how things still are. Its mark is the newest again."""
        if not self._wholes:
            return None
        before, made = next(reversed(self._wholes.values()))
        if before != index or made.name not in self._files:
            return None
        self._marks.renew(made.mark, index)
        return made

    def _remove(self, name: str) -> None:
        path = self._files.pop(name, None)
        if path is not None:
            path.unlink(missing_ok=True)

    def _keep(self, name: str, path: Path) -> None:
        self._files[name] = path
        while len(self._files) > KEPT:
            self._files.popitem(last=False)[1].unlink(missing_ok=True)


def _write(file: BinaryIO, workspace: Path, chosen: list[tuple[str, os.stat_result]], deleted: list[str]) -> int:
    """Returns how many files could not be read."""
    unreadable = 0
    with (
        gzip.GzipFile(fileobj=file, mode="wb", compresslevel=LEVEL, filename="", mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT, bufsize=1 << 20) as tar,
    ):
        if deleted:
            names = b"".join(os.fsencode(name) + b"\0" for name in deleted)
            gone = tarfile.TarInfo(DELETED)
            gone.size = len(names)
            tar.addfile(gone, io.BytesIO(names))
        for name, _ in chosen:
            if not _add(tar, workspace, name):
                unreadable += 1
    return unreadable


def _add(tar: tarfile.TarFile, workspace: Path, name: str) -> bool:
    path = workspace / name
    try:
        member = tar.gettarinfo(path, arcname=name)
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        if not member.isreg():
            tar.addfile(member)
            return True
        with open(path, "rb") as content:
            tar.addfile(member, _Exactly(content, member.size))
        return True
    except (FileNotFoundError, PermissionError):
        return False  # gone meanwhile, or closed by its owner: counted


class _Exactly(io.RawIOBase):
    """A file that a program may be writing: as many bytes as its header says, NUL for those that went away."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._left = size

    def read(self, size: int = -1) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        data = self._file.read(wanted)
        self._left -= wanted
        return data + b"\0" * (wanted - len(data))


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
