"""Copies one file between open folders: its content, mode and time."""

from __future__ import annotations

import os
import stat

SOURCE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY
CHUNK = 1024 * 1024


def copy_file(name: str, source: int, target: int) -> None:
    """Copy the file `name`, replacing one of that name in `target`. Raises what `open` raises; a name that is no longer a
    regular file counts as gone."""
    reading = os.open(name, SOURCE, dir_fd=source)
    try:
        status = os.fstat(reading)
        if not stat.S_ISREG(status.st_mode):
            raise FileNotFoundError(name)
        new = f".talaria-{os.getpid()}"
        writing = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600, dir_fd=target)
        try:
            _pour(reading, writing, status.st_size)
            os.fchmod(writing, stat.S_IMODE(status.st_mode))
            os.utime(writing, ns=(status.st_mtime_ns, status.st_mtime_ns))
        finally:
            os.close(writing)
        os.replace(new, name, src_dir_fd=target, dst_dir_fd=target)
    finally:
        os.close(reading)


def _pour(reading: int, writing: int, size: int) -> None:
    """At most the size of the first look: a file that grows for ever is not followed."""
    left = size
    while left > 0:
        data = os.read(reading, min(CHUNK, left))
        if not data:
            return
        view = memoryview(data)
        while view:
            view = view[os.write(writing, view) :]
        left -= len(data)
