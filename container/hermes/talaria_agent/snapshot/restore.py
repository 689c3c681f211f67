"""The verb `restore`: a snapshot into scratch, verified, then moved into the home as plain files (design decision 5).

Killed at any step it leaves the marker at `restoring`, on which no gateway starts and no snapshot is made; a further run does
all of it again, whatever lies on the disk.
"""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from talaria_agent.gateway.record import read_launch
from talaria_agent.problem import Problem
from talaria_agent.runs.work import Refused, Work
from talaria_agent.snapshot.area import open_area, remove_tree, sweep
from talaria_agent.snapshot.deadline import Deadline
from talaria_agent.snapshot.diagnosis import why
from talaria_agent.snapshot.manifest import TREE, Manifest
from talaria_agent.snapshot.mirror import DIRECTORY
from talaria_agent.snapshot.problems import problem
from talaria_agent.snapshot.restic import Restic
from talaria_agent.snapshot.shrinking import memories_of, remember
from talaria_agent.snapshot.verify import sync_disk, verify
from talaria_agent.state.marker import record_restore
from talaria_agent.state.vitals import gateway_alive, gateway_vitals
from talaria_agent.surroundings import Surroundings
from talaria_agent.user.identity import Identity
from talaria_agent.user.ownership import put_right

DOWNLOAD_SECONDS = 3600.0
VERIFY_SECONDS = 1800.0


def restore(
    place: Surroundings, identity: Identity | None, restic: Restic, snapshot: str, boot: str, work: Work
) -> dict[str, Any]:
    """Bring that snapshot into the home. The result's fields are in README.md."""
    try:
        _require_no_gateway(place)
        record_restore(place.run, "restoring", boot, snapshot)
    except Problem as reason:
        raise Refused(reason) from reason  # I1
    area = open_area(place.home)
    scratch, side = area / work.folder.run, area / f"{work.folder.run}.before"
    try:
        sweep(area)
        stats = fetch(restic, snapshot, scratch, work)
        manifest = check(scratch, identity, work)
        with work.step("move"):
            _require_no_gateway(place)
            put_right(scratch / TREE, identity, 0o700)
            _replace(place.home, scratch / TREE, side, identity)
        remember(place.run, snapshot, memories_of(manifest.entries))
        with work.step("sync"):
            sync_disk(place.home)
        record_restore(place.run, "restored", boot, snapshot)
    finally:
        with work.step("tidy"):
            remove_tree(scratch)
            remove_tree(side)
    return {
        "outcome": "restored",
        "snapshot": snapshot,
        "tree": asdict(manifest.totals),
        "versions": manifest.about.get("versions"),
        "takenAt": manifest.about.get("at"),
        "manifestSha256": manifest.sha256,
        "restic": stats,
    }


def fetch(restic: Restic, snapshot: str, scratch: Path, work: Work) -> dict[str, Any] | None:
    """Download a snapshot. It takes no lock: it has no right to write one, and nothing that is promoted is ever pruned."""
    with work.step("download"):
        scratch.mkdir(mode=0o700)
        if restic.identity is not None:
            os.chown(scratch, restic.identity.uid, restic.identity.gid)
            scratch.parent.chmod(0o711)
        try:
            arguments = ["restore", snapshot, "--target", str(scratch), "--no-lock"]
            ending = restic.run(arguments, DOWNLOAD_SECONDS, work.tell)
        finally:
            scratch.parent.chmod(0o700)
        if ending.code != 0:
            raise why(ending, "restic restore")
        if restic.identity is not None:
            os.chown(scratch, os.geteuid(), os.getegid())
        return ending.summary


def check(scratch: Path, identity: Identity | None, work: Work) -> Manifest:
    """Verify what was downloaded."""
    with work.step("verify"):
        late = problem("disk_failed", f"The snapshot could not be read back within {VERIFY_SECONDS:.0f} s.")
        return verify(scratch, identity, Deadline(VERIFY_SECONDS, late).check)


def _require_no_gateway(place: Surroundings) -> None:
    launch = (read_launch(place.run) or {}).get("pid")
    for pid in (launch, gateway_vitals(place.hermes_home)["pid"]):
        if isinstance(pid, int) and gateway_alive(pid):
            raise problem("gateway_alive", f"A gateway (process {pid}) lives in this container.")


def _replace(home: Path, tree: Path, side: Path, identity: Identity | None) -> None:
    """Move what lies in the home aside, and what was restored in. Names are moved, nothing is followed."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    side.mkdir(mode=0o700)
    descriptors = [os.open(folder, DIRECTORY) for folder in (home, tree, side)]
    try:
        into, restored, aside = descriptors
        for name in os.listdir(into):
            os.rename(name, name, src_dir_fd=into, dst_dir_fd=aside)
        for name in os.listdir(restored):
            os.rename(name, name, src_dir_fd=restored, dst_dir_fd=into)
        if identity is not None:
            os.fchown(into, identity.uid, identity.gid)
            os.fchmod(into, 0o700)
        os.fsync(into)
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
