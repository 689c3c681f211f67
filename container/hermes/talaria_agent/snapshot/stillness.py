"""A cheap look at a home: whether anything may have changed since the last snapshot, by names, sizes, times.

Staging and hashing the databases of a large home takes seconds; an idle agent pays for this look instead, a few milliseconds.
What it cannot tell counts as a change, and the whole way is taken.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from talaria_agent.atomic import write_atomically
from talaria_agent.snapshot.exclusions import left_out
from talaria_agent.snapshot.fingerprint import clockless, has_clock
from talaria_agent.snapshot.hashing import SETTLED_NS
from talaria_agent.snapshot.touch import Touch

FILE = "still.json"
LOOK_SECONDS = 5.0
"""A home that takes longer to look at is looked at the whole way."""
SHARED = "-shm"
"""Beside a database: memory that its readers share. It changes without a change of content."""


@dataclass(frozen=True)
class Look:
    """What a home looked like."""

    sign: str
    settled: bool
    """Nothing was modified so shortly before that a further change may carry the same time."""
    touched_ns: int
    """The latest ctime of a file."""


def look(home: Path) -> Look | None:
    """None when it takes too long. Call it with the rights of the agent's user."""
    until, newest, touched, digest = time.monotonic() + LOOK_SECONDS, 0, 0, hashlib.sha256()
    for folder, folders, files in os.walk(home):
        prefix = os.path.relpath(folder, home) + "/" if folder != str(home) else ""
        folders[:] = sorted(name for name in folders if not left_out(prefix + name))
        if time.monotonic() > until:
            return None
        names = {*folders, *files}
        for name in sorted(names):
            if left_out(prefix + name) or (name.endswith(SHARED) and name.removesuffix(SHARED) in names):
                continue
            seen, modified, changed = _seen(os.path.join(folder, name), prefix + name)
            newest, touched = max(newest, modified), max(touched, changed)
            digest.update(json.dumps([prefix + name, *seen]).encode() + b"\n")
    return Look(digest.hexdigest(), time.time_ns() - newest > SETTLED_NS, touched)


def _seen(full: str, path: str) -> tuple[list[Any], int, int]:
    """What there is to see of an entry, when it was modified, and when it was touched (ns)."""
    try:
        status = os.lstat(full)
        if stat.S_ISLNK(status.st_mode):
            return [status.st_mode, os.readlink(full)], 0, 0
        if not stat.S_ISREG(status.st_mode):
            return [status.st_mode], 0, 0
        if has_clock(path, status.st_size) and (content := clockless(Path(full))) is not None:
            return [status.st_mode, content], 0, 0
    except OSError:
        return [], time.time_ns(), time.time_ns()  # gone, or closed: by the next look it may be otherwise
    return [status.st_mode, status.st_ino, status.st_size, status.st_mtime_ns], status.st_mtime_ns, status.st_ctime_ns


def remember(run: Path, before: Look | None, facts: dict[str, Any]) -> None:
    """Keep what a look before the whole way led to: `fingerprint` and what else is to be told of an unchanged home."""
    if before is not None and before.settled:
        write_atomically(run / FILE, json.dumps({"sign": before.sign, "facts": facts}))
    else:
        (run / FILE).unlink(missing_ok=True)


def recall(run: Path, now: Look | None, touch: Touch, fingerprint: str | None) -> dict[str, Any] | None:
    """The facts, if the home looks as it did when it had this fingerprint, and nobody touched a file after this tool did."""
    if now is None or fingerprint is None or now.touched_ns > touch.ended:
        return None
    try:
        known = json.loads((run / FILE).read_text(encoding="utf-8"))
        same = known["sign"] == now.sign and known["facts"]["fingerprint"] == fingerprint
        return known["facts"] if same else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
