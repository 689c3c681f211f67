"""The verb `diff`: what is different in another snapshot, by the manifests that travel in both."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from talaria_agent.runs.work import Work
from talaria_agent.snapshot.diagnosis import why
from talaria_agent.snapshot.manifest import NAME, Entry, Manifest, read_manifest
from talaria_agent.snapshot.problems import problem
from talaria_agent.snapshot.restic import Restic

DUMP_SECONDS = 300.0
MOST_CHANGES = 500
"""That are named; all are counted."""


def diff(restic: Restic, first: str, second: str, work: Work) -> dict[str, Any]:
    """`changes` in the order of their paths: `+` only in the second, `-` only in the first, `M` in both and not the same."""
    with work.step("read"):
        before, after = (_manifest(restic, snapshot, work) for snapshot in (first, second))
    changes = compare(before.entries, after.entries)
    signs = [change["change"] for change in changes]
    return {
        "outcome": "compared",
        "from": first,
        "to": second,
        "changes": changes[:MOST_CHANGES],
        "counts": {"added": signs.count("+"), "removed": signs.count("-"), "changed": signs.count("M")},
    }


def compare(before: list[Entry], after: list[Entry]) -> list[dict[str, Any]]:
    """Entries that are not the same in both. Folders count where they come or go, or change their mode."""
    was, now = ({entry.path: entry for entry in entries} for entries in (before, after))
    return [_change(path, was.get(path), now.get(path)) for path in sorted(was.keys() | now.keys()) if was.get(path) != now.get(path)]


def _change(path: str, was: Entry | None, now: Entry | None) -> dict[str, Any]:
    sign = "+" if was is None else "-" if now is None else "M"
    size = {"was": was.size if was and was.type == "file" else None, "bytes": now.size if now and now.type == "file" else None}
    return {"path": path.encode("utf-8", "replace").decode(), "change": sign, **size}


def _manifest(restic: Restic, snapshot: str, work: Work) -> Manifest:
    ending = restic.run(["dump", "--no-lock", snapshot, f"/{NAME}"], DUMP_SECONDS, work.tell)
    if ending.code != 0:
        raise why(ending, "restic dump")
    copy = work.folder.path / f"{snapshot}.json"
    _write(copy, ending.output)
    try:
        return read_manifest(copy)
    except Exception as error:
        raise problem("manifest_mismatch", f"The manifest of {snapshot[:8]} cannot be read: {error}") from error
    finally:
        copy.unlink()


def _write(path: Path, lines: list[str]) -> None:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", errors="surrogateescape")
