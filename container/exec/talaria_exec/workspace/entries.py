"""What lies in the workspace, without following a link, and what of it changed since a mark."""

from __future__ import annotations

import os
import stat
import threading
import uuid
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

from talaria_exec.problem import Refusal

DELETED = ".talaria-deleted"
"""Member of a pack with the names that are gone, each ended by NUL. No file of the workspace of this name travels."""

MARKS = 8

Index = dict[str, int]
"""Names and a sum of each entry's state: any change of content, mode or kind changes it."""


def entries(workspace: Path) -> Iterator[tuple[str, os.stat_result]]:
    """All files, folders and links, a folder before what is in it, names relative to the workspace."""
    ahead = [""]
    while ahead:
        folder = ahead.pop()
        try:
            found = sorted(os.scandir(workspace / folder), key=lambda entry: entry.name)
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            continue  # gone meanwhile; or closed by its owner, and then it travels as an empty folder
        for entry in found:
            name = f"{folder}/{entry.name}" if folder else entry.name
            try:
                state = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue  # gone meanwhile
            if name == DELETED or not _travels(state.st_mode):
                continue
            yield name, state
            if stat.S_ISDIR(state.st_mode):
                ahead.append(name)


def index(workspace: Path) -> Index:
    """The state of everything. The change time is in it: a program that puts the old time back is seen too."""
    return {name: sum_of(state) for name, state in entries(workspace)}


def sum_of(state: os.stat_result) -> int:
    """Of a folder its mode and its time: what is in it counts for itself."""
    if stat.S_ISDIR(state.st_mode):
        return hash((state.st_mode, state.st_mtime_ns))
    return hash((state.st_mode, state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino))


def used_bytes(workspace: Path) -> int:
    """Sum of the sizes of its files."""
    return sum(state.st_size for _, state in entries(workspace) if stat.S_ISREG(state.st_mode))


class Marks:
    """States of the workspace that a later pack may be taken against; the newest few, in memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._marks: OrderedDict[str, Index] = OrderedDict()

    def keep(self, index: Index) -> str:
        """Returns the mark."""
        mark = uuid.uuid4().hex
        self.renew(mark, index)
        return mark

    def renew(self, mark: str, index: Index) -> None:
        """Make a mark the newest one."""
        with self._lock:
            self._marks[mark] = index
            self._marks.move_to_end(mark)
            while len(self._marks) > MARKS:
                self._marks.popitem(last=False)

    def of(self, mark: str) -> Index:
        """Raises the refusal `markUnknown`, also for one that is too old: then the whole workspace has to be packed."""
        with self._lock:
            found = self._marks.get(mark)
        if found is None:
            raise Refusal("markUnknown", f"This box has no mark {mark}; pack the whole workspace.")
        return found


def _travels(mode: int) -> bool:
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode)
