"""Directory plugins: Hermes looks for them in its home alone, so a link there leads to each."""

from __future__ import annotations

import os
from collections.abc import Collection
from datetime import date
from pathlib import Path

KEPT = "plugins-kept"
"""Folder of the home where a plugin of the agent's goes whose name the stack takes. Hermes loads none from there."""


def link_plugins(home: Path, placed: Path, names: Collection[str], today: date) -> list[str]:
    """
    Make `<home>/plugins/<name>` a link to `<placed>/<name>`, and remove links to what is no longer declared. Call it with the agent's
    rights. Returns what could not be done, in words.
    """
    folder = home / "plugins"
    problems: list[str] = []
    if not names and not folder.is_dir():
        return problems
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        for path in folder.iterdir():
            if path.is_symlink() and path.name not in names and Path(os.readlink(path)).parent == placed:
                path.unlink()
    except OSError as error:
        return [f"plugins: {error.strerror}"] if names else []
    for name in names:
        try:
            _link(folder / name, placed / name, home / KEPT, today)
        except OSError as error:
            problems.append(f"plugins/{name}: {error.strerror}")
    return problems


def _link(path: Path, target: Path, kept: Path, today: date) -> None:
    if path.is_symlink() and Path(os.readlink(path)) == target:
        return
    if path.is_symlink():
        path.unlink()  # it says where something lies, and holds nothing
    elif path.exists():
        kept.mkdir(mode=0o700, exist_ok=True)
        path.rename(_free(kept, f"{path.name}.agent-{today.isoformat()}"))
    path.symlink_to(target, target_is_directory=True)


def _free(folder: Path, name: str) -> Path:
    number = 1
    path = folder / name
    while os.path.lexists(path):
        number += 1
        path = folder / f"{name}-{number}"
    return path
