"""The shrink guard: a tree that lost half of itself, or its memory, is kept but not promoted.

What a snapshot held is kept on the container's disk, by its id: written by a restore, and by each snapshot. The next tree is
held against the one that the Agent promoted, so one that he promotes all the same is the measure from then on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

from talaria_agent.atomic import write_atomically
from talaria_agent.snapshot.databases import is_memory
from talaria_agent.snapshot.manifest import Entry, Totals

MEMORY = re.compile(r"\.hermes/(profiles/[^/]+/)?memories/(MEMORY|USER)\.md")
FILE = "memories.json"
KEPT = 50
"""Snapshots whose memories are kept."""


def memories_of(entries: Iterable[Entry]) -> list[str]:
    """What must not be missing from one snapshot to the next: Hermes' databases and his memory files that hold something."""
    held = (entry.path for entry in entries if entry.type == "file" and entry.size > 0)
    return [path for path in held if MEMORY.fullmatch(path) or is_memory(path)]


def remember(run: Path, snapshot: str, memories: Iterable[str]) -> None:
    """Keep them for the snapshots that follow in this container."""
    known = {**_known(run), snapshot: sorted(memories)}
    write_atomically(run / FILE, json.dumps(dict(list(known.items())[-KEPT:])) + "\n")


def losses(run: Path, entries: list[Entry], totals: Totals, parent: str | None, previous: Totals | None) -> list[str]:
    """Why this tree counts as shrunk against the snapshot `parent` and its totals; empty when it does not."""
    now = set(memories_of(entries))
    found = [f"{path} is gone or empty" for path in _known(run).get(parent or "", []) if path not in now]
    if previous is not None:
        for name in ("files", "bytes", "databases"):
            before, after = getattr(previous, name), getattr(totals, name)
            if after * 2 < before:
                found.append(f"{name}: {after}, before {before}")
    return found


def _known(run: Path) -> dict[str, list[str]]:
    try:
        return json.loads((run / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
