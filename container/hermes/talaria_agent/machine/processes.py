"""The container's processes and listening ports, read from /proc. No command line: it may hold a secret."""

from __future__ import annotations

import os
import pwd
import socket
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PROC = Path("/proc")
LISTENING = "0A"
"""State of a listening socket in /proc/net/tcp."""


THREAD_NAME = "MainThread"
"""What Node calls itself, whatever it runs."""


def processes(run: Path, shares_machine: bool, proc: Path = PROC) -> list[dict[str, Any]]:
    """Every process, oldest first; on a machine that is shared (the process engine) those that were started with this `run` folder."""
    mark = b"TALARIA_RUN=" + os.fsencode(run) + b"\0"
    booted = _booted(proc)
    found: list[dict[str, Any]] = []
    for folder in proc.iterdir() if proc.is_dir() else ():
        if not folder.name.isdigit():
            continue
        try:
            if shares_machine and mark not in (folder / "environ").read_bytes() + b"\0":
                continue
            found.append(_process(folder, booted))
        except OSError:
            continue  # it has ended meanwhile, or is another user's
    return sorted(found, key=lambda process: (process["since"], process["pid"]))


def ports(owners: Mapping[str, int], shares_machine: bool, proc: Path = PROC) -> list[dict[str, Any]]:
    """What is listened on over TCP, and by whom, where that is known; on a machine that is shared only by these `owners`."""
    found = {
        (port, address): {"port": port, "address": address, "pid": owners.get(inode)}
        for name in ("tcp", "tcp6")
        for port, address, inode in _listening(proc / "net" / name)
        if inode in owners or not shares_machine
    }
    return [found[key] for key in sorted(found)]


def sockets(pids: Iterable[int], proc: Path = PROC) -> Mapping[str, int]:
    """Sockets of those processes whose files this user may see, by inode; of several holders the first. Root may not see another
    user's where a container has no right to trace."""
    owners: dict[str, int] = {}
    for pid in pids:
        for inode in inodes_of(pid, proc):
            owners.setdefault(inode, pid)
    return owners


def inodes_of(pid: int, proc: Path = PROC) -> set[str]:
    """The sockets that a process holds, by inode. None of one that has ended, or that this user may not look into."""
    try:
        entries = list((proc / str(pid) / "fd").iterdir())
    except OSError:
        return set()
    found: set[str] = set()
    for entry in entries:
        try:
            link = os.readlink(entry)
        except OSError:
            continue  # closed meanwhile
        if link.startswith("socket:["):
            found.add(link[len("socket:[") : -1])
    return found


def _process(folder: Path, booted: float) -> dict[str, Any]:
    stat = (folder / "stat").read_text(encoding="utf-8", errors="replace")
    name, fields = stat[stat.index("(") + 1 : stat.rindex(")")], stat[stat.rindex(")") + 2 :].split()
    since = datetime.fromtimestamp(booted + int(fields[19]) / os.sysconf("SC_CLK_TCK"), UTC)
    return {
        "pid": int(folder.name),
        "name": _program(folder) if name == THREAD_NAME else name,
        "user": _user(folder.stat().st_uid),
        "since": since.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "rssBytes": int(fields[21]) * os.sysconf("SC_PAGE_SIZE"),
    }


def _program(folder: Path) -> str:
    return Path(os.fsdecode((folder / "cmdline").read_bytes().split(b"\0", 1)[0])).name


def _booted(proc: Path) -> float:
    try:
        lines = (proc / "stat").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0.0
    return next((float(line.split()[1]) for line in lines if line.startswith("btime ")), 0.0)


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _listening(table: Path) -> Iterable[tuple[int, str, str]]:
    try:
        rows = table.read_text(encoding="ascii").splitlines()[1:]
    except OSError:
        return
    for row in rows:
        fields = row.split()
        if fields[3] == LISTENING:
            address, port = fields[1].split(":")
            yield int(port, 16), _address(address), fields[9]


def _address(text: str) -> str:
    """The kernel writes each word in its own byte order."""
    raw = b"".join(bytes.fromhex(text[at : at + 8])[::-1] for at in range(0, len(text), 8))
    return socket.inet_ntop(socket.AF_INET if len(raw) == 4 else socket.AF_INET6, raw)
