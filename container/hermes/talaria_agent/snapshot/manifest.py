"""The manifest: what is in a snapshot, entry by entry. It travels inside, and a restore is held against it."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from talaria_agent.snapshot.databases import Staged
from talaria_agent.snapshot.problems import problem

FORMAT = 1
NAME = "manifest.json"
TREE = "home"
"""Beside the manifest: the home itself."""

Kind = Literal["file", "folder", "link"]


@dataclass(frozen=True)
class Entry:
    """One name in the tree."""

    path: str
    """Relative to the home, `/` between names. Bytes that are no UTF-8 are lone surrogates (`\\udc80` and up)."""
    type: Kind
    mode: int
    size: int = 0
    sha256: str | None = None
    target: str | None = None
    """Of a link."""


@dataclass(frozen=True)
class Totals:
    """Sums over a tree."""

    files: int
    bytes: int
    databases: int


def list_tree(tree: Path, hash_of: Callable[[Path, str, os.stat_result], str], check: Callable[[], None]) -> list[Entry]:
    """Every entry below `tree`, in the order of their paths. No link is followed."""
    found: list[Entry] = []
    for folder, folders, files in os.walk(tree):
        check()
        for name in (*folders, *files):
            full = Path(folder, name)
            status = full.lstat()
            path = full.relative_to(tree).as_posix()
            mode = stat.S_IMODE(status.st_mode)
            if stat.S_ISLNK(status.st_mode):
                found.append(Entry(path, "link", 0, target=os.readlink(full)))
            elif stat.S_ISDIR(status.st_mode):
                found.append(Entry(path, "folder", mode))
            elif stat.S_ISREG(status.st_mode):
                found.append(Entry(path, "file", mode, status.st_size, hash_of(full, path, status)))
            else:
                raise problem("manifest_mismatch", f"{path} is neither a file, a folder nor a link.")
    return sorted(found, key=lambda entry: os.fsencode(entry.path))


def totals_of(entries: list[Entry], databases: int) -> Totals:
    """Files are regular files, databases included."""
    files = [entry for entry in entries if entry.type == "file"]
    return Totals(len(files), sum(entry.size for entry in files), databases)


def manifest_text(entries: list[Entry], databases: Mapping[str, Staged], about: Mapping[str, Any]) -> str:
    """The manifest as JSON, one entry per line: whoever opens the repository by hand can read and grep it."""
    head = {
        "format": FORMAT,
        **about,
        "totals": asdict(totals_of(entries, len(databases))),
        "databases": {path: asdict(staged) for path, staged in sorted(databases.items())},
    }
    lines = ",\n".join(json.dumps({k: v for k, v in asdict(entry).items() if v is not None}) for entry in entries)
    return f"{json.dumps(head)[:-1]}, \"entries\": [\n{lines}\n]}}\n"


@dataclass(frozen=True)
class Manifest:
    """A manifest that was read."""

    about: dict[str, Any]
    entries: list[Entry]
    databases: dict[str, Staged]
    sha256: str

    @property
    def totals(self) -> Totals:
        """Counted, not read."""
        return totals_of(self.entries, len(self.databases))


def read_manifest(path: Path) -> Manifest:
    """Read and check the form. Raises `manifest_mismatch`."""
    try:
        data = path.read_bytes()
        parsed = json.loads(data)
        if parsed.pop("format") != FORMAT:
            raise ValueError("another format")
        entries = [Entry(**entry) for entry in parsed.pop("entries")]
        databases = {name: Staged(**staged) for name, staged in parsed.pop("databases").items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise problem("manifest_mismatch", f"The snapshot's manifest cannot be read: {error}.") from error
    return Manifest(parsed, entries, databases, hashlib.sha256(data).hexdigest())
