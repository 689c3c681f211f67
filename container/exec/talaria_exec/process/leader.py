"""The first process of a job: forked ahead of it, and `bash` when the job comes."""

from __future__ import annotations

import fcntl
import json
import os
import resource
import signal
import socket
import termios
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from talaria_exec.process.kernel import in_memory

ARGUMENT_LIMIT = 100_000
"""Linux takes 128 KiB for one argument; a longer command comes as a file in memory."""
COMMAND_DESCRIPTOR = 9
FROM_DESCRIPTOR = f". /dev/fd/{COMMAND_DESCRIPTOR}"
"""bash reads a sourced file to its end before it runs anything of it, so that the first act may be to close it."""
CLOSE_DESCRIPTOR = f"exec {COMMAND_DESCRIPTOR}<&-;".encode()

PROCESSES = 2048
"""Limit of processes and threads of the user, for jobs alone: the supervisor can go on starting some. Not for root."""
FIRST_TO_DIE = 800
"""For the kernel when memory is out: a job goes long before what keeps it."""

REQUESTS_TO_END = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)


@dataclass(frozen=True)
class Start:
    """What a job runs. `command` empty: a login shell."""

    command: bytes
    cwd: str
    environment: Mapping[str, str]
    tty: bool

    def files(self) -> list[int]:
        """It as files in memory, for another process; the caller closes them."""
        long = len(self.command) > ARGUMENT_LIMIT
        text = None if long else self.command.decode(errors="surrogateescape")
        files = [in_memory("job", json.dumps({**asdict(self), "command": text}).encode())]
        if long:
            files.append(in_memory("command", CLOSE_DESCRIPTOR + self.command))
        return files


def ignore_requests() -> None:
    """For what stands above a job: nothing but SIGKILL ends it."""
    for number in REQUESTS_TO_END:
        signal.signal(number, signal.SIG_IGN)


def keep_from_jobs(descriptors: list[int]) -> None:
    """Received descriptors would be inherited."""
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)


def stand_by(handoff: socket.socket) -> None:
    """Wait for stdin, output and the files of a {@link Start}, and become that. Never returns: ends when nobody is left who
    could hand over, and with 126 and a word in the output where the command cannot be started."""
    try:
        os.setsid()
        for number in (signal.SIGPIPE, signal.SIGXFSZ, *REQUESTS_TO_END):
            signal.signal(number, signal.SIG_DFL)
        _be_expendable()
        message, descriptors, _, _ = socket.recv_fds(handoff, 16, 8)
        if message:
            _become(descriptors)
    finally:
        os._exit(126)


def _become(descriptors: list[int]) -> None:
    keep_from_jobs(descriptors)
    stdin, output, job, *command = descriptors
    with open(job, "rb") as file:
        start = json.load(file)
    for target, source in enumerate((stdin, output, output)):
        os.dup2(source, target)
    try:
        if start["tty"]:
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        arguments = ["bash", "-c", start["command"]] if start["command"] else ["bash", "-l"]
        if command:
            os.dup2(command[0], COMMAND_DESCRIPTOR)
            os.set_inheritable(COMMAND_DESCRIPTOR, True)
            arguments = ["bash", "-c", FROM_DESCRIPTOR]
        _enter(start["cwd"])
        os.execve("/bin/bash", arguments, start["environment"])
    except OSError as error:
        os.write(2, f"talaria-exec: the command cannot be started: {error.strerror}\n".encode())


def _enter(folder: str) -> None:
    try:
        os.chdir(folder)
    except OSError as error:
        said = f"talaria-exec: the working directory {folder} cannot be entered: {error.strerror}\n"
        os.write(2, said.encode(errors="surrogateescape"))
        os._exit(126)


def _be_expendable() -> None:
    if os.getuid() != 0:
        hard = resource.getrlimit(resource.RLIMIT_NPROC)[1]
        limit = PROCESSES if hard == resource.RLIM_INFINITY else min(PROCESSES, hard)
        resource.setrlimit(resource.RLIMIT_NPROC, (limit, limit))
    with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write(str(FIRST_TO_DIE))
