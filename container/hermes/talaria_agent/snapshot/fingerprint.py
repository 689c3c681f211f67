"""The fingerprint of a home: equal means that a restore would bring the same back, so no snapshot is needed."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path

from talaria_agent.snapshot.manifest import Entry

CLOCKS: Sequence[tuple[re.Pattern[str], frozenset[str]]] = (
    # Hermes writes it again every five minutes, mostly with a new time alone.
    (re.compile(r"\.hermes/(profiles/[^/]+/)?channel_directory\.json"), frozenset({"updated_at"})),
)
"""JSON files that hold a time of writing: these fields do not count."""
LARGEST = 1_000_000
"""Bytes; a larger one counts as it is."""


def fingerprint_of(entries: Sequence[Entry], tree: Path) -> str:
    """SHA-256 over path, type, mode and content of all entries; times do not count."""
    digest = hashlib.sha256()
    for entry in entries:
        content = entry.target if entry.type == "link" else _without_clock(entry, tree)
        line = json.dumps([entry.path, entry.type, entry.mode, content])
        digest.update(f"{line}\n".encode())
    return digest.hexdigest()


def _without_clock(entry: Entry, tree: Path) -> str | None:
    for pattern, fields in CLOCKS:
        if entry.type == "file" and entry.size <= LARGEST and pattern.fullmatch(entry.path):
            try:
                data = json.loads((tree / entry.path).read_text(encoding="utf-8"))
                return json.dumps({key: value for key, value in data.items() if key not in fields}, sort_keys=True)
            except (OSError, ValueError, AttributeError, RecursionError):
                return entry.sha256
    return entry.sha256
