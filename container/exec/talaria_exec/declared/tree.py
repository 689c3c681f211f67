"""A folder of the agent's and the files in it, reached without following a link: each folder is opened in the one above it."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

CHUNK = 1 << 20
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
MOST_BESIDE = 1_000
"""Copies of one file and one day."""


def is_inside(path: str) -> bool:
    """Whether `path` names something below a tree, by plain names alone."""
    parts = path.split("/")
    return all(part not in ("", ".", "..") and "\0" not in part and len(os.fsencode(part)) <= 255 for part in parts)


@dataclass(frozen=True)
class Found:
    """What lies at a path: `file`, `link`, `folder` or `other`. Of a file its size, and its sum where it is no larger than asked for."""

    kind: str
    bytes: int = 0
    sha256: str | None = None
    modified: float = 0.0
    """Seconds since 1970, as whoever wrote it says."""


class Tree:
    """`root` has to be there, and no link itself. Every method raises OSError where the agent stands in the way."""

    def __init__(self, root: Path, file_mode: int = 0o644, folder_mode: int = 0o755) -> None:
        """The modes of what is made."""
        self._root = root
        self._file_mode = file_mode
        self._folder_mode = folder_mode

    def look(self, path: str, most: int) -> Found | None:
        """What lies there; None for nothing. Only a file of at most so many bytes is read for its sum."""
        try:
            with self._folder_of(path) as (folder, name):
                state = os.stat(name, dir_fd=folder, follow_symlinks=False)
                if not stat.S_ISREG(state.st_mode):
                    return Found({stat.S_IFLNK: "link", stat.S_IFDIR: "folder"}.get(stat.S_IFMT(state.st_mode), "other"))
                if state.st_size > most:
                    return Found("file", state.st_size, modified=state.st_mtime)
                return Found("file", state.st_size, self._sum(name, folder), state.st_mtime)
        except FileNotFoundError:
            return None

    def read(self, path: str, most: int) -> bytes | None:
        """A plain file of at most so many bytes; None where there is none."""
        try:
            with self._folder_of(path) as (folder, name), open(self._open(name, folder), "rb") as file:
                is_plain = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
                content = file.read(most + 1) if is_plain else None
        except FileNotFoundError:
            return None
        except OSError as error:
            if error.errno == errno.ELOOP:
                return None  # a link is no file of ours
            raise
        return content if content is not None and len(content) <= most else None

    def write(self, path: str, content: bytes) -> None:
        """Put a file in the place of whatever file or link lies there, in one step. Its folders are made."""
        with self._folder_of(path, make=True) as (folder, name):
            temporary = f".{uuid.uuid4().hex}.part"
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=folder)
            try:
                with open(descriptor, "wb") as file:
                    file.write(content)
                    os.fchmod(file.fileno(), self._file_mode)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
            except BaseException:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(temporary, dir_fd=folder)
                raise

    def make_folder(self, path: str) -> None:
        """Make a folder, and those above it."""
        with self._folder_of(f"{path}/.", make=True):
            pass

    def remove(self, path: str) -> None:
        """Remove a file or a link."""
        with self._folder_of(path) as (folder, name):
            os.unlink(name, dir_fd=folder)

    def keep_beside(self, path: str, mark: str) -> str:
        """Give what lies there another name beside it, `<name>.<mark>`; a file stays under both. Returns the new path."""
        with self._folder_of(path) as (folder, name):
            for number in range(1, MOST_BESIDE):
                beside = f"{name}.{mark}" if number == 1 else f"{name}.{mark}-{number}"
                if self._takes(name, beside, folder):
                    return str(PurePosixPath(path).with_name(beside))
        raise OSError(errno.EEXIST, f"there are {MOST_BESIDE} copies of it")

    @staticmethod
    def _takes(name: str, beside: str, folder: int) -> bool:
        try:
            os.stat(beside, dir_fd=folder, follow_symlinks=False)
            return False
        except FileNotFoundError:
            pass
        if stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            try:
                os.link(name, beside, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
                return True
            except FileExistsError:
                return False
            except PermissionError:
                pass  # the kernel, or the file system, has no second name for it
        os.rename(name, beside, src_dir_fd=folder, dst_dir_fd=folder)
        return True

    @contextlib.contextmanager
    def _folder_of(self, path: str, make: bool = False) -> Iterator[tuple[int, str]]:
        """The open folder that holds `path`, and the name in it."""
        *folders, name = path.split("/")
        folder = os.open(self._root, FOLDER)
        try:
            for part in folders:
                if make:
                    with contextlib.suppress(FileExistsError):
                        os.mkdir(part, self._folder_mode, dir_fd=folder)
                inner = os.open(part, FOLDER, dir_fd=folder)
                os.close(folder)
                folder = inner
            yield folder, name
        finally:
            os.close(folder)

    def _sum(self, name: str, folder: int) -> str:
        with open(self._open(name, folder), "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    @staticmethod
    def _open(name: str, folder: int) -> int:
        return os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
