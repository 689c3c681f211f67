"""Input of a job that has no terminal, given to it while it runs."""

from __future__ import annotations

import os
import threading

from talaria_exec.job.taking import taken


class Feed:
    """`job_end` belongs to the caller: what the job reads from."""

    def __init__(self, patience: float) -> None:
        self.patience = patience
        """Seconds for which nobody may ask for the job's output: who feeds it would not leave it, and so is gone."""
        self.job_end, self._main = os.pipe()
        os.set_blocking(self._main, False)
        self._open = threading.Lock()
        self._closed = False
        self.received = 0
        """Bytes of input that were taken."""

    def type(self, offset: int, data: bytes, end: bool) -> int:
        """Take input if it begins where the last ended; returns where the next begins, which may be inside `data`.

        With `end` the job reads the end of its input after it, once all of it was taken.
        """
        with self._open:
            if offset != self.received or self._closed:
                return self.received
            count, is_read = taken(self._main, data)
            if not is_read:
                count = len(data)  # what nobody reads any more is as good as taken
            self.received = offset + count
            if end and count == len(data):
                self._close()
            return self.received

    def close(self) -> None:
        """What still reads from it meets its end."""
        with self._open:
            self._close()

    def _close(self) -> None:
        if not self._closed:
            self._closed = True
            os.close(self._main)
