"""Holds a restored tree against its manifest: what is not exactly what was promised is never used."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from pathlib import Path

from talaria_agent.snapshot.databases import inspect
from talaria_agent.snapshot.hashing import sha256_of
from talaria_agent.snapshot.manifest import NAME, TREE, Manifest, list_tree, read_manifest
from talaria_agent.snapshot.problems import problem
from talaria_agent.user.identity import Identity


def verify(folder: Path, identity: Identity | None, check: Callable[[], None]) -> Manifest:
    """Check every entry of `folder`/home, and every database that was sound. Raises `manifest_mismatch`,
    `database_malformed`."""
    manifest = read_manifest(folder / NAME)
    tree = folder / TREE
    if not tree.is_dir() or tree.is_symlink():
        raise problem("manifest_mismatch", "The snapshot holds no home.")

    def hash_of(full: Path, _path: str, _status: os.stat_result) -> str:
        return sha256_of(full, check)

    found = {entry.path: entry for entry in list_tree(tree, hash_of, check)}
    promised = {entry.path: entry for entry in manifest.entries}
    for path in promised.keys() | found.keys():
        if found.get(path) != promised.get(path):
            raise problem("manifest_mismatch", _difference(path, path in promised, path in found))
    for path, staged in manifest.databases.items():
        check()
        if staged.sound and not (seen := inspect(tree / path, identity)).sound:
            raise problem("database_malformed", f"{path} in the snapshot is damaged: {seen.check}")
    return manifest


def sync_disk(folder: Path) -> None:
    """All data of the disk that `folder` lies on, at once: thousands of files one by one would take seconds."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if ctypes.CDLL(None, use_errno=True).syncfs(descriptor) != 0:
            raise OSError(ctypes.get_errno(), f"{folder} cannot be synced")
    except AttributeError:
        os.sync()  # not Linux
    finally:
        os.close(descriptor)


def _difference(path: str, promised: bool, found: bool) -> str:
    if not found:
        return f"{path!r} is in the manifest and not in the snapshot."
    if not promised:
        return f"{path!r} is in the snapshot and not in the manifest."
    return f"{path!r} differs from the manifest."
