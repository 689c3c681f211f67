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
_FIELDS = frozenset().union(*(fields for _, fields in CLOCKS))
LARGEST = 1_000_000
"""Bytes; a larger one counts as it is."""


def fingerprint_of(entries: Sequence[Entry], tree: Path) -> str:
    """SHA-256 over path, type, mode and content of all entries; times do not count."""
    digest = hashlib.sha256()
    for entry in entries:
        line = json.dumps([entry.path, entry.type, entry.mode, _content(entry, tree)])
        digest.update(f"{line}\n".encode())
    return digest.hexdigest()


def has_clock(path: str, size: int) -> bool:
    """Whether a file, by its path in the home, holds a time that does not count."""
    return size <= LARGEST and any(pattern.fullmatch(path) for pattern, _ in CLOCKS)


def clockless(file: Path) -> str | None:
    """Its content without the time; None when it is not what it should be, and so counts as it is."""
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        return json.dumps({key: value for key, value in data.items() if key not in _FIELDS}, sort_keys=True)
    except (OSError, ValueError, AttributeError, RecursionError):
        return None


def _content(entry: Entry, tree: Path) -> str | None:
    if entry.type == "link":
        return entry.target
    if entry.type == "file" and has_clock(entry.path, entry.size) and (content := clockless(tree / entry.path)) is not None:
        return content
    return entry.sha256
