"""SHA-256 of files, and a memory of them: a file that nobody touched since is not read twice in a container."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

from talaria_agent.atomic import write_atomically
from talaria_agent.snapshot.touch import Touch

SETTLED_NS = 2_000_000_000
"""A file that was modified within two seconds before the look may change again without another time."""
FILE = "hashes.json"


def sha256_of(path: Path, check: Callable[[], None] = lambda: None) -> str:
    """In hex. A link is not followed."""
    digest = hashlib.sha256()
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        while data := file.read(1024 * 1024):
            digest.update(data)
            check()
    return digest.hexdigest()


class HashMemory:
    """Hashes by (inode, size, modification time), kept in a file of `TALARIA_RUN`. Losing it costs time alone."""

    def __init__(self, run: Path, touch: Touch) -> None:
        self._path = run / FILE
        self._touch = touch
        self._known: dict[str, str] = self._load()
        self._used: dict[str, str] = {}
        self.overtaken: list[str] = []
        """Paths of files that look as they did and hold something else: restic would take them for unchanged, too."""

    def of(self, full: Path, path: str, status: os.stat_result, ctime_ns: int, check: Callable[[], None]) -> str:
        """The hash, remembered or computed. `ctime_ns` is from before this run touched the file."""
        key = f"{status.st_ino} {status.st_size} {status.st_mtime_ns}"
        remembered = self._known.get(key)
        found = remembered if remembered and self._touch.covers(ctime_ns) else sha256_of(full, check)
        if remembered and remembered != found:
            self.overtaken.append(path)
        elif time.time_ns() - status.st_mtime_ns > SETTLED_NS:
            self._used[key] = found
        return found

    def save(self) -> None:
        """Keep what was used this time."""
        write_atomically(self._path, json.dumps(self._used))

    def _load(self) -> dict[str, str]:
        try:
            data = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return data if isinstance(data, dict) else {}
