"""The verb `import`: a home that comes from elsewhere becomes a snapshot, in a container whose own home is empty.

It is laid into that home (over a snapshot that is restored first, for a merge) and saved as any home is: with the same
exclusions, the same staging and checks of databases, the same manifest. It becomes the memory only by an operator's restore.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from talaria_agent.problem import Problem
from talaria_agent.runs.work import Refused, Work
from talaria_agent.snapshot.area import open_area
from talaria_agent.snapshot.backup import Wanted, snapshot
from talaria_agent.snapshot.exclusions import left_out
from talaria_agent.snapshot.manifest import TREE
from talaria_agent.snapshot.problems import problem
from talaria_agent.snapshot.restic import Restic
from talaria_agent.snapshot.restore import check, restore
from talaria_agent.state.marker import record_first_boot
from talaria_agent.surroundings import Surroundings
from talaria_agent.travel.exporting import PORT
from talaria_agent.travel.receiving import receive
from talaria_agent.travel.recognising import Source, recognise
from talaria_agent.travel.unpacking import unpack
from talaria_agent.user.identity import Identity
from talaria_agent.user.ownership import put_right

BESIDE_DATABASES = ("-wal", "-shm", "-journal")
NAMED = 20


@dataclass(frozen=True)
class Import:
    """What the Agent asked for."""

    onto: str | None = None
    """Merge into this snapshot: what it has stays, what it lacks comes. Without it the import is all there is."""
    after: datetime | None = None
    """An import whose newest change is older is refused."""


def bring_in(place: Surroundings, identity: Identity | None, restic: Restic, wanted: Import, work: Work) -> dict[str, Any]:
    """Wait for the archive, then make the snapshot. The result's fields are in README.md."""
    if wanted.onto is not None:
        restore(place, identity, restic, wanted.onto, work.folder.run, work)
    else:
        try:
            record_first_boot(place.run, work.folder.run)
        except Problem as used:
            raise Refused(used) from used
        place.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(place.home.iterdir()):
            raise Refused(problem("home_in_use", "This container's home is not empty."))
    area = open_area(place.home)
    archive, tree = area / "archive", area / "unpacked"
    received = receive((place.bind, PORT), work.folder.run, archive, work.step("ready"))
    with work.step("unpack"):
        tree.mkdir(mode=0o700)
        unpack(archive, tree)
        archive.unlink()
        source = recognise(tree)
    home, newest = _home(source, identity, work)
    if wanted.after is not None and newest < wanted.after:
        said = f"What is in it is of {newest:%Y-%m-%d %H:%M:%S} UTC, the memory of {wanted.after:%Y-%m-%d %H:%M:%S}."
        raise problem("import_older", said)
    with work.step("lay"):
        added, kept = _lay(home, _target(source, place))
        put_right(place.home, identity, 0o700)
    made = snapshot(place, identity, restic, Wanted("import", parent=wanted.onto, tags=[f"source={source.kind}"]), work)
    told = {"source": source.kind, "newest": newest.isoformat(), "added": added, "kept": kept[:NAMED], "keptCount": len(kept)}
    return {**made, **told, "received": received}


def _home(source: Source, identity: Identity | None, work: Work) -> tuple[Path, datetime]:
    """What is to be laid, and how new it is: an export holds all that had happened when it was made, changed lately or not."""
    if source.kind != "export":
        return source.folder, _newest(source.folder)
    made = str(check(source.folder, identity, work).about.get("at"))
    try:
        return source.folder / TREE, datetime.fromisoformat(made).astimezone(UTC)
    except ValueError as error:
        raise problem("manifest_mismatch", f"The manifest does not say when it was made: {error}.") from error


def _target(source: Source, place: Surroundings) -> Path:
    return place.home if source.kind == "export" else place.hermes_home


def _lay(tree: Path, into: Path) -> tuple[int, list[str]]:
    """Move in what is not there. Returns how many entries came, and the names of those that stayed as they were."""
    into.mkdir(parents=True, exist_ok=True, mode=0o700)
    added, kept = 0, list[str]()
    waiting = [(tree, into)]
    while waiting:
        source, target = waiting.pop()
        there = set(os.listdir(target))
        for entry in sorted(os.scandir(source), key=lambda one: one.name):
            full = target / entry.name
            base = next((entry.name.removesuffix(end) for end in BESIDE_DATABASES if entry.name.endswith(end)), None)
            if base in there:
                continue  # of a database that stays the bot's
            if entry.name not in there:
                os.rename(entry.path, full)
                added += 1
            elif entry.is_dir(follow_symlinks=False) and full.is_dir() and not full.is_symlink():
                waiting.append((Path(entry.path), full))
            else:
                kept.append(str(full.relative_to(into)))
    return added, sorted(kept)


def _newest(home: Path) -> datetime:
    """The last change of a file that would be saved: traces of running say nothing about how new a memory is."""
    latest = 0.0
    for folder, folders, files in os.walk(home):
        inside = ".hermes/" + os.path.relpath(folder, home).removeprefix(".").lstrip("/")
        at = f"{inside.rstrip('/')}/" if inside else ""
        folders[:] = [name for name in folders if not left_out(at + name)]
        for name in files:
            if not left_out(at + name):
                latest = max(latest, os.lstat(os.path.join(folder, name)).st_mtime)
    return datetime.fromtimestamp(latest, UTC)
