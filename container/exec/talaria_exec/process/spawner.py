"""A process without threads, forked before there are any: it forks the reaper of each job.

A fork of a threaded process may hang, and a new interpreter for each job would take tens of milliseconds. Orphans of a
reaper that was killed become children of this process, which ends them.
"""

from __future__ import annotations

import gc
import json
import os
import select
import socket
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from talaria_exec.process import reaper
from talaria_exec.process.children import Children
from talaria_exec.process.kernel import become_subreaper, in_memory
from talaria_exec.process.leader import ARGUMENT_LIMIT, CLOSE_DESCRIPTOR, Leader, ignore_requests
from talaria_exec.process.tree import end_tree

PATIENCE = 2.0


@dataclass(frozen=True)
class Start:
    """What a job runs. `command` empty: a login shell. `deadline` in seconds."""

    job: str
    command: bytes
    cwd: str
    environment: Mapping[str, str]
    deadline: float
    tty: bool


class Spawner:
    """The supervisor's end. {@link socket} tells of reapers that were killed: `{"lost": job, "survivors": n}`."""

    def __init__(self, close_in_child: Callable[[], None]) -> None:
        self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        gc.freeze()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                self.socket.close()
                close_in_child()
                _Forker(theirs).run()
            finally:
                os._exit(0)
        theirs.close()

    def start(self, start: Start, stdin: int, output: int) -> socket.socket:
        """Start a job on descriptors that stay the caller's. Returns the socket to its reaper."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        long = len(start.command) > ARGUMENT_LIMIT
        spec = {
            "command": None if long else start.command.decode(errors="surrogateescape"),
            "cwd": start.cwd,
            "environment": dict(start.environment),
            "deadline": start.deadline,
            "tty": start.tty,
        }
        files = [in_memory("job", json.dumps(spec).encode())]
        if long:
            files.append(in_memory("command", CLOSE_DESCRIPTOR + start.command))
        try:
            socket.send_fds(self.socket, [start.job.encode()], [theirs.fileno(), stdin, output, *files])
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
            for descriptor in files:
                os.close(descriptor)
        return ours


class _Forker:
    def __init__(self, control: socket.socket) -> None:
        become_subreaper()
        ignore_requests()
        self._control = control
        self._children = Children()
        self._jobs: dict[int, str] = {}
        """Jobs by the process ids of their reapers."""

    def run(self) -> None:
        while True:
            self._bury()
            ready, _, _ = select.select([self._control, self._children], [], [])
            if self._control in ready and not self._take():
                return  # each reaper sees the supervisor's end by itself

    def _take(self) -> bool:
        message, descriptors, _, _ = socket.recv_fds(self._control, 4096, 8)
        if not message:
            return False
        job = message.decode()
        try:
            pid = os.fork()
        except OSError:
            self._tell(job, 0)
        else:
            if pid == 0:
                self._be_reaper(descriptors)
            self._jobs[pid] = job
        for descriptor in descriptors:
            os.close(descriptor)
        return True

    def _be_reaper(self, descriptors: list[int]) -> None:
        try:
            reaper.restore_signals()
            self._control.close()
            for descriptor in descriptors:
                os.set_inheritable(descriptor, False)  # received ones are, and a job gets none of them
            control, stdin, output, spec_file, *command = descriptors
            with open(spec_file, "rb") as file:
                spec = json.load(file)
            leader = Leader(
                command=spec["command"],
                cwd=spec["cwd"],
                environment=spec["environment"],
                tty=spec["tty"],
                stdin=stdin,
                output=output,
                command_file=command[0] if command else None,
            )
            reaper.run(socket.socket(fileno=control), reaper.Work(leader, spec["deadline"]))
            os._exit(0)
        except BaseException:
            traceback.print_exc()  # into the supervisor's log; the job is told as lost
        finally:
            os._exit(1)

    def _bury(self) -> None:
        """End what reapers left that were killed: then nobody can tell whose it is."""
        self._children.reap()
        ended = {self._jobs.pop(pid): code for pid, code in self._children.codes.items() if pid in self._jobs}
        self._children.codes.clear()
        lost = [job for job, code in ended.items() if code != 0]
        if lost:
            survivors = end_tree(os.getpid(), self._children.reap, grace=0, patience=PATIENCE, spare=self._jobs)
            for job in lost:
                self._tell(job, survivors)

    def _tell(self, job: str, survivors: int) -> None:
        try:
            self._control.send(json.dumps({"lost": job, "survivors": survivors}).encode())
        except OSError:
            pass  # the supervisor has gone: the next look at the socket ends this process
