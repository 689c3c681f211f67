"""Single files of the workspace, for the operator."""

from __future__ import annotations

import os
import stat
import uuid
from collections.abc import Iterable
from pathlib import Path

from talaria_exec.problem import Refusal, of_disk


def resolve(workspace: Path, path: str) -> Path:
    """Where `path` lies, relative to the workspace; `pathOutside` for one that leaves it, also by a link."""
    found = workspace / path.removeprefix("./")
    top = workspace.resolve()
    if "\0" in path or Path(path).is_absolute() or not found.resolve().is_relative_to(top):
        raise Refusal("pathOutside", f"{path!r} is not inside the workspace.")
    return found


def listing(workspace: Path, path: str) -> list[dict[str, str | int]]:
    """Name, type (`file`, `directory`, `link`, `other`), size in bytes and time of change (seconds since 1970)."""
    folder = resolve(workspace, path)
    try:
        return [_entry(entry) for entry in sorted(os.scandir(folder), key=lambda entry: entry.name)]
    except FileNotFoundError as error:
        raise Refusal("fileUnknown", f"There is no {path!r} in the workspace.") from error
    except OSError as error:
        raise Refusal("fileUnusable", f"{path!r} cannot be listed: {error.strerror}") from error


def existing(workspace: Path, path: str) -> Path:
    """A file that can be read."""
    file = resolve(workspace, path)
    if not file.exists():
        raise Refusal("fileUnknown", f"There is no {path!r} in the workspace.")
    if not file.is_file():
        raise Refusal("fileUnusable", f"{path!r} is no file.")
    return file


def put(workspace: Path, path: str, content: Iterable[bytes]) -> int:
    """Write a file in one step, over one that is there; its folders are made. Returns its size in bytes."""
    file = resolve(workspace, path)
    if file.is_dir() or file == workspace:
        raise Refusal("fileUnusable", f"{path!r} is a folder.")
    temporary = file.parent / f".{uuid.uuid4().hex}.part"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        mode = stat.S_IMODE(file.stat().st_mode) if file.exists() else 0o644
        with open(temporary, "xb") as written:
            for chunk in content:
                written.write(chunk)
            os.fchmod(written.fileno(), mode)
            size = written.tell()
        temporary.replace(file.resolve())
        return size
    except OSError as error:
        raise of_disk(error, f"{path!r} cannot be written") from error
    finally:
        temporary.unlink(missing_ok=True)


def _entry(entry: os.DirEntry[str]) -> dict[str, str | int]:
    state = entry.stat(follow_symlinks=False)
    kinds = {stat.S_IFREG: "file", stat.S_IFDIR: "directory", stat.S_IFLNK: "link"}
    kind = kinds.get(stat.S_IFMT(state.st_mode), "other")
    return {"name": entry.name, "type": kind, "bytes": state.st_size, "modified": int(state.st_mtime)}
