"""One thread that reads what jobs write and what their reapers tell."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable

from talaria_exec.job.job import LOST, Job
from talaria_exec.process.reaper import CODES
from talaria_exec.process.spawner import Spawner

CHUNK = 256 * 1024
LAST_WORDS = 16
"""Chunks that are read at most after a job's end, of what it had written before: more than a pipe holds."""
TERMINAL_SECONDS = 0.05
"""The kernel hands a terminal's last bytes over a little later."""
LOOK_SECONDS = 1.0
QUIET_SECONDS = 0.005
"""The reaper of the next job is forked when nobody waits for something else."""


class Collector:
    """`broken` is called when the process that starts jobs has gone. Jobs may be added from any thread."""

    def __init__(self, spawner: Spawner, broken: Callable[[], None]) -> None:
        self._spawner = spawner
        self._broken = broken
        self._poll = select.epoll()
        self._handlers: dict[int, Callable[[], None]] = {}
        self._sources: dict[str, int] = {}
        """Where the output of a job comes from, until all that could write there have closed it."""
        self._jobs: dict[str, Job] = {}
        """Jobs with a reaper."""
        self._prepare_after = 0.0
        self._reapers: dict[str, str] = {}
        """Their names, by the names of their reapers."""
        self._silent: dict[str, float] = {}
        """Jobs whose reaper has gone before it told their end, and since when."""
        self._watch(spawner.socket.fileno(), self._hear_spawner)

    def add(self, job: Job, source: int, reaper: str, control: socket.socket) -> None:
        """Follow a job; `source` and `control` are the collector's from now on."""
        os.set_blocking(source, False)
        job.control = control
        self._jobs[job.name] = job
        self._reapers[reaper] = job.name
        self._sources[job.name] = source
        self._watch(source, lambda: self._read(job, source))
        self._watch(control.fileno(), lambda: self._hear(job, reaper, control))

    def run(self) -> None:
        """Until the process ends."""
        while True:
            due = not self._spawner.prepared and time.monotonic() >= self._prepare_after
            events = self._poll.poll(QUIET_SECONDS if due else LOOK_SECONDS)
            if due and not events:
                self._prepare()
            for descriptor, _ in events:
                handler = self._handlers.get(descriptor)
                if handler is not None:
                    handler()
            self._look()

    def _watch(self, descriptor: int, handler: Callable[[], None]) -> None:
        self._handlers[descriptor] = handler
        self._poll.register(descriptor, select.EPOLLIN)

    def _unwatch(self, descriptor: int) -> None:
        self._poll.unregister(descriptor)
        del self._handlers[descriptor]

    def _read(self, job: Job, source: int) -> bool:
        """Take a chunk; False when there is none now."""
        try:
            data = os.read(source, CHUNK)
        except BlockingIOError:
            return False
        except OSError:
            data = b""  # a terminal that nobody has open any more
        if data:
            job.wrote(data)
            return True
        self._unwatch(source)
        os.close(source)
        del self._sources[job.name]
        return False

    def _drain(self, job: Job) -> None:
        for _ in range(LAST_WORDS):
            source = self._sources.get(job.name)
            if source is None or (not self._read(job, source) and not self._more(job)):
                return

    def _more(self, job: Job) -> bool:
        source = self._sources.get(job.name)
        if source is None or job.terminal is None:
            return False
        ready = select.poll()
        ready.register(source, select.POLLIN)
        return bool(ready.poll(TERMINAL_SECONDS * 1000))

    def _hear(self, job: Job, reaper: str, control: socket.socket) -> None:
        try:
            message = control.recv(4096)
        except ConnectionResetError:
            return  # it ended with a cancel unread: the kernel says so once, ahead of what it told last
        except OSError:
            message = b""
        if message:
            self._obey(job, json.loads(message))
            return
        self._unwatch(control.fileno())
        with job.changed:
            job.control = None
        control.close()
        if job.done:
            del self._jobs[job.name]
            self._reapers.pop(reaper, None)
            job.clear(job.survivors)
        else:
            self._silent[job.name] = time.monotonic()

    def _obey(self, job: Job, told: dict[str, int | str]) -> None:
        if "reaper" in told:
            job.reaper = int(told["reaper"])
        elif "exit" in told:
            self._drain(job)
            job.finish(int(told["exit"]), str(told["by"]), int(told["survivors"]))
        elif "dead" in told:
            job.clear(int(told["dead"]))

    def _hear_spawner(self) -> None:
        message = self._spawner.socket.recv(4096)
        if message:
            told = json.loads(message)
            name = self._reapers.pop(str(told["lost"]), None)
            if name is not None:  # one without a job is made anew when there is one
                self._lose(name, int(told["survivors"]))
        else:
            self._unwatch(self._spawner.socket.fileno())
            print("talaria-exec: the process that starts jobs was ended", file=sys.stderr, flush=True)
            self._broken()

    def _lose(self, name: str, survivors: int) -> None:
        self._silent.pop(name, None)
        job = self._jobs.get(name)
        if job is None:
            return
        self._drain(job)
        if job.overdue:
            job.finish(CODES["deadline"], "deadline", survivors)
        job.finish(LOST, "exit", survivors)
        job.clear(survivors)
        if job.control is None:
            del self._jobs[name]

    def _prepare(self) -> None:
        try:
            self._spawner.prepare()
        except OSError as error:
            print(f"talaria-exec: no process for the next job: {error}", file=sys.stderr, flush=True)
            self._prepare_after = time.monotonic() + LOOK_SECONDS  # a job that comes tries it too, and says so

    def _look(self) -> None:
        """Nothing waits for ever, also where a job has stopped its reaper."""
        for job in [job for job in list(self._jobs.values()) if job.abandoned]:
            with job.changed:
                job.end()
        for job in [job for job in list(self._jobs.values()) if job.overdue]:
            if job.name in self._silent:
                continue  # the spawner is about to tell
            if job.reaper is None:
                self._lose(job.name, 1)
            else:
                os.kill(job.reaper, signal.SIGKILL)
        for name in [name for name, since in self._silent.items() if time.monotonic() - since > 5]:
            self._lose(name, 1)
