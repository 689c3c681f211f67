"""The verb `export`: restore a snapshot as a stranger would, verify it, and hand it out once as a plain tar.

`manifest.json` first, then `home/…`: the tree that a restore would put into place. Nothing is packed on the disk; the archive
is written as it is read, and its SHA-256 stands in the result.
"""

from __future__ import annotations

import tarfile
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from talaria_agent.runs.work import Work
from talaria_agent.snapshot.area import open_area, remove_tree, sweep
from talaria_agent.snapshot.manifest import NAME, TREE
from talaria_agent.snapshot.problems import problem
from talaria_agent.snapshot.restic import Restic
from talaria_agent.snapshot.restore import check, fetch
from talaria_agent.surroundings import Surroundings
from talaria_agent.travel.handing import Handed, hand_out
from talaria_agent.user.identity import Identity

PORT = 9119
"""One that the image declares; what else listens there does not run in such a container."""


def export(place: Surroundings, identity: Identity | None, restic: Restic, snapshot: str, work: Work) -> dict[str, Any]:
    """Download, verify, wait for the one reader; then remove all of it. The result's fields are in README.md."""
    area = open_area(place.home)
    scratch = area / work.folder.run
    sweep(area)
    try:
        fetch(restic, snapshot, scratch, work)
        manifest = check(scratch, identity, work)
        at, ready = (place.bind, PORT), work.step("ready")
        handed = hand_out(at, work.folder.run, lambda out: write_archive(scratch, out), ready)
    finally:
        remove_tree(scratch)
    if not handed.whole:
        raise problem("not_fetched", f"The archive was not fetched to its end: {handed.reason}.")
    return {
        "outcome": "sent",
        "snapshot": snapshot,
        "tree": asdict(manifest.totals),
        "takenAt": manifest.about.get("at"),
        "versions": manifest.about.get("versions"),
        **_told(handed),
    }


def write_archive(scratch: Path, out: BinaryIO) -> None:
    """Times and modes as they were; the owner is whoever unpacks it."""
    with tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT) as archive:
        for name in (NAME, TREE):
            archive.add(scratch / name, name, filter=_nobodys)


def _nobodys(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


def _told(handed: Handed) -> dict[str, Any]:
    return {"bytes": handed.size, "sha256": handed.sha256}
