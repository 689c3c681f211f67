"""A pack applied to the workspace. It comes from another box of the same agent, and is believed in nothing."""

from __future__ import annotations

import os
import shutil
import stat
import tarfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from talaria_exec.problem import Refusal, of_disk
from talaria_exec.workspace.entries import DELETED, used_bytes

CHUNK = 1 << 20


@dataclass(frozen=True)
class Applied:
    """How many entries a pack brought, and how many it took away."""

    files: int
    deleted: int


def unpack(pack: Path, workspace: Path, *, replace: bool) -> Applied:
    """Apply a pack; with `replace` the workspace is emptied first. A pack that is refused has changed nothing."""
    try:
        free = shutil.disk_usage(workspace).free + (used_bytes(workspace) if replace else 0)
        deleted = _look(pack, free)
        with tarfile.open(pack, "r|gz", bufsize=CHUNK) as tar:
            return _Workspace(workspace).apply(tar, deleted, replace=replace)
    except (tarfile.TarError, zlib.error, EOFError) as error:
        raise Refusal("packRefused", f"The pack is not a gzip tar: {error}") from error
    except OSError as error:
        raise of_disk(error, "The pack cannot be applied") from error


def _look(pack: Path, free: int) -> list[str]:
    """Read all headers before anything is done; the files may have `free` bytes. Returns the names to delete."""
    kinds: dict[str, bool] = {}
    """Names so far, and whether each is a folder."""
    deleted: list[str] = []
    size = 0
    with tarfile.open(pack, "r|gz", bufsize=CHUNK) as tar:
        for member in tar:
            size += member.size
            if size > free:  # before tarfile reads or skips what a header claims
                raise Refusal("diskFull", f"The pack holds {size} bytes or more; the disk has {free} left.")
            name = _inside(member.name)
            if name == DELETED:
                content = tar.extractfile(member)
                names = content.read().split(b"\0")[:-1] if content else []
                deleted = [_inside(os.fsdecode(one)) for one in names]
                continue
            if not (member.isreg() or member.isdir() or member.issym() or member.islnk()):
                raise Refusal("packRefused", f"The pack holds something that is no file, folder or link: {name!r}.")
            if member.islnk() and kinds.get(_inside(member.linkname)) is not False:
                raise Refusal("packRefused", f"The pack links {name!r} to what is not in it.")
            if any(kinds.get(parent) is False for parent in _parents(name)):
                raise Refusal("packRefused", f"The pack puts {name!r} below what is no folder.")
            if kinds.get(name, member.isdir()) != member.isdir():
                raise Refusal("packRefused", f"The pack holds {name!r} twice.")
            kinds[name] = member.isdir()
    return deleted


def _inside(name: str) -> str:
    """The name, when it is a plain one below the workspace."""
    parts = name.rstrip("/").split("/")
    if name.startswith("/") or "\0" in name or any(part in ("", ".", "..") for part in parts):
        raise Refusal("packRefused", f"The pack holds a name that leaves the workspace: {name!r}.")
    return "/".join(parts)


def _parents(name: str) -> list[str]:
    parts = name.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]


class _Workspace:
    """Makes entries as a pack has them. A folder's own mode and time come last: what is made in it changes them."""

    def __init__(self, top: Path) -> None:
        self._top = top
        self._folders: dict[str, tarfile.TarInfo] = {}
        self._before: dict[str, os.stat_result] = {}
        """Folders that something is done in, as they were; a pack brings a folder only where it changed itself."""

    def apply(self, tar: tarfile.TarFile, deleted: list[str], *, replace: bool) -> Applied:
        if replace:
            for entry in list(os.scandir(self._top)):
                self._remove(entry.name)
        for name in sorted(deleted, reverse=True):  # what is in a folder, before the folder
            if all(self._is_folder(parent) for parent in _parents(name)):
                self._remove(name)
        count = 0
        for member in tar:
            name = _inside(member.name)
            if name != DELETED:
                self._make(tar, member, name)
                count += 1
        for name in sorted({*self._folders, *self._before}, reverse=True):
            self._close(name)
        return Applied(count, len(deleted))

    def _make(self, tar: tarfile.TarFile, member: tarfile.TarInfo, name: str) -> None:
        for parent in _parents(name):
            self._folder(parent)
        path = self._top / name
        if member.isdir():
            self._folder(name)
            self._folders[name] = member
            return
        self._remove(name)
        if member.issym():
            os.symlink(member.linkname, path)
            os.utime(path, (member.mtime, member.mtime), follow_symlinks=False)
        elif member.islnk():
            os.link(self._top / _inside(member.linkname), path, follow_symlinks=False)
        else:
            content = tar.extractfile(member)
            with open(path, "xb") as file:
                if content is not None:
                    shutil.copyfileobj(content, file, CHUNK)
                os.fchmod(file.fileno(), stat.S_IMODE(member.mode))
            os.utime(path, (member.mtime, member.mtime))

    def _is_folder(self, name: str) -> bool:
        path = self._top / name
        return path.is_dir() and not path.is_symlink()

    def _folder(self, name: str) -> None:
        """A real folder that can be written, in place of whatever is there."""
        if not self._is_folder(name):
            self._remove(name)
            os.mkdir(self._top / name)
        else:
            self._open(name)

    def _open(self, name: str) -> None:
        path = self._top / name
        state = self._before.setdefault(name, path.stat())
        if state.st_mode & 0o700 != 0o700:
            path.chmod(stat.S_IMODE(state.st_mode) | 0o700)

    def _remove(self, name: str) -> None:
        path = self._top / name
        if not os.path.lexists(path):
            return
        self._folders.pop(name, None)
        self._before.pop(name, None)
        if "/" in name:
            self._open(name.rpartition("/")[0])
        if not self._is_folder(name):
            path.unlink()
            return
        for folder, _, _ in os.walk(path):
            os.chmod(folder, 0o700)
        shutil.rmtree(path)

    def _close(self, name: str) -> None:
        path = self._top / name
        if not self._is_folder(name):
            return
        member = self._folders.get(name)
        if member is None:
            before = self._before[name]
            path.chmod(stat.S_IMODE(before.st_mode))
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        else:
            path.chmod(stat.S_IMODE(member.mode))
            os.utime(path, (member.mtime, member.mtime))
