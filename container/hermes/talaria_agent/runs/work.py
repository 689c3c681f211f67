"""The frame around each run: claim, steps with their times, and a result whatever happens short of SIGKILL."""

from __future__ import annotations

import signal
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

from talaria_agent.problem import Problem
from talaria_agent.runs.claim import claim_run, now
from talaria_agent.runs.folder import RunFolder, find_run
from talaria_agent.runs.priority import give_way
from talaria_agent.snapshot.problems import problem

BETWEEN_TOLD = 0.5
"""Seconds between two writes of the progress file, at least."""


class Work:
    """What a verb gets: where it tells its steps, and the locks for its children."""

    def __init__(self, folder: RunFolder, locks: tuple[int, ...]) -> None:
        self.folder = folder
        self.locks = locks
        self.steps: dict[str, int] = {}
        self._step = "starting"
        self._told = 0.0

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Measure a step and tell that it has begun."""
        self._step, self._told = name, 0.0
        self.tell({})
        began = time.monotonic()
        try:
            yield
        finally:
            self.steps[name] = self.steps.get(name, 0) + round((time.monotonic() - began) * 1000)

    def tell(self, progress: Mapping[str, Any]) -> None:
        """Tell how far the step is: restic's own fields, `percent_done` and others."""
        if time.monotonic() - self._told < BETWEEN_TOLD:
            return
        self._told = time.monotonic()
        kept = {name: progress[name] for name in ("percent_done", "bytes_done", "total_bytes", "files_done") if name in progress}
        with suppress(OSError):  # a full disk: what comes next fails by itself, and tidying up must not
            self.folder.tell({"step": self._step, "at": now(), **kept})


class Refused(Exception):
    """A run that did not begin, because it must not: outcome `refused`."""

    def __init__(self, reason: Problem) -> None:
        super().__init__(str(reason))
        self.reason = reason


Body = Callable[[Work], dict[str, Any]]
"""Returns at least `outcome`."""


def perform(
    place: Path, run: str, kind: str, outcome_of: Callable[[Problem], str], body: Body, urgent: bool = False
) -> dict[str, Any]:
    """Do `body` as the one run of this container and return its result, which also lies in its folder.

    A run of this id that has a result is not done again. `outcome_of` names the outcome of a Problem. What is not `urgent`
    gives way to Hermes.
    """
    done = find_run(place, run).result()
    if done is not None:
        return done
    folder, locks = claim_run(place, run, kind)
    done = folder.result()  # it may have ended while this process waited
    if done is not None:
        return done
    if not urgent:
        give_way()
    work = Work(folder, locks)
    result: dict[str, Any] = {"run": run, "kind": kind, "outcome": "failed", "problem": None, "startedAt": now()}
    with _signals_raise():
        try:
            result |= body(work)
        except Refused as refusal:
            result |= {"outcome": "refused", "problem": _told(refusal.reason)}
        except Problem as reason:
            result |= {"outcome": outcome_of(reason), "problem": _told(reason)}
        except Exception as error:
            if not isinstance(error, OSError):
                traceback.print_exc()
            result |= {"problem": _told(_of_system(error))}
        result |= {"endedAt": now(), "steps": work.steps}
    folder.finish(result)
    return result


@contextmanager
def _signals_raise() -> Iterator[None]:
    """A request to end leaves a result and no half-made tree behind."""

    def interrupt(number: int, _frame: FrameType | None) -> None:
        for later in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(later, signal.SIG_IGN)
        raise problem("run_interrupted", f"The run was ended by {signal.Signals(number).name}.")

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _of_system(error: Exception) -> Problem:
    """What the system said: a full disk is told as such."""
    import errno

    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return problem("disk_full", f"The disk is full: {error}.")
    if isinstance(error, OSError):
        return problem("disk_failed", f"The container's disk or rights: {error}.")
    return problem("run_broken", f"{type(error).__name__}: {error}")


def _told(reason: Problem) -> dict[str, str]:
    return {"code": reason.code, "message": reason.message, "next": reason.next}
