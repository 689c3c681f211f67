"""When this tool itself touched the home's files: linking a file and removing the link change its ctime, and nothing else does
without a trace in another tool's work. A ctime within the last such time is ours; a later one is somebody's change, even where
inode, size and modification time are what they were (an unpacked archive sets those as it likes)."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path

from talaria_agent.atomic import write_atomically

FILE = "touch.json"
COARSE_NS = 20_000_000
"""The kernel stamps files by a clock that lags behind."""


@dataclass(frozen=True)
class Touch:
    """The time (ns) in which the last run took its links away."""

    began: int
    ended: int

    def covers(self, ctime_ns: int) -> bool:
        """Whether this tool may be the one who touched the file last."""
        return self.began - COARSE_NS <= ctime_ns <= self.ended

    def save(self, run: Path) -> None:
        """Keep it for the next run."""
        write_atomically(run / FILE, json.dumps([self.began, self.ended]))


def last_touch(run: Path) -> Touch:
    """Of the last run that came to its end; one that covers nothing when there was none, or one died since."""
    try:
        began, ended = json.loads((run / FILE).read_text(encoding="utf-8"))
        return Touch(int(began), int(ended))
    except (OSError, ValueError, TypeError):
        return Touch(0, 0)


def forget_touch(run: Path) -> None:
    """Before a run makes links: if it dies, nothing is known of ctimes."""
    (run / FILE).unlink(missing_ok=True)


def now_ns() -> int:
    """On the clock that files are stamped by."""
    return time.time_ns()
