"""The jobs of this box, by id. An id starts at most one job, whatever is repeated."""

from __future__ import annotations

import fcntl
import os
import threading
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from talaria_exec.certificates import Certificates
from talaria_exec.job.collector import Collector
from talaria_exec.job.feed import Feed
from talaria_exec.job.job import Job
from talaria_exec.job.output import Output
from talaria_exec.job.terminal import Terminal
from talaria_exec.problem import Refusal
from talaria_exec.process.kernel import in_memory
from talaria_exec.process.leader import Start
from talaria_exec.process.spawner import Spawner
from talaria_exec.settings import Settings

PIPE_BYTES = 1 << 20
KEPT = 100
"""Jobs that are done and not forgotten; the oldest go first."""
REMEMBERED = 10_000
"""Ids of forgotten jobs, which start nothing again."""


@dataclass(frozen=True)
class Order:
    """What a job is asked to do. `stdin` None: nothing to read. `cwd` None: the workspace. `tty`: rows and columns. `feed`: input comes while it runs; see `Feed`."""

    command: bytes
    stdin: bytes | None
    cwd: str | None
    environment: Mapping[str, str]
    deadline: float
    output_bytes: int
    tty: tuple[int, int] | None
    feed: float | None = None


class Jobs:
    """Safe to use from any thread."""

    def __init__(self, settings: Settings, spawner: Spawner, collector: Collector, certificates: Certificates) -> None:
        self._settings = settings
        self._spawner = spawner
        self._collector = collector
        self._certificates = certificates
        self._lock = threading.Lock()
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._forgotten: OrderedDict[str, None] = OrderedDict()

    @property
    def running(self) -> int:
        """How many have not ended."""
        with self._lock:
            return sum(not job.done for job in self._jobs.values())

    def put(self, name: str, order: Order) -> Job:
        """Start a job, unless one of this id was started before: then it is as it is."""
        with self._lock:
            known = self._jobs.get(name)
            if known is not None:
                return known
            if name in self._forgotten:
                raise Refusal("jobForgotten", f"The job {name} has run and was forgotten.")
            try:
                job = self._start(name, order)
            except OSError as error:
                raise Refusal("supervisorBroken", f"The job cannot be started: {error.strerror or error}") from error
            self._jobs[name] = job
            self._drop_oldest()
            return job

    def find(self, name: str) -> Job:
        """The job of this id. Raises the refusal `jobUnknown`."""
        with self._lock:
            job = self._jobs.get(name)
        if job is None:
            raise Refusal("jobUnknown", f"This box knows no job {name}.")
        return job

    def forget(self, name: str) -> None:
        """Drop a job that is done, with its output. What runs on in its background runs on."""
        job = self.find(name)
        if not job.done:
            raise Refusal("jobRunning", f"The job {name} still runs; cancel it first.")
        with self._lock:
            self._drop(name)

    def _start(self, name: str, order: Order) -> Job:
        terminal: Terminal | Feed | None = None
        with ExitStack() as ours, ExitStack() as theirs:
            if order.tty is not None:
                terminal = Terminal(*order.tty)
                ours.callback(terminal.close)
                source, stdin, output = terminal.reading, terminal.job_end, terminal.job_end
            else:
                source, output = os.pipe()
                if order.feed is not None:
                    terminal = Feed(order.feed)
                    ours.callback(terminal.close)
                    stdin = terminal.job_end
                else:
                    stdin = os.open(os.devnull, os.O_RDONLY) if order.stdin is None else in_memory("stdin", order.stdin)
                theirs.callback(os.close, stdin)
                _widen(output)
            theirs.callback(os.close, output)
            ours.callback(os.close, source)
            reaper, control = self._spawner.start(self._start_of(order), order.deadline, stdin, output)
            ours.pop_all()
        job = Job(name, Output(self._settings.private, order.output_bytes), terminal, order.deadline)
        self._collector.add(job, source, reaper, control)
        return job

    def _start_of(self, order: Order) -> Start:
        terminal = {"TERM": "xterm-256color"} if order.tty is not None else {}
        return Start(
            command=order.command,
            cwd=order.cwd or str(self._settings.workspace),
            environment={
                **self._settings.environment,
                **terminal,
                **self._certificates.environment(),
                **order.environment,
            },
            tty=order.tty is not None,
        )

    def _drop_oldest(self) -> None:
        done = [name for name, job in self._jobs.items() if job.done]
        for name in done[: max(0, len(done) - KEPT)]:
            self._drop(name)

    def _drop(self, name: str) -> None:
        job = self._jobs.pop(name, None)
        if job is None:
            return
        job.close()
        self._forgotten[name] = None
        while len(self._forgotten) > REMEMBERED:
            self._forgotten.popitem(last=False)


def _widen(pipe: int) -> None:
    try:
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    except PermissionError:
        pass  # the user's pipes are at their limit: a narrow one works too
