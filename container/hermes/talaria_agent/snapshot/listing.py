"""The verb `list`: what snapshots the repository holds, or that there is no repository at all."""

from __future__ import annotations

import json
from typing import Any

from talaria_agent.runs.work import Work
from talaria_agent.snapshot.diagnosis import ABSENT, why
from talaria_agent.snapshot.problems import problem
from talaria_agent.snapshot.restic import Restic

LIST_SECONDS = 300.0


def list_snapshots(restic: Restic, work: Work) -> dict[str, Any]:
    """Newest first. Absent is what restic calls so: no config object. A password that opens nothing is a Problem."""
    with work.step("list"):
        ending = restic.run(["snapshots", "--no-lock"], LIST_SECONDS, work.tell)
    if ending.code == ABSENT:
        return {"outcome": "listed", "repository": "absent", "snapshots": []}
    if ending.code != 0:
        raise why(ending, "restic snapshots")
    try:
        found = [_told(entry) for entry in json.loads("\n".join(ending.output) or "[]")]
    except (ValueError, KeyError, TypeError) as error:
        raise problem("restic_failed", f"restic's list of snapshots cannot be read: {error}.") from error
    found.sort(key=lambda entry: entry["time"], reverse=True)
    return {"outcome": "listed", "repository": "open", "snapshots": found}


def _told(entry: dict[str, Any]) -> dict[str, Any]:
    summary = entry.get("summary") or {}
    return {
        "id": entry["id"],
        "time": entry["time"],
        "tags": entry.get("tags") or [],
        "host": entry.get("hostname"),
        "parent": entry.get("parent"),
        "totalBytes": summary.get("total_bytes_processed"),
        "totalFiles": summary.get("total_files_processed"),
        "addedBytes": summary.get("data_added_packed"),
    }
