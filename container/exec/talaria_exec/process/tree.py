"""A process tree by its parents in /proc, and its end: whoever left group and session is still below its subreaper."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Collection

CROWD = 256
"""A tree with more processes than this is not asked to end: it would grow in the meantime."""

_PAUSE = 0.005


def descendants(root: int, spare: Collection[int] = ()) -> list[int]:
    """Ids of all processes below `root`, zombies too, without those in `spare` and what is below them."""
    children: dict[int, list[int]] = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdecimal():
            parent = _parent(entry.name)
            if parent is not None:
                children.setdefault(parent, []).append(int(entry.name))
    found: list[int] = []
    ahead = [root]
    while ahead:
        below = [pid for pid in children.get(ahead.pop(), ()) if pid not in spare]
        found += below
        ahead += below
    return found


def ancestors(pid: int) -> list[int]:
    """The parent of a process, its parent, and so on."""
    found: list[int] = []
    parent = _parent(str(pid))
    while parent:
        found.append(parent)
        parent = _parent(str(parent))
    return found


def end_tree(root: int, reap: Callable[[], None], *, grace: float, patience: float, spare: Collection[int] = ()) -> int:
    """End everything below `root`, which this process is: SIGTERM, `grace` seconds, then SIGKILL until nothing is left.

    `reap` collects the children that have ended. Returns how many could not be killed within `patience` seconds.
    """
    first = descendants(root, spare)
    if grace > 0 and len(first) <= CROWD:
        _send(first, signal.SIGTERM)
        _wait_for_none(root, reap, grace, spare)
    return _kill(root, reap, patience, spare)


def _kill(root: int, reap: Callable[[], None], patience: float, spare: Collection[int]) -> int:
    """Stop all first, as what is stopped does not fork, and look again until no new one is found."""
    until = time.monotonic() + patience
    stopped: set[int] = set()
    while True:
        reap()
        found = descendants(root, spare)
        over = time.monotonic() >= until
        if not found or over:
            return len(found)
        new = [pid for pid in found if pid not in stopped]
        if new:
            _send(new, signal.SIGSTOP)
            stopped.update(new)
        if len(new) < len(found) / 10 or time.monotonic() >= until - patience / 2:
            _send(found, signal.SIGKILL)
            time.sleep(_PAUSE)


def _wait_for_none(root: int, reap: Callable[[], None], seconds: float, spare: Collection[int]) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        reap()
        if not descendants(root, spare):
            return
        time.sleep(_PAUSE)


def _parent(pid: str) -> int | None:
    try:
        with open(f"/proc/{pid}/stat", "rb", buffering=0) as file:
            return int(file.read(512).rpartition(b")")[2].split(None, 2)[1])
    except (FileNotFoundError, ProcessLookupError):
        return None  # ended meanwhile


def _send(pids: Collection[int], number: int) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except (ProcessLookupError, PermissionError):
            pass  # gone; or not ours to kill, and then it is counted
