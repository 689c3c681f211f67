"""Ends a run and what it started, by the process group that it leads."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

from talaria_agent.problem import INTERNAL, Problem
from talaria_agent.runs.folder import RunFolder
from talaria_agent.runs.priority import take_turns

POLITE_SECONDS = 3.0
"""Time to write a result and to remove what is half made."""
PATIENCE_SECONDS = 8.0


def end_run(folder: RunFolder) -> dict[str, Any]:
    """Ask it to end, then kill it; returns its state. A run that is over stays as it is."""
    began = time.monotonic()
    while folder.alive and (waited := time.monotonic() - began) < PATIENCE_SECONDS:
        pid = (folder.process or {}).get("pid")
        if isinstance(pid, int) and pid > 1:
            take_turns(pid)
            _tell_group(pid, signal.SIGTERM if waited < POLITE_SECONDS else signal.SIGKILL)
        time.sleep(0.2)
    if folder.alive:
        message = f"The run {folder.run} still lives {PATIENCE_SECONDS:.0f} s after it was killed."
        raise Problem("run_stays", message, "Stop this container.", INTERNAL)
    return folder.state()


def _tell_group(leader: int, number: int) -> None:
    try:
        os.killpg(leader, number)
    except ProcessLookupError:
        pass  # gone meanwhile
