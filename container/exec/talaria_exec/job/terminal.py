"""A pseudo terminal, as the supervisor holds it."""

from __future__ import annotations

import fcntl
import os
import struct
import termios
import threading

from talaria_exec.job.taking import taken

END_OF_INPUT = b"\x04"


class Terminal:
    """`reading` and `job_end` belong to the caller: where its output comes from, and what the job gets."""

    def __init__(self, rows: int, columns: int) -> None:
        self._main, self.job_end = os.openpty()
        self.reading = os.dup(self._main)
        os.set_blocking(self._main, False)
        self._open = threading.Lock()
        self.received = 0
        """Bytes of input that were taken."""
        self.resize(rows, columns)

    def resize(self, rows: int, columns: int) -> None:
        """The programs in it get SIGWINCH."""
        with self._open:
            fcntl.ioctl(self._main, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, offset: int, data: bytes, end: bool) -> int:
        """Take input if it begins where the last ended; returns where the next begins, which may be inside `data`."""
        with self._open:
            if offset != self.received:
                return self.received
            sent = data + (END_OF_INPUT if end else b"")
            count, _ = taken(self._main, sent)
            self.received = offset + max(0, count - (len(sent) - len(data)))
            return self.received

    def close(self) -> None:
        """What still runs in it is hung up."""
        with self._open:
            os.close(self._main)
