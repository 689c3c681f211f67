"""One of a kind per container, held by the kernel: the gateway (I5), the dashboard."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from talaria_agent.problem import ALREADY_RUNNING, Problem


def claim(run: Path, what: str = "gateway") -> int:
    """Lock this container's gateway, or dashboard, for the life of this process and what it turns into by exec.

    The kernel releases the lock when that process is gone, however it ended. Returns the descriptor.
    """
    run.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(run / f"{what}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise Problem(
            "already_running",
            f"A {what} already runs, or is being started, in this container.",
            "Ask `talaria-state show` for its state; stop it with SIGTERM before starting another.",
            ALREADY_RUNNING,
        ) from error
    os.set_inheritable(descriptor, True)
    return descriptor
