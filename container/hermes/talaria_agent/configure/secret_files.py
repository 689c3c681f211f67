"""Secret files of the home that the stack seeds: logins, which Hermes then refreshes by itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from talaria_agent.atomic import write_atomically
from talaria_agent.problem import INVALID_DATA, Problem
from talaria_agent.state.vitals import read_object

VARIABLE = "TALARIA_SECRET_FILES"
"""JSON that the Worker gives to the gateway's start alone: path in HERMES_HOME → content, overwrite, key."""

LEDGER = ".talaria/secret-files.json"
"""Path → SHA-256 of what was written last. Lies in the home, so that a restored one knows it."""


@dataclass(frozen=True)
class SecretFile:
    """One file, as the stack declares it."""

    path: str
    """From HERMES_HOME."""
    content: str
    overwrite: bool
    """Whether another content than the one written last replaces what is there; else only an absent file is written."""
    key: str
    """The config key that names it."""

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content.encode()).hexdigest()


def declared_files(environment: Mapping[str, str]) -> list[SecretFile]:
    """What the Worker gave. Raises a Problem that quotes nothing of it."""
    text = environment.get(VARIABLE, "")
    if not text:
        return []
    try:
        entries = json.loads(text)
        files = [
            SecretFile(str(path), str(entry["content"]), entry["overwrite"] is True, str(entry["key"]))
            for path, entry in entries.items()
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        files = []
    if not files or not all(_inside(file.path) for file in files):
        raise Problem(
            "secret_files_invalid",
            "What the Worker gave as secret files is not in their form.",
            "Run `pulumi up`.",
            INVALID_DATA,
        )
    return files


def _inside(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return bool(parts) and not path.startswith("/") and ".." not in parts


def seed_files(home: Path, files: list[SecretFile]) -> list[str]:
    """Write what is absent, and what was declared anew and may replace; 0600. Returns a line for each file.

    Call it with the rights of the home's user, while no gateway runs: Hermes writes the same files.
    """
    if not files:
        return []
    known = read_object(home / LEDGER) or {}
    lines = []
    for file in files:
        path = home / file.path
        before = known.get(file.path)
        there = path.exists()
        if there and not (file.overwrite and before != file.digest):
            lines.append(f"{file.key}: {file.path} is there and stays{_other(before, file)}")
            continue
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_atomically(path, file.content, mode=0o600)
        known[file.path] = file.digest
        write_atomically(home / LEDGER, json.dumps(known, indent=2) + "\n", mode=0o600)
        lines.append(f"{file.key}: {file.path} was {'replaced' if there else 'written'}")
    return lines


def _other(before: object, file: SecretFile) -> str:
    if before == file.digest:
        return ""
    return ", though the stack declares another one now" if before else ", though it is not the one that the stack declares"
