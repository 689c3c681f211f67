"""A process without threads, forked before there are any: it forks the reaper of each job.

A fork of a threaded process may hang, and a new interpreter for each job would take tens of milliseconds. One reaper is
forked ahead, so that a job that comes waits for no fork. Orphans of a reaper that was killed become children of this process,
which ends them.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import threading
import traceback
from collections.abc import Callable

from talaria_exec.process import reaper
from talaria_exec.process.children import Children
from talaria_exec.process.kernel import become_subreaper
from talaria_exec.process.leader import Start, ignore_requests, keep_from_jobs
from talaria_exec.process.tree import end_tree

PATIENCE = 2.0
ATTEMPTS = 3
"""Reapers that are tried for a job: one that was forked ahead may have been killed by another job."""

Reaper = tuple[str, socket.socket]
"""A name that the spawner knows it by, and the supervisor's end of its socket."""


class Spawner:
    """The supervisor's end. {@link socket} tells of reapers that were killed: `{"lost": reaper, "survivors": n}`."""

    def __init__(self, close_in_child: Callable[[], None]) -> None:
        self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._lock = threading.Lock()
        self._spare: Reaper | None = None
        self._made = 0
        gc.freeze()
        if os.fork() == 0:
            try:
                self.socket.close()
                close_in_child()
                _Forker(theirs).run()
            finally:
                os._exit(0)
        theirs.close()

    @property
    def prepared(self) -> bool:
        """Whether a reaper stands ready."""
        return self._spare is not None

    def prepare(self) -> None:
        """Have a reaper ready for the next job."""
        with self._lock:
            if self._spare is None:
                self._spare = self._make()

    def start(self, start: Start, deadline: float, stdin: int, output: int) -> Reaper:
        """Start a job on descriptors that stay the caller's; `deadline` in seconds. Raises OSError."""
        files = start.files()
        order = json.dumps({"deadline": deadline}).encode()
        try:
            for _ in range(ATTEMPTS):
                name, control = self._take()
                try:
                    socket.send_fds(control, [order], [stdin, output, *files])
                    return name, control
                except (BrokenPipeError, ConnectionResetError):
                    control.close()
            raise OSError("no process could be started above the job")
        finally:
            for descriptor in files:
                os.close(descriptor)

    def _take(self) -> Reaper:
        with self._lock:
            spare, self._spare = self._spare, None
            return self._make() if spare is None else spare

    def _make(self) -> Reaper:
        self._made += 1
        name = f"reaper-{self._made}"
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            socket.send_fds(self.socket, [name.encode()], [theirs.fileno()])
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        return name, ours


class _Forker:
    def __init__(self, control: socket.socket) -> None:
        become_subreaper()
        ignore_requests()
        self._control = control
        self._children = Children()
        self._reapers: dict[int, str] = {}
        """Names by process ids."""

    def run(self) -> None:
        while True:
            self._bury()
            ready, _, _ = select.select([self._control, self._children], [], [])
            if self._control in ready and not self._take():
                return  # each reaper sees the supervisor's end by itself

    def _take(self) -> bool:
        try:
            message, descriptors, _, _ = socket.recv_fds(self._control, 4096, 8)
        except ConnectionResetError:
            return False
        if not message:
            return False
        try:
            pid = os.fork()
        except OSError:
            self._tell(message.decode(), 0)
        else:
            if pid == 0:
                self._be_reaper(descriptors)
            self._reapers[pid] = message.decode()
        for descriptor in descriptors:
            os.close(descriptor)
        return True

    def _be_reaper(self, descriptors: list[int]) -> None:
        try:
            signal.set_wakeup_fd(-1)
            self._control.close()
            keep_from_jobs(descriptors)
            reaper.run(socket.socket(fileno=descriptors[0]))
            os._exit(0)
        except BaseException:
            traceback.print_exc()  # into the supervisor's log; the job is told as lost
        finally:
            os._exit(1)

    def _bury(self) -> None:
        """End what reapers left that were killed: then nobody can tell whose it is."""
        self._children.reap()
        ended = {self._reapers.pop(pid): code for pid, code in self._children.codes.items() if pid in self._reapers}
        self._children.codes.clear()
        lost = [name for name, code in ended.items() if code != 0]
        if lost:
            survivors = end_tree(os.getpid(), self._children.reap, grace=0, patience=PATIENCE, spare=self._reapers)
            for name in lost:
                self._tell(name, survivors)

    def _tell(self, name: str, survivors: int) -> None:
        try:
            self._control.send(json.dumps({"lost": name, "survivors": survivors}).encode())
        except OSError:
            pass  # the supervisor has gone: the next look at the socket ends this process
