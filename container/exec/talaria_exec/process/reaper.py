"""The process above a job: everything that the job starts stays below it, until it has ended.

Told by its end of a socket, one message of JSON each:

    → {"end": "cancel", "grace": 2}                   end the whole tree
    ← {"reaper": pid}                                 it stands
    ← {"exit": code, "by": "exit|deadline|cancel", "survivors": n}
    ← {"dead": n}                                     answers `end`: so many could not be killed

It ends when nothing is left below it. When the socket closes it kills everything and ends.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import time
from dataclasses import dataclass

from talaria_exec.process.children import Children
from talaria_exec.process.kernel import become_subreaper
from talaria_exec.process.leader import Leader, ignore_requests
from talaria_exec.process.tree import end_tree

GRACE = 2.0
PATIENCE = 2.5
"""With the grace, less than the five seconds that a cancel may take."""
CODES = {"deadline": 124, "cancel": 130}


@dataclass(frozen=True)
class Work:
    """`deadline` in seconds from now."""

    leader: Leader
    deadline: float


class Reaper:
    """Runs in a process of its own, see {@link run}."""

    def __init__(self, control: socket.socket, children: Children) -> None:
        self._control = control
        self._children = children
        self._leader = 0
        self._done = False

    def run(self, work: Work) -> None:
        """Start the leader, and stay until nothing is left of it and what it started."""
        until = time.monotonic() + work.deadline
        self._tell({"reaper": os.getpid()})
        self._leader = os.fork()
        if self._leader == 0:
            work.leader.become()
        for descriptor in (work.leader.stdin, work.leader.output, work.leader.command_file):
            if descriptor is not None:
                os.close(descriptor)
        while True:
            self._reap()
            if self._done and not self._children.left:
                return
            left = None if self._done else until - time.monotonic()
            if left is not None and left <= 0:
                self._end("deadline", GRACE)
                continue
            ready, _, _ = select.select([self._control, self._children], [], [], left)
            if self._control in ready and not self._obey():
                end_tree(os.getpid(), self._children.reap, grace=0, patience=PATIENCE)
                return

    def _reap(self) -> None:
        self._children.reap()
        code = self._children.codes.get(self._leader)
        if code is not None and not self._done:
            self._finish(code, "exit", 0)

    def _obey(self) -> bool:
        message = self._control.recv(4096)
        if not message:
            return False
        asked = json.loads(message)
        self._end(asked["end"], asked["grace"])
        return True

    def _end(self, why: str, grace: float) -> None:
        survivors = end_tree(os.getpid(), self._children.reap, grace=grace, patience=PATIENCE)
        if not self._done:
            self._finish(CODES[why], why, survivors)
        self._tell({"dead": survivors})

    def _finish(self, code: int, why: str, survivors: int) -> None:
        self._done = True
        self._tell({"exit": code, "by": why, "survivors": survivors})

    def _tell(self, message: dict[str, int | str]) -> None:
        try:
            self._control.send(json.dumps(message).encode())
        except OSError:
            pass  # the supervisor has gone: the next look at the socket ends the tree


def run(control: socket.socket, work: Work) -> None:
    """Be the reaper of a job; the caller's process is a fresh fork."""
    os.setsid()
    become_subreaper()
    ignore_requests()
    Reaper(control, Children()).run(work)


def restore_signals() -> None:
    """Undo what a fork has of its parent's wakeup."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
