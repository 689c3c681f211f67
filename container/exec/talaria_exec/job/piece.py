"""Bytes up to a limit, from the beginning or from the end of a stream."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

IN_MEMORY = 256 * 1024
"""What a piece holds without a file, in bytes; also where the disk has no room for more."""


class Piece:
    """Holds `capacity` bytes: the first ones, or as a `ring` the last ones.

    Beyond {@link IN_MEMORY} they lie in a nameless file in `folder` whose room is reserved at once, so that a disk that
    fills up later changes nothing. Where it cannot be reserved, the capacity shrinks.
    """

    def __init__(self, folder: Path, capacity: int, ring: bool) -> None:
        self.capacity = capacity
        self.written = 0
        """Bytes taken so far; of a ring, more than it holds."""
        self._folder = folder
        self._ring = ring
        self._memory = bytearray(min(capacity, IN_MEMORY))
        self._file: int | None = None

    @property
    def first(self) -> int:
        """The number of the first byte that is still here."""
        return max(0, self.written - self.capacity)

    def append(self, data: memoryview) -> int:
        """Take bytes; returns how many. A ring takes all."""
        if self.written + len(data) > IN_MEMORY and self.capacity > IN_MEMORY and self._file is None:
            self._reserve()
        if not self._ring:
            data = data[: self.capacity - self.written]
        taken = len(data)
        if taken > self.capacity:
            self.written += taken - self.capacity
            data = data[taken - self.capacity :]
        if self.capacity > 0:
            at = self.written % self.capacity
            self._put(at, data[: self.capacity - at])
            self._put(0, data[self.capacity - at :])
        self.written += len(data)
        return taken

    def read(self, start: int, length: int) -> bytes:
        """Bytes from number `start`, not before {@link first}, at most `length`."""
        end = min(start + length, self.written)
        if end <= start:
            return b""
        at = start % self.capacity
        until_wrap = self._get(at, min(end - start, self.capacity - at))
        return until_wrap + self._get(0, end - start - len(until_wrap))

    def close(self) -> None:
        """Give memory and disk back."""
        self._memory = bytearray()
        if self._file is not None:
            os.close(self._file)
            self._file = None
        self.capacity = 0

    def _reserve(self) -> None:
        """Move to a file. Nothing has wrapped yet: not more than what memory holds was written."""
        file = -1
        try:
            with tempfile.TemporaryFile(dir=self._folder) as made:
                file = os.dup(made.fileno())
            os.posix_fallocate(file, 0, self.capacity)
            os.pwrite(file, self._memory[: self.written], 0)
        except OSError:
            if file >= 0:
                os.close(file)
            self.capacity = IN_MEMORY  # the reader is told how many bytes were cut
            return
        self._file = file
        self._memory = bytearray()

    def _put(self, at: int, data: memoryview) -> None:
        if not data:
            return
        if self._file is None:
            self._memory[at : at + len(data)] = data
        else:
            os.pwrite(self._file, data, at)

    def _get(self, at: int, length: int) -> bytes:
        if length <= 0:
            return b""
        return bytes(self._memory[at : at + length]) if self._file is None else os.pread(self._file, length, at)
