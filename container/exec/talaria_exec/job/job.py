"""One job as the supervisor knows it: what its reaper told, what it wrote, and who waits for it."""

from __future__ import annotations

import json
import socket
import threading
import time

from talaria_exec.job.feed import Feed
from talaria_exec.job.output import Output
from talaria_exec.job.terminal import Terminal
from talaria_exec.process.reaper import GRACE, PATIENCE

LOST = 137
"""Exit code of a job whose reaper was killed, as of one that SIGKILL ended."""
BACKSTOP = GRACE + PATIENCE + 3.0
"""A reaper that has not spoken so many seconds after it should have is taken for lost: a job may stop or kill it."""
CANCEL_SECONDS = 4.8


class Job:
    """All fields are read and written under {@link changed}."""

    def __init__(self, name: str, output: Output, terminal: Terminal | Feed | None, deadline: float) -> None:
        self.name = name
        self.output = output
        self.terminal = terminal
        """Where its input goes while it runs; None where it came with its start."""
        self.changed = threading.Condition()
        self.control: socket.socket | None = None
        self.reaper: int | None = None
        self.exit: int | None = None
        """Exit code; None while it runs."""
        self.ended_by = "exit"
        self.survivors = 0
        self.seconds = 0.0
        self.cleared = False
        """Nothing of the tree is left, or the reaper said what could not be killed."""
        self._began = time.monotonic()
        self._overdue = self._began + deadline + BACKSTOP
        self._heard = self._began

    @property
    def done(self) -> bool:
        """Whether its leader has ended."""
        return self.exit is not None

    @property
    def overdue(self) -> bool:
        """Whether its reaper should have told its end, and has not."""
        return not self.done and time.monotonic() > self._overdue

    @property
    def abandoned(self) -> bool:
        """Whether it is fed by somebody who does not ask for what it says any more."""
        feed = self.terminal
        return isinstance(feed, Feed) and not self.done and time.monotonic() - self._heard > feed.patience

    def wait_past(self, offset: int, seconds: float) -> None:
        """Wait until there is output past `offset`, or the job is done. Called with {@link changed} held."""
        reads = offset <= self.output.length  # whoever asks past the end only looks whether it runs
        self.changed.wait_for(lambda: self.done or self.output.length > offset, seconds)
        if reads:
            self._heard = time.monotonic()

    def wrote(self, data: bytes) -> None:
        """What a job writes after its end, its children that is, goes nowhere."""
        with self.changed:
            if not self.done:
                self.output.append(data)
                self.changed.notify_all()

    def finish(self, code: int, ended_by: str, survivors: int) -> None:
        """The leader has ended. The first telling counts."""
        with self.changed:
            if self.done:
                return
            self.exit, self.ended_by, self.survivors = code, ended_by, survivors
            self.seconds = time.monotonic() - self._began
            self.output.ended = True
            self.changed.notify_all()

    def clear(self, survivors: int) -> None:
        """The tree is dead, but for `survivors`."""
        with self.changed:
            self.survivors, self.cleared = survivors, True
            self.changed.notify_all()

    def cancel(self) -> int:
        """End the whole tree, also of a job that is done; returns how many processes could not be killed."""
        with self.changed:
            self.end()
            if not self.changed.wait_for(lambda: self.cleared, CANCEL_SECONDS):
                return max(1, self.survivors)
            return self.survivors

    def end(self) -> None:
        """Have the whole tree ended, and wait for nothing. Called with {@link changed} held."""
        self._heard = time.monotonic()
        self.cleared = self.control is None
        if self.control is None:
            return
        self._overdue = min(self._overdue, time.monotonic() + BACKSTOP)
        try:
            self.control.send(json.dumps({"end": "cancel", "grace": GRACE}).encode())
        except OSError:
            pass  # the reaper has just gone: the collector sees it, and clears the job

    def close(self) -> None:
        """Give back what its output holds; the processes that it left go on."""
        with self.changed:
            self.output.close()
        if self.terminal is not None:
            self.terminal.close()
