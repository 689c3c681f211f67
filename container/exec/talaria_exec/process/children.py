"""Children that end: seen through a descriptor that a loop can wait for."""

from __future__ import annotations

import os
import signal


class Children:
    """One per process, made by its main thread. `codes` holds ended children: 128 + the signal that ended one."""

    def __init__(self) -> None:
        self.codes: dict[int, int] = {}
        self.left = True
        """Whether there are children, at the last look."""
        self._read, write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(write, False)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)

    def fileno(self) -> int:
        """Readable when a child has ended since the last {@link reap}."""
        return self._read

    def reap(self) -> None:
        """Collect every child that has ended."""
        try:
            while os.read(self._read, 4096):
                pass
        except BlockingIOError:
            pass  # all is read
        self.left = True
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                self.left = False
                return
            if pid == 0:
                return
            code = os.waitstatus_to_exitcode(status)
            self.codes[pid] = code if code >= 0 else 128 - code
