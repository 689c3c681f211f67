"""What became of the last start: a record that outlives the launcher, which turns into Hermes."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from talaria_agent.atomic import write_atomically
from talaria_agent.problem import Problem
from talaria_agent.state.vitals import read_object

Step = Literal["preparing", "started", "refused"]


def record_launch(run: Path, step: Step, problem: Problem | None = None) -> None:
    """Write `launch.json`. The process id is the gateway's too, once the step is `started`."""
    record = {
        "step": step,
        "pid": os.getpid(),
        "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "problem": None if problem is None else json.loads(problem.as_json())["error"],
    }
    write_atomically(run / "launch.json", json.dumps(record) + "\n", mode=0o644)


def read_launch(run: Path) -> dict[str, Any] | None:
    """The last record; None before the first start."""
    return read_object(run / "launch.json")
