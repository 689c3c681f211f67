"""How much the workspace holds, without a walk for everyone who asks."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from talaria_exec.workspace.entries import used_bytes

FRESH_SECONDS = 30.0


class Usage:
    """Counts in the background, when the last count is older than half a minute. 0 before the first has ended."""

    def __init__(self, workspace: Path) -> None:
        self._workspace = workspace
        self._lock = threading.Lock()
        self._bytes = 0
        self._counted = -FRESH_SECONDS

    def bytes(self) -> int:
        """The last count."""
        with self._lock:
            if time.monotonic() - self._counted > FRESH_SECONDS:
                self._counted = time.monotonic()
                threading.Thread(target=self._count, daemon=True).start()
            return self._bytes

    def _count(self) -> None:
        self._bytes = used_bytes(self._workspace)
