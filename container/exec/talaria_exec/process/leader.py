"""The first process of a job: from a fork to `bash`."""

from __future__ import annotations

import fcntl
import os
import resource
import signal
import termios
from collections.abc import Mapping
from dataclasses import dataclass

COMMAND_DESCRIPTOR = 9
ARGUMENT_LIMIT = 100_000
"""Linux takes 128 KiB for one argument; a longer command comes as a file in memory."""
FROM_DESCRIPTOR = f". /dev/fd/{COMMAND_DESCRIPTOR}"
"""bash reads a sourced file to its end before it runs anything of it, so that the first act may be to close it."""
CLOSE_DESCRIPTOR = f"exec {COMMAND_DESCRIPTOR}<&-;".encode()

PROCESSES = 2048
"""Limit of processes and threads of the user, for jobs alone: the supervisor can go on starting some. Not for root."""
FIRST_TO_DIE = 800
"""For the kernel when memory is out: a job goes long before what keeps it."""
NICENESS = 5
"""What ends jobs has the first turn on a busy processor."""


@dataclass(frozen=True)
class Leader:
    """`command` is None when it comes by `command_file`; an empty one is a login shell. Descriptors are of this process."""

    command: str | None
    cwd: str
    environment: Mapping[str, str]
    tty: bool
    stdin: int
    output: int
    command_file: int | None

    def become(self) -> None:
        """Replace this process, a fresh fork; what prevents it is said in the output, exit 126. Never returns."""
        try:
            os.setsid()
            for number in (signal.SIGPIPE, signal.SIGXFSZ, *_IGNORED_ABOVE):
                signal.signal(number, signal.SIG_DFL)
            for target, source in enumerate((self.stdin, self.output, self.output)):
                os.dup2(source, target)
            if self.tty:
                fcntl.ioctl(0, termios.TIOCSCTTY, 0)
            if self.command_file is not None:
                os.dup2(self.command_file, COMMAND_DESCRIPTOR)
                os.set_inheritable(COMMAND_DESCRIPTOR, True)
            self._enter()
            _be_expendable()
            os.execve("/bin/bash", self._arguments(), dict(self.environment))
        except OSError as error:
            os.write(2, f"talaria-exec: the command cannot be started: {error.strerror}\n".encode())
        finally:
            os._exit(126)

    def _enter(self) -> None:
        try:
            os.chdir(self.cwd)
        except OSError as error:
            said = f"talaria-exec: the working directory {self.cwd} cannot be entered: {error.strerror}\n"
            os.write(2, said.encode(errors="surrogateescape"))
            os._exit(126)

    def _arguments(self) -> list[str]:
        if self.command_file is not None:
            return ["bash", "-c", FROM_DESCRIPTOR]
        return ["bash", "-c", self.command] if self.command else ["bash", "-l"]


_IGNORED_ABOVE = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)


def ignore_requests() -> None:
    """For what stands above a job: nothing but SIGKILL ends it."""
    for number in _IGNORED_ABOVE:
        signal.signal(number, signal.SIG_IGN)


def _be_expendable() -> None:
    os.nice(NICENESS)
    if os.getuid() != 0:
        hard = resource.getrlimit(resource.RLIMIT_NPROC)[1]
        limit = PROCESSES if hard == resource.RLIM_INFINITY else min(PROCESSES, hard)
        resource.setrlimit(resource.RLIMIT_NPROC, (limit, limit))
    with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write(str(FIRST_TO_DIE))
