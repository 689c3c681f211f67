"""Children of process 1: started with clean signals, reaped whoever their parent was."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence

AWAITED = (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT)


class Children:
    """Starts programs and waits for them, by synchronous signals."""

    def __init__(self) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, AWAITED)
        self._codes: dict[int, int] = {}

    def start(self, command: Sequence[str]) -> int:
        """Start a program of an absolute path, in a process group of its own; returns its process id."""
        return os.posix_spawn(command[0], command, os.environ, setpgroup=0, setsigmask=[])

    def code(self, pid: int) -> int | None:
        """Exit code of a program that was started here (128 + signal when one ended it); None while it runs."""
        return self._codes.get(pid)

    def next_signal(self, seconds: float) -> int | None:
        """Wait for a signal to end, reaping meanwhile; None when time is up or a child has ended."""
        caught = signal.sigtimedwait(AWAITED, max(0.0, seconds))
        self._reap()
        return None if caught is None or caught.si_signo == signal.SIGCHLD else caught.si_signo

    def wait(self, over: Callable[[], bool], seconds: float) -> bool:
        """Wait until `over` says so; False when it takes longer than `seconds`. Further signals to end change nothing."""
        deadline = time.monotonic() + seconds
        while not over():
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            self.next_signal(min(left, 0.2))
        return True

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            code = os.waitstatus_to_exitcode(status)
            self._codes[pid] = code if code >= 0 else 128 - code


def tell(pid: int, number: int) -> None:
    """Send a signal; a process that is gone needs none."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass
