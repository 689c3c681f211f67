"""The output of a job, bounded: its beginning and its end are kept, and what was cut between them is said."""

from __future__ import annotations

from pathlib import Path

from talaria_exec.job.piece import Piece


class Output:
    """Presents at most `limit` bytes and, where some were cut, one line between the halves. Not locked: its job does that."""

    def __init__(self, folder: Path, limit: int) -> None:
        self._head = Piece(folder, limit // 2, ring=False)
        self._tail = Piece(folder, limit - limit // 2, ring=True)
        self.total = 0
        """All that was written."""
        self.ended = False
        """Nothing more comes: from now on the end is presented too."""

    def append(self, data: bytes) -> None:
        """Take what the job wrote."""
        self.total += len(data)
        view = memoryview(data)
        taken = self._head.append(view) if self._tail.written == 0 else 0
        if taken < len(data):
            self._tail.append(view[taken:])

    @property
    def cut(self) -> int:
        """Bytes that are left out."""
        return self._tail.first

    @property
    def length(self) -> int:
        """Bytes that are presented now. While the job runs, its end is not known."""
        if not self.ended:
            return self._head.written
        return self._head.written + len(self._notice) + self._tail.written - self._tail.first

    def read(self, offset: int, limit: int) -> bytes:
        """What is presented from `offset` on, at most `limit` bytes."""
        parts = [self._head.read(offset, limit)]
        if self.ended:
            offset = max(0, offset - self._head.written)
            parts.append(self._notice[offset : offset + limit - len(parts[0])])
            offset = max(0, offset - len(self._notice))
            parts.append(self._tail.read(self._tail.first + offset, limit - len(parts[0]) - len(parts[1])))
        return b"".join(parts)

    def close(self) -> None:
        """Give memory and disk back."""
        self._head.close()
        self._tail.close()

    @property
    def _notice(self) -> bytes:
        return f"\n[… {self.cut} bytes of output cut …]\n".encode() if self.cut > 0 else b""
