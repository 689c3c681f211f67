"""The verb `drill`: restore a snapshot as a stranger would, and have Hermes' own code read it.

Nothing of it is moved into the home, and nothing that came out of the snapshot is run: see `reading.py`.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from talaria_agent.care.reading import read_memory
from talaria_agent.runs.work import Work
from talaria_agent.snapshot.area import open_area, remove_tree, sweep
from talaria_agent.snapshot.manifest import TREE
from talaria_agent.snapshot.restic import Restic
from talaria_agent.snapshot.restore import check, fetch
from talaria_agent.surroundings import Surroundings
from talaria_agent.user.identity import Identity


def drill(place: Surroundings, identity: Identity | None, restic: Restic, snapshot: str, work: Work) -> dict[str, Any]:
    """Download, verify, read; then remove all of it. The result's fields are in README.md."""
    area = open_area(place.home)
    scratch, desk = area / work.folder.run, area / f"{work.folder.run}.desk"
    sweep(area)
    try:
        stats = fetch(restic, snapshot, scratch, work)
        manifest = check(scratch, identity, work)
        with work.step("read"):
            read = read_memory(scratch / TREE / ".hermes", desk, identity)
    finally:
        remove_tree(scratch)
        remove_tree(desk)
    return {
        "outcome": "passed",
        "snapshot": snapshot,
        "tree": asdict(manifest.totals),
        "takenAt": manifest.about.get("at"),
        "versions": manifest.about.get("versions"),
        "unsound": sorted(path for path, staged in manifest.databases.items() if not staged.sound)[:20],
        "restic": stats,
        **read,
    }
