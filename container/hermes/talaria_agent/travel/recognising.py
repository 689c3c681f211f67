"""Tells by its content where a tree comes from, and what of it is a home."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from talaria_agent.snapshot.manifest import NAME, TREE
from talaria_agent.snapshot.problems import problem

SIGNS = ("state.db", "config.yaml", "memories", "SOUL.md", "sessions", "skills", "cron")
"""What Hermes keeps in its folder; two of them make one."""
ENOUGH = 2


@dataclass(frozen=True)
class Source:
    """What was found in an unpacked archive."""

    kind: str
    """`export`: of ours, with a manifest; `hermes`: Hermes' folder alone (a `~/.hermes`, Docker's /opt/data, a `hermes backup`);
    `service`: a folder that holds `.hermes` (NixOS' /var/lib/hermes)."""
    folder: Path
    """The whole home for `export`, else Hermes' folder."""


def recognise(root: Path) -> Source:
    """Looks at the root, and at the one folder in it when there is nothing else. Raises `archive_unknown`."""
    for folder in (root, *_only_folder(root)):
        if _is_folder(folder / TREE) and (folder / NAME).is_file() and _is_folder(folder / TREE / ".hermes"):
            return Source("export", folder)
        if _is_hermes(folder):
            return Source("hermes", folder)
        if _is_folder(folder / ".hermes") and _is_hermes(folder / ".hermes"):
            return Source("service", folder / ".hermes")
    found = ", ".join(sorted(path.name for path in root.iterdir())[:8]) or "nothing"
    raise problem("archive_unknown", f"No Hermes folder is in it. At its top: {found}.")


def _only_folder(root: Path) -> list[Path]:
    inside = list(root.iterdir())
    return inside if len(inside) == 1 and _is_folder(inside[0]) else []


def _is_hermes(folder: Path) -> bool:
    return sum((folder / sign).exists() for sign in SIGNS) >= ENOUGH


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()
