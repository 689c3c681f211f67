"""What is on disk of a run. A run outlives whoever started it, and whoever comes later finds it by its id."""

from __future__ import annotations

import fcntl
import json
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from talaria_agent.atomic import write_atomically
from talaria_agent.problem import USAGE, Problem
from talaria_agent.state.vitals import read_object

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


@dataclass(frozen=True)
class RunFolder:
    """The files of one run, below `TALARIA_RUN`."""

    run: str
    path: Path

    @property
    def lock(self) -> Path:
        """Locked (flock) by the process of the run and by its children: it holds the process id and the kind."""
        return self.path / "lock"

    @property
    def alive(self) -> bool:
        """Whether a process of the run lives. The kernel releases the lock with the last of them, however it ended."""
        return not _free(self.lock)

    @property
    def process(self) -> dict[str, Any] | None:
        """`{pid, kind, startedAt}` of the last process of this id."""
        return read_object(self.lock)

    def result(self) -> dict[str, Any] | None:
        """What became of it; None while it runs, and for ever if it died."""
        return read_object(self.path / "result.json")

    def progress(self) -> dict[str, Any] | None:
        """How far it is; None before its first step."""
        return read_object(self.path / "progress.json")

    def finish(self, result: dict[str, Any]) -> None:
        """Write the result, once and whole."""
        write_atomically(self.path / "result.json", json.dumps(result) + "\n")

    def tell(self, progress: dict[str, Any]) -> None:
        """Write how far it is. Not synced: it only matters while the process lives."""
        temporary = self.path / ".progress.json.new"
        temporary.write_text(json.dumps(progress) + "\n", encoding="utf-8")
        os.replace(temporary, self.path / "progress.json")

    def state(self) -> dict[str, Any]:
        """What the Agent asks for. `alive` is read first: a run that ends meanwhile shows its result."""
        alive = self.alive
        process = self.process or {}
        return {
            "run": self.run,
            "kind": process.get("kind"),
            "startedAt": process.get("startedAt"),
            "alive": alive,
            "progress": self.progress(),
            "result": self.result(),
        }


def runs_folder(run: Path) -> Path:
    """Where all runs are."""
    return run / "runs"


def find_run(place: Path, run: str) -> RunFolder:
    """The folder of a run, whether it exists or not. `place` is `TALARIA_RUN`."""
    if not NAME.fullmatch(run):
        message = f"{run!r} is no id of a run: letters, digits, dot, dash and underscore, at most 80."
        raise Problem("run_id_invalid", message, "Give the id that the Agent made.", USAGE)
    return RunFolder(run, runs_folder(place) / run)


def all_runs(place: Path) -> list[RunFolder]:
    """Every run of this container, oldest first."""
    folders = [entry for entry in _entries(runs_folder(place)) if (entry / "lock").exists()]
    return [RunFolder(entry.name, entry) for entry in sorted(folders, key=lambda entry: entry.stat().st_mtime)]


def wait_for_end(folder: RunFolder, seconds: float) -> dict[str, Any]:
    """The state, as soon as the run is over or `seconds` are."""
    deadline = time.monotonic() + seconds
    while True:
        state = folder.state()
        if not state["alive"] or time.monotonic() >= deadline:
            return state
        time.sleep(0.05)


def _entries(folder: Path) -> list[Path]:
    try:
        return [entry for entry in folder.iterdir() if entry.is_dir()]
    except FileNotFoundError:
        return []


def _free(lock: Path) -> bool:
    try:
        descriptor = os.open(lock, os.O_RDONLY)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
