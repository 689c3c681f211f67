"""Becoming a run: one at a time in a container, held by the kernel."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from talaria_agent.problem import RUN_UNDER_WAY, Problem
from talaria_agent.runs.folder import RunFolder, all_runs, find_run, runs_folder

KEPT = 50
"""Runs whose files stay; the Agent keeps what they led to."""


def now() -> str:
    """ISO 8601, UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def claim_run(place: Path, run: str, kind: str) -> tuple[RunFolder, tuple[int, int]]:
    """Be the only run of this container, as the leader of a process group, until this process and its children end.

    Returns the folder and the two locks, which children that write to the repository or the home inherit.
    """
    folder = find_run(place, run)
    runs_folder(place).mkdir(parents=True, exist_ok=True, mode=0o700)
    only = os.open(runs_folder(place) / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    _lock(only)
    folder.path.mkdir(exist_ok=True, mode=0o700)
    own = os.open(folder.lock, os.O_RDWR | os.O_CREAT, 0o600)
    _lock(own)
    for old in all_runs(place)[:-KEPT]:
        shutil.rmtree(old.path)
    with suppress(PermissionError):  # it leads a session already, and so a group
        os.setpgid(0, 0)
    record = json.dumps({"pid": os.getpid(), "kind": kind, "startedAt": now()})
    os.ftruncate(own, 0)
    os.pwrite(own, record.encode(), 0)
    return folder, (only, own)


def _lock(descriptor: int) -> None:
    """Lock, or refuse within a second: who asks whether a run lives holds a lock for a moment too."""
    deadline = time.monotonic() + 1
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= deadline:
                os.close(descriptor)
                raise _under_way() from error
        time.sleep(0.05)


def _under_way() -> Problem:
    return Problem(
        "run_under_way",
        "A run is under way in this container.",
        "Ask `talaria-state runs` for it and wait for its end, or end it with `talaria-state end-run --run ID`.",
        RUN_UNDER_WAY,
    )
