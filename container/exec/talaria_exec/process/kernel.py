"""Calls of Linux that Python's library does not have."""

from __future__ import annotations

import ctypes
import os

_PR_SET_NAME = 15
_PR_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None, use_errno=True)


def become_subreaper() -> None:
    """From now on orphans below this process become its children, not those of process 1."""
    if _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def take_name(name: str) -> None:
    """What `ps` and `pkill` see, 15 bytes at most; called by the first thread. Forks have it too."""
    _libc.prctl(_PR_SET_NAME, name.encode(), 0, 0, 0)


def in_memory(name: str, content: bytes) -> int:
    """A file without a name that holds `content`, at its beginning; the caller closes it."""
    descriptor = os.memfd_create(name)
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor
