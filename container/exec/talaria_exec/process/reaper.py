"""The process above a job: everything that the job starts stays below it, until it has ended.

Told by its end of a socket, one message of JSON each:

    → {"deadline": 60} with descriptors               stdin, output and files of the job: it begins
    → {"end": "cancel", "grace": 2}                   end the whole tree
    ← {"reaper": pid}                                 it stands, ahead of the job
    ← {"exit": code, "by": "exit|deadline|cancel", "survivors": n}
    ← {"dead": n}                                     answers `end`: so many could not be killed

It ends when nothing is left below it. When the socket closes it kills everything and ends.
"""

from __future__ import annotations

import json
import os
import select
import socket
import time

from talaria_exec.process.children import Children
from talaria_exec.process.kernel import become_subreaper
from talaria_exec.process.leader import ignore_requests, keep_from_jobs, stand_by
from talaria_exec.process.tree import end_tree

GRACE = 2.0
PATIENCE = 2.5
"""With the grace, less than the five seconds that a cancel may take."""
CODES = {"deadline": 124, "cancel": 130}


def run(control: socket.socket) -> None:
    """Be the reaper of one job; the caller's process is a fresh fork."""
    os.setsid()
    become_subreaper()
    ignore_requests()
    reaper = _Reaper(control)
    try:
        reaper.run()
    except BaseException:
        reaper.end_all()
        raise


class _Reaper:
    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._children = Children()
        self._until: float | None = None
        """When the deadline is; None before the job begins."""
        self._done = False
        self._handoff, leaders = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._leader = os.fork()
        if self._leader == 0:
            self._control.close()
            self._handoff.close()
            stand_by(leaders)
        leaders.close()

    def run(self) -> None:
        self._tell({"reaper": os.getpid()})
        while True:
            self._reap()
            if self._done and not self._children.left:
                return
            left = None if self._done or self._until is None else self._until - time.monotonic()
            if left is not None and left <= 0:
                self._end("deadline", GRACE)
                continue
            ready, _, _ = select.select([self._control, self._children], [], [], left)
            if self._control in ready and not self._obey():
                return self.end_all()

    def end_all(self) -> None:
        """Kill whatever is below: nobody is left who could ask."""
        end_tree(os.getpid(), self._children.reap, grace=0, patience=PATIENCE)

    def _reap(self) -> None:
        self._children.reap()
        code = self._children.codes.get(self._leader)
        if code is not None and not self._done:
            self._finish(code, "exit", 0)

    def _obey(self) -> bool:
        try:
            message, descriptors, _, _ = socket.recv_fds(self._control, 4096, 8)
        except ConnectionResetError:
            return False  # the supervisor was killed with something unread
        if not message:
            return False
        asked = json.loads(message)
        if "end" in asked:
            self._end(asked["end"], asked["grace"])
        else:
            self._begin(asked["deadline"], descriptors)
        return True

    def _begin(self, deadline: float, descriptors: list[int]) -> None:
        self._until = time.monotonic() + deadline
        keep_from_jobs(descriptors)
        try:
            socket.send_fds(self._handoff, [b"begin"], descriptors)
        except OSError:
            pass  # the leader was ended ahead of its job: its code is the job's
        self._handoff.close()
        for descriptor in descriptors:
            os.close(descriptor)

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
