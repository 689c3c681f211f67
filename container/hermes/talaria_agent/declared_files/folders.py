"""Skills and plugins as the stack has them: below the managed folder, which root alone writes, and in no snapshot."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from talaria_agent.declared_files.declaration import Folder


def place_folders(target: Path, folders: Mapping[str, Folder]) -> None:
    """Make `target` hold these folders and nothing else, readable for everyone. Without one it is removed."""
    fresh = target.with_name(f".{target.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    for name, files in folders.items():
        for path, file in files.items():
            full = fresh / name / path
            full.parent.mkdir(parents=True, exist_ok=True)
            full.write_bytes(file.content)
            full.chmod(0o755 if file.executable else 0o644)
    if target.exists():
        shutil.rmtree(target)
    if folders:
        for folder in (fresh, *(path for path in fresh.rglob("*") if path.is_dir())):
            folder.chmod(0o755)
        fresh.rename(target)
