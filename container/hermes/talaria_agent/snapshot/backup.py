"""The verb `snapshot`: mirror, databases, manifest, restic; nothing is promised before all of it agrees."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from talaria_agent.configure.installed_hermes import hermes_version
from talaria_agent.problem import Problem
from talaria_agent.runs.claim import now
from talaria_agent.runs.work import Refused, Work
from talaria_agent.snapshot import stillness
from talaria_agent.snapshot.area import open_area, remove_tree, sweep
from talaria_agent.snapshot.copying import copy_file
from talaria_agent.snapshot.databases import Staged, is_memory, stage
from talaria_agent.snapshot.deadline import Deadline
from talaria_agent.snapshot.diagnosis import ABSENT, why
from talaria_agent.snapshot.fingerprint import fingerprint_of
from talaria_agent.snapshot.hashing import HashMemory, sha256_of
from talaria_agent.snapshot.manifest import NAME, TREE, Entry, Totals, list_tree, manifest_text, totals_of
from talaria_agent.snapshot.mirror import DIRECTORY, Mirror, lay_out
from talaria_agent.snapshot.problems import problem
from talaria_agent.snapshot.restic import Ending, Restic
from talaria_agent.snapshot.shrinking import losses, memories_of, remember
from talaria_agent.snapshot.stale_env import is_env, managed_names, put_right
from talaria_agent.snapshot.touch import Touch, forget_touch, last_touch, now_ns
from talaria_agent.state.marker import Marker, require_final
from talaria_agent.surroundings import Surroundings
from talaria_agent.user.identity import Identity, acting_as

LAYING_OUT_SECONDS = 600.0
"""For mirror, databases and manifest together; each database has a limit of its own."""
UPLOAD_SECONDS = 3600.0
OPEN_SECONDS = 150.0
TRIES = 3
"""Uploads of one run: one, and again with copies of the files that changed under it."""


@dataclass(frozen=True)
class Wanted:
    """What the Agent asked for."""

    reason: str
    parent: str | None = None
    fingerprint: str | None = None
    """Of the last promoted snapshot: a home that equals it makes none."""
    previous: Totals | None = None
    """Of the last promoted snapshot, for the shrink guard."""
    tags: Sequence[str] = ()


@dataclass
class _Laid:
    """A finished mirror."""

    folder: Path
    mirror: Mirror
    databases: dict[str, Staged]
    entries: list[Entry]

    @property
    def tree(self) -> Path:
        return self.folder / TREE


def snapshot(place: Surroundings, identity: Identity | None, restic: Restic, wanted: Wanted, work: Work) -> dict[str, Any]:
    """Make one, unless nothing changed. The result's fields are in README.md."""
    try:
        marker = require_final(place.run)
    except Problem as unfinished:
        raise Refused(unfinished) from unfinished  # I2
    touch = last_touch(place.run)
    with work.step("look"), acting_as(identity):
        seen = stillness.look(place.home)
    facts = stillness.recall(place.run, seen, touch, wanted.fingerprint)
    if facts is not None:
        return {"outcome": "unchanged", **facts}
    area = open_area(place.home)
    folder = area / work.folder.run
    forget_touch(place.run)
    try:
        sweep(area)
        laid = _lay_out(place, identity, folder, touch, work)
        fingerprint = fingerprint_of(laid.entries, laid.tree)
        told = {"fingerprint": fingerprint, "tree": asdict(_totals(laid)), **laid.mirror.notes.as_dict()}
        stillness.remember(place.run, seen, told)
        if fingerprint == wanted.fingerprint:
            return {"outcome": "unchanged", **told}
        shrunk = losses(place.run, laid.entries, _totals(laid), wanted.parent, wanted.previous)
        versions = {"hermes": hermes_version(), "image": place.image}
        about = {"at": now(), "reason": wanted.reason, "boot": marker.boot, "versions": versions, "shrunk": shrunk}
        with work.step("upload"):
            ending = _upload(restic, laid, wanted, about, tags(wanted, marker, versions, shrunk), identity, work)
        made = str((ending.summary or {})["snapshot_id"])
        remember(place.run, made, memories_of(laid.entries))
        return {
            "outcome": "made",
            **told,
            "fingerprint": fingerprint_of(laid.entries, laid.tree),
            "tree": asdict(_totals(laid)),
            **laid.mirror.notes.as_dict(),
            "snapshot": made,
            "parent": wanted.parent,
            "restic": ending.summary,
            "manifestSha256": sha256_of(laid.folder / NAME),
            "manifestBytes": (laid.folder / NAME).stat().st_size,
            "shrunk": bool(shrunk),
            "losses": shrunk,
            **_soundness(laid.databases),
            "versions": versions,
        }
    finally:
        with work.step("tidy"):
            began = now_ns()
            remove_tree(folder)
            Touch(began, now_ns()).save(place.run)


def tags(wanted: Wanted, marker: Marker, versions: dict[str, str | None], shrunk: list[str]) -> list[str]:
    """restic splits at commas, so none is in a tag."""
    made = [f"reason={wanted.reason}", f"hermes={versions['hermes']}", f"boot={marker.boot}", *wanted.tags]
    return [tag.replace(",", ";") for tag in (*made, *(["shrunk"] if shrunk else []))]


def _totals(laid: _Laid) -> Totals:
    return totals_of(laid.entries, len(laid.databases))


def _soundness(databases: dict[str, Staged]) -> dict[str, Any]:
    """Hermes' own broken databases keep a snapshot from being promoted; those of other programs are only named."""
    broken = {path: staged.check for path, staged in databases.items() if not staged.sound}
    malformed = sorted(path for path in broken if is_memory(path))
    told = {"malformed": malformed, "unsound": sorted(set(broken) - set(malformed))}
    if not malformed:
        return told
    reason = problem("database_malformed", f"{malformed[0]} is damaged in the home itself: {broken[malformed[0]]}")
    return {**told, "problem": {"code": reason.code, "message": reason.message, "next": reason.next}}


def _lay_out(place: Surroundings, identity: Identity | None, folder: Path, touch: Touch, work: Work) -> _Laid:
    late = problem("disk_failed", f"The home could not be laid out within {LAYING_OUT_SECONDS:.0f} s.")
    deadline = Deadline(LAYING_OUT_SECONDS, late)
    tree = folder / TREE
    with work.step("mirror"):
        tree.mkdir(parents=True, mode=0o700)
        if identity is not None:
            os.chown(tree, identity.uid, identity.gid)
        into = os.open(tree, DIRECTORY)
        try:
            with acting_as(identity):
                home = os.open(place.home, DIRECTORY)
                try:
                    mirror = lay_out(home, into, identity, deadline.check)
                finally:
                    os.close(home)
        finally:
            os.close(into)
        names = managed_names(place.managed)
        for path in filter(is_env, mirror.files):
            put_right(tree, path, names)
            mirror.linked.pop(path, None)
            mirror.touched.pop(path, None)
    databases: dict[str, Staged] = {}
    with work.step("databases"):
        for path in mirror.databases:
            deadline.check()
            staged = stage(place.home, path, tree, identity)
            if staged is None:
                mirror.notes.vanished.append(path)
            else:
                databases[path] = staged
    with work.step("manifest"):
        memory = HashMemory(place.run, touch)

        def hash_of(full: Path, path: str, status: os.stat_result) -> str:
            before = mirror.touched.get(path)
            return sha256_of(full, deadline.check) if before is None else memory.of(full, path, status, before, deadline.check)

        laid = _Laid(folder, mirror, databases, list_tree(tree, hash_of, deadline.check))
        _copy_files(laid, memory.overtaken, identity)
        memory.save()
    return laid


def _upload(
    restic: Restic, laid: _Laid, wanted: Wanted, about: dict[str, Any], tagged: list[str], identity: Identity | None, work: Work
) -> Ending:
    """Until what was uploaded is what the manifest says."""
    for _ in range(TRIES):
        manifest = laid.folder / NAME
        manifest.write_text(manifest_text(laid.entries, laid.databases, about), encoding="utf-8")
        ending = _back_up(restic, laid.folder, wanted.parent, tagged, work)
        changed = [path for path, seen in laid.mirror.linked.items() if _look(laid.tree / path) != seen]
        if not changed:
            _require_agreement(ending, _totals(laid), manifest.stat().st_size)
            return ending
        _copy_files(laid, changed, identity)
        laid.mirror.notes.copied.extend(changed)
    raise problem("files_changing", f"Files changed under each of {TRIES} uploads, at last {changed[0]!r}.")


def _copy_files(laid: _Laid, paths: list[str], identity: Identity | None) -> None:
    """Copies instead of links: nobody changes those, and restic reads them anew."""
    renewed = {}
    for path in paths:
        full = laid.tree / path
        folder = os.open(full.parent, DIRECTORY)
        try:
            copy_file(full.name, folder, folder)
            if identity is not None:
                os.chown(full, identity.uid, identity.gid, follow_symlinks=False)
        finally:
            os.close(folder)
        del laid.mirror.linked[path], laid.mirror.touched[path]
        renewed[path] = (full.stat().st_size, sha256_of(full))
    laid.entries = [
        replace(entry, size=renewed[entry.path][0], sha256=renewed[entry.path][1]) if entry.path in renewed else entry
        for entry in laid.entries
    ]


def _back_up(restic: Restic, folder: Path, parent: str | None, tagged: list[str], work: Work) -> Ending:
    """One `restic backup`; makes the repository when there is none and the server allows it."""
    common = ["backup", ".", "--host", "talaria", "--no-scan", "--ignore-ctime", *(f"--tag={tag}" for tag in tagged)]

    def run(parent: str | None) -> Ending:
        basis = ["--parent", parent] if parent else ["--force"]
        return restic.run([*common, *basis], UPLOAD_SECONDS, work.tell, folder, may_read_all=True)

    ending = run(parent)
    if ending.code == ABSENT:
        made = restic.run(["init"], OPEN_SECONDS)
        if made.code != 0:
            raise _not_made(made)
        ending = run(None)
    elif ending.code != 0 and parent is not None and why(ending, "").code == "snapshot_missing":
        ending = run(None)
    if ending.code != 0 or ending.summary is None:
        raise why(ending, "restic backup")
    return ending


def _not_made(ending: Ending) -> Problem:
    reason = why(ending, "restic init")
    if reason.code in ("repository_refused", "restic_failed") or "409" in ending.errors:
        return problem("repository_foreign", f"A repository without a usable config is here, or none may be made: {reason.message}")
    return reason


def _require_agreement(ending: Ending, totals: Totals, manifest_bytes: int) -> None:
    summary = ending.summary or {}
    seen = (summary.get("total_files_processed"), summary.get("total_bytes_processed"))
    meant = (totals.files + 1, totals.bytes + manifest_bytes)
    if seen != meant:
        raise problem("manifest_mismatch", f"restic read {seen[0]} files of {seen[1]} bytes; the manifest has {meant[0]} of {meant[1]}.")


def _look(path: Path) -> tuple[int, int]:
    status = path.lstat()
    return status.st_size, status.st_mtime_ns
