"""Documents at the gateway's start, and how they stand since."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from talaria_agent.atomic import write_atomically
from talaria_agent.declared_files.declaration import WORKSPACE, DeclaredFiles
from talaria_agent.surroundings import Surroundings
from talaria_exec.declared.ledger import written_as
from talaria_exec.declared.rule import Outcome, bring
from talaria_exec.declared.tree import Tree

FILE = "talaria-documents.json"
"""Beside the managed scope, where only root writes: what was declared at the last start, by sums."""

LARGEST_SHOWN = 1_000_000
"""Bytes of a document that are read to tell its sum."""


def trees(place: Surroundings) -> tuple[tuple[str, Tree], ...]:
    """Each tree with what the paths of its documents begin with. The home is closed to other users."""
    return (("", Tree(place.hermes_home, 0o600, 0o700)), (WORKSPACE, Tree(place.workspace)))


def bring_documents(place: Surroundings, files: DeclaredFiles, today: date | None = None) -> list[Outcome]:
    """Bring home and workspace to what is declared, by the agent's rights: call it as his user. Never raises for what he did."""
    day = today or datetime.now(UTC).date()
    home, workspace = trees(place)
    folders = [files.working_directory] if files.working_directory else []
    outcomes = bring(home[1], files.home_documents(), [], day)
    for outcome in bring(workspace[1], files.workspace_documents(), folders, day):
        beside = None if outcome.beside is None else f"{WORKSPACE}{outcome.beside}"
        outcomes.append(Outcome(f"{WORKSPACE}{outcome.path}", outcome.what, beside, outcome.reason))
    return outcomes


def record_documents(managed: Path, files: DeclaredFiles, outcomes: list[Outcome]) -> None:
    """Keep what is declared, and what could not be brought, for `documents_now`."""
    declared = {path: asdict(written_as(text.encode())) for path, text in files.documents.items()}
    blocked = {outcome.path: outcome.reason for outcome in outcomes if outcome.what == "blocked"}
    text = json.dumps({"declared": declared, "blocked": blocked}, indent=2)
    write_atomically(managed / FILE, f"{text}\n", mode=0o644)


def documents_now(place: Surroundings) -> list[dict[str, Any]]:
    """
    Each document of the last start: `declared` and `box` are SHA-256 sums, `bytes` the size in the box, `at` when the file was written, `is` what lies there: `file`,
    `link`, `folder`, `other`, `nothing` or `unreadable`. Call it with the agent's rights.
    """
    record = _record(place.managed)
    blocked = record.get("blocked", {})
    return [
        {"path": path, "declared": row["sha256"], "reason": blocked.get(path), **_now(place, path)}
        for path, row in sorted(record.get("declared", {}).items())
    ]


def _now(place: Surroundings, path: str) -> dict[str, Any]:
    home, workspace = trees(place)
    in_workspace = path.startswith(WORKSPACE)
    tree = workspace[1] if in_workspace else home[1]
    try:
        found = tree.look(path.removeprefix(WORKSPACE), LARGEST_SHOWN)
    except OSError:
        return {"is": "unreadable", "box": None, "bytes": 0, "at": None}
    if found is None:
        return {"is": "nothing", "box": None, "bytes": 0, "at": None}
    return {"is": found.kind, "box": found.sha256, "bytes": found.bytes, "at": _time(found.modified)}


def _time(seconds: float) -> str | None:
    """ISO 8601; None for a time that no calendar has: whoever wrote the file chose it."""
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds") if seconds else None
    except (OverflowError, ValueError, OSError):
        return None


def _record(managed: Path) -> Mapping[str, Any]:
    try:
        data = json.loads((managed / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}
