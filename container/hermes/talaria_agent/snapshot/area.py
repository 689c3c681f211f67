"""The area beside the home, on the same disk, where snapshots are laid out and restores land before they count.

It belongs to whoever runs the tool (root in the image) and is closed to everyone else, so no process of the agent can
swap a folder in it for a link. Names in it are reached through open folders, never through the agent's own.
"""

from __future__ import annotations

import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path

from talaria_agent.snapshot.problems import problem


def area_of(home: Path) -> Path:
    """`/home/.talaria-hermes` for `/home/hermes`."""
    return home.parent / f".talaria-{home.name}"


def open_area(home: Path) -> Path:
    """The area, made if it is missing. One that belongs to somebody else, or is a link, is refused."""
    area = area_of(home)
    home.parent.mkdir(parents=True, exist_ok=True)
    try:
        area.mkdir(mode=0o700)
    except FileExistsError:
        status = os.lstat(area)
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
            raise problem("disk_failed", f"{area} is not a folder of ours.") from None
        area.chmod(0o700)
    return area


def sweep(area: Path) -> None:
    """Remove what earlier runs left. Call it only as the one run of this container."""
    for entry in area.iterdir():
        remove_tree(entry)


def remove_tree(path: Path) -> None:
    """Remove a folder of ours with all in it, also folders that their owner may not write. Gone is fine."""
    if path.is_symlink() or not path.is_dir():
        return path.unlink(missing_ok=True)
    if os.geteuid() != 0:
        for _folder, _folders, _files, descriptor in os.fwalk(path, follow_symlinks=False):
            os.fchmod(descriptor, stat.S_IRWXU)
    with suppress(FileNotFoundError):
        shutil.rmtree(path)
