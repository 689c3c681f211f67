"""Where Hermes' stdout and stderr go: a file that stays small.

The container's server keeps the output of a process in memory without a bound, so the gateway writes none of it there.
Hermes rotates its own logs; with `-q` its console holds little more than a banner and uncaught tracebacks.
"""

from __future__ import annotations

import os
from pathlib import Path

LARGEST = 2_000_000
KEPT = 3


def rotate(path: Path) -> None:
    """Shift `path` to `path.1` and so on when it has grown past the limit; the oldest goes."""
    if not path.exists() or path.stat().st_size <= LARGEST:
        return
    for number in range(KEPT - 1, 0, -1):
        older = path.with_name(f"{path.name}.{number}")
        if older.exists():
            older.replace(path.with_name(f"{path.name}.{number + 1}"))
    path.replace(path.with_name(f"{path.name}.1"))


def redirect_console(logs: Path) -> None:
    """Point this process's stdin at nothing, and its stdout and stderr at `logs`/console.log."""
    logs.mkdir(parents=True, exist_ok=True)
    path = logs / "console.log"
    rotate(path)
    nothing = os.open(os.devnull, os.O_RDONLY)
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(nothing, 0)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(nothing)
    os.close(file)
