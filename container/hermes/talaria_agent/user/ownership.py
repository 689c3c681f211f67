"""Puts owners and modes of a tree right, whatever wrote it: a restore, an upload by root, another image's user ids.

Links are never followed. A file with several names that belongs to root is left alone: one of its names may lie outside.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from talaria_agent.user.identity import Identity

CLOSED = stat.S_IRWXU
READABLE = stat.S_IRUSR


def put_right(tree: Path, identity: Identity | None, mode: int) -> int:
    """Give `tree` and all in it to the user, and him the rights to use it; `mode` is the top folder's. Returns how many
    entries were not his."""
    if identity is None:
        return 0
    tree.mkdir(parents=True, exist_ok=True)
    given = 0
    for _folder, folders, files, descriptor in os.fwalk(tree, follow_symlinks=False):
        given += _give(descriptor, os.fstat(descriptor), identity)
        _allow(descriptor, os.fstat(descriptor), CLOSED)
        for name in (*folders, *files):
            given += _give_entry(name, descriptor, identity)
    top = os.open(tree, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    os.fchmod(top, mode)
    os.close(top)
    return given


def _give(descriptor: int, status: os.stat_result, identity: Identity) -> int:
    if (status.st_uid, status.st_gid) == (identity.uid, identity.gid):
        return 0
    os.fchown(descriptor, identity.uid, identity.gid)
    return 1


def _give_entry(name: str, folder: int, identity: Identity) -> int:
    """A file or link in the open folder; a folder in it has its turn when the walk comes to it."""
    status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if stat.S_ISDIR(status.st_mode):
        return 0
    if stat.S_ISREG(status.st_mode) and status.st_nlink > 1 and status.st_uid == 0:
        return 0
    given = 0
    if (status.st_uid, status.st_gid) != (identity.uid, identity.gid):
        os.chown(name, identity.uid, identity.gid, dir_fd=folder, follow_symlinks=False)
        given = 1
    if stat.S_ISREG(status.st_mode) and not status.st_mode & READABLE:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
        _allow(descriptor, os.fstat(descriptor), READABLE)
        os.close(descriptor)
    return given


def _allow(descriptor: int, status: os.stat_result, bits: int) -> None:
    if status.st_mode & bits != bits:
        os.fchmod(descriptor, stat.S_IMODE(status.st_mode) | bits)
